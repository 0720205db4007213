"""eSpeak NG's C library, as far as it is needed: text in, samples and events out.

GPL-3.0: the library is loaded when the class is created, which happens in an engine process only.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.core.audio import Samples

# From speak_lib.h; the header is the documentation of this API.
SYNCHRONOUS: Final = 2
DEFAULT_BUFFER: Final = 0
DO_NOT_EXIT: Final = 0x8000
"""Without it the library ends the process when its data are missing."""
UTF8: Final = 1
PAUSE_AT_END: Final = 0x1000
POSITION_IN_CHARACTERS: Final = 1
OK: Final = 0

LONGEST_PATH: Final = 140
"""Bytes. eSpeak NG 1.52 keeps the path of its data, with a suffix, in a buffer of 160."""


class Event(IntEnum):
    """The kinds of events that are used here."""

    END_OF_LIST = 0
    WORD = 1
    END_OF_CLAUSE = 5


class Parameter(IntEnum):
    """The kinds of parameters that are used here."""

    WORDS_PER_MINUTE = 1
    PITCH = 3


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(slots=True)
class Rendering:
    """What eSpeak made of one text."""

    blocks: list[Samples] = field(default_factory=list)
    """The sound, in pieces of 60 ms."""
    words: list[tuple[int, int]] = field(default_factory=list)
    """Character and sample at which each word begins; of merged words only the first."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """Character and sample at which each clause, with the pause after it, ends."""

    @property
    def samples(self) -> Samples:
        """The whole sound."""
        return np.concatenate(self.blocks) if self.blocks else np.zeros(0, dtype=np.float32)


class EspeakLibrary:
    """Owns the library, its one voice, and the callback it delivers to.

    The library keeps everything in global variables: one instance per process, one text at a time.
    """

    def __init__(self, library: Path, data: Path) -> None:
        """Load the library and read its data.

        Raises:
            OSError: either cannot be used.
        """
        path = str(data.parent).encode()
        if not data.is_dir() or len(path) > LONGEST_PATH:
            raise OSError(f"no folder eSpeak can use, or its name has more than {LONGEST_PATH} bytes: {data}")
        self._lib: Any = ctypes.CDLL(str(library))
        # Without a type, an integer is passed as a C int, which is not what size_t is.
        self._lib.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        self.rate: int = self._lib.espeak_Initialize(SYNCHRONOUS, DEFAULT_BUFFER, path, DO_NOT_EXIT)
        if self.rate <= 0:
            raise OSError(f"eSpeak cannot use its data in {data}")

    def use(self, voice: str, words_per_minute: int, pitch: int) -> bool:
        """Choose the voice and how it speaks; False when there is no such voice."""
        if self._lib.espeak_SetVoiceByName(voice.encode()) != OK:
            return False
        self._lib.espeak_SetParameter(Parameter.WORDS_PER_MINUTE, words_per_minute, 0)
        self._lib.espeak_SetParameter(Parameter.PITCH, pitch, 0)
        return True

    def render(self, text: str, wanted: Callable[[], bool] = lambda: True) -> Rendering:
        """Speak a text; stops early when it is not wanted any more.

        Raises:
            OSError: eSpeak failed.
        """
        rendering = Rendering()

        def deliver(wave: Any, count: int, events: Any) -> int:
            if count:
                block = np.ctypeslib.as_array(wave, (count,))
                rendering.blocks.append(block.astype(np.float32) / np.float32(32768))
            _sort(events, rendering)
            return 0 if wanted() else 1

        callback = _Callback(deliver)
        self._lib.espeak_SetSynthCallback(callback)
        encoded = text.encode()
        status = self._lib.espeak_Synth(
            encoded, len(encoded) + 1, 0, POSITION_IN_CHARACTERS, 0, UTF8 | PAUSE_AT_END, None, None
        )
        if status != OK:
            raise OSError(f"eSpeak ended with status {status}")
        return rendering

    def close(self) -> None:
        """Free the voice and its data."""
        self._lib.espeak_Terminate()


def _sort(events: Any, rendering: Rendering) -> None:
    """Note the events of one block. eSpeak counts characters from 1, samples from 0."""
    index = 0
    while (event := events[index]).type != Event.END_OF_LIST:
        place = (max(0, event.text_position - 1), event.sample)
        if event.type == Event.WORD:
            rendering.words.append(place)
        elif event.type == Event.END_OF_CLAUSE:
            rendering.ends.append(place)
        index += 1
