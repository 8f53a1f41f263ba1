import os

from hypothesis import Phase, settings

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
