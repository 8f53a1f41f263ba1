"""The bundle without a browser: colors, fonts, formulas, and a build that does nothing when nothing changed."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pytest
from browsing import ROOT
from coloraide import Color
from lxml import html

from rlgeo import COUSINS, METHODS
from rlgeo.figures import theme

WEB = ROOT / "web"
DIST = ROOT / "_extensions" / "rlgeo" / "dist"
WORDS = {"ink", "muted", "accent"}
LINES = ["policy", "optimum", "rlhf", "pg", "ppo", "grpo", "dpo", "dro", "cousin-0", "cousin-1", "cousin-2"]
MARKS = ["reference", "positive", "negative", "clipped"]
OTHERS = ["argmax", "reward", "behavior", "natural"]
VISIONS = [None, "protan", "deutan", "tritan"]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The bundle is there."""
    subprocess.run([sys.executable, WEB / "prebuild.py"], check=True)


def difference(one: str, other: str, scheme: int, vision: str | None) -> float:
    """CIEDE2000 between two palette colors as a vision without one kind of cone has them."""
    pair = [Color(theme.PALETTE[name][scheme]) for name in (one, other)]
    seen = [color.filter(vision) if vision else color for color in pair]
    return float(seen[0].delta_e(seen[1], method="2000"))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_on_the_page(scheme: int) -> None:
    def low(names: Iterable[str], ground: str, least: float) -> list[str]:
        behind = theme.PALETTE[ground][scheme]
        return [name for name in names if Color(theme.PALETTE[name][scheme]).contrast(behind) < least]

    assert low(WORDS, "paper", 4.5) == low(WORDS, "panel", 4.5) == []
    assert low([*LINES, *MARKS, *OTHERS], "paper", 3) == []


def test_words_are_in_the_colors_for_words() -> None:
    css = (DIST / "rlgeo.css").read_text(encoding="utf-8")
    assert set(re.findall(r"[{;]color: ?var\(--rl-([a-z0-9-]+)", css)) - {"paper"} == WORDS


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_is_drawn_is_told_apart(scheme: int, vision: str | None) -> None:
    """In CIEDE2000, where 1 is just seen side by side on large patches and shades of one color differ by about 5.

    Lines cross a whole panel thin and apart, so two of them need twice that: about the most that so many colors reach
    which contrast with the page. Marks differ in form, too, and what is left never stands for the same kind of thing.
    """
    close = []
    for one, other in combinations([*LINES, *MARKS, *OTHERS], 2):
        least = 10 if {one, other} <= {*LINES} else 8 if {one, other} <= {*LINES, *MARKS} else 5
        if (found := difference(one, other, scheme, vision)) < least:
            close.append(f"{one}, {other}: {found:.1f} < {least}")
    assert close == []


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_red_is_the_policys_alone(scheme: int) -> None:
    """Red by OkLCh: hues from carmine to vermilion, not too gray to show it."""
    coordinates = {name: Color(pair[scheme]).convert("oklch").coords() for name, pair in theme.PALETTE.items()}
    assert [name for name, (_, chroma, hue) in coordinates.items() if chroma > 0.06 and (hue - 5) % 360 < 42] == [
        "policy"
    ]
    assert [name for name in [*WORDS, "grid", "paper", "panel"] if coordinates[name][1] > 0.06] == []


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_maps_of_signs_end_in_the_colors_of_signs(scheme: int) -> None:
    for end, name in ((0, "negative"), (6, "positive")):
        assert theme.PALETTE[f"diverging-{end}"][scheme] == theme.PALETTE[name][scheme]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_higher_is_brighter(scheme: int) -> None:
    steps = [Color(theme.PALETTE[f"landscape-{i}"][scheme]).luminance() for i in range(7)]
    assert steps == sorted(steps)
    assert len(set(steps)) == 7


def test_styles_carry_the_palette() -> None:
    css = (DIST / "rlgeo.css").read_text(encoding="utf-8")
    values = re.findall(r"--rl-policy: ?(#[0-9a-f]+)", css)
    assert set(values) == set(theme.PALETTE["policy"])
    used = set(re.findall(r"var\(--rl-([a-z0-9-]+)", css))
    defined = set(re.findall(r"--rl-([a-z0-9-]+):", css))
    # set by scripts, by the lab and by a figure's own markup
    assert used - defined <= {"fill", "height", "swatch"}


def test_what_is_made_from_colors_follows_quartos_dark_scheme() -> None:
    css = (DIST / "rlgeo.css").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    derived = [where for where, what in rules if ":root" in where and re.search(r"--[\w-]+:[^;]*var\(", what)]
    assert derived
    assert [where for where in derived if "body.quarto-dark" not in where] == []


@pytest.mark.parametrize("name", ["book.typ", "card.typ"])
def test_print_has_the_same_colors(name: str) -> None:
    given = set(re.findall(r'rgb\("(#[0-9a-f]{6})"\)', (ROOT / "press" / name).read_text(encoding="utf-8")))
    assert given <= {theme.PALETTE[color][0] for color in ("paper", "panel", "ink", "muted", "grid", "accent")}


def test_the_page_writes_no_color_down() -> None:
    """Only the palette does, and Quarto's two sheets, which are compared with it."""
    kinds = {".css", ".js", ".html", ".lua"}
    files = [file for root in ("web", "press") for file in (ROOT / root).rglob("*") if file.suffix in kinds]
    own = [file for file in files if not {"node_modules", "generated"} & set(file.parts)]
    found = {
        file.name: set(re.findall(r"#[0-9a-f]{6}\b", file.read_text(encoding="utf-8"), re.IGNORECASE)) for file in own
    }
    assert {name for name, colors in found.items() if colors} == {"page.html"}
    assert found["page.html"] == set(theme.PALETTE["paper"])  # <meta name="theme-color">


def test_what_scripts_draw_has_a_color_of_the_palette() -> None:
    """Names that the palette does not have are drawn in ink, which is right for a new method and wrong for a slip."""
    quoted = [
        r'(?:color|fill|stroke|palette)(?:: |\()"([a-z-]+)"',
        r'\["[^"]*[^a-z"][^"]*", "([a-z]+)", "(?:solid|dash|dot|fill|point|ring|star|cross)"\]',
    ]
    files = [file for folder in ("lab", "race") for file in (WEB / folder).glob("*.js")]
    named = {
        (name, file.name)
        for file in files
        for how in quoted
        for name in re.findall(how, file.read_text(encoding="utf-8"))
    }
    assert len({name for name, _ in named}) > 8
    assert {(name, file) for name, file in named if name not in theme.PALETTE} == set()


@pytest.mark.parametrize(("file", "scheme"), [("theme.scss", 0), ("theme-dark.scss", 1)])
def test_quarto_has_the_same_colors(file: str, scheme: int) -> None:
    given = dict(re.findall(r"^\$(\w+): (#[0-9a-f]{6})", (WEB / file).read_text(encoding="utf-8"), re.MULTILINE))
    assert given == {name: theme.PALETTE[name][scheme] for name in ("paper", "panel", "ink", "muted", "grid", "accent")}


def test_scripts_need_no_eval_and_name_no_host() -> None:
    for name in ("boot.js", "rlgeo.js", "search.js"):
        text = (DIST / name).read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|import\(", text)
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)
    assert not re.search(r"\beval\(|new Function", (DIST / "plotly.js").read_text(encoding="utf-8"))


def kilobytes(*names: str) -> float:
    """What a server sends."""
    return sum(len(gzip.compress((DIST / name).read_bytes())) for name in names) / 1e3


def test_what_every_page_loads_keeps_to_its_budget() -> None:
    assert kilobytes("rlgeo.css", "rlgeo.js", "plotly.js", "lab.js") <= 600, "a chapter with figures and a lab"
    assert kilobytes("rlgeo.css", "rlgeo.js", "race.js") <= 50, "the first page"


def test_the_race_has_the_mathematics_of_its_methods_alone() -> None:
    text = (DIST / "race.js").read_text(encoding="utf-8")
    assert [name for name in METHODS if f"{name}:{{lifetime" not in text] == []
    assert [name for name in COUSINS if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)] == []


def test_every_face_that_the_styles_name_is_there() -> None:
    for sheet in ("rlgeo.css", "katex/katex.css"):
        folder = (DIST / sheet).parent
        addresses = re.findall(r"url\(\"?([^)\"]+)\"?\)", (DIST / sheet).read_text(encoding="utf-8"))
        assert addresses
        assert [address for address in addresses if not (folder / address).is_file()] == []
        assert all(address.endswith(".woff2") for address in addresses)


def test_plotly_is_the_version_that_python_draws_for() -> None:
    from plotly.offline import get_plotlyjs_version

    packages = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert packages["node_modules/plotly.js-cartesian-dist-min"]["version"] == get_plotlyjs_version()


def test_the_lock_names_no_host() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def katex(formulas: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Run the formula renderer."""
    node = subprocess.run([sys.executable, WEB / "prebuild.py", "--node"], capture_output=True, text=True, check=True)
    done = subprocess.run(
        [node.stdout.strip(), DIST / "katex-render.cjs"],
        input=json.dumps(formulas),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    answer: list[dict[str, str]] = json.loads(done.stdout)
    return answer


def test_formulas() -> None:
    inline, shown, numbered, wrong, unknown = katex(
        [
            {"tex": r"\beta", "display": False, "tag": None},
            {"tex": r"\frac{1}{G}\sum_{i=1}^G \hat A_i", "display": True, "tag": None},
            {"tex": "a < b", "display": True, "tag": "A.3"},
            {"tex": r"\frac{1}{", "display": False, "tag": None},
            {"tex": r"\nonsense", "display": True, "tag": "1.1"},
        ]
    )
    assert "katex-display" not in inline["html"]
    assert "<math" in inline["html"]  # for screen readers
    assert "katex-display" in shown["html"]
    assert "katex-tag" in numbered["html"]
    assert "A.3" in numbered["html"]
    assert "Unexpected end of input" in wrong["error"]
    assert r"\nonsense" in unknown["error"]


PARTS = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
"""How many children these elements of MathML have, no more and no fewer."""


def test_formulas_are_valid_mathml() -> None:
    """Firefox draws what has a child too many as an error, and says so on every page."""
    places = [
        r"\sigma_{%s}",
        r"x^{%s}",
        r"\sigma_{%s}^{%s}",
        r"\frac{%s}{%s x}",
        r"\hat{%s}",
        r"\sum_{%s}^{%s}",
        r"%s_\theta^2 J",
    ]
    names = [r"\min", r"\log", r"\operatorname{KL}", r"\operatorname*{argmax}", r"\mathrm{KL}"]
    texts = [place.replace("%s", name) for place in places for name in names]
    for tex, answer in zip(texts, katex([{"tex": tex, "display": True, "tag": None} for tex in texts]), strict=True):
        for node in html.fromstring(answer["html"]).iter():
            assert len(node) == PARTS.get(node.tag, len(node)), f"{tex}: {html.tostring(node)}"


def test_nothing_is_built_when_nothing_changed() -> None:
    before = {path: path.stat().st_mtime_ns for path in DIST.rglob("*") if path.is_file()}
    subprocess.run([sys.executable, WEB / "prebuild.py"], check=True)
    assert {path: path.stat().st_mtime_ns for path in DIST.rglob("*") if path.is_file()} == before
