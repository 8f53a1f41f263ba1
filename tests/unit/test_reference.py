"""The reference made from docstrings lists everything public, and is valid Markdown."""

import inspect

import pytest

import rlgeo
from rlgeo import COUSINS, METHODS, Gaussian
from rlgeo.arguments import reference


def sample(one: float, two: str = "a") -> None:
    """First line with a_i, ``code_i`` and :func:`rlgeo.run`, *stressed*.

        x = y_1 * 2

    Parameters
    ----------
    one, two
        Said of
        both.

    Raises
    ------
    ValueError
        If one ≤ two.
    """


def test_a_docstring_as_markdown():
    assert reference.described(inspect.getdoc(sample)) == (
        "First line with a\\_i, `code_i` and `rlgeo.run`, *stressed*.\n\n"
        "```text\nx = y_1 * 2\n```\n\n"
        "**Parameters**\n\n`one`, `two`\n:   Said of both.\n\n"
        "**Raises**\n\n`ValueError`\n:   If one ≤ two."
    )


def test_signatures():
    assert reference.signature("sample", sample) == "sample(one, two='a')"
    assert reference.signature("sample", Gaussian.sample) == "sample(rng, n, shape=None)"
    assert reference.signature("shape", Gaussian.shape) == "shape"
    assert (
        reference.signature("Problem", rlgeo.Problem) == "Problem(reward='single', reference=Gaussian(...), beta=0.5)"
    )


@pytest.mark.parametrize("name", [n for n in rlgeo.__all__ if inspect.isclass(getattr(rlgeo, n))])
def test_every_public_class_is_there(name):
    assert f"### {name} {{.unnumbered}}" in reference.reference()


def test_every_function_at_the_root_is_there_and_private_names_are_not():
    text = reference.reference()
    for name in rlgeo.__all__:
        item = getattr(rlgeo, name)
        if inspect.isfunction(item):
            assert f"### {name} {{.unnumbered}}" in text
    for module in reference.modules():
        assert not any(name.startswith("_") for name, _ in reference.members(module))


@pytest.mark.parametrize("name", [n for n in rlgeo.__all__ if not callable(getattr(rlgeo, n))])
def test_every_public_constant_is_there_with_its_docstring(name):
    entry = reference.reference().split(f"\n`{name}`\n:   ")
    assert len(entry) == 2
    assert len(entry[1].split("\n\n")[0]) > 20


def test_every_method_lists_what_is_its_own():
    text = reference.reference()
    for method in (METHODS | COUSINS).values():
        part = text.split(f"### {method.__name__} {{.unnumbered}}")[1].split("\n### ")[0]
        own = [name for name in vars(method) if not name.startswith("_") and callable(getattr(method, name))]
        assert own
        assert all(f"`.{name}(" in part for name in own)


def test_sections_are_distinct():
    anchors = [line.split("{#")[1] for line in reference.reference().splitlines() if line.startswith("## ")]
    assert len(anchors) == len(set(anchors)) >= 15
