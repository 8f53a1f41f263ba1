"""Whole runs against the same updates in plain Python, one number at a time, and in JavaScript."""

import shutil

import pytest

from bench import updates
from rlgeo import METHODS


def test_plain_loops_give_the_same_policies(monkeypatch):
    monkeypatch.setattr(updates.shutil, "which", lambda _: None)
    assert set(updates.PLAIN) <= set(METHODS)
    updates.check()


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_javascript_gives_the_same_policies():
    updates.check()


def test_a_difference_is_noticed(monkeypatch):
    monkeypatch.setitem(updates.PLAIN, "PG", lambda steps, normal, uniform: (0.5, 1.0))
    with pytest.raises(AssertionError, match="PG in Python"):
        updates.check()
