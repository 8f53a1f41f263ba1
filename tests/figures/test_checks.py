"""The checks below the book's theorems stop a build also where Python leaves out `assert`."""

import subprocess
import sys

import pytest

from rlgeo.figures.checks import holds


def test_a_claim_that_holds_says_nothing_and_one_that_does_not_says_why():
    holds(1 < 2, "unsaid")
    with pytest.raises(AssertionError, match="theorem 1: 2 is not below 1"):
        holds(2 < 1, "theorem 1: 2 is not below 1")


def test_checks_do_not_vanish_under_optimization():
    code = "from rlgeo.figures.checks import holds; holds(False, 'theorem 1')"
    run = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "AssertionError: theorem 1" in run.stderr
