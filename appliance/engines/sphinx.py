"""Speech to text by PocketSphinx: small, offline, and understanding while the person speaks."""

from pathlib import Path
from typing import Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Transcript
from appliance.engines.reactions import certain, plain, reactions_decoder, worth_telling
from appliance.engines.sphinx_decoder import LEVEL_FROM_S, Decoder
from appliance.engines.utterances import OpenUtterances

ARREARS_S: Final = 1.0
"""s of sound that one `accept` decodes at most, about 160 ms of work: who has to be decoded anew after a `peek`
keeps the lane no longer than that at a time, and has caught up with 5 s of speech within 1 s."""

SHORT_S: Final = 2.0
"""s of an utterance, half a second of pre-roll included, that may be a mere reaction."""


class Sphinx:
    """Owns two decoders and the sound of the open utterances.

    One knows English, the other only the reactions of people who listen, and those better. A decoder follows one
    utterance. Others only have their sound kept, and are decoded when they are asked for, or from their
    beginning once the decoder is free; `OpenUtterances` says what is bounded.
    """

    def __init__(self) -> None:
        """Load the English model that comes with PocketSphinx.

        Raises:
            ModelError: it cannot be loaded.
        """
        import pocketsphinx

        self._english = Decoder()
        self._reactions = reactions_decoder(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
        self._open = OpenUtterances()

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Decode the next stretch, and some of the arrears; return what is understood so far.

        Cancelling loses nothing: what was not decoded yet is decoded by the next call.
        """
        self._open.append(utterance, samples)
        sound, english = self._open.sound(utterance), self._english
        if english.followed not in self._open:
            english.follow(utterance)
        cancel.raise_if_cancelled()
        if len(sound) < LEVEL_FROM_S * CAPTURE_RATE:
            return self._first_words(utterance, cancel)
        if english.followed == utterance:
            end = min(len(sound), english.decoded + round(ARREARS_S * CAPTURE_RATE))
            english.decode(sound, end, cancel)
            if end == len(sound):
                return english.hypothesis()
        return self._open.transcript(utterance).text

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left and take the transcript. Cancelling loses nothing.

        The running hypothesis would be free, but nothing has weighed it against all others yet: at the ends of
        45 people's orders it held 75 of 165 slots and the transcript 80, it was the same in 16 of 45, and it has
        no confidence. The transcript ends the decoder's utterance, so one that goes on is decoded anew, while it
        is spoken.
        """
        cancel.raise_if_cancelled()
        if len(self._open.sound(utterance)) and not self._open.understood(utterance):
            self._open.understand(utterance, self._understand(utterance, cancel))
        return self._open.transcript(utterance)

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left. The confidence is 0 when there are no words."""
        try:
            return self.peek(utterance, cancel)
        finally:
            self.discard(utterance, cancel)

    def discard(self, utterance: int, cancel: CancelToken) -> None:  # noqa: ARG002 - never too late
        """Forget an utterance. Unknown ones are ignored."""
        self._open.close(utterance)
        for decoder in (self._english, self._reactions):
            if decoder.followed == utterance:
                decoder.follow(None)

    def probe(self) -> None:
        """Decode a second of silence."""
        self._rehearse(np.zeros(CAPTURE_RATE, dtype=np.float32))

    def warm(self) -> None:
        """Decode a second of noise: unlike silence it visits most of the acoustic model."""
        noise = np.random.default_rng(0).normal(scale=0.1, size=CAPTURE_RATE)
        self._rehearse(noise.astype(np.float32))

    def close(self) -> None:
        """Free the decoders."""
        self._english.close()
        self._reactions.close()

    def _rehearse(self, samples: Samples) -> None:
        self._english.rehearse(samples)
        self._reactions.rehearse(samples)

    def _first_words(self, utterance: int, cancel: CancelToken) -> str:
        """What is understood of the first half second of voice: a reaction, or nothing yet."""
        decoder, sound = self._reactions, self._open.sound(utterance)
        decoder.follow(utterance)
        decoder.decode(sound, len(sound), cancel)
        text = decoder.hypothesis()
        return plain(text) if worth_telling(text) else ""

    def _understand(self, utterance: int, cancel: CancelToken) -> Transcript:
        """The transcript of all that there is."""
        sound = self._open.sound(utterance)
        if len(sound) <= SHORT_S * CAPTURE_RATE:
            reaction = _conclude(self._reactions, utterance, sound, cancel)
            if certain(reaction.text, reaction.confidence):
                return Transcript(plain(reaction.text), reaction.confidence)
        transcript = _conclude(self._english, utterance, sound, cancel)
        self._english.follow(utterance)
        return transcript


def _conclude(decoder: Decoder, utterance: int, sound: Samples, cancel: CancelToken) -> Transcript:
    """Decode all of an utterance that was not, and end it."""
    if decoder.followed != utterance:
        decoder.follow(utterance)
    decoder.decode(sound, len(sound), cancel)
    return decoder.conclude()
