"""What a number may be: checks of arguments, and what there is to say about those that a reader may change."""
