import os

import pytest
from hypothesis import Phase, settings

from rlgeo.theory import collapse, preference

MUTATED = "MUTANT_UNDER_TEST" in os.environ
"""Whether mutmut runs these tests."""

# The same examples on every machine: a failure here is a failure everywhere. Without shrinking, which can take
# minutes; and a few examples are enough to kill a mutant.
settings.register_profile(
    "rlgeo",
    deadline=None,
    derandomize=True,
    max_examples=6 if MUTATED else 40,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("rlgeo")


@pytest.fixture(autouse=True, scope="function" if MUTATED else "session")
def forgetful():
    """What a process remembers must not pass for what the code computes now, or hide from mutmut what a test calls."""
    collapse.collapse_threshold.cache_clear()
    preference._moments.cache_clear()
    preference._minimizer.cache_clear()
