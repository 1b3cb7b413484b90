"""What holds for every test."""

from hypothesis import settings

# A busy machine must fail no property test: what is slow is found by `make bench`, not by a deadline.
settings.register_profile("straitsx-bulk", deadline=None)
settings.load_profile("straitsx-bulk")
