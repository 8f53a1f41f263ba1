"""Execution, its cache, and builds that repeat byte by byte."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.press.conftest import SmallBook

Make = Callable[..., SmallBook]

CHAPTER = """
# A

Two and two are `{python} 2 + 2`, *not* `{python} "a*b"`, and ``{python} 1`` stays.

```{python}
#| label: tbl-squares
#| tbl-cap: "Squares"
#| code-fold: true
#| code-summary: "How"
from IPython.display import Markdown
Markdown("| n | n² |\\n|---|---|\\n| 2 | 4 |")
```

- In a list:

  ```{python}
  #| echo: false
  print("printed")
  ```

```{python}
#| output: asis
print("**bold**")
```

```{python}
#| eval: false
raise SystemExit
```

```{python}
#| include: false
secret = "hidden"
```

```{python}
#| echo: false
#| warning: false
import warnings
warnings.warn("unseen")
secret.upper()
```

```{python}
#| error: true
1 / 0
```

```{python}
#| label: fig-svg
#| fig-cap: "Drawn"
#| fig-alt: "A line"
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>')
```

````
```{{python}}
shown, not run: `{{python}} 1`
```
````
"""
USES_PACKAGE = "# B\n\n```{python}\nimport rlgeo\nprint(rlgeo.value)\nopen('ran', 'a').write('x')\n```\n"


@pytest.fixture
def page(book: Make) -> str:
    made = book({"a.qmd": CHAPTER})
    assert made.main("build") == 0
    return made.page("a.html")


def test_what_cells_and_inline_expressions_leave_on_the_page(page: str) -> None:
    assert "Two and two are 4, <em>not</em> a*b, and <code>{python} 1</code> stays." in page
    assert '<details class="code-fold" open data-fold><summary>How</summary>' in page
    assert "Table\u00a01.1: Squares" in page
    assert '<div class="cell-output cell-output-stdout">\n<pre><code>printed</code></pre>' in page
    assert re.search(r"<li>.*?printed.*?</li>", page, re.DOTALL)
    assert "<p><strong>bold</strong></p>" in page
    assert "SystemExit" in page
    assert "secret = " not in page
    assert "HIDDEN" in page
    assert "unseen" not in page
    assert '<div class="cell-output cell-output-error">' in page
    assert "ZeroDivisionError: division by zero" in page
    assert '<img src="a_files/figure-html/fig-svg-1.svg" class="img-fluid figure-img" alt="A line" />' in page
    assert "```{python}\nshown, not run: `{python} 1`\n```" in page


def runs(made: SmallBook) -> int:
    return len((made.root / "ran").read_text())


def test_code_runs_again_when_and_only_when_something_it_depends_on_changes(book: Make) -> None:
    made = book(
        {"b.qmd": USES_PACKAGE, "rlgeo/__init__.py": "from rlgeo.part import value\n", "rlgeo/part.py": "value = 1\n"}
    )
    assert made.main("build") == 0
    assert "<code>1</code>" in made.page("b.html")
    made.write("index.qmd", "# Preface {.unnumbered}\n\nAnother word.\n")
    made.write("b.qmd", USES_PACKAGE.replace("# B", "# Better"))
    assert made.main("build") == 0
    assert runs(made) == 1
    assert "Better" in made.page("b.html")
    made.write("rlgeo/part.py", "value = 12\n")
    assert made.main("build") == 0
    assert runs(made) == 2
    assert "<code>12</code>" in made.page("b.html")


def test_a_failed_build_does_not_spoil_the_cache(book: Make) -> None:
    made = book({"b.qmd": USES_PACKAGE, "rlgeo/__init__.py": "value = 1\n", "c.qmd": "# C\n\n```{python}\n1/0\n```\n"})
    assert made.main("build") == 1
    made.write("c.qmd", "# C\n\n```{python}\n1/1\n```\n")
    assert made.main("build") == 0
    assert runs(made) == 1


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_cold_builds_are_the_same_byte_by_byte(book: Make) -> None:
    made = book({"a.qmd": CHAPTER})
    assert made.main("build") == 0
    first = contents(made.root / "_site")
    made.main("clean")
    assert not (made.root / ".press").exists()
    assert made.main("build") == 0
    assert contents(made.root / "_site") == first


def test_folder_and_time_leave_no_trace(
    book: Make, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = book({"a.qmd": CHAPTER})
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2021-03-04T05:06:07Z")
    git = ["git", "-C", str(made.root), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "book"]):
        subprocess.run([*git, *command], check=True)
    copy = SmallBook.__new__(SmallBook)
    copy.root = tmp_path_factory.mktemp("elsewhere") / "with a longer name"
    subprocess.run(["git", "clone", "-q", str(made.root), str(copy.root)], check=True)
    assert made.main("build") == 0
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 1e6)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert copy.main("build") == 0
    assert contents(copy.root / "_site") == contents(made.root / "_site")
    assert "<lastmod>2021-03-04</lastmod>" in copy.page("sitemap.xml")
    assert "2021-03-04" in copy.page("index.html")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert copy.main("build") == 0
    assert "<lastmod>2020-09-13</lastmod>" in copy.page("sitemap.xml")
    assert "2020-09-13" in copy.page("index.html")
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    shutil.rmtree(copy.root / ".git")
    for chapter in copy.root.rglob("*.qmd"):
        os.utime(chapter, (1.7e9, 1.7e9))
    assert copy.main("build") == 0
    assert "2023-11-14" in copy.page("index.html")


def test_environment_file_reaches_the_code(book: Make) -> None:
    made = book({"a.qmd": "# A\n\n`{python} __import__('os').environ['RLGEO_TEST_VARIABLE']`\n"})
    made.write("_environment", "# for the cells\nRLGEO_TEST_VARIABLE=seen\n")
    assert made.main("build") == 0
    assert "<p>seen</p>" in made.page("a.html")


def test_citations_link_to_the_list_and_show_the_entry(book: Make) -> None:
    made = book(
        {
            "c/a.qmd": "# A\n\n@doe2020 and [see @roe2021, p. 3].\n",
            "refs.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
        }
    )
    assert made.main("build") == 0
    page = made.page("c/a.html")
    assert '<a href="../refs.html#ref-doe2020" role="doc-biblioref" title="Doe, Jane. 2020.' in page
    assert "(see <a" in page
    assert 'id="refs"' not in page
    assert 'id="ref-doe2020"' in made.page("refs.html")
    assert 'id="ref-roe2021"' in made.page("refs.html")


def test_what_no_build_has_used_for_long_is_forgotten(book: Make) -> None:
    made = book({"a.qmd": "# A\n\n```{python}\n1\n```\n", "b.qmd": "# B\n\n```{python}\n2\n```\n"})
    assert made.main("build") == 0
    cached = made.root / ".press/cache"
    for path in cached.rglob("*.json"):
        os.utime(path, (0, 0))
    made.write("_quarto.yml", (made.root / "_quarto.yml").read_text().replace(", b.qmd", ""))
    assert made.main("build") == 0
    assert {path.name.rsplit("-", 1)[0] for path in cached.iterdir()} == {
        "run+a", "number-html+a", "number-html+index", "html+a", "html+index",
    }  # fmt: skip
