"""The description of an engine that travels to the process which will build it."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
    files: Mapping[Path, str] = field(default_factory=dict)
    """Model files that it parses, each with the sha256 that it must have."""
    gpu: bool = False
    """Whether it may use the GPU's device files."""

    @property
    def reads(self) -> tuple[Path, ...]:
        """What it may read beside its program: its files, and what its arguments name."""
        return (*self.files, *(value for value in self.kwargs.values() if isinstance(value, Path)))

    def build(self) -> Engine:
        """Import and construct the engine. Blocks for as long as its model takes to load."""
        module, _, name = self.factory.partition(":")
        engine: Engine = getattr(importlib.import_module(module), name)(**self.kwargs)
        return engine
