import os

import pytest
from hypothesis import Phase, settings

from rlgeo import collapse, preference

# The same examples on every machine: a failure here is a failure everywhere. Without shrinking, which can take
# minutes; and a few examples are enough to kill a mutant.
settings.register_profile(
    "rlgeo",
    deadline=None,
    derandomize=True,
    max_examples=6 if "MUTANT_UNDER_TEST" in os.environ else 40,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("rlgeo")


@pytest.fixture(autouse=True, scope="session")
def forgetful():
    """What a process remembers of earlier sessions must not pass for what the code computes now."""
    collapse.collapse_threshold.cache_clear()
    preference._wins.cache_clear()
