"""A bundle comes piece by piece, and is there whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.reset import asked_by_page
from appliance.device.update.inbox import UPLOAD
from appliance.device.update.status import UpdateStatus, write_update
from appliance.device.update.upload import MOST_BYTES, Uploads
from tests.device.update.flashed import flashed, write

PIECES = (b"a" * 1000, b"b" * 1000, b"c")
LENGTH = sum(map(len, PIECES))


async def stream(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def upload(root: Path, pieces: Sequence[bytes] = PIECES, length: int = LENGTH) -> None:
    asyncio.run(Uploads(root).receive(stream(pieces), length))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return flashed(tmp_path)


def left(root: Path) -> list[str]:
    return [path.name for path in (root / UPLOAD).parent.iterdir()]


def test_it_has_its_name_when_it_is_whole(root: Path) -> None:
    upload(root)
    assert (root / UPLOAD).read_bytes() == b"".join(PIECES)
    assert left(root) == [(root / UPLOAD).name]


@pytest.mark.parametrize("pieces", [PIECES[:2], (*PIECES, b"more"), ()])
def test_too_little_and_too_much_leave_nothing(pieces: tuple[bytes, ...], root: Path) -> None:
    with pytest.raises(ApplianceError, match="bytes have come"):
        upload(root, pieces)
    assert left(root) == []


def test_somebody_who_leaves_leaves_nothing(root: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield PIECES[0]
        raise ConnectionResetError

    with pytest.raises(ConnectionError):
        asyncio.run(Uploads(root).receive(cut(), LENGTH))
    assert left(root) == []


def test_one_that_stops_coming_is_given_up_and_said_to_have(root: Path) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield PIECES[0]
        raise TimeoutError

    with pytest.raises(ApplianceError, match="stopped coming"):
        asyncio.run(Uploads(root).receive(stuck(), LENGTH))
    assert left(root) == []


@pytest.mark.parametrize("length", [0, MOST_BYTES + 1, -1])
def test_sizes_that_no_bundle_has_are_refused_at_once(length: int, root: Path) -> None:
    with pytest.raises(ApplianceError, match="GB at most"):
        upload(root, length=length)


def test_one_at_a_time(root: Path) -> None:
    async def two() -> None:
        uploads = Uploads(root)

        async def slowly() -> AsyncIterator[bytes]:
            yield PIECES[0]
            assert uploads.status()["receiving"]
            with pytest.raises(ApplianceError, match="another bundle"):
                await uploads.receive(stream(PIECES), LENGTH)
            for piece in PIECES[1:]:
                yield piece

        await uploads.receive(slowly(), LENGTH)

    asyncio.run(two())
    assert (root / UPLOAD).exists()
    with pytest.raises(ApplianceError, match="another bundle"):
        upload(root)


def test_none_while_one_is_installed(root: Path) -> None:
    write_update(UpdateStatus("installing", boot="first-start"), root)
    with pytest.raises(ApplianceError, match="another bundle"):
        upload(root)


def test_what_a_power_cut_left_is_in_nobody_s_way(root: Path) -> None:
    write(root / f"{UPLOAD}.part", "half")
    upload(root)
    assert (root / UPLOAD).exists()


def test_only_a_box_that_was_flashed_can_do_it(root: Path, tmp_path: Path) -> None:
    assert Uploads.possible(root)
    assert not Uploads.possible(tmp_path / "elsewhere")
    Uploads(root).ask_for_reset()
    assert asked_by_page(root)
