"""Nobody waits for the disk, whatever it does; and what it did not take is written down when it does again."""

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.core.speech import Turn
from appliance.records.backup import broken, copies
from appliance.records.conversation import Conversation
from appliance.records.keeper import MOST_WAITING, RETRY_S, Keeper, open_keeper
from appliance.records.opening import open_store
from appliance.records.problems import RecordsError
from appliance.records.settings import RecordSettings
from tests.records.said import damage, file, raw, said, turn
from tests.virtual_time import run

DAY_S = 86_400.0


def talk(session: str = "local", device: str | None = None) -> Conversation:
    return Conversation.new(session, device, clock.wall().timestamp())


def live(
    folder: Path, story: Callable[[Keeper], Awaitable[None]], settings: RecordSettings | None = None
) -> None:
    """Live with a keeper, from the start of an appliance to its end."""

    async def main() -> None:
        async with open_keeper(folder, settings or RecordSettings()) as keeper:
            await story(keeper)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main(), limit_s=10 * DAY_S)


async def wait(seconds: float = 0.1) -> None:
    await clock.sleep_until(clock.now() + seconds)


async def numbers(keeper: Keeper) -> list[int]:
    """Of the turns that are written down."""
    return [turn.number for past in await keeper.conversations() for turn in past.turns]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does, within this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_told_is_written_down_without_anybody_waiting(tmp_path: Path) -> None:
    async def story(keeper: Keeper) -> None:
        ours, before = talk(), clock.now()
        for number in range(1, 4):
            keeper.add(ours, turn(number))
        assert clock.now() == before
        assert keeper.status.waiting == 3
        await wait()
        assert await numbers(keeper) == [1, 2, 3]
        assert keeper.status.recording
        assert keeper.status.waiting == 0

    live(tmp_path, story)


def test_the_end_of_the_appliance_loses_nothing_and_leaves_a_copy(tmp_path: Path) -> None:
    async def story(keeper: Keeper) -> None:
        keeper.add(talk(), turn(1))

    live(tmp_path, story)
    copies(file(tmp_path))[0].replace(file(tmp_path))
    store = open_store(tmp_path)
    assert [past.turns for past in store.newest(9)] == [(turn(1),)]
    store.close()


def test_after_a_restart_a_session_goes_on_once_for_its_own_device(tmp_path: Path) -> None:
    conversations: list[Conversation] = []

    async def before(keeper: Keeper) -> None:
        conversations.extend([talk(), talk("page", "phone"), talk("ended", "tablet")])
        for each in conversations:
            keeper.add(each, turn(1))
        keeper.end(conversations[2])

    async def after(keeper: Keeper) -> None:
        assert keeper.recall("page", "laptop", 60) is None
        assert keeper.recall("ended", "tablet", 60) is None
        assert keeper.recall("unheard of", None, 60) is None
        page = keeper.recall("page", "phone", 60)
        assert page
        assert (page.conversation, page.turns) == (conversations[1], (turn(1),))
        assert keeper.recall("page", "phone", 60) is None
        assert keeper.recall("local", None, 0) is None  # too long ago

    live(tmp_path, before)
    live(tmp_path, after)


def test_nothing_goes_on_from_the_future(tmp_path: Path) -> None:
    """The clock was set back: nobody knows how long ago it was."""
    store = open_store(tmp_path)
    store.write([said(Conversation.new("local", None, 0.0), 1, at=4e9)])
    store.close()

    async def story(keeper: Keeper) -> None:
        assert keeper.recall("local", None, 1e12) is None

    live(tmp_path, story)


def test_what_is_too_old_is_deleted_at_the_start_with_its_copies(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.write([said(Conversation.new("local", None, 0.0), 1, "Rosebud", at=0.0)])
    store.back_up()
    store.close()

    async def story(keeper: Keeper) -> None:
        assert await numbers(keeper) == []
        assert b"Rosebud" not in raw(tmp_path)

    live(tmp_path, story)


def test_with_no_days_nothing_is_written_and_what_was_is_deleted(tmp_path: Path) -> None:
    async def before(keeper: Keeper) -> None:
        keeper.add(talk(), turn(1, "Rosebud"))

    async def after(keeper: Keeper) -> None:
        keeper.add(talk(), turn(2, "Rosebud"))
        await wait(10 * RETRY_S)
        assert not keeper.status.recording
        assert keeper.status.line == "nothing that is said is kept"
        await keeper.change("http", "name", "kitchen")

    live(tmp_path, before)
    assert b"Rosebud" in raw(tmp_path)
    live(tmp_path, after, RecordSettings(keep_days=0))
    assert b"Rosebud" not in raw(tmp_path)
    assert b"kitchen" in raw(tmp_path)


def test_while_the_disk_is_full_everything_waits_and_then_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(keeper: Keeper) -> None:
        ours, long = talk(), "x" * 300_000
        keeper.add(ours, turn(1))
        await wait()
        with no_file_larger_than(200_000):
            keeper.add(ours, turn(2, long))
            keeper.add(ours, turn(3))
            await wait(10.5 * RETRY_S)
            assert await numbers(keeper) == [1]
            status = keeper.status
            assert (status.recording, status.waiting, status.lost) == (False, 2, 0)
            assert "not being written down" in status.line
        await wait(RETRY_S + 1)
        assert await numbers(keeper) == [1, 2, 3]
        assert keeper.status.recording

    with caplog.at_level(logging.WARNING):
        live(tmp_path, story)
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "What is said is not being written down",
        "What is said is being written down again.",
    ]


def test_while_the_disk_is_nearly_full_everything_waits_and_the_end_writes_it_down(tmp_path: Path) -> None:
    async def story(keeper: Keeper) -> None:
        ours = talk()
        keeper.may_write = lambda: False
        keeper.add(ours, turn(1))
        await wait(3 * RETRY_S)
        assert (keeper.status.recording, keeper.status.waiting) == (False, 1)
        assert "the disk is nearly full" in keeper.status.line
        keeper.may_write = lambda: True
        await wait(RETRY_S + 1)
        assert await numbers(keeper) == [1]
        keeper.may_write = lambda: False
        keeper.add(ours, turn(2))

    async def after(keeper: Keeper) -> None:
        assert await numbers(keeper) == [1, 2]

    live(tmp_path, story)
    live(tmp_path, after)


def test_a_disk_that_is_not_there_at_the_start_may_come_later(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.write_text("in the way")

    async def story(keeper: Keeper) -> None:
        assert not keeper.status.recording
        keeper.add(talk(), turn(1))
        with pytest.raises(RecordsError):
            await keeper.forget_all()
        with pytest.raises(RecordsError):
            await keeper.change("http", "name", "kitchen")
        keeper.add(talk(), turn(2))
        await wait(3 * RETRY_S)
        folder.unlink()
        await wait(2 * RETRY_S)
        assert await numbers(keeper) == [2]
        assert keeper.status.recording

    live(folder, story)


def test_of_too_many_that_wait_the_oldest_are_lost_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.write_text("in the way")

    async def story(keeper: Keeper) -> None:
        ours = talk()
        for number in range(1, MOST_WAITING + 11):
            keeper.add(ours, turn(number))
        assert (keeper.status.waiting, keeper.status.lost) == (MOST_WAITING, 10)
        assert "10 turns were lost" in keeper.status.line
        folder.unlink()
        await wait(2 * RETRY_S)
        assert sorted(await numbers(keeper)) == list(range(11, MOST_WAITING + 11))

    live(folder, story)


def test_a_file_that_breaks_while_it_is_used_is_mended_from_its_copy(tmp_path: Path) -> None:
    async def story(keeper: Keeper) -> None:
        ours = talk()
        keeper.add(ours, turn(1))
        await wait(2 * RecordSettings().backup_every_s)
        damage(file(tmp_path))
        for number in range(2, 40):  # until the page that broke is needed
            keeper.add(ours, turn(number))
            await wait(2 * RETRY_S)
        assert await numbers(keeper) == list(range(1, 40))
        assert keeper.status.recording
        assert broken(file(tmp_path))

    live(tmp_path, story)


def test_without_its_key_the_appliance_runs_and_says_what_to_do(tmp_path: Path) -> None:
    async def story(keeper: Keeper) -> None:
        keeper.add(talk(), turn(1))
        await wait(3 * RETRY_S)
        assert not keeper.status.recording
        assert "records.key_file" in keeper.status.line

    live(tmp_path, story, RecordSettings(key_file=str(tmp_path / "nowhere")))


def test_copies_are_made_only_of_what_is_new(tmp_path: Path) -> None:
    every_s = 3600.0

    async def story(keeper: Keeper) -> None:
        newest = copies(file(tmp_path))[0]
        await wait()
        first = newest.stat().st_ino
        await wait(3 * every_s)
        assert newest.stat().st_ino == first
        keeper.add(talk(), turn(1))
        await wait(2 * every_s)
        assert newest.stat().st_ino != first

    live(tmp_path, story, RecordSettings(backup_every_s=every_s))


def test_forgetting_all_reaches_what_waits_and_what_could_go_on(tmp_path: Path) -> None:
    async def before(keeper: Keeper) -> None:
        keeper.add(talk(), turn(1))

    async def after(keeper: Keeper) -> None:
        keeper.add(talk(), turn(2))
        await keeper.forget_all()
        await wait()
        assert await numbers(keeper) == []
        assert keeper.recall("local", None, 1e9) is None

    live(tmp_path, before)
    live(tmp_path, after)


def test_a_bug_ends_the_recording_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(keeper: Keeper) -> None:
        keeper.add(talk(), replace(turn(1), number="one"))  # type: ignore[arg-type] # a bug, wherever it may be
        keeper.add(talk(), Turn(1, "a", "b", "c", object()))  # type: ignore[arg-type] # likewise
        await wait()
        assert not keeper.status.recording
        assert "mistake in the program" in keeper.status.line

    with caplog.at_level(logging.ERROR):
        live(tmp_path, story)
    assert "no longer written down" in caplog.text


def test_the_end_comes_while_a_turn_is_being_written(tmp_path: Path) -> None:
    """Whether the thread has begun with it, has done it, or has not: it is written down."""
    numbers = range(1, 40)

    async def main() -> None:
        for number in numbers:
            async with open_keeper(tmp_path, RecordSettings()) as keeper:
                keeper.add(talk(), turn(number))
                for _ in range(number % 8):
                    await asyncio.sleep(0)

    run(main())
    store = open_store(tmp_path)
    assert {past.turns[0].number for past in store.newest(99)} == set(numbers)
    store.close()
