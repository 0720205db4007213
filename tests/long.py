"""How much of something is enough: for every day, and for `make test-long`."""

import os

LONG = os.environ.get("APPLIANCE_TEST_LONG") == "1"
"""Whether the long version was asked for. What has one is marked `long`, and `make test-long` runs just that."""


def often(daily: int, at_length: int) -> int:
    """How many times: every day, or at length."""
    return at_length if LONG else daily
