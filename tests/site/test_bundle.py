"""The bundle without a browser: colors, fonts, formulas, and a build that does nothing when nothing changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from browsing import ROOT

from rlgeo.figures import theme

WEB = ROOT / "web"
DIST = ROOT / "_extensions" / "rlgeo" / "dist"
WORDS = ["ink", "muted", "accent", "policy", "optimum", "rlhf", "grpo"]
LINES = ["reference", "reward", "star", "argmax", "behavior", "pg", "ppo", "dpo", "dro"]
SIGNS = ["positive", "negative", "clipped"]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The bundle is there."""
    subprocess.run([sys.executable, WEB / "prebuild.py"], check=True)


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_on_the_page(scheme: int) -> None:
    paper, panel = theme.PALETTE["paper"][scheme], theme.PALETTE["panel"][scheme]
    assert {name for name in WORDS if contrast(theme.PALETTE[name][scheme], paper) < 4.5} == set()
    assert {name for name in ("ink", "muted", "accent") if contrast(theme.PALETTE[name][scheme], panel) < 4.5} == set()
    assert {name for name in WORDS + LINES + SIGNS if contrast(theme.PALETTE[name][scheme], paper) < 3} == set()


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_higher_is_brighter(scheme: int) -> None:
    steps = [luminance(theme.PALETTE[f"landscape-{i}"][scheme]) for i in range(7)]
    assert steps == sorted(steps)
    assert len(set(steps)) == 7


def test_a_hex_means_one_color() -> None:
    light = [value[0] for value in theme.PALETTE.values()]
    assert len(set(light)) == len(light)  # figures name their colors by it


def test_styles_carry_the_palette() -> None:
    css = (DIST / "rlgeo.css").read_text(encoding="utf-8")
    values = re.findall(r"--rl-policy: ?(#[0-9a-f]+)", css)
    assert set(values) == set(theme.PALETTE["policy"])
    used = set(re.findall(r"var\(--rl-([a-z0-9-]+)", css))
    defined = set(re.findall(r"--rl-([a-z0-9-]+):", css))
    # set by scripts, by the lab and by a figure's own markup
    assert used - defined <= {"fill", "narrow", "swatch"}


def test_what_is_made_from_colors_follows_quartos_dark_scheme() -> None:
    css = (DIST / "rlgeo.css").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    derived = [where for where, what in rules if ":root" in where and re.search(r"--[\w-]+:[^;]*var\(", what)]
    assert derived
    assert [where for where in derived if "body.quarto-dark" not in where] == []


@pytest.mark.parametrize(("file", "scheme"), [("theme.scss", 0), ("theme-dark.scss", 1)])
def test_quarto_has_the_same_colors(file: str, scheme: int) -> None:
    given = dict(re.findall(r"^\$(\w+): (#[0-9a-f]{6})", (WEB / file).read_text(encoding="utf-8"), re.MULTILINE))
    assert given == {name: theme.PALETTE[name][scheme] for name in ("paper", "panel", "ink", "muted", "grid", "accent")}


def test_scripts_need_no_eval_and_name_no_host() -> None:
    for name in ("boot.js", "rlgeo.js"):
        text = (DIST / name).read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|import\(", text)
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)
    assert not re.search(r"\beval\(|new Function", (DIST / "plotly.js").read_text(encoding="utf-8"))


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


def test_nothing_is_built_when_nothing_changed() -> None:
    before = {path: path.stat().st_mtime_ns for path in DIST.rglob("*") if path.is_file()}
    subprocess.run([sys.executable, WEB / "prebuild.py"], check=True)
    assert {path: path.stat().st_mtime_ns for path in DIST.rglob("*") if path.is_file()} == before
