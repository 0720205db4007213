"""Fixtures that tests of several packages share."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.virtual_sound import virtual_sound, virtual_sound_server

__all__ = ["virtual_sound", "virtual_sound_server"]

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("appliance", deadline=None)
settings.load_profile("appliance")


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Whatever a test changes of logging is put back."""
    root, ours = logging.getLogger(), logging.getLogger("appliance")
    before = root.level, ours.level, root.handlers[:]
    ours.setLevel(logging.NOTSET)  # a command that ran in this process has chosen one
    yield
    root.setLevel(before[0])
    ours.setLevel(before[1])
    root.handlers[:] = before[2]
