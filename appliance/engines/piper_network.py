"""The network of one Piper voice: phoneme ids in, sound out, in pieces where its decoder can be run by itself."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.engines.onnx_session import Provider, fallback, native
from appliance.engines.piper_decoder import Inputs, PiperDecoder, Score, run, sound
from appliance.engines.piper_durations import with_durations
from appliance.engines.piper_pace import Delivery, Pace
from appliance.engines.piper_split import Bytes, split


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the network makes of one sentence."""

    bounds: NDArray[np.float64] | None
    """Sample at which each phoneme id begins, and the end; None for a voice that does not tell."""
    pieces: Iterable[Samples]
    """Its sound, made while it is asked for. Asking raises EngineError when the network fails or is terminated."""


class PiperNetwork:
    """Owns the sessions of one voice."""

    def __init__(
        self, model: bytes, *, threads: int, clock: Callable[[], float], provider: Provider = Provider.CPU
    ) -> None:
        """Parse a voice. What onnxruntime raises when it cannot has no base class of its own.

        Args:
            model: the published file.
            threads: cores that it may use.
            clock: tells how fast it is.
            provider: what calculates; the processor where that is not there.
        """
        whole = with_durations(model)
        session = partial(_session, threads=threads, provider=provider)
        self._decoder: PiperDecoder | None = None
        if halves := split(whole):
            # A half may not be what onnxruntime reads, such as a decoder of float16: it then runs the whole.
            with suppress(Exception):
                self._text: Any = session(halves.text)
                self._decoder = PiperDecoder(session(halves.decoder), halves.latent, clock)
        if not self._decoder:
            self._text = session([whole])
        self.fallback = fallback(provider, self._text)
        """Why it does not run on what was wanted, as a sentence; empty where it does."""

    @property
    def pace(self) -> Pace:
        """What is known of the pieces in which it makes sound."""
        return self._decoder.pace if self._decoder else Pace()

    def rehearse(self, inputs: Inputs, options: Any, rate: int) -> None:
        """Find out with an example in which pieces sound of `rate` Hz can be made.

        Raises:
            EngineError: the network failed, or made no sound of it.
        """
        if self._decoder:
            latent, *_ = run(self._text, inputs, options)
            self._decoder.try_out(Score(latent, inputs, options), rate)

    def say(self, inputs: Inputs, options: Any, delivery: Delivery, opening: int) -> Utterance:
        """Make sound of phoneme ids, the first `opening` of which are silence. To be rehearsed first.

        Raises:
            EngineError: the network failed, was terminated, or made no sound of them.
        """
        made, *others = run(self._text, inputs, options)
        frames = others[0].reshape(-1) if others else None
        if self._decoder:
            score = Score(made, inputs, options)
            silent = 0 if frames is None else int(np.nan_to_num(frames[:opening]).sum())
            length = score.frames * self._decoder.hop
            return Utterance(_bounds(frames, length), self._decoder.pieces(score, delivery, silent))
        samples = sound(made)
        return Utterance(_bounds(frames, len(samples)), (samples,))


def _bounds(frames: NDArray[Any] | None, length: int) -> NDArray[np.float64] | None:
    """Frames become samples by their share of the sound: nobody has to know how long a frame is."""
    if frames is None:
        return None
    bounds: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(frames, dtype=np.float64)])
    return bounds * (length / max(float(bounds[-1]), 1.0))


def _session(model: Iterable[Bytes], threads: int, provider: Provider) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # By default a session takes all cores, and its threads wait in busy loops.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 4  # a cancelled run is not worth a line
    # A plan of memory is only good for sentences of the same length, which do not come; it costs 40 MB.
    options.enable_mem_pattern = False
    # Through a file in memory: a session that is given the bytes themselves keeps them, 60 MB of them.
    with os.fdopen(os.memfd_create("voice"), "wb") as file:
        file.writelines(model)
        file.flush()
        path = f"/proc/self/fd/{file.fileno()}"
        return onnxruntime.InferenceSession(path, options, providers=native(provider))
