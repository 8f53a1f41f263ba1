from hypothesis import settings

# The same examples on every machine: a failure here is a failure everywhere.
settings.register_profile("rlgeo", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("rlgeo")
