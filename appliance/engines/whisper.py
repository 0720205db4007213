"""Speech to text by whisper.cpp, through the low-level module of pywhispercpp.

Pywhispercpp's own `Model` keeps parameters from one call to the next and ignores the return code of
`whisper_full`; this wrapper starts every call from the defaults and checks.
"""

import atexit
import math
from collections import deque
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage, Transcript
from appliance.engines.utterances import OpenUtterances

SHORTEST_S: Final = 0.1
"""s. whisper.cpp returns nothing for less (`whisper_full`), so it is not asked."""

FRAMES_PER_S: Final = 50
"""Encoder positions per second of sound (a 10 ms hop, halved by the second convolution)."""

FRAMES_OF_GRACE: Final = 96
"""Encoder positions left empty behind the sound. Stock models, trained with 30 s of context only,
fall into repetition when the context ends with the sound; +64 is known to cure it."""

CONTEXT_STEP: Final = 256
"""Encoder positions. With flash attention whisper.cpp attends to keys and values padded to a multiple
of 256 and masks none of them, so any other context size lets the previous utterance leak into this one."""

TOKENS_PER_S: Final = 8
"""Tokens a fast speaker produces per second; the decoder stops there, a loop would go on to 220."""

TOKENS_AT_LEAST: Final = 16
"""Tokens granted to the shortest utterance."""

LOG_ERROR: Final = 4
"""`GGML_LOG_LEVEL_ERROR`."""


def audio_context(samples: int, largest: int) -> int:
    """Encoder positions to spend on an utterance: the encoder's time is linear in it.

    The model's own size (1500, no multiple of 256) is safe too: nothing ever writes the rows behind it.
    """
    frames = samples / CAPTURE_RATE * FRAMES_PER_S + FRAMES_OF_GRACE
    return min(math.ceil(frames / CONTEXT_STEP) * CONTEXT_STEP, largest)


class Whisper:
    """Owns a whisper.cpp context and the sound of the open utterances. Decodes whole utterances only."""

    def __init__(self, model: Path, threads: int, *, language: str = "en", gpu: bool = False) -> None:
        """Load the model.

        Args:
            model: a file in whisper.cpp's format.
            threads: cores to use. More than there are free makes it several times slower.
            language: code of the spoken language; English-only models know no other.
            gpu: use one where the binding was built for it.

        Raises:
            ModelError: the file is absent or whisper.cpp cannot read it.
        """
        import _pywhispercpp as native

        self._native: Any = native
        self._threads = threads
        self._language = language
        self._log = _Log(native)
        self._open = OpenUtterances()
        self._context = self._load(model, gpu)
        self._largest_context = int(native.whisper_n_audio_ctx(self._context))

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Keep the sound; whisper.cpp can only decode whole utterances, so nothing is understood yet."""
        cancel.raise_if_cancelled()
        self._open.append(utterance, samples)
        return ""

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what there is, unless nothing came since the last time. Less than 0.1 s is an empty transcript.

        Raises:
            Cancelled: at most one encoder pass (or one token) after it was asked for. Nothing is lost.
        """
        cancel.raise_if_cancelled()
        samples = self._open.sound(utterance)
        if len(samples) >= SHORTEST_S * CAPTURE_RATE and not self._open.understood(utterance):
            self._open.understand(utterance, self._decode(samples, cancel))
        return self._open.transcript(utterance)

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """As `peek`, and close the utterance."""
        try:
            return self.peek(utterance, cancel)
        finally:
            self._open.close(utterance)

    def discard(self, utterance: int, cancel: CancelToken) -> None:  # noqa: ARG002 - never too late
        """Forget an utterance. Unknown ones are ignored."""
        self._open.close(utterance)

    def probe(self) -> None:
        """Decode a second of silence: one encoder pass and the decoder's first tokens."""
        self._decode(np.zeros(CAPTURE_RATE, dtype=np.float32), _Never())

    def warm(self) -> None:
        """Decode once at the smallest context, the one that commands use."""
        self.probe()

    def close(self) -> None:
        """Free the model."""
        self._native.whisper_free(self._context)

    def _load(self, model: Path, gpu: bool) -> Any:
        if not model.is_file():
            raise ModelError(
                f"The speech recognition model is missing: {model}", "Run: appliance models pull"
            )
        options = self._native.whisper_context_default_params()
        options.use_gpu = gpu
        context = self._native.whisper_init_from_file_with_params(str(model), options)
        # A failure comes back as a wrapped null pointer that looks like a context and crashes when used;
        # the log is the only place where the binding admits it.
        if self._log.errors:
            self._native.whisper_free(context)
            raise ModelError(
                f"whisper.cpp cannot use {model}: {self._log.errors[0]}", "Run: appliance models verify"
            )
        return context

    def _decode(self, samples: Samples, cancel: CancelToken) -> Transcript:
        params = self._params(len(samples), cancel)
        # No silence is added behind: whisper.cpp fills its window with zeros itself (adding some gave
        # bit-identical results), and `FRAMES_OF_GRACE` makes the encoder see almost two seconds of it.
        code = self._native.whisper_full(self._context, params, samples, len(samples))
        cancel.raise_if_cancelled()
        if code != 0:
            raise EngineError(Stage.STT, f"whisper.cpp failed with code {code}: {self._log.last}")
        return self._transcript()

    def _params(self, samples: int, cancel: CancelToken) -> Any:
        strategy = self._native.whisper_sampling_strategy.WHISPER_SAMPLING_GREEDY
        params = self._native.whisper_full_default_params(strategy)
        params.n_threads = self._threads
        params.language = self._language
        params.audio_ctx = audio_context(samples, self._largest_context)
        params.max_tokens = int(samples / CAPTURE_RATE * TOKENS_PER_S) + TOKENS_AT_LEAST
        params.greedy = {"best_of": 1}
        # No retries at higher temperatures: they cost up to six passes and turn doubt into invention.
        params.temperature = 0.0
        params.temperature_inc = 0.0
        params.no_context = True
        params.single_segment = True
        params.no_timestamps = True
        params.suppress_blank = True
        params.suppress_nst = True
        params.print_progress = False
        params.print_timestamps = False
        params.set_abort_callback(lambda: cancel.cancelled)
        return params

    def _transcript(self) -> Transcript:
        native, context = self._native, self._context
        end_of_text = native.whisper_token_eot(context)  # every token from here on is not text
        text, logs = b"", []
        for segment in range(native.whisper_full_n_segments(context)):
            text += native.whisper_full_get_segment_text(context, segment)
            for token in range(native.whisper_full_n_tokens(context, segment)):
                if native.whisper_full_get_token_id(context, segment, token) < end_of_text:
                    probability = native.whisper_full_get_token_p(context, segment, token)
                    logs.append(math.log(max(probability, 1e-10)))
        confidence = math.exp(sum(logs) / len(logs)) if logs else 0.0
        return Transcript(text.decode(errors="replace").strip(), confidence)


class _Log:
    """Takes over whisper.cpp's log, which otherwise goes to stderr, and keeps the last lines of it."""

    def __init__(self, native: Any) -> None:
        self._lines: deque[tuple[int, str]] = deque(maxlen=32)
        native.whisper_log_set(lambda level, line: self._lines.append((level, line.strip())))
        # The binding holds the callback in a static variable and would drop it after the interpreter is
        # gone, which aborts the process.
        atexit.register(native.whisper_log_set, None)

    @property
    def errors(self) -> list[str]:
        return [line for level, line in self._lines if level == LOG_ERROR]

    @property
    def last(self) -> str:
        return self._lines[-1][1] if self._lines else "no reason given"


class _Never:
    """A token that is never cancelled, for work that nobody waits for."""

    cancelled = False

    def raise_if_cancelled(self) -> None:
        """Nobody cancelled."""

    def on_cancel(self, action: object) -> None:
        """Never called back."""
