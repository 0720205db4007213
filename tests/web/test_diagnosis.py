import io
import zipfile

import pytest

from appliance.web.diagnosis import MASK, MAX_FILE, as_json, bundle, machine, mask


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("token", "x", MASK),
        ("turn_password", "x", MASK),
        ("client_secret", "x", MASK),
        ("api_key", "x", MASK),
        ("token", "", ""),
        ("max_tokens", 96, 96),
        ("name", "voicebox", "voicebox"),
        ("key", "/etc/ssl/key.pem", "/etc/ssl/key.pem"),
        ("source", "https://me:pw@host/x", f"https://{MASK}@host/x"),
        ("turn_url", "turn://me@host", f"turn://{MASK}@host"),
        ("source", "https://host/x@y", "https://host/x@y"),
    ],
)
def test_secrets_are_masked_and_nothing_else(key: str, value: object, shown: object) -> None:
    assert mask({"section": {key: value}}) == {"section": {key: shown}}


def test_a_bundle_is_flat_and_bounded() -> None:
    packed = bundle({"../../etc/passwd": "x", "log.txt": "a" * MAX_FILE + "end"})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [".._.._etc_passwd", "log.txt"]
        log = archive.read("log.txt")
    assert len(log) == MAX_FILE
    assert log.endswith(b"end")


def test_the_machine_can_be_written_down() -> None:
    assert '"python"' in as_json(machine())
