"""What the Makefile installs is what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = [Requirement(line) for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()]
EXTRAS = PROJECT["optional-dependencies"]


ASKED = [*PROJECT["dependencies"], *EXTRAS["figures"], *EXTRAS["book"], *EXTRAS["test"]]


@pytest.mark.parametrize("text", [text for text in ASKED if not text.startswith("rlgeo[")])
def test_the_lock_holds_every_dependency(text):
    wanted = Requirement(text)
    pins = [pin for pin in LOCKED if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
    assert pins, f"{wanted.name} is missing: run make lock"
    for pin in pins:
        (exact,) = pin.specifier
        assert wanted.specifier.contains(exact.version), f"{pin} does not meet {wanted}: run make lock"


@pytest.mark.parametrize("pin", LOCKED, ids=lambda pin: f"{pin.name}-{pin.specifier}")
def test_the_lock_names_one_version_and_no_place(pin):
    assert [part.operator for part in pin.specifier] == ["=="]
    assert pin.url is None


def test_the_pages_python_is_pinned_by_digest():
    """One author's first release, of which the site ships a program: no other bytes than those that were tried."""
    text = (ROOT / "page-python.lock").read_text(encoding="utf-8")
    pins = {
        canonicalize_name(pin.name): pin
        for pin in map(Requirement, re.findall(r"^(\S+==[^\s\\]+)", text, re.MULTILINE))
    }
    assert text.count("==") == len(pins)
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(pins)
    for wanted in map(Requirement, EXTRAS["page-python"]):
        (exact,) = pins[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(exact.version)
