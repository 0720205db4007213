"""The description of an engine that travels to the process which will build it."""

import importlib
from dataclasses import dataclass, field
from typing import Any

from appliance.core.interfaces import Engine
from appliance.core.speech import Stage


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine before it exists. Only its worker ever imports it."""

    stage: Stage
    """What it does, and what an error of it is called after."""
    name: str
    """What people call it, in logs and on the health page."""
    factory: str
    """`package.module:callable`, called with `kwargs`."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    """Picklable."""
    threads: int = 1
    """Cores that a job of it keeps busy."""

    def build(self) -> Engine:
        """Import and construct the engine. Blocks for as long as its model takes to load."""
        module, _, name = self.factory.partition(":")
        engine: Engine = getattr(importlib.import_module(module), name)(**self.kwargs)
        return engine
