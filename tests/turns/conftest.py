"""The table under test."""

import pytest

from appliance.turns.machine import TABLE, Table


@pytest.fixture
def table() -> Table:
    """The real one; test_mutants.py calls the same tests with wrong ones."""
    return TABLE
