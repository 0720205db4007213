"""The chain of a box with a model hub, whisper.cpp → llama.cpp → Piper, in its real processes.

The Whisper file knows 129 sentences and the Piper voice speaks in tones: what is proven is the path.
"""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from appliance.app import open_appliance
from appliance.converse import Report, Say, converse
from appliance.core.audio import Samples
from appliance.engines.models import Choice, EngineName, Selection
from appliance.engines.models.fetch import digest
from appliance.settings import Settings
from tests.engines.piper_voice import write_voice
from tests.models import SILERO, SMOLLM2, needs_model, test_model
from tests.shared import SHARED, clip, needs_shared, needs_whisper_fixture

pytestmark = [
    pytest.mark.engines,
    needs_shared,
    needs_whisper_fixture,
    needs_model(SILERO),
    needs_model(SMOLLM2),
]


def selection(folder: Path) -> Selection:
    """The better engines on the models that are here, and none to fall back on."""
    voice = write_voice(folder)
    digests = {file.name: digest(file) for file in (voice, Path(f"{voice}.json"))}
    return Selection(
        profile="test",
        vad=(Choice("silero", EngineName.SILERO, test_model(SILERO), 40),),
        stt=(Choice("whisper", EngineName.WHISPER, SHARED / "models" / "ggml-fixture.en.bin", 50),),
        llm=(Choice("smollm2", EngineName.LLAMA, test_model(SMOLLM2), 250),),
        tts=(Choice("tones", EngineName.PIPER, voice, 50, digests),),
        losses=(),
    )


async def conversation(folder: Path, report: Report, *says: Say) -> Samples:
    async with open_appliance(Settings(), selection=selection(folder)) as appliance:
        assert appliance.engines == ("whisper", "smollm2", "tones")
        return await converse(lambda port, observer: appliance.session("test", port, observer), says, report)


def test_whisper_llama_and_piper_hold_a_conversation(tmp_path: Path) -> None:
    report = Report()
    questions = [
        Say(clip(f"spoken/{name}-slt.flac")) for name in ("how_many_planets_are_there", "tell_me_a_joke")
    ]
    speaker = asyncio.run(conversation(tmp_path, report, *questions))
    assert [turn["transcript"] for turn in report.turns] == ["How many planets are there?", "Tell me a joke."]
    assert [turn["outcome"] for turn in report.turns] == ["answered", "answered"], report.failures
    for turn in report.turns:
        first, last = (round(turn["stamps"][stamp] * 48) for stamp in ("first_audio", "reply_ended"))
        assert float(np.abs(speaker[first:last]).max()) > 0.05
