"""The file in which conversations and the owner's wishes are kept: damaged or not, the box starts."""

import asyncio
import tempfile
from pathlib import Path

from appliance.changes import load
from appliance.core.speech import Outcome, Turn
from appliance.records.conversation import Conversation
from appliance.records.keeper import open_keeper
from appliance.records.opening import FILE
from appliance.records.settings import RecordSettings
from tests.fuzz.target import Target

FOR_EVER_S = 1e12


def records(data: bytes) -> None:
    """The file, as it is found at the start."""
    with tempfile.TemporaryDirectory() as name:
        folder, none = Path(name), Path(name) / "appliance.toml"
        none.touch()
        (folder / FILE).write_bytes(data)
        load(none, {"APPLIANCE_AUDIO__FOLDER": name})
        asyncio.run(_start(folder))


async def _start(folder: Path) -> None:
    async with open_keeper(folder, RecordSettings()) as keeper:
        keeper.recall("local", None, FOR_EVER_S)
        keeper.add(
            Conversation("key", "session", None, 1.0), Turn(1, "you", "said", "heard", Outcome.ANSWERED)
        )
        assert isinstance(await keeper.conversations(), list)
        assert keeper.status.line


RECORDS = (
    Target("records", records, (b"SQLite format 3\0", b"\x10\x00", b"turn", b"CREATE TABLE", b"\xff\xff")),
)
"""All of them."""
