"""The toy: Gaussian policies, a reward made of bumps, the problem that they pose, and its optimum."""
