"""The echo of a private sound server, whose air has a known delay and a known loss."""

from pathlib import Path

import numpy as np
import pytest

from appliance.audio.echo_memory import EchoMemory, EchoPath
from appliance.audio.settings import EchoMode
from appliance.core.audio import Samples
from tests.cli.program import Caller
from tests.virtual_sound import MICROPHONE, SPEAKER, VirtualSound, needs_sound

pytestmark = [pytest.mark.sound, needs_sound]


def air(delay_ms: float, gain: float) -> Samples:
    response = np.zeros(48 * 100, np.float32)
    response[round(48 * delay_ms)] = gain
    return response


def checked(appliance: Caller, sound: VirtualSound, folder: Path) -> tuple[dict[str, str], EchoPath]:
    """What `appliance check --echo` says and remembers."""
    models = {"APPLIANCE_MODELS__FOLDER": str(folder / "models")}
    appliance.environment(dict(sound.variables) | models | {"APPLIANCE_AUDIO__FOLDER": str(folder)})
    findings = appliance("check", "--echo", "--json").json
    path = EchoMemory(folder).recall(MICROPHONE, SPEAKER)
    assert path is not None, findings
    return next(finding for finding in findings if finding["subject"] == "echo"), path


@pytest.mark.parametrize(("delay_ms", "gain", "loss_db"), [(12.0, 0.316, 10.0), (95.0, 0.1, 20.0)])
def test_delay_and_loss_of_the_air_are_found_and_remembered(
    appliance: Caller,
    virtual_sound: VirtualSound,
    tmp_path: Path,
    delay_ms: float,
    gain: float,
    loss_db: float,
) -> None:
    with virtual_sound.air(air(delay_ms, gain)):
        finding, path = checked(appliance, virtual_sound, tmp_path)
    assert path.delay_ms == pytest.approx(delay_ms, abs=5)
    assert path.return_loss_db == pytest.approx(loss_db, abs=1.5)
    assert path.mode is EchoMode.SOFTWARE
    assert path.residual_db is not None
    assert path.residual_db > 20
    assert finding["verdict"] == "ok"
    assert finding["detail"].startswith("software: the appliance removes it")


def test_a_microphone_that_hears_nothing_is_told_and_software_stays(
    appliance: Caller, virtual_sound: VirtualSound, tmp_path: Path
) -> None:
    finding, path = checked(appliance, virtual_sound, tmp_path)
    assert (path.mode, path.delay_ms, path.residual_db) == (EchoMode.SOFTWARE, None, None)
    assert finding["verdict"] == "warning"
    assert "turn the loudspeaker up" in finding["remedy"]
