"""Training: a run, several methods side by side, and sweeps over many settings."""
