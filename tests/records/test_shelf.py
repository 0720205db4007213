"""What tools keep survives a restart, a broken file and a new key, and can be forgotten."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from appliance.records.problems import RecordsError
from appliance.records.shelf import FILE, MOST, DiskShelf, open_shelf
from tests.records.said import raw


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_things_survive_a_restart_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_shelf(tmp_path) as shelf:
            for key in "cab":
                await shelf.put("item", key, {"is": key})
            await shelf.put("item", "c", {"is": "again"})
            await shelf.put("plan", "c", {})
            await shelf.drop("item", "b")
            await shelf.drop("item", "z")
        async with open_shelf(tmp_path) as shelf:
            assert list((await shelf.all("item")).items()) == [("c", {"is": "again"}), ("a", {"is": "a"})]
            assert await shelf.all("nothing") == {}

    run(main())
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_what_is_forgotten_is_nowhere_on_the_disk(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_shelf(tmp_path) as shelf:
            await shelf.put("item", "1", {"is": "dynamite"})
            assert b"dynamite" in raw(tmp_path)
            (tmp_path / f"{FILE}.broken-20260101-000000").write_bytes(b"dynamite")
            await shelf.forget_all()
            assert b"dynamite" not in raw(tmp_path)
            assert await shelf.all("item") == {}

    run(main())


def test_with_a_key_nothing_is_plain_not_even_what_was(tmp_path: Path) -> None:
    state, key = tmp_path / "state", tmp_path / "key"
    state.mkdir()
    key.write_bytes(Fernet.generate_key())

    async def main() -> None:
        async with open_shelf(state) as shelf:
            await shelf.put("item", "1", {"is": "dynamite"})
        async with open_shelf(state, str(key)) as shelf:
            await shelf.put("item", "2", {"is": "dynamite"})
            assert b"dynamite" not in raw(state)
            assert len(await shelf.all("item")) == 2
        key.write_bytes(Fernet.generate_key())
        async with open_shelf(state, str(key)) as shelf:
            assert await shelf.all("item") == {}

    run(main())


@pytest.mark.parametrize("content", [b"rubbish" * 1000, b"SQLite format 3\0" + b"\xff" * 8192])
def test_a_broken_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)

    async def main() -> None:
        async with open_shelf(tmp_path) as shelf:
            await shelf.put("item", "1", {})
            assert list(await shelf.all("item")) == ["1"]

    run(main())
    assert [file.read_bytes() for file in tmp_path.glob("*.broken-*")] == [content]


def test_there_is_an_end_to_things(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_shelf(tmp_path) as shelf:
            pass
        with sqlite3.connect(tmp_path / FILE) as db:
            rows = [("item", str(number), b"{}") for number in range(MOST)]
            db.executemany("INSERT INTO thing (kind, key, body) VALUES (?, ?, ?)", rows)
        db.close()
        async with open_shelf(tmp_path) as shelf:
            await shelf.put("item", "0", {"changed": True})
            with pytest.raises(RecordsError):
                await shelf.put("item", "one more", {})

    run(main())


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_shelf(tmp_path) as shelf:
            await shelf.put("item", "good", {})
        with sqlite3.connect(tmp_path / FILE) as db:
            db.execute("INSERT INTO thing (kind, key, body) VALUES ('item', 'bad', x'ff')")
        db.close()
        async with open_shelf(tmp_path) as shelf:
            assert list(await shelf.all("item")) == ["good"]

    run(main())


def test_a_shelf_that_is_not_open_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        shelf = DiskShelf(tmp_path / "nowhere")
        with pytest.raises(RecordsError):
            await shelf.open()
        with pytest.raises(RecordsError):
            await shelf.all("item")
        await shelf.close()

    run(main())
