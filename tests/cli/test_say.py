"""The voice alone: what cannot be said, where it cannot go, and what it does when something breaks."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.audio.side import Side
from appliance.cli.say import LONGEST, lose, recite
from appliance.core import clock
from appliance.core.errors import DeviceError, EngineError, InputError
from appliance.transports.local import LocalPort
from appliance.transports.wavfile import WavPort
from tests.cli.program import BUNDLED, NOWHERE, Caller, real_engines
from tests.fakes import LETTER_S, Script, ScriptedInference
from tests.transports.link import TestLink
from tests.virtual_time import run


@pytest.fixture(autouse=True)
def _no_models(appliance: Caller, tmp_path: Path) -> None:
    """What is wrong with the arguments is told before any model is asked for."""
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path / "no models")})


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST + 1)], ids=["empty", "blank", "too long"])
def test_what_cannot_be_said(appliance: Caller, text: str) -> None:
    assert appliance("say", text).code == 65


def test_where_it_cannot_go(appliance: Caller, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent" / "a.wav"):
        ended = appliance("say", "hello", "--out", place)
        assert ended.code == 65
        assert "cannot write" in ended.err


def test_all_of_it_is_said() -> None:
    port = WavPort()
    text = "Good morning. It is late."
    run(recite(ScriptedInference(Script()), port, text))
    speaker = port.speaker()
    assert abs(np.count_nonzero(speaker) / 48_000 - len("Good morning. It is late.") * LETTER_S) < 0.1


def test_a_text_without_words() -> None:
    with pytest.raises(InputError, match="nothing in this text can be said"):
        run(recite(ScriptedInference(Script()), WavPort(), "🙂"))


def test_a_voice_that_breaks_ends_it() -> None:
    broken = ScriptedInference(Script(fails=lambda job: "late" in job.args[0]))
    with pytest.raises(EngineError):
        run(recite(broken, WavPort(), "Good morning. It is late. Good night."))


def test_a_device_that_goes_ends_it() -> None:
    async def main() -> None:
        link = TestLink()
        losing = asyncio.create_task(lose(LocalPort(link)))
        await clock.sleep_until(clock.now() + 5)
        assert not losing.done()
        link.status = replace(link.status, loudspeaker=Side(False, "It was pulled out", gone=True))
        await losing

    with pytest.raises(DeviceError, match="It was pulled out") as error:
        run(main())
    assert error.value.exit_code == 74


class TestWithEngines:
    pytestmark = real_engines

    def test_into_a_file(self, appliance: Caller, tmp_path: Path) -> None:
        appliance.environment(BUNDLED)
        file = tmp_path / "said.wav"
        ended = appliance("say", "Good morning.", "--out", file)
        assert (ended.code, ended.out) == (0, "")
        samples, rate = soundfile.read(file, dtype="float32")
        assert rate == 48_000
        assert 0.5 < len(samples) / rate < 3
        assert 0.05 < np.abs(samples).max() < 1.0
