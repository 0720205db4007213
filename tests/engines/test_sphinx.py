import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.errors import Cancelled
from appliance.core.interfaces import SpeechToText
from appliance.engines.sphinx import Sphinx
from tests.engines.stt_conformance import NEVER, SpeechToTextConformance, Token, quiet, say
from tests.shared import clip, needs_shared

CAPPUCCINO = "people/282d32e1.flac"
"""“Make me a cappuccino.”"""


@pytest.mark.engines
@needs_shared
class TestSphinx(SpeechToTextConformance):
    def create(self) -> SpeechToText:
        return Sphinx()

    def sentence(self) -> tuple[Samples, str]:
        return clip(CAPPUCCINO), "cappuccino"

    def test_it_understands_while_the_person_speaks(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        partials = [
            engine.accept(1, samples[start : start + 1600], NEVER) for start in range(0, len(samples), 1600)
        ]
        final = engine.finish(1, NEVER).text
        assert partials[0] == ""
        assert any(partials[: len(partials) // 2])
        assert word in partials[-1]
        assert word in final

    def test_another_utterance_is_followed_once_the_decoder_is_free(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        engine.accept(1, quiet(0.5), NEVER)
        assert engine.accept(2, samples, NEVER) == ""
        engine.discard(1, NEVER)
        assert word in engine.accept(2, quiet(0.1), NEVER)
        assert word in engine.finish(2, NEVER).text

    def test_a_cancelled_accept_loses_no_sound(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        for start in range(0, len(samples), 16_000):
            with pytest.raises(Cancelled):
                engine.accept(1, samples[start : start + 16_000], Token(after=10))
        assert word in engine.finish(1, NEVER).text

    def test_fillers_and_pronunciations_are_not_words(self, engine: SpeechToText) -> None:
        for name in ("people/00e09cf0.flac", "people/1ea9f810.flac", "people/jfk.flac"):
            text = say(engine, 1, clip(name)).text
            assert text
            assert not set(text) & set("<>[]()+0123456789")

    def test_probing_does_not_change_what_it_hears(self) -> None:
        used, fresh = Sphinx(), Sphinx()
        used.probe()
        used.warm()
        samples, _ = self.sentence()
        assert say(used, 1, samples) == say(fresh, 1, samples)

    def test_garbled_speech_is_less_certain(self, engine: SpeechToText) -> None:
        samples, _ = self.sentence()
        backwards = np.ascontiguousarray(samples[::-1])
        assert say(engine, 1, backwards).confidence < say(engine, 2, samples).confidence

    def test_it_writes_nothing_to_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        say(self.create(), 1, self.sentence()[0])
        assert capfd.readouterr() == ("", "")
