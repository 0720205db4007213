from tests.cli.program import Caller


def test_devices_for_scripts(appliance: Caller) -> None:
    ended = appliance("devices", "--json")
    assert ended.code == 0
    for device in ended.json:
        assert {"id", "name", "inputs", "outputs", "default", "rates"} <= device.keys()


def test_devices_for_people(appliance: Caller) -> None:
    there = appliance("devices", "--json").json
    ended = appliance("devices")
    if there:
        assert ended.code == 0
        assert all(device["id"] in ended.out for device in there)
    else:
        assert ended.code == 74
        assert "No sound device is there" in ended.err
        assert "→ connect one" in ended.err
