import datetime

import pytest
from aiohttp.test_utils import make_mocked_request

from appliance.web.devices import Device
from appliance.web.identity import at_the_box, host_name, identify

DAY = datetime.datetime(2026, 12, 24, tzinfo=datetime.UTC)
ANNA = Device("d1", "Anna", True, DAY, DAY, "")


def _from(address: str, **headers: str) -> object:
    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (address, 5000) if name == "peername" else default

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers=sent, transport=Transport())


@pytest.mark.parametrize(
    ("address", "host", "near"),
    [
        ("127.0.0.1", "localhost:8080", True),
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("::1", "[::1]:8080", True),
        ("::ffff:127.0.0.1", "localhost", True),
        ("127.0.0.1", "evil.example:8080", False),
        ("127.0.0.1", "voicebox.local:8080", False),
        ("127.0.0.1", "", False),
        ("192.168.1.9", "localhost:8080", False),
        ("192.168.1.9", "127.0.0.1:8080", False),
    ],
)
def test_the_screen_is_who_is_here_and_calls_the_box_here(address: str, host: str, near: bool) -> None:
    assert at_the_box(_from(address, Host=host)) is near  # type: ignore[arg-type]  # it quacks


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "Via", "X_Real_IP"])
def test_whoever_came_through_a_proxy_is_not_the_screen(header: str) -> None:
    request = _from("127.0.0.1", Host="localhost", **{header: "10.0.0.5"})
    assert not at_the_box(request)  # type: ignore[arg-type]  # it quacks


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"Cookie": "appliance_device=right"}, True),
        ({"Authorization": "Bearer right"}, True),
        ({"Cookie": "appliance_device=wrong"}, False),
        ({"Cookie": "other=right"}, False),
        ({}, False),
    ],
)
def test_a_token_comes_as_a_cookie_or_by_itself(headers: dict[str, str], known: bool) -> None:
    request = _from("10.0.0.5", Host="voicebox.local", **headers)
    who = identify(request, lambda token: ANNA if token == "right" else None)  # type: ignore[arg-type]
    assert who.address == "10.0.0.5"
    assert (who.device == ANNA) is known
    assert who.owner is known
    assert not who.kiosk


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("VoiceBox.local:8443", "voicebox.local"),
        ("voicebox.local.", "voicebox.local"),
        ("[fe80::1]:8443", "fe80::1"),
        ("[", ""),
        ("", ""),
    ],
)
def test_names_lose_their_port(host: str, name: str) -> None:
    assert host_name(_from("10.0.0.5", Host=host)) == name  # type: ignore[arg-type]  # it quacks
