"""The half of a Piper voice that makes sound of vectors, a piece at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.engines.piper_pace import FIRST, Delivery, Pace

MARGINS: Final = (12, 16, 32)
"""Frames on either side of a piece that may have a part in its sound; the fewest that suffice are taken. By their
layers it is 11 for the published decoders of low and medium quality, and 14 for those of high quality."""

WIDE: Final = 64
"""Frames on either side that the margins are tried against."""

INAUDIBLE: Final = 2.0**-16
"""Of full scale (−96 dBFS), half a step of 16 bits: by how much a piece may differ from the same stretch made whole."""

Inputs = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Score:
    """What there is to be made sound of."""

    latent: NDArray[np.float32]
    """1 × length of a vector × frames."""
    inputs: Inputs
    """What the voice was given."""
    options: Any
    """With which every run is made."""

    @property
    def frames(self) -> int:
        """Of 256 samples."""
        return int(self.latent.shape[2])


def run(session: Any, inputs: Inputs, options: Any) -> list[NDArray[Any]]:
    """Run a network with what it takes of `inputs`.

    Raises:
        EngineError: it failed, or was terminated.
    """
    taken = {given.name: inputs[given.name] for given in session.get_inputs()}
    try:
        results: list[NDArray[Any]] = session.run(None, taken, options)
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise EngineError(Stage.TTS, f"Piper failed: {error}") from error
    return results


def sound(output: NDArray[Any]) -> Samples:
    """What a network made, as samples.

    Raises:
        EngineError: they are not.
    """
    samples: Samples = output.reshape(-1).astype(np.float32)
    if not np.isfinite(samples).all():
        raise EngineError(Stage.TTS, "Piper's voice made numbers that are no sound")
    return samples


class PiperDecoder:
    """Owns a decoder, and finds out which pieces are as good as the whole and how long they take."""

    def __init__(self, session: Any, latent: str, clock: Callable[[], float]) -> None:
        """Know nothing yet of a decoder that calls its input `latent`."""
        self._session = session
        self._latent = latent
        self._clock = clock
        self.pace = Pace()
        self.hop = 0
        """Samples of a frame; known when it has run."""

    def try_out(self, score: Score, rate: int) -> None:
        """Find the margin with which a piece from the middle of an example is the same as with a wide one."""
        if not score.frames:
            return  # a broken voice, that is found to be silent
        start = max(0, score.frames - FIRST) // 2
        wanted = self.stretch(score, start, FIRST, WIDE)
        for margin in MARGINS if start >= WIDE else ():
            made = self.stretch(score, start, FIRST, margin)
            if made.shape == wanted.shape and np.abs(made - wanted).max() <= INAUDIBLE:
                self.pace.learn(margin, self.hop / rate)
                return

    def pieces(self, score: Score, delivery: Delivery, silent: int) -> Iterator[Samples]:
        """Its sound, in pieces of which `delivery` tells the sizes; the first `silent` frames are silence."""
        start = 0
        while start < score.frames:
            size = delivery.piece(score.frames - start, max(0, silent - start))
            yield self.stretch(score, start, size, self.pace.margin or 0)
            start += size

    def stretch(self, score: Score, start: int, size: int, margin: int) -> Samples:
        """The sound of `size` frames from `start` on, made with up to `margin` more on either side.

        Raises:
            EngineError: the network failed, was terminated, or made no sound of it.
        """
        first, last = max(0, start - margin), min(score.frames, start + size + margin)
        inputs = {**score.inputs, self._latent: np.ascontiguousarray(score.latent[:, :, first:last])}
        began = self._clock()
        (made,) = run(self._session, inputs, score.options)
        self.pace.took(last - first, self._clock() - began)
        samples = sound(made)
        self.hop = len(samples) // (last - first)
        return samples[(start - first) * self.hop : (start - first + size) * self.hop]
