"""The judge's sound card, with a pipeline at its other end that answers every sound with a tone."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scripts.peers.card import Card, GoneError
from scripts.peers.judge import Question, judge
from scripts.peers.wire import BUFFER_S, MIC_RATE, Wire

RATE = 24_000
TONE = np.full(RATE // 5, 9000, np.int16)
KNOCK = np.full(MIC_RATE // 10, 5000, np.int16)


async def answer_knocks(path: str, *, leaves: bool = False) -> None:
    wire = await Wire.connect(path, RATE)
    wire.ready(name="doorman")
    answers: list[asyncio.Task[None]] = []
    async for sound in wire.microphone():
        if np.frombuffer(sound, np.int16).any() and not answers:
            wire.note(knock=True)
            if leaves:
                break
            answers.append(asyncio.create_task(wire.play(TONE.tobytes())))
    for answer in answers:
        answer.cancel()
    await wire.close()


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    card = Card(tmp_path / "card")
    yield card
    card.hang_up()
    card.close()


def plug_in(card: Card, path: Path, *, leaves: bool = False) -> threading.Thread:
    pipeline = threading.Thread(
        target=lambda: asyncio.run(answer_knocks(str(path / "card"), leaves=leaves)), daemon=True
    )
    pipeline.start()
    assert card.wait_for_pipeline(60)
    return pipeline


def test_a_pipeline_hears_and_is_heard(card: Card, tmp_path: Path) -> None:
    pipeline = plug_in(card, tmp_path)
    begun = card.say(KNOCK)
    while card.silent_s() > 1:
        card.wait(0.02)
    while card.silent_s() < 0.1:
        card.wait(0.02)
    card.hang_up()
    pipeline.join(60)
    assert not pipeline.is_alive()
    assert (card.about, card.rate) == ({"name": "doorman"}, RATE)
    assert card.notes[0]["knock"]
    first = round(begun * MIC_RATE)
    np.testing.assert_array_equal(card.heard()[first : first + len(KNOCK)], KNOCK)
    sounded = np.flatnonzero(card.played())
    assert len(sounded) >= len(TONE)
    (verdict,) = judge([Question("knock", begun, begun)], card.played(), RATE)
    assert verdict.answered_ms == pytest.approx(1000 * (sounded[0] / RATE - begun), abs=0.1)
    assert sounded[0] / RATE > begun


def test_a_pipeline_that_leaves_is_missed(card: Card, tmp_path: Path) -> None:
    pipeline = plug_in(card, tmp_path, leaves=True)
    card.say(KNOCK)
    with pytest.raises(GoneError):
        card.wait(60)
    pipeline.join(60)


def test_a_pipeline_that_does_not_come_is_not_waited_for_for_ever(card: Card) -> None:
    assert not card.wait_for_pipeline(0.05)
    assert not card.wait_for_pipeline(3600, lambda: False)


def test_the_card_is_given_little_ahead_of_time() -> None:
    asyncio.run(_play_to_the_deaf())


async def _play_to_the_deaf() -> None:
    full, given = 2 * BUFFER_S * RATE, b""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with theirs:
        wire = Wire(*await asyncio.open_unix_connection(sock=ours), RATE)
        playing = asyncio.create_task(wire.play(bytes(2 * RATE)))
        while len(given) < full:
            given += await asyncio.get_running_loop().sock_recv(theirs, 1 << 16)
        assert not playing.done()
        assert len(given) < full + 100
        playing.cancel()
        await wire.close()
