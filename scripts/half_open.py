"""1,000 offers that are never followed by a connection, as fast as they can be made, while somebody talks to the box.

    .venv/bin/python -m scripts.half_open [--offers 1000] [--devices 50] [--per-second 10]

The door lets all devices together make 20 at once and then 10 a second (`web/offers.py`); this is what lies behind it:
real visitors and real WebRTC peers. The stretch is the processor time for which the event loop, which
the conversation at the box shares, lets nobody else run.
"""

import argparse
import asyncio
from functools import partial
from time import thread_time

import psutil
from aiortc import RTCPeerConnection

from appliance.core import clock
from appliance.transports.webrtc.peer import Peer
from appliance.transports.webrtc.settings import WebRtcSettings
from appliance.web.kiosk import Kiosk
from appliance.web.reception import Reception
from appliance.web.visitor_settings import VisitorSettings
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from tests.web.fake_sessions import House

GIVEN_UP_S = 5.0
"""s until a peer without a connection is given up; by default 10."""


async def offer_text() -> str:
    """What a browser would send, with addresses that nobody answers at."""
    browser = RTCPeerConnection()
    browser.createDataChannel("control")
    browser.addTransceiver("audio", "sendrecv")
    await browser.setLocalDescription(await browser.createOffer())
    text = browser.localDescription.sdp
    await browser.close()
    return text


async def main(offers: int, devices: int, pause_s: float) -> None:
    me = psutil.Process()
    sdp = await offer_text()
    settings = VisitorSettings()
    house = House(limit=devices, settings=settings)
    reception = Reception(
        house.visitors,
        Kiosk(settings, "box", lambda: (0.0, 0.0)),
        partial(Peer, settings=WebRtcSettings(connect_s=GIVEN_UP_S)),
    )
    rows = [("before", *state(me), "")]
    stretches_ms: list[float] = []
    async with reception.open():
        watching = asyncio.create_task(watch(stretches_ms))
        begun = clock.now()
        for number in range(offers):
            await reception.offer(f"device {number % devices}", None, sdp)
            await clock.sleep_until(begun + (number + 1) * pause_s)
        took_s = clock.now() - begun
        rows.append((f"{offers} offers in {took_s:.1f} s", *state(me), max(stretches_ms)))
        stretches_ms.clear()
        await clock.sleep_until(clock.now() + GIVEN_UP_S + 2)
        rows.append((f"{GIVEN_UP_S + 2:.0f} s later", *state(me), max(stretches_ms)))
        watching.cancel()
    rows.append(("box closed", *state(me), ""))
    columns = ("", "memory, MB", "UDP sockets", "descriptors", "tasks", "longest stretch, ms")
    print(Table(columns, rows).markdown())
    print(
        f"\n`scripts/half_open.py --offers {offers} --devices {devices} --per-second {1 / pause_s:g}`: {this_machine()}"
    )


def state(me: psutil.Process) -> tuple[object, ...]:
    """What is in use."""
    udp = sum(connection.type == 2 for connection in me.net_connections("inet"))
    return round(me.memory_info().rss / 1e6), udp, me.num_fds(), len(asyncio.all_tasks())


async def watch(stretches_ms: list[float]) -> None:
    """Note for how long others ran, until cancelled."""
    while True:
        begun = thread_time()
        await asyncio.sleep(0.001)
        stretches_ms.append(1000 * (thread_time() - begun))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--offers", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--devices", type=int, default=50, help="that make them (default: %(default)s)")
    parser.add_argument(
        "--per-second", type=float, default=10.0, help="as the door lets through (default: %(default)s)"
    )
    options = parser.parse_args()
    asyncio.run(main(options.offers, options.devices, 1 / options.per_second))
