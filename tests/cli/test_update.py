"""`appliance update` on a machine that was not flashed, which this one is: everything else needs a box, and is tested
below (tests/device/update) and in QEMU (`make update-test`)."""

import json
from pathlib import Path

import pytest

from appliance.cli.update import TOLD
from appliance.device.update.slots import SLOTS_FILE
from appliance.device.update.status import UpdateStatus, shown
from tests.cli.program import Caller

pytestmark = pytest.mark.skipif(Path("/", SLOTS_FILE).exists(), reason="this machine is a box with slots")


def test_without_a_file_it_says_how_the_last_update_stands(appliance: Caller) -> None:
    ended = appliance("update")
    assert (ended.code, ended.out) == (0, "There was no update yet.\n")
    assert json.loads(appliance("update", "--json").out)["state"] == "none"


@pytest.mark.parametrize("options", [(), ("--check",), ("--older", "--restart")])
def test_a_machine_that_was_installed_is_told_what_to_do_instead(
    options: tuple[str, ...], appliance: Caller, tmp_path: Path
) -> None:
    ended = appliance("update", tmp_path / "x.raucb", *options)
    assert ended.code == 65
    assert "not flashed" in ended.err
    assert "scripts/install.sh" in ended.err


def test_systemd_s_way_in_says_the_same(appliance: Caller) -> None:
    assert "not flashed" in appliance("update", "--arrived").err


@pytest.mark.parametrize("state", TOLD)
def test_every_state_has_a_sentence(state: str) -> None:
    status = UpdateStatus(state, version="2.0", before="1.0", problem="so")  # type: ignore[arg-type]
    assert "{" not in TOLD[state].format(**shown(status))
