import asyncio
import datetime
import logging
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.web.addresses import Address
from appliance.web.certificates import DeviceCertificates
from appliance.web.whereabouts import WATCH_S, Whereabouts
from tests.virtual_time import run

NOW = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)
LOOPBACK = ip_address("127.0.0.1")


class Network:
    """Addresses that come and go."""

    def __init__(self, *texts: str) -> None:
        self.be(*texts)

    def be(self, *texts: str) -> None:
        self.addresses: frozenset[Address] = frozenset({LOOPBACK, *map(ip_address, texts)})

    def __call__(self) -> frozenset[Address]:
        return self.addresses


class Announcer:
    """A `Discovery` that writes down what it announces."""

    def __init__(self, refusals: int = 0) -> None:
        self.announced: list[set[str]] = []
        self.refusals = refusals
        self.closed = 0

    async def announce(self, addresses: Iterable[Address]) -> bool:
        self.announced.append({str(address) for address in addresses})
        self.refusals -= 1
        return self.refusals < 0

    async def close(self) -> None:
        self.closed += 1


def _place(folder: Path, network: Network, port: int = 8443) -> Whereabouts:
    place = Whereabouts("voicebox", DeviceCertificates(folder, "voicebox", lambda: NOW), network)
    place.port, place.help_port = port, 8080
    return place


async def _follow(place: Whereabouts, announcer: Announcer, *steps: tuple[float, object]) -> None:
    await place.find()
    following = asyncio.create_task(place.follow(announcer))  # type: ignore[arg-type]  # it quacks
    for seconds, step in steps:
        await clock.sleep_until(clock.now() + seconds)
        if callable(step):
            step()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


def test_addresses_are_followed(tmp_path: Path) -> None:
    network, announcer = Network("192.168.1.7"), Announcer()
    place = _place(tmp_path, network)

    async def story() -> None:
        first = place.certificates
        await _follow(
            place,
            announcer,
            (WATCH_S * 3, lambda: network.be("10.0.0.5")),
            (WATCH_S * 2, network.be),
            (WATCH_S * 2, None),
        )
        assert place.certificates is first

    run(story())
    assert announcer.announced == [
        {"192.168.1.7"},
        {"10.0.0.5"},
        set(),
    ]
    assert announcer.closed == 1


def test_the_certificate_follows_the_addresses(tmp_path: Path) -> None:
    network = Network("192.168.1.7")
    place = _place(tmp_path, network)

    async def story() -> None:
        await _follow(place, Announcer(), (1, lambda: network.be("10.0.0.5")), (WATCH_S * 2, None))

    run(story())
    assert "10.0.0.5" in place.certificates.hosts


def test_a_refused_announcement_is_tried_again(tmp_path: Path) -> None:
    announcer = Announcer(refusals=2)
    run(_follow(_place(tmp_path, Network("192.168.1.7")), announcer, (WATCH_S * 5, None)))
    assert len(announcer.announced) == 3


def test_a_full_disk_is_no_reason_to_stop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = Network("192.168.1.7")
    place = _place(tmp_path / "tls", network)

    def spoil() -> None:
        for file in (tmp_path / "tls").iterdir():
            file.unlink()
        (tmp_path / "tls").rmdir()
        (tmp_path / "tls").write_text("in the way")
        network.be("10.0.0.5")

    with caplog.at_level(logging.WARNING):
        run(_follow(place, Announcer(), (1, spoil), (WATCH_S * 3, None)))
    assert "cannot be renewed" in caplog.text
    assert "10.0.0.5" in place.names()


def test_it_is_found_by_name_and_by_number(tmp_path: Path) -> None:
    async def story() -> None:
        place = _place(tmp_path, Network("192.168.1.7", "203.0.113.9"))
        await place.find()
        assert place.address == "https://voicebox.local:8443/"
        assert place.numeric_address == "https://192.168.1.7:8443/"
        assert place.help_address.startswith("http://192.168.1.7:8080/")
        assert {"voicebox", "voicebox.local", "localhost", "127.0.0.1", "192.168.1.7"} <= place.names()

    run(story())


def test_without_a_network_there_is_still_a_name(tmp_path: Path) -> None:
    async def story() -> None:
        place = _place(tmp_path, Network(), port=443)
        await place.find()
        assert place.address == "https://voicebox.local/"
        assert place.numeric_address == ""
        assert place.help_address == "http://localhost:8080/"

    run(story())


@pytest.mark.parametrize(
    ("hosts", "address"),
    [
        ({"box.example.org"}, "https://box.example.org:8443/"),
        ({"*.example.org"}, "https://voicebox.example.org:8443/"),
        ({"a.example.org", "voicebox.local"}, "https://voicebox.local:8443/"),
        ({"10.0.0.5"}, "https://voicebox.local:8443/"),
    ],
)
def test_the_address_is_one_for_which_the_certificate_stands(
    tmp_path: Path, hosts: set[str], address: str
) -> None:
    place = _place(tmp_path, Network())
    place.certificates.hosts = frozenset(hosts)
    assert place.address == address
