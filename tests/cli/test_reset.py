"""`appliance reset` where there is nothing to go back to; tests/device/test_reset.py has what it does on a box."""

from pathlib import Path

import pytest

from appliance.device.update.slots import SLOTS_FILE
from tests.cli.program import Caller

pytestmark = pytest.mark.skipif(Path("/", SLOTS_FILE).exists(), reason="this machine is a box with slots")


@pytest.mark.parametrize("options", [(), ("--yes",)])
def test_a_machine_that_was_installed_is_told_what_to_do_instead(
    options: tuple[str, ...], appliance: Caller
) -> None:
    ended = appliance("reset", *options)
    assert ended.code == 1
    assert "--uninstall --purge" in ended.err
