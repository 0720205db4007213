"""The owner of the boot test, to a real server: is paired by the screen's digits, brings a bundle, learns its fate."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from appliance.device.reset import ASKED
from appliance.device.update.inbox import take_upload
from appliance.device.update.status import UpdateStatus, write_update
from appliance.device.update.upload import Uploads
from scripts.image.owner_test import Owner
from scripts.image.qemu import GuestError, Machine
from tests.device.update.flashed import flashed
from tests.web.box import open_box

BUNDLE = b"hsqs" + bytes(100 << 10)


@dataclass
class Inside:
    """A machine whose inside is this one."""

    help_port: int
    """Where the box's own screen finds it, instead of port 8080."""

    def get(self, command: str, within_s: float) -> str:
        orders = command.replace("8080", str(self.help_port))
        return subprocess.check_output(["bash", "-c", orders], text=True, timeout=within_s).strip()


class RootIsQuick(Uploads):
    """A bundle that has come is dealt with at once."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._its = root

    async def receive(self, pieces: AsyncIterator[bytes], length: int) -> None:
        await super().receive(pieces, length)
        assert take_upload(self._its).read_bytes() == BUNDLE
        write_update(UpdateStatus("refused", problem="it is older than that", source="page"), self._its)


def test_an_owner_is_paired_brings_a_bundle_and_asks_for_a_reset(tmp_path: Path) -> None:
    root, bundle = flashed(tmp_path / "root"), tmp_path / "older.raucb"
    bundle.write_bytes(BUNDLE)

    async def story() -> None:
        async with open_box(tmp_path, lambda hooks: replace(hooks, updates=RootIsQuick(root))) as box:
            https, help_port = box.server.ports
            owner = Owner(https)
            with pytest.raises(GuestError, match="/api/update: 401"):
                await asyncio.to_thread(owner.ask, "/api/update")
            await asyncio.to_thread(owner.pair, cast("Machine", Inside(help_port)))
            assert (await asyncio.to_thread(owner.ask, "/api/me"))["owner"]
            told = await asyncio.to_thread(owner.bring, bundle)
            assert (told["state"], told["source"]) == ("refused", "page")
            await asyncio.to_thread(owner.ask, "/api/reset", b'{"confirm": "reset"}')
            assert (root / ASKED).exists()

    asyncio.run(story())
