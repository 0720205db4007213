import errno
from ipaddress import ip_address

import psutil
import pytest

from appliance.web.addresses import normal, on_the_lan, own_addresses


def test_this_machine_has_itself() -> None:
    assert ip_address("127.0.0.1") in own_addresses()


def test_interfaces_of_which_nothing_can_be_learnt_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil also asks for their speed; under emulation the kernel answers that it knows no such call."""

    def refuse() -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(psutil, "net_if_stats", refuse)
    assert ip_address("127.0.0.1") in own_addresses()


def test_what_others_reach_comes_first() -> None:
    texts = ["127.0.0.1", "169.254.3.4", "203.0.113.9", "8.8.8.8", "192.168.1.7", "fe80::1", "10.0.0.2"]
    found = [str(address) for address in on_the_lan(map(ip_address, texts))]
    assert found[0] == "10.0.0.2"
    assert found.index("192.168.1.7") < found.index("8.8.8.8") < found.index("169.254.3.4")
    assert "127.0.0.1" not in found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("voicebox.local", None),
        ("", None),
    ],
)
def test_addresses_are_read_as_they_come(text: str, address: str | None) -> None:
    assert normal(text) == (ip_address(address) if address else None)
