"""Removes an echo with libspeexdsp, a BSD-licensed C library: a linear filter, then suppression of what it leaves."""

import ctypes
import weakref
from collections.abc import Iterable
from importlib import metadata
from typing import Any, Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, PERIOD, Samples
from appliance.core.errors import DeviceError

WHEEL: Final = "speexdsp-ns"
"""A package whose wheels for x86-64 and arm64 hold the library as a file of its own. Nothing of it is imported."""
SYSTEM_LIBRARY: Final = "libspeexdsp.so.1"

# Requests from speex_echo.h and speex_preprocess.h; both happen to number these two alike.
SET_SAMPLING_RATE: Final = 24
SET_ECHO_STATE: Final = 24
SET_NOISE_SUPPRESS: Final = 18
SET_ECHO_SUPPRESS: Final = 20
SET_ECHO_SUPPRESS_ACTIVE: Final = 22

SUPPRESSION_DB: Final = {SET_NOISE_SUPPRESS: -12, SET_ECHO_SUPPRESS: -40, SET_ECHO_SUPPRESS_ACTIVE: -15}
"""dB: how deep noise, residual echo, and residual echo under a person's voice are pressed at most. The values of
notes/audio.md 3.4. Noise suppression must stay on: without it the library drops echo suppression too, silently."""

FULL_SCALE: Final = np.float32(32768)


class Speex:
    """Owns one echo canceller of libspeexdsp and the memory it works in. Not for several threads at once."""

    def __init__(self, taps: int) -> None:
        """Load the library and begin with an unknown echo path.

        Args:
            taps: length of the filter in samples; echo that comes later than that stays.

        Raises:
            DeviceError: the library is not installed.
        """
        self._library = load(candidates())
        self._echo, self._suppressor = _create(self._library, taps)
        weakref.finalize(self, _free, self._library, self._echo, self._suppressor)
        self._microphone, self._reference, self._out = (np.zeros(PERIOD, np.int16) for _ in range(3))

    def process(self, microphone: Samples, reference: Samples, out: Samples) -> None:
        """Remove the echo from the next period (160 samples each). `out` is one period late."""
        _to_int16(microphone, self._microphone)
        _to_int16(reference, self._reference)
        result = self._out.ctypes.data
        self._library.speex_echo_cancellation(
            self._echo, self._microphone.ctypes.data, self._reference.ctypes.data, result
        )
        self._library.speex_preprocess_run(self._suppressor, result)
        np.divide(self._out, FULL_SCALE, out=out, casting="unsafe")


def candidates() -> list[str]:
    """Where the library may be, best first: the wheel's is the one that was measured."""
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError:
        files = []
    return [*(str(file.locate()) for file in files if file.name.startswith("libspeexdsp")), SYSTEM_LIBRARY]


def load(paths: Iterable[str]) -> Any:
    """The first library of `paths` that can be loaded.

    Raises:
        DeviceError: none of them can.
    """
    for path in paths:
        try:
            return _declared(ctypes.CDLL(path))
        except OSError:
            continue
    raise DeviceError(
        "Software echo cancellation needs libspeexdsp, which is not installed",
        "Run: make install (or: sudo apt-get install libspeexdsp1), or set audio.echo to another mode",
    )


def _declared(library: Any) -> Any:
    """Tell ctypes what the functions take; without it, it would cut pointers to 32 bits."""
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("speex_echo_state_init", pointer, [integer, integer]),
        ("speex_echo_ctl", integer, [pointer, integer, pointer]),
        ("speex_echo_cancellation", None, [pointer] * 4),
        ("speex_echo_state_destroy", None, [pointer]),
        ("speex_preprocess_state_init", pointer, [integer, integer]),
        ("speex_preprocess_ctl", integer, [pointer, integer, pointer]),
        ("speex_preprocess_run", integer, [pointer, pointer]),
        ("speex_preprocess_state_destroy", None, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _create(library: Any, taps: int) -> tuple[int, int]:
    """A filter and the suppressor behind it."""
    echo = library.speex_echo_state_init(PERIOD, taps)
    rate = ctypes.c_int(CAPTURE_RATE)
    library.speex_echo_ctl(echo, SET_SAMPLING_RATE, ctypes.byref(rate))
    suppressor = library.speex_preprocess_state_init(PERIOD, CAPTURE_RATE)
    library.speex_preprocess_ctl(suppressor, SET_ECHO_STATE, echo)
    for request, depth_db in SUPPRESSION_DB.items():
        library.speex_preprocess_ctl(suppressor, request, ctypes.byref(ctypes.c_int(depth_db)))
    return echo, suppressor


def _free(library: Any, echo: int, suppressor: int) -> None:
    library.speex_preprocess_state_destroy(suppressor)
    library.speex_echo_state_destroy(echo)


def _to_int16(sound: Samples, out: Any) -> None:
    np.clip(np.rint(sound * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1, out=out, casting="unsafe")
