"""What the page asks of its Python: a method traced again, a chapter's cells run."""
