"""Checks of what the book's theorems say."""


def holds(claim: object, message: str) -> None:
    """Stop the build where a theorem's check fails, also under PYTHONOPTIMIZE."""
    if not claim:
        raise AssertionError(message)
