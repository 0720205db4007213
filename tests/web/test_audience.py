"""Several observers: nobody misses anything."""

import inspect
from typing import Any

from appliance.sessions.observer import Observer
from appliance.web.audience import Audience

NEWS = [name for name, _ in inspect.getmembers(Observer, inspect.isfunction)]


class Listener(Observer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Any, ...]]] = []

    def __getattribute__(self, name: str) -> Any:
        if name in NEWS:
            return lambda *args: self.told.append((name, args))
        return super().__getattribute__(name)


def test_everything_that_an_observer_is_told_is_passed_on_to_all() -> None:
    listeners = [Listener(), Listener()]
    audience = Audience(*listeners)
    for name in NEWS:
        count = len(inspect.signature(getattr(Observer, name)).parameters) - 1
        getattr(audience, name)(*range(count))
    assert [name for name, _ in listeners[0].told] == NEWS
    assert all(args == tuple(range(len(args))) for _, args in listeners[0].told)
    assert listeners[0].told == listeners[1].told
