import contextlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import Cancelled, ModelError
from appliance.core.interfaces import SpeechToText
from appliance.engines.whisper import CONTEXT_STEP, Whisper, audio_context
from tests.engines.stt_conformance import NEVER, SpeechToTextConformance, Token, quiet, say
from tests.shared import SHARED, clip, labels, needs_shared, needs_whisper_fixture

FIXTURE = SHARED / "models" / "ggml-fixture.en.bin"
"""Real file format, real code path, 129 sentences: never a measure of accuracy."""


def spoken(name: str) -> Samples:
    """A clip with the silence in front that the appliance's pre-roll has; the files begin abruptly."""
    return np.concatenate([quiet(0.3), clip(f"spoken/{name}")])


def plain(text: str) -> str:
    return re.sub(r"[^a-z' ]", "", text.lower())


@pytest.mark.engines
@needs_whisper_fixture
@needs_shared
class TestWhisper(SpeechToTextConformance):
    def create(self) -> SpeechToText:
        return Whisper(FIXTURE, threads=1)

    def sentence(self) -> tuple[Samples, str]:
        return spoken("how_many_planets_are_there-awb.flac"), "planets"

    def test_every_sentence_it_knows_is_transcribed_exactly(self, engine: SpeechToText) -> None:
        known = labels("spoken")
        wrong = {}
        for name, label in known.items():
            text = plain(say(engine, 1, spoken(name)).text)
            if text != label["text"]:
                wrong[name] = text
        assert len(known) >= 48
        assert len(wrong) <= 1, wrong

    def test_nothing_is_understood_before_the_end(self, engine: SpeechToText) -> None:
        assert engine.accept(1, self.sentence()[0], NEVER) == ""
        engine.discard(1, NEVER)

    def test_the_result_does_not_depend_on_earlier_longer_utterances(self) -> None:
        # whisper.cpp attends to rows of the previous utterance unless the context is a multiple of 256.
        short = spoken("can_you_repeat_that-awb.flac")
        fresh = say(self.create(), 1, short)
        engine = self.create()
        for name in ("how_many_planets_are_there-awb.flac", "who_wrote_hamlet-rms.flac"):
            for repetitions in (3, 6, 12):
                say(engine, 1, np.concatenate([spoken(name)] * repetitions))
                assert say(engine, 2, short) == fresh

    def test_it_can_be_cancelled_while_it_decodes(self, engine: SpeechToText) -> None:
        # The token is looked at once before decoding; every later look comes from inside whisper.cpp.
        token = Token(after=2)
        engine.accept(1, self.sentence()[0], NEVER)
        with pytest.raises(Cancelled):
            engine.finish(1, token)

    def test_a_gpu_may_be_asked_for_where_there_is_none(self) -> None:
        with contextlib.closing(Whisper(FIXTURE, threads=1, gpu=True)) as engine:
            assert "planets" in plain(say(engine, 1, self.sentence()[0]).text)

    def test_it_writes_nothing_to_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        say(self.create(), 1, self.sentence()[0])
        assert capfd.readouterr() == ("", "")

    def test_the_process_ends_well_without_close(self) -> None:
        script = (
            "import sys, pathlib; from appliance.engines.whisper import Whisper;"
            "Whisper(pathlib.Path(sys.argv[1]), 1).probe()"
        )
        subprocess.run([sys.executable, "-c", script, str(FIXTURE)], check=True, timeout=60)


@pytest.mark.engines
def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "ggml-damaged.bin"
    damaged.write_bytes(b"not a model" * 100)
    with pytest.raises(ModelError, match=r"ggml-damaged\.bin.*bad magic"):
        Whisper(damaged, threads=1)


@pytest.mark.engines
@needs_whisper_fixture
def test_a_model_cut_short_is_named(tmp_path: Path) -> None:
    half = tmp_path / "ggml-half.bin"
    half.write_bytes(FIXTURE.read_bytes()[:4_000_000])
    with pytest.raises(ModelError, match=r"ggml-half\.bin"):
        Whisper(half, threads=1)


@pytest.mark.engines
def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelError, match="nowhere"):
        Whisper(Path("nowhere.bin"), threads=1)


@given(st.integers(0, 30 * CAPTURE_RATE))
def test_the_context_holds_the_sound_and_never_lets_the_past_in(samples: int) -> None:
    context = audio_context(samples, largest=1500)
    assert context == 1500 or context % CONTEXT_STEP == 0
    assert context * CAPTURE_RATE >= samples * 50
    assert audio_context(samples, largest=1500) <= audio_context(samples + 1, largest=1500)


@pytest.mark.parametrize(
    ("seconds", "context"), [(0.1, 256), (3.2, 256), (3.3, 512), (8.3, 512), (13.4, 768), (30.0, 1500)]
)
def test_a_command_costs_little(seconds: float, context: int) -> None:
    assert audio_context(round(seconds * CAPTURE_RATE), largest=1500) == context
