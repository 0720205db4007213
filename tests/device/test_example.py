"""The settings file to start from is one."""

from appliance.device.example import EXAMPLE
from appliance.device.setup_file import read_setup
from tests.device.box import KEY


def test_the_example_is_right_as_it_is_and_with_all_its_keys() -> None:
    read_setup(EXAMPLE.encode())
    lines = EXAMPLE.splitlines()
    keys = [line.removeprefix("# ") for line in lines if " = " in line or line.startswith("# [")]
    whole = "\n".join(keys).replace("ssh-ed25519 AAAA… you@laptop", KEY)
    setup = read_setup(whole.encode())
    assert setup.network
    assert setup.ssh
    assert setup.audio.echo == "auto"
    assert setup.later_sticks == "network"
