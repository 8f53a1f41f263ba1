"""What can be said without a run: flows, basins, projections, estimators, and what the KL term does."""
