"""That aiortc and aioice still have the fields that are reached by the back door."""

import asyncio

from aiortc import RTCPeerConnection

from appliance.transports.webrtc.back_door import JITTER_BUFFER, RECEIVED, tame


def test_the_fields_are_there() -> None:
    async def story() -> None:
        connection = RTCPeerConnection()
        transceiver = connection.addTransceiver("audio")
        assert hasattr(transceiver.receiver, JITTER_BUFFER)
        ice = transceiver.receiver.transport.transport.iceGatherer._connection
        assert ice._queue.maxsize == 0, "it is bounded already"
        assert callable(ice.get_component_candidates)
        await connection.close()

    asyncio.run(story())


def test_a_flood_pushes_out_the_oldest_and_never_the_end() -> None:
    async def story() -> list[tuple[bytes, int] | None]:
        connection = RTCPeerConnection()
        transceiver = connection.addTransceiver("audio")
        tame(transceiver)
        ice = transceiver.receiver.transport.transport.iceGatherer._connection
        for number in range(10 * RECEIVED):
            ice.data_received(number.to_bytes(2), 1)
        ice._queue.put_nowait(None)
        kept: list[tuple[bytes, int] | None] = [ice._queue.get_nowait() for _ in range(ice._queue.qsize())]
        await connection.close()
        return kept

    kept = asyncio.run(story())
    first = 9 * RECEIVED + 1
    assert kept == [*((number.to_bytes(2), 1) for number in range(first, 10 * RECEIVED)), None]
