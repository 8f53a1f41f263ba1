"""What Quarto documents and the first edition of press lost on the way, on one book: its pages and its print."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
import venv
from pathlib import Path

import lxml.html
import pytest
from pypdf import PdfReader

from tests.press.conftest import ROOT, SmallBook, write_book

DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
TEX = r"""
# TeX

\begin{equation}
x = y
\end{equation}

\begin{align*}
a &= b \\
c &= d
\end{align*}

Within a sentence \begin{gather} g = h \end{gather} it goes on.

```{python}
#| echo: false
from IPython.display import Latex, display
display(Latex(r"\begin{align}u&=v\end{align}"))
```

```{python}
#| echo: false
Latex("$k = l$")
```
"""
CELLS = r"""
# Cells

```{python}
#| echo: false
#| fig-cap: "Seen by eyes"
#| fig-alt: "Heard by ears"
from IPython.display import SVG, Markdown, display
dot = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
SVG(dot)
```

```{python}
#| echo: false
#| label: a-table
#| tbl-cap: "Read as table"
Markdown("|x|\n|-|\n|1|")
```

```{python}
#| echo: false
#| fig-alt: "Only heard"
SVG(dot)
```

```{python}
#| label: fig-m
#| fig-cap: M
#| echo: false
class Line2D:
    def __repr__(self): return "<matplotlib.lines.Line2D at 0x%x>" % id(self)
display(SVG(dot))
[Line2D()]
```

```{python}
#| echo: false
SVG(dot)
```

```{python}
#| echo: false
handle = display("shown before", display_id=True)
```

```{python}
#| echo: false
handle.update("shown after")
```

```{python}
#| echo: false
for i in range(3): print(f"\rdone {i}", end="")
print("\n\x1b[?25l\x1b]8;;https://example.org\x1b\\name\x1b]8;;\x1b\\ end, ab\bc\x07, long line\rshort")
```

```{python}
print(len("a b"), len("a b"))
```

```{python}
#| echo: false
for i in range(30_000): print("line", i)
```
"""
LISTS = """
# Lists

1. one

    ```{python}
    #| echo: false
    print("four spaces deep")
    ```

2. two

   - inner

     ```{python}
     #| echo: false
     print("in an inner list")
     ```

10. ten

    ```{python}
    #| echo: false
    print("under ten")
    ```

After the list:

  ```{python}
  #| echo: false
  print("of no list")
  ```
"""
PICTURES = """
# Pictures

![](dot%20one.svg){fig-alt="A black dot"}

![Caption](../dot.svg){fig-alt="Another dot"}

![Numbered](dot%20one.svg){#fig-dot fig-alt="A third dot"}

::: {.panel-tabset}
## One
a

## Two {.active}
b
:::
"""
BOM = "\ufeff---\ntitle: Marked\nexecute:\n  eval: false\n---\n\n```{python}\nprint('it' + 'ran')\n```\n"
FILES = {
    "tex.qmd": TEX,
    "c/cells.qmd": CELLS,
    "c/lists.qmd": LISTS,
    "c/pictures.qmd": PICTURES,
    "bom.qmd": BOM,
    "bom-unnumbered.qmd": "\ufeff# Uncounted {.unnumbered}\n",
    "p1/intro.qmd": "# First\n\n## Same\n\n[to the second](../p2/intro.qmd)\n",
    "p2/intro.qmd": "# Second\n\n## Same\n\n[to the first](../p1/intro.qmd), [its part](../p1/intro.qmd#same)\n",
    "dot.svg": DOT,
    "c/dot one.svg": DOT,
}


of_the_book = pytest.mark.xdist_group("quarto")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle: None) -> SmallBook:
    written = write_book(tmp_path_factory.mktemp("quarto"), FILES)
    assert written.main("pdf") == 0
    return written


def text(made: SmallBook, name: str) -> str:
    return " ".join(lxml.html.fromstring(made.page(name)).find_class("rl-body")[0].text_content().split())


def alts(made: SmallBook, name: str) -> list[str]:
    return [image.get("alt", "none") for image in lxml.html.fromstring(made.page(name)).iter("img")]


@of_the_book
def test_formulas_outside_of_dollars(made: SmallBook) -> None:
    page = made.page("tex.html")
    assert page.count('class="katex-display"') == 4
    assert page.count('class="katex"') == 5
    assert "it goes on." in page


@of_the_book
def test_captions_and_alt_text_of_cells_without_a_figures_label(made: SmallBook) -> None:
    page = text(made, "c/cells.html")
    assert "Seen by eyes" in page
    assert "Read as table" in page
    assert "Figure 2.1: M" in page
    assert alts(made, "c/cells.html") == [
        "Heard by ears", "Only heard", "M", "Picture drawn by the code",
    ]  # fmt: skip


@of_the_book
def test_alt_text_of_pictures(made: SmallBook) -> None:
    assert alts(made, "c/pictures.html") == ["A black dot", "Another dot", "A third dot"]
    assert "fig-alt" not in made.page("c/pictures.html")


@of_the_book
def test_what_cells_show_is_what_they_leave(made: SmallBook) -> None:
    page = text(made, "c/cells.html")
    assert "shown after" in page
    assert "shown before" not in page
    assert "done 2 shortend, ac, long line" in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", made.page("c/cells.html"))
    assert "matplotlib" not in page
    assert "3 3" in page


@of_the_book
def test_what_a_cell_prints_has_a_limit_that_says_so(made: SmallBook) -> None:
    page = text(made, "c/cells.html")
    assert "line 1999" in page
    assert "line 2000" not in page
    assert re.search(r"more signs in 28,000 lines are left out", page)


@of_the_book
def test_cells_in_lists_stand_in_their_items(made: SmallBook) -> None:
    page = lxml.html.fromstring(made.page("c/lists.html"))
    items = [" ".join(item.text_content().split()) for item in page.xpath("//div[@class='rl-body']//li")]
    assert items == ["one four spaces deep", "two inner in an inner list", "inner in an inner list", "ten under ten"]
    assert "of no list" in text(made, "c/lists.html")


@of_the_book
def test_the_tab_that_is_open_first(made: SmallBook) -> None:
    assert 'id="tabset-1-2" class="tab-pane active"' in made.page("c/pictures.html")
    assert 'id="tabset-1-1" class="tab-pane"' in made.page("c/pictures.html")


@of_the_book
def test_a_byte_order_mark_hides_nothing(made: SmallBook) -> None:
    assert "itran" not in made.page("bom.html")
    assert '<p class="rl-kicker">Chapter 5</p>' in made.page("bom.html")
    assert "rl-kicker" not in made.page("bom-unnumbered.html")


@of_the_book
def test_print_has_every_picture_and_leads_to_the_right_chapter(made: SmallBook) -> None:
    reader = PdfReader(made.root / "_site/A-Test-Book.pdf")
    pages = [page.extract_text() for page in reader.pages]
    words = " ".join(" ".join(pages).split())
    for piece in ("Seen by eyes", "Figure 4.1: Numbered", "shown after", "in an inner list"):
        assert piece in words
    starts = {}
    for i, page in enumerate(pages):
        if begins := re.search(r"Chapter \d\n(First|Second)\n", page):
            starts[begins[1]] = i
    places = reader.named_destinations
    leads = {}
    for title, i in starts.items():
        for link in reader.pages[i].get("/Annots", []):
            goal = link.get_object()
            goal = goal.get("/Dest") or goal["/A"]["/D"]
            where = places[str(goal)].page if isinstance(goal, str) else goal[0]
            leads[title] = reader.get_page_number(where.get_object())
    assert leads == {"First": starts["Second"], "Second": starts["First"]}


@of_the_book
def test_torn_files_of_the_cache_are_made_again(made: SmallBook) -> None:
    before = text(made, "c/cells.html")
    for i, path in enumerate(sorted((made.root / ".press/cache").iterdir())):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2] if i % 2 else b"")
    assert made.main("build") == 0
    assert text(made, "c/cells.html") == before


@pytest.mark.parametrize(("sign", "code"), [("策", "7B56"), ("한", "D55C"), ("😀", "1F600")])
def test_signs_that_print_lacks_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sign: str, code: str
) -> None:
    made = write_book(tmp_path, {"a.qmd": f"# A\n\nGood → ∎ “ß” ℝ.\n\nBad **{sign}**.\n"})
    assert made.main("pdf") == 1
    assert f"a.qmd:5: the fonts of the PDF have no {sign} (U+{code})" in capsys.readouterr().err
    assert not (made.root / "_site").exists()


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("https://example.org/a.png", "a.qmd:3: the picture https://example.org/a.png is not in the book"),
        ("a.bmp", "a.qmd:3: Typst cannot show the picture a.bmp"),
        ("no.png", "a.qmd:3: the file no.png does not exist"),
    ],
)
def test_pictures_that_print_cannot_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], picture: str, message: str
) -> None:
    made = write_book(tmp_path, {"a.qmd": f"# A\n\n![x]({picture})\n", "a.bmp": "BM"})
    assert made.main("pdf") == 1
    assert message in capsys.readouterr().err


MACHINE = """
# Numbers

```{python}
1.5
2.5
```

A third is `{python} 1/3`; `{python} __import__('rlgeo').value`; `{python} __import__('sys').executable`.

```{python}
#| echo: false
try:
    assert False
except AssertionError:
    print("asserts hold")
```
"""


def environment_beside(folder: Path) -> Path:
    """The Python of a fresh environment that has what this one has installed."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "here.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin/python"


def test_the_readers_machine_changes_nothing(tmp_path: Path) -> None:
    """IPython's settings for a reader and for everybody, another kernel of that name, a long TMPDIR, an unwritable home
    and environment, an optimizing Python."""
    (tmp_path / "book").mkdir()
    python = environment_beside(tmp_path / "environment")
    made = write_book(tmp_path / "book", {"a.qmd": MACHINE, "rlgeo/__init__.py": "value = 'the book\\'s own'\n"})
    home = tmp_path / "home"
    made.write(
        "../home/.ipython/profile_default/ipython_config.py", "c.InteractiveShell.ast_node_interactivity='all'\n"
    )
    made.write("../home/.ipython/profile_default/startup/00.py", "get_ipython().run_line_magic('precision','3')\n")
    spec = '{"argv": ["/bin/false", "{connection_file}"], "display_name": "P", "language": "python"}'
    made.write("../home/.local/share/jupyter/kernels/python3/kernel.json", spec)
    made.write("../home/start.py", "1/0\n")
    scratch = tmp_path / "/".join(["scratch-of-a-project"] * 5)
    scratch.mkdir(parents=True)
    for name in ("ipython_config.py", "ipython_kernel_config.py"):
        made.write(f"../environment/etc/ipython/{name}", "c.InteractiveShellApp.exec_lines = ['%precision 2']\n")
    for folder in (home, tmp_path / "environment"):
        folder.chmod(0o555)
    env = {"HOME": str(home), "TMPDIR": str(scratch), "PYTHONOPTIMIZE": "1", "PYTHONSTARTUP": str(home / "start.py")}
    env |= {"MPLBACKEND": "no-such", "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    command = [python, "-m", "press", "--root", str(made.root), "--quiet"]
    done = subprocess.run(command, env={**os.environ, **env}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = text(made, "a.html")
    assert "2.5 A third" in page
    assert "1.5" not in page.replace("1.5 2.5", "", 1)
    assert f"A third is 0.3333333333333333; the book’s own; {python}." in page
    assert "asserts hold" in page


APART = ["unshare", "--mount", "--net"]
"""A process with mounts of its own and without a network, which leaves the machine as it is."""
BUILDS = """
import subprocess, sys
from pathlib import Path

prefix, root, book = sys.argv[1:]
for place in (prefix, root):
    subprocess.run(["mount", "--bind", place, place], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
large = Path(root, "_extensions/rlgeo/dist/python")  # the pages' Python, which this book does not use
if large.is_dir():
    subprocess.run(["mount", "-t", "tmpfs", "nothing", large], check=True)
given = subprocess.run(["tar", "c", "-C", book, "."], capture_output=True, check=True).stdout
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "room", book], check=True)
subprocess.run(["tar", "x", "-C", book], input=given, check=True)
page, filler, text = Path(book, "_site/a.html"), Path(book, "filler"), Path(book, "a.qmd")

def build(code, said):
    command = [sys.executable, "-m", "press", "--root", book, "--quiet", "build"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == code and said in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr) < 500, done.stderr
    return page.read_text()

whole = build(0, "")
assert "it is 42" in whole
text.write_text(text.read_text().replace("40 + 2", "40 + 3"))
filler.write_bytes(bytes(0))
try:
    with filler.open("ab", buffering=0) as file:
        while True: file.write(bytes(4096))
except OSError: pass
assert build(1, "No space left on device") == whole
filler.unlink()
subprocess.run(["mount", "-o", "remount,ro", book], check=True)
assert build(1, "Read-only file system") == whole
subprocess.run(["mount", "-o", "remount,rw", book], check=True)
assert "it is 43" in build(0, "")
assert sorted(path.name for path in Path(book).iterdir()) == sorted({*sys.stdin.read().split(), ".press", "_site"})
"""


def test_without_network_and_rights_and_room(tmp_path: Path) -> None:
    """No network, an environment and a checkout that cannot be written, a full disk, a book that cannot be written."""
    if subprocess.run([*APART, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False).returncode:
        pytest.skip("only root may take a process its network and its mounts")
    made = write_book(tmp_path, {"a.qmd": "# A\n\n```{python}\nprint('it is', 40 + 2)\n```\n"})
    names = " ".join(path.name for path in tmp_path.iterdir())
    command = [*APART, sys.executable, "-c", BUILDS, sys.prefix, str(ROOT), str(made.root)]
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("seconds", ["yesterday", "-5", "1e9", "99999999999999999999"])
def test_a_wrong_date_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
    made = write_book(tmp_path, {"a.qmd": "# A\n"})
    assert made.main("build") == 1
    assert "error: SOURCE_DATE_EPOCH is" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["os.rename", "os.mkdir", "press.site.write", "press.cache.store"])
def test_a_full_or_locked_disk_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    made = write_book(tmp_path, {"a.qmd": "# A\n"})

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "there")

    monkeypatch.setattr(what, fail)
    assert made.main("build") == 1
    said = capsys.readouterr().err
    assert "error: " in said
    assert "Permission denied" in said


@pytest.mark.parametrize(
    ("settings", "links"),
    [
        ("", []),
        ("repo-url: https://github.com/me/fork", ["https://github.com/me/fork"]),
        ("repo-url: https://git.example.org/me/fork\n  repo-actions: [edit]", ["https://git.example.org/me/fork"]),
        (
            "repo-url: https://github.com/me/fork/\n  repo-branch: draft\n  repo-actions: [edit, issue]",
            [
                "https://github.com/me/fork/",
                "https://github.com/me/fork/edit/draft/a.qmd",
                "https://github.com/me/fork/issues/new?title=a.qmd%3A%20",
            ],
        ),
    ],
)
def test_links_to_the_repository_follow_one_setting(tmp_path: Path, settings: str, links: list[str]) -> None:
    made = write_book(tmp_path, {"a.qmd": "# A\n"})
    config = made.root / "_quarto.yml"
    config.write_text(config.read_text().replace("  site-url: https://example.org/book", f"  {settings}"))
    assert made.main("build") == 0
    page = lxml.html.fromstring(made.page("a.html"))
    assert [a.get("href") for a in page.iter("a") if "://" in a.get("href", "")] == links
    assert "example.org/book" not in made.page("a.html")
    assert "None" not in page.text_content()
