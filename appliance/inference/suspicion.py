"""Reads pickles of a process that may have been taken over: a pickle can call anything that it can name."""

import io
import pickle
import sys
from types import ModuleType
from typing import Any, Final

WORDS: Final = (
    "appliance.core.audio",
    "appliance.core.errors",
    "appliance.core.speech",
    "appliance.inference.wire",
)
"""Modules whose own classes are data and may be built."""
BUILDERS: Final = frozenset(
    {("appliance.core.errors", "_rebuild"), ("numpy", "dtype"), ("numpy", "ndarray")}
    | {
        (f"numpy.{core}.multiarray", name)
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar")
    }
    | {(f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")}
)
"""What else may be called: an error puts itself together again, and so does an array."""


def loads(data: bytes | bytearray) -> Any:
    """The message in a pickle.

    Raises:
        pickle.UnpicklingError: it names what no message consists of. A damaged pickle raises what it likes.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) in BUILDERS:
            return super().find_class(module, name)
        found = getattr(_word(module), name, None)
        if isinstance(found, type) and found.__module__ == module:
            return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into a message")


def _word(module: str) -> ModuleType | None:
    return sys.modules.get(module) if module in WORDS else None
