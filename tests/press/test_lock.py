"""What the Makefile installs is what pyproject.toml asks for."""

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
