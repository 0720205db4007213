"""The devices that are paired: who they are, and how they prove it."""

import asyncio
import datetime
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints, TypeAdapter, ValidationError

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.web.private_file import set_aside, write_private

SEEN_RESOLUTION = datetime.timedelta(hours=1)
"""How precisely it is written down when a device was last seen: flash memory wears."""

log = logging.getLogger("appliance.web")


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or program that is paired."""

    id: str
    """What it is called by the box; no secret."""
    name: str
    """What it is called by people."""
    owner: bool
    """Whether it may change the box."""
    paired: AwareDatetime
    """When."""
    seen: AwareDatetime
    """When it was last here, to the hour."""
    token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of its token, in hexadecimal. The token itself is known to the device alone."""


_ADAPTER = TypeAdapter(list[Device])


class Devices:
    """All paired devices. Owns the file in which they are kept, 0600."""

    def __init__(self, file: Path, limit: int, wall: Callable[[], datetime.datetime] = clock.wall) -> None:
        self._file = file
        self._limit = limit
        self._wall = wall
        self._devices = {device.id: device for device in _read(file)}
        self._writing = asyncio.Lock()

    def all(self) -> Sequence[Device]:
        """Every paired device, oldest first."""
        return tuple(self._devices.values())

    @property
    def owned(self) -> bool:
        """Whether the box has an owner."""
        return any(device.owner for device in self._devices.values())

    @property
    def full(self) -> bool:
        """Whether nobody else can be paired."""
        return len(self._devices) >= self._limit

    def identify(self, token: str) -> Device | None:
        """Whose token it is; None when it is nobody's. Takes equally long for every token."""
        digest = _digest(token)
        found = None
        for device in self._devices.values():
            if compare_digest(device.token_sha256, digest):
                found = device
        if found and self._wall() - found.seen >= SEEN_RESOLUTION:
            found = self._devices[found.id] = replace(found, seen=self._wall())
        return found

    async def pair(self, name: str, known: Device | None = None) -> tuple[Device, str]:
        """Admit a device, or give one that is `known` a new token. The first of all is the owner.

        Returns:
            The device, and its token.

        Raises:
            ApplianceError: it cannot be written down, and is not admitted.
        """
        token = secrets.token_urlsafe(32)  # 256 bits
        now = self._wall()
        owner = known.owner if known else not self.owned
        identity = known.id if known else secrets.token_hex(8)
        device = Device(identity, name, owner, now, now, _digest(token))
        self._devices[identity] = device
        try:
            await self.save()
        except ApplianceError:
            del self._devices[identity]
            self._devices |= {known.id: known} if known else {}
            raise
        return device, token

    async def revoke(self, identity: str) -> bool:
        """Forget a device; False when there is none of that id.

        Raises:
            ApplianceError: it is forgotten only until the box starts again.
        """
        if self._devices.pop(identity, None) is None:
            return False
        await self.save()
        return True

    async def save(self) -> None:
        """Write down who is paired and when they were last seen.

        Raises:
            ApplianceError: the disk does not let us.
        """
        async with self._writing:
            data = json.dumps([asdict(device) for device in self._devices.values()], default=str, indent=1)
            try:
                await asyncio.to_thread(write_private, self._file, data.encode())
            except OSError as error:
                problem = f"The list of paired devices cannot be written: {error.strerror}."
                raise ApplianceError(problem, f"Free some space below {self._file.parent}.") from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _read(file: Path) -> list[Device]:
    if not file.is_file():
        return []
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except ValidationError:
        aside = set_aside(file)
        log.warning("%s is broken: nobody is paired any more, and it is kept as %s.", file, aside.name)
        return []
