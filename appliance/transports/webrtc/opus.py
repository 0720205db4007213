"""libopus, as far as it is needed: one voice, in packets that can repair the one before.

FFmpeg's wrapper can neither conceal a lost packet nor use the copy of it that the next one carries, and
wants stereo at 48 kHz; the library itself does all that, and decodes straight to 16 kHz.
"""

import ctypes
from ctypes.util import find_library
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import DeviceError

RTP_RATE: Final = 48_000
"""Hz in which Opus counts time, whatever the sound's rate is (RFC 7587, section 4.1)."""
LONGEST: Final = 120 * CAPTURE_RATE // 1000
"""Samples in the longest packet."""
MOST_BYTES: Final = 1275
"""Of one frame (RFC 6716, section 3.4)."""

# From opus_defines.h; the header is the documentation of this API.
VOIP: Final = 2048
SET_BITRATE: Final = 4002
SET_COMPLEXITY: Final = 4010
SET_INBAND_FEC: Final = 4012
SET_PACKET_LOSS_PERCENT: Final = 4014
SET_SIGNAL: Final = 4024
SIGNAL_VOICE: Final = 3001

BITRATE: Final = 32_000
"""bit/s: what RFC 7587, section 3.1.1, recommends for fullband speech, and enough for the copies."""
COMPLEXITY: Final = 1
"""Of 10. On ten of the recordings of speech: 0.09 ms per packet where 3 takes 0.16 and 8 takes 0.25, and the
distance between the spectra before and after is 5.6 dB where 3 has 5.8 and 8 has 5.1."""
EXPECTED_LOSS: Final = 10
"""%: makes the encoder spend bits on copies; a calm LAN loses nothing, a bad Wi-Fi about that."""


class OpusEncoder:
    """Owns one encoder of 48 kHz mono speech."""

    def __init__(self) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._encoder = self._library.opus_encoder_create(RTP_RATE, 1, VOIP, ctypes.byref(error))
        if not self._encoder:
            raise DeviceError(f"libopus makes no encoder (error {error.value})")
        for request, value in (
            (SET_BITRATE, BITRATE),
            (SET_COMPLEXITY, COMPLEXITY),
            (SET_INBAND_FEC, 1),
            (SET_PACKET_LOSS_PERCENT, EXPECTED_LOSS),
            (SET_SIGNAL, SIGNAL_VOICE),
        ):
            self._library.opus_encoder_ctl(self._encoder, request, ctypes.c_int(value))
        self._out = ctypes.create_string_buffer(MOST_BYTES)

    def encode(self, block: Samples) -> bytes:
        """One packet of a contiguous block of 20 ms."""
        count = self._library.opus_encode_float(
            self._encoder, block.ctypes.data, len(block), self._out, MOST_BYTES
        )
        if count < 0:
            raise DeviceError(f"libopus encodes no block of {len(block)} samples (error {count})")
        return self._out.raw[:count]

    def __del__(self) -> None:
        if getattr(self, "_encoder", None):
            self._library.opus_encoder_destroy(self._encoder)


class OpusDecoder:
    """Owns one decoder to 16 kHz mono."""

    def __init__(self) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._decoder = self._library.opus_decoder_create(CAPTURE_RATE, 1, ctypes.byref(error))
        if not self._decoder:
            raise DeviceError(f"libopus makes no decoder (error {error.value})")
        self._out: Samples = np.zeros(2 * LONGEST, np.float32)

    def decode(self, packet: bytes) -> Samples:
        """The sound of the next packet; nothing when it is damaged."""
        return self._run(packet, LONGEST, 0)

    def conceal(self, samples: int, following: bytes) -> Samples:
        """What was probably lost before the packet `following`, which may carry a copy of the end of it."""
        return self._run(following, min(samples, len(self._out)), 1)

    def _run(self, packet: bytes, samples: int, repair: int) -> Samples:
        count = self._library.opus_decode_float(
            self._decoder, packet, len(packet), self._out.ctypes.data, samples, repair
        )
        return self._out[: max(0, count)].copy()

    def __del__(self) -> None:
        if getattr(self, "_decoder", None):
            self._library.opus_decoder_destroy(self._decoder)


def duration(packet: bytes) -> int:
    """How long a packet sounds, in samples at 48 kHz; 0 if it is none (RFC 6716, section 3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    return frame * frames if frame * frames <= LONGEST * RTP_RATE // CAPTURE_RATE else 0


@cache
def _library() -> ctypes.CDLL:
    """The copy that comes with PyAV, which aiortc needs anyway, or the system's."""
    import av

    bundled = sorted((Path(av.__file__).parents[1] / "av.libs").glob("libopus*"))
    path = str(bundled[0]) if bundled else find_library("opus")
    if path is None:
        raise DeviceError("libopus is missing", "make install; or: sudo apt install libopus0")
    library = ctypes.CDLL(path)
    library.opus_encoder_create.restype = library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_encoder_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.opus_encode_float.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int32,
    ]
    library.opus_decode_float.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int32,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_int,
    ]
    library.opus_encoder_destroy.argtypes = library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    return library
