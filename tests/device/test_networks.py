"""The files for networkd and iwd say what was meant, and nothing that a name or passphrase smuggles in."""

import configparser
import string
from ipaddress import IPv4Address, IPv4Interface

from hypothesis import given
from hypothesis import strategies as st

from appliance.device.files import NewFile
from appliance.device.networks import IWD, WIRED, WIRELESS, escaped, file_name, network_files
from appliance.device.setup_file import Network

NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=32).filter(
    lambda name: len(name.encode()) <= 32
)


def files(network: Network) -> dict[str, NewFile]:
    return {file.path: file for file in network_files(network)}


def test_a_cable_with_dhcp() -> None:
    found = files(Network())
    assert list(found) == [WIRED]
    assert "DHCP=yes" in found[WIRED].text


def test_a_fixed_address_is_that_of_the_cable_where_there_is_no_radio() -> None:
    address, router = IPv4Interface("10.1.2.3/16"), IPv4Address("10.1.0.1")
    body = files(Network(address=address, gateway=router, dns=(router,)))[WIRED].text
    assert "\n[Network]\nAddress=10.1.2.3/16\nGateway=10.1.0.1\nDNS=10.1.0.1\n\n" in body
    assert "DHCP=yes" not in body


def test_a_wireless_network() -> None:
    network = Network(wifi="Our network", passphrase="correct horse", country="DE", hidden=True)
    found = files(network)
    known = found[f"{IWD}/Our network.psk"]
    assert known.text == "[Security]\nPassphrase=correct horse\n[Settings]\nHidden=true\n"
    assert known.mode == 0o600
    assert "DHCP=yes" in found[WIRELESS].text
    assert "DHCP=yes" in found[WIRED].text
    assert found["etc/iwd/main.conf"].text.endswith("[General]\nCountry=DE\n")
    assert (
        found["etc/systemd/system/multi-user.target.wants/iwd.service"].target
        == "/lib/systemd/system/iwd.service"
    )


def test_the_key_itself_and_an_open_network() -> None:
    assert files(Network(wifi="a", passphrase="AB" * 32))[f"{IWD}/a.psk"].text.endswith(
        "PreSharedKey=" + "ab" * 32 + "\n"
    )
    assert files(Network(wifi="a", passphrase=""))[f"{IWD}/a.open"].text == ""


@given(NAMES)
def test_a_name_stays_one_file_and_iwd_reads_the_same_name(name: str) -> None:
    called = file_name(name)
    assert "/" not in called
    assert called.isascii()
    assert len(called) <= 65
    assert (bytes.fromhex(called[1:]).decode() if called.startswith("=") else called) == name


@given(st.text(st.sampled_from(string.printable[:95]), min_size=8, max_size=63))
def test_iwd_reads_the_passphrase_that_was_meant(passphrase: str) -> None:
    text = files(Network(wifi="a", passphrase=passphrase))[f"{IWD}/a.psk"].text
    lines = text.splitlines()
    assert len(lines) == 2
    assert read_as_ell_does(lines[1].partition("=")[2]) == passphrase
    assert escaped(passphrase)[:1] != " "


def read_as_ell_does(value: str) -> str:
    """What ell's l_settings makes of a value: leading spaces are skipped, five escapes are known."""
    kinds, found, letters = (
        {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"},
        "",
        iter(value.lstrip(" ")),
    )
    for letter in letters:
        found += kinds[next(letters)] if letter == "\\" else letter
    return found


@given(NAMES, st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_files_of_networkd_have_only_their_own_sections(name: str, address: int, length: int) -> None:
    network = Network(
        wifi=name, passphrase="12345678", country="DE", address=IPv4Interface((address, length))
    )
    for path in (WIRED, WIRELESS):
        reader = configparser.ConfigParser(strict=True)
        reader.read_string(files(network)[path].text)
        assert reader.sections() == ["Match", "Link", "Network", "DHCPv4"]
        assert set(reader["Network"]) <= {
            *("dhcp", "linklocaladdressing", "ipv6acceptra"),
            *("address", "ignorecarrierloss"),
        }
