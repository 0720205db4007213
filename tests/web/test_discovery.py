import asyncio
import logging
import socket
from ipaddress import ip_address

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.web.discovery import SERVICE, Discovery

HERE = [ip_address("127.0.0.1")]


def _multicast_works() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            probe.sendto(b"", ("224.0.0.251", 5353))
        except OSError:
            return False
    return True


async def _found(name: str) -> AsyncServiceInfo | None:
    listener = AsyncZeroconf(interfaces=["127.0.0.1"])
    try:
        info = AsyncServiceInfo(SERVICE, f"{name}.{SERVICE}")
        return info if await info.async_request(listener.zeroconf, 1500) else None
    finally:
        await listener.async_close()


@pytest.mark.skipif(not _multicast_works(), reason="multicast does not work on loopback here")
def test_the_box_is_found_until_it_says_goodbye() -> None:
    async def story() -> None:
        box = Discovery("test-voicebox", 8443)
        assert await box.announce(HERE)
        found = await _found("test-voicebox")
        assert found
        assert (found.server, found.port) == ("test-voicebox.local.", 8443)
        assert found.parsed_addresses() == ["127.0.0.1"]
        await box.close()
        await box.close()

    asyncio.run(story())


def test_without_a_network_it_is_silent() -> None:
    async def story() -> None:
        box = Discovery("test-voicebox", 8443)
        assert await box.announce([])
        await box.close()

    asyncio.run(story())


# zeroconf leaves the socket that it could not use to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning")
def test_a_network_that_does_not_let_it_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        box = Discovery("test-voicebox", 8443)
        for _ in range(3):
            assert not await box.announce([ip_address("203.0.113.77")])
        await box.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert caplog.text.count("cannot be announced") == 1
