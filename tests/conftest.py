"""Fixtures that tests of several packages share."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.virtual_sound import virtual_sound, virtual_sound_server
from tests.workers import Sharing, order

__all__ = ["virtual_sound", "virtual_sound_server"]

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("appliance", deadline=None)
settings.load_profile("appliance")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # whoever runs all of them in one process does so in their own order
        items.sort(key=lambda item: order(item.nodeid))


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
