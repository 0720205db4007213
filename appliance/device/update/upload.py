"""What the owner's page hands over: a bundle, piece by piece, or the wish for a factory reset.

Without root's rights: both are left in the appliance's own folder, where systemd notices them (appliance-update.path).
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import ApplianceError, InputError
from appliance.device.files import NewFile, write_all
from appliance.device.reset import ASKED
from appliance.device.update.bundle import RefusedBundle
from appliance.device.update.inbox import RESERVE, UPLOAD
from appliance.device.update.rules import check_room
from appliance.device.update.slots import NoSlots, read_box
from appliance.device.update.status import read_update, shown

MOST_BYTES: Final = 4 << 30
"""Of a bundle: the largest slot has 2 GB."""
LEAST_BYTES: Final = 1 << 10


class Uploads:
    """Takes one bundle at a time. Used on the event loop; the disk is written to on another thread."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._part = root / f"{UPLOAD}.part"
        self._busy = False

    @staticmethod
    def possible(root: Path = Path("/")) -> bool:
        """Whether this machine has slots to update."""
        try:
            read_box(root)
        except NoSlots:
            return False
        return True

    def status(self) -> Mapping[str, Any]:
        """How the last update stands, which version runs, and how many bytes a bundle may have now: pages look before
        they send, because browsers do not listen while they do."""
        free = shutil.disk_usage(self._root / "var").free - RESERVE
        mine = {
            "runs": read_box(self._root).version,
            "receiving": self._busy,
            "room": max(min(free, MOST_BYTES), 0),
        }
        return {**mine, **shown(read_update(self._root))}

    async def receive(self, pieces: AsyncIterator[bytes], length: int) -> None:
        """Take a bundle; systemd goes on with it when it is whole.

        Args:
            pieces: it, in order.
            length: its bytes, as announced.

        Raises:
            RefusedBundle: it is too large, incomplete, there is no room, or another one is being dealt with.
        """
        self._check(length)
        self._busy = True
        try:
            await self._write(pieces, length)
        except ConnectionError:
            raise  # they have left
        except TimeoutError:  # which is an OSError
            raise InputError("the bundle stopped coming", "upload it again") from None
        except OSError as error:
            raise ApplianceError(f"the bundle cannot be kept: {error.strerror}") from None
        finally:
            self._busy = False
            self._part.unlink(missing_ok=True)

    def ask_for_reset(self) -> None:
        """Have the box made as new.

        Raises:
            ApplianceError: the disk is full.
        """
        write_all(self._root, [NewFile(ASKED, "The owner has asked for it.\n")])

    def _check(self, length: int) -> None:
        if self._busy or (self._root / UPLOAD).exists() or read_update(self._root).busy:
            raise RefusedBundle("another bundle is being dealt with", "wait until that is done")
        if not LEAST_BYTES <= length <= MOST_BYTES:
            raise RefusedBundle(f"a bundle has {MOST_BYTES >> 30} GB at most, and not {length} bytes")
        self._part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._part.unlink(missing_ok=True)  # of an upload that was cut off
        check_room(length + RESERVE, shutil.disk_usage(self._part.parent).free, "the disk of the box")

    async def _write(self, pieces: AsyncIterator[bytes], length: int) -> None:
        done = 0
        with self._part.open("wb") as writing:
            async for piece in pieces:
                done += len(piece)
                if done > length:
                    break
                await asyncio.to_thread(writing.write, piece)
            writing.flush()
            await asyncio.to_thread(os.fsync, writing.fileno())
        if done != length:
            raise InputError(f"{done} of {length} bytes have come", "upload it again")
        self._part.replace(self._root / UPLOAD)
