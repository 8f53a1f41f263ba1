"""Render the book where the Quarto CLI is not installed: ``python -m press``."""
