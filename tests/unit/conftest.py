from hypothesis import Phase, settings

# The same examples on every machine: a failure here is a failure everywhere. Without shrinking, which can take minutes.
settings.register_profile(
    "rlgeo", deadline=None, derandomize=True, max_examples=40, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("rlgeo")
