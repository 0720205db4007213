"""Keys that need each other, networks that are none, keys that are damaged: each is named."""

import pytest

from appliance.device.rules import contradictions
from appliance.device.setup_file import RefusedFile, read_setup
from tests.device.box import KEY, WHOLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('profile = "cup"', "profile: there is no profile 'cup'; did you mean 'cpu'?"),
        ('[ssh]\nkey = "hello"', "begins with its kind"),
        ('[ssh]\nkey = "ssh-ed25519 AAAA anna"', "is damaged"),
        ('[ssh]\nkey = "-----BEGIN OPENSSH PRIVATE KEY-----"', "private key"),
        (f"[ssh]\nkey = 'command=\"sh\" {KEY}'", "options before it are not taken"),
        ('[network]\npassphrase = "hunter2hunter2"', "network.wifi is absent"),
        ('[network]\nwifi = "a"\ncountry = "DE"', "joins an open network"),
        ('[network]\nwifi = "a"\ncountry = "de"\npassphrase = ""', "two capital letters"),
        ('[network]\nwifi = "ü23456789012345678901234567890123"', "at most 32 bytes"),
        ('[network]\ngateway = "192.168.1.1"', "network.address is absent"),
        ('[network]\naddress = "192.168.1.40"', "as in 192.168.1.40/24"),
        ('[network]\naddress = "192.168.1.0/24"', "stands for the whole network"),
        ('[network]\naddress = "127.0.0.1/8"', "is no address for a box"),
        ('[network]\naddress = "10.0.0.2/24"\ngateway = "10.0.1.1"', "is outside of 10.0.0.0/24"),
        ('[network]\naddress = "10.0.0.2/24"\ngateway = "10.0.0.2"', "is the box itself"),
        ('[audio]\necho = "none"\n[appliance.audio]\necho = "none"', "audio.echo: is said twice"),
    ],
)
def test_what_contradicts_itself(text: str, words: str) -> None:
    with pytest.raises(RefusedFile) as caught:
        read_setup(text.encode())
    assert words in "\n".join(caught.value.problems)


def test_what_is_right() -> None:
    assert contradictions(read_setup(WHOLE)) == []
    for phrase in ("12345678", "aB" * 32, "", "~ " * 31):
        read_setup(f'[network]\nwifi = "a"\ncountry = "DE"\npassphrase = "{phrase}"\n'.encode())
    read_setup(b'[network]\naddress = "10.0.0.2/31"\ngateway = "10.0.0.3"\n')
    read_setup(f'[ssh]\nkey = "{KEY.rpartition(" ")[0]}"'.encode())
