"""Every contract of the appliance on one page.

Engines are plain blocking Python: no async, no queues, no retries, no metrics. They run in a
worker process of their own, raise `EngineError`, and can be used by hand in a REPL. Nothing
inherits from these protocols; an engine is whatever has the methods.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.core.audio import AudioFrame, Samples
from appliance.core.speech import Message, SpeechChunk, Transcript


class CancelToken(Protocol):
    """How a running job learns that nobody wants its result any more."""

    @property
    def cancelled(self) -> bool:
        """True once cancelled; never goes back."""

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when cancelled. Engines call it wherever they can stop cleanly."""

    def on_cancel(self, action: Callable[[], None]) -> None:
        """Run `action` at the moment of cancelling, on another thread (at once if it has passed).

        For engines whose native code polls a flag. `action` must not block.
        """


class Engine(Protocol):
    """What every engine can do."""

    def probe(self) -> None:
        """Do the smallest real piece of work, to crash here rather than in a conversation.

        Raises:
            EngineError: the engine cannot be used.
        """

    def warm(self) -> None:
        """Touch everything the first real job will need (pages, caches, kernels)."""

    def close(self) -> None:
        """Free native resources. The engine is not used again."""


class VoiceActivityDetector(Engine, Protocol):
    """Tells speech from everything else, window by window. Keeps state between windows."""

    window: int
    """Samples at 16 kHz per call."""

    def probability(self, window: Samples) -> float:
        """Probability of speech, 0 to 1, in the next `window` samples."""

    def reset(self) -> None:
        """Forget the past: the next window does not continue the last one."""


class TurnEndDetector(Engine, Protocol):
    """Tells by the melody of what was said whether the speaker is done."""

    def probability(self, samples: Samples, cancel: CancelToken) -> float:
        """Probability, 0 to 1, that the turn is over after `samples` (16 kHz, any length, the last seconds count).

        They end where the listener stands: some silence after the last word included.
        """


class SpeechToText(Engine, Protocol):
    """Turns utterances into text. Incremental: a streaming decoder works while the person speaks."""

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Take the next stretch (16 kHz, any length) of an utterance, opening it if it is new.

        Returns what is understood so far, "" for engines that only decode whole utterances.
        """

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        """What the transcript would be if the utterance ended here. It stays open, and may go on."""

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left, close the utterance and return its transcript."""

    def discard(self, utterance: int, cancel: CancelToken) -> None:
        """Forget an utterance. Unknown ones are ignored."""


class LanguageModel(Engine, Protocol):
    """Continues a dialogue. Keeps whatever it needs of earlier calls to make the next one cheap."""

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:
        """Evaluate the dialogue ahead of its next message. Returns the number of tokens evaluated."""

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Yield the next message of the assistant in pieces of text as they are decoded.

        When the last message is the assistant's own, it was cut off: go on with it.
        """


class TextToSpeech(Engine, Protocol):
    """Reads text aloud."""

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:
        """Yield the sound of `text`, which is already written the way it is spoken."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What has left the loudspeaker."""

    samples: int
    """Samples of `play()`ed sound, at the port's `playback_rate`, since the port opened.
    Silence between replies and sound dropped by `stop()` do not count."""
    started: float
    """Seconds on the audio clock when the first sample after the last idle moment left."""
    idle: bool
    """Nothing is queued, not even in the device: all that was played has left, or was dropped."""
    ended: float = 0.0
    """Seconds on the audio clock at which the last of `samples` had left."""


class AudioPort(Protocol):
    """A microphone and a loudspeaker, wherever they are. Its first frame begins at time zero."""

    playback_rate: int
    """Hz of the frames that `play` takes."""

    @property
    def half_duplex(self) -> bool:
        """What is captured while the loudspeaker sounds, and shortly after, may be the loudspeaker itself."""

    @property
    def away(self) -> bool:
        """Nobody is at the other end for the moment. What is to be played waits for them."""

    @property
    def deaf(self) -> bool:
        """There is no microphone at the moment: frames come, and are silent."""

    @property
    def speechless(self) -> bool:
        """There is no loudspeaker at the moment: what is played is dropped, and never counts as heard."""

    def frames(self) -> AsyncIterator[AudioFrame]:
        """Yield captured sound, 16 kHz mono, in order, as it arrives. Ends when the port is closed.

        Never lags more than a bounded time: sound that nobody fetched is dropped, oldest first,
        counted, and visible as a jump of `start`.
        """

    async def play(self, frame: AudioFrame) -> None:
        """Queue sound behind what is already queued. Waits while the queue is full.

        All or nothing: a call that is cancelled while it waits has queued nothing.
        """

    def set_gain(self, gain: float) -> None:
        """Scale what is played from the next period on, without a click. 1.0 is unchanged."""

    def hold(self, at: int | None) -> None:
        """Play no further than sample `at` of all that was played, counted as `Heard.samples`; None: go on.

        What lies beyond stays queued. A place that has passed already means: hold now. It fades out and comes
        back without a click, and it is not an underrun. `stop` ends a hold.
        """

    def stop(self) -> None:
        """Drop everything that has not left yet, within one period, without a click.

        A `play` that is still waiting returns at once and its frame is dropped too.
        """

    def be_prompt(self, prompt: bool) -> None:
        """Whether frames are wanted as soon as they are captured, or may come up to 100 ms late.

        The latter spares the processor while nobody speaks. Ports that gain nothing ignore it.
        """

    def heard(self) -> Heard:
        """What has left the loudspeaker so far. Cheap enough to ask every period."""

    def now(self) -> float:
        """Seconds on the audio clock at this moment: where the microphone is."""

    def counters(self) -> dict[str, int]:
        """`overruns`, `underruns` and `dropped` since the port opened."""
