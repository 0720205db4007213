import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import Cancelled
from appliance.core.interfaces import SpeechToText
from appliance.core.speech import Transcript
from appliance.engines.sphinx import ARREARS_S, Sphinx
from appliance.engines.sphinx_decoder import BLOCK
from tests.engines.stt_conformance import NEVER, SpeechToTextConformance, Token, quiet, say
from tests.shared import clip, needs_shared

CAPPUCCINO = "people/282d32e1.flac"
"""“Make me a cappuccino.”"""


@pytest.mark.engines
@pytest.mark.timeout(600)  # it takes all the time of a core, of which a busy machine has little
@needs_shared
class TestSphinx(SpeechToTextConformance):
    def create(self) -> SpeechToText:
        return Sphinx()

    def sentence(self) -> tuple[Samples, str]:
        return clip(CAPPUCCINO)[: round(2.5 * CAPTURE_RATE)], "cappuccino"

    def test_it_understands_while_the_person_speaks(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        partials = [
            engine.accept(1, samples[start : start + 1600], NEVER) for start in range(0, len(samples), 1600)
        ]
        final = engine.finish(1, NEVER).text
        assert partials[0] == ""
        assert any(partials[:20]), "something is understood while two seconds are being said"
        assert word in partials[-1]
        assert word in final

    def test_another_utterance_is_followed_once_the_decoder_is_free(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        engine.accept(1, quiet(0.5), NEVER)
        assert engine.accept(2, samples, NEVER) == ""
        engine.discard(1, NEVER)
        for _ in range(3):
            text = engine.accept(2, quiet(0.1), NEVER)
        assert word in text
        assert word in engine.finish(2, NEVER).text

    def test_arrears_are_made_up_for_in_steps(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        long = np.concatenate([samples, quiet(4.0)])
        blocks = round(len(long) / (ARREARS_S * CAPTURE_RATE))
        text = engine.accept(1, long, Token(after=round(ARREARS_S * CAPTURE_RATE / BLOCK) + 1))
        assert text == "", "there is more to decode"
        texts = [engine.accept(1, quiet(0.02), NEVER) for _ in range(blocks + 1)]
        assert word in texts[-1]
        assert "" in texts
        engine.discard(1, NEVER)

    def test_a_level_judged_in_a_hurry_is_judged_again(
        self, engine: SpeechToText, finished: Transcript
    ) -> None:
        samples, _ = self.sentence()
        engine.accept(2, samples[:8000], NEVER)
        with pytest.raises(Cancelled):
            engine.peek(2, Token(after=10))
        engine.accept(2, samples[8000:], NEVER)
        assert engine.finish(2, NEVER) == finished

    def test_what_was_understood_stands_until_it_is_decoded_anew(self, engine: SpeechToText) -> None:
        samples, _ = self.sentence()
        engine.accept(1, samples, NEVER)
        peeked = engine.peek(1, NEVER).text
        assert engine.accept(1, quiet(0.1), NEVER) == peeked
        engine.discard(1, NEVER)

    def test_a_cancelled_accept_loses_no_sound(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        for start in range(0, len(samples), 20_000):
            with pytest.raises(Cancelled):
                engine.accept(1, samples[start : start + 20_000], Token(after=10))
        assert word in engine.finish(1, NEVER).text

    def test_fillers_and_pronunciations_are_not_words(self, engine: SpeechToText) -> None:
        text = say(engine, 1, clip("people/1ea9f810.flac")).text
        assert len(text.split()) > 8
        assert not set(text) & set("<>[]()+0123456789")

    @pytest.mark.parametrize("loudness", [0.05, 2.0])
    def test_a_quiet_voice_is_understood_like_a_loud_one(self, engine: SpeechToText, loudness: float) -> None:
        samples, word = self.sentence()
        assert word in say(engine, 1, loudness * samples).text

    def test_silence_around_a_voice_does_not_matter(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        for _ in range(2):
            assert word in say(engine, 1, np.concatenate([samples, quiet(3.0)])).text

    def test_garbled_speech_is_less_certain(self, engine: SpeechToText, finished: Transcript) -> None:
        samples, _ = self.sentence()
        backwards = np.ascontiguousarray(samples[::-1])
        assert say(engine, 1, backwards).confidence < finished.confidence

    def test_it_writes_nothing_to_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        say(self.create(), 1, self.sentence()[0])
        assert capfd.readouterr() == ("", "")
