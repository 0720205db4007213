"""What the web server asks of the rest of the appliance; whatever has these methods will do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from appliance.core.errors import ApplianceError


class Busy(ApplianceError):  # noqa: N818 - what the person is told
    """Nobody else can talk at the moment. `place` is where in the queue they stand, 1 being next."""

    def __init__(self, place: int, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.place = place


class Visitors(Protocol):
    """The sessions of all browsers. Called on the event loop, only for devices that are paired."""

    async def offer(self, device: str, session: str | None, sdp: str) -> tuple[str, str]:
        """Answer a WebRTC offer: the session's id (known, when it was this device's own) and the SDP of the answer.

        Raises:
            Busy: as many talk as the machine carries.
            InputError: the offer cannot be understood.
        """

    async def websocket(self, socket: web.WebSocketResponse, device: str, session: str | None) -> None:
        """Carry a session over an open WebSocket, sound included, until it closes. Says itself who is refused."""

    async def kiosk(self, socket: web.WebSocketResponse) -> None:
        """Tell the box's own session to an open WebSocket until it closes; no sound."""

    def sessions(self) -> Sequence[Mapping[str, Any]]:
        """One JSON object per session, nothing spoken in it: `id`, `device`, `state`, `turns`, …"""

    def picture(self, session: str) -> str | None:
        """The timeline of the last answer in a session, as SVG; None where there is none."""

    def status(self) -> Mapping[str, Any]:
        """How full it is, as a JSON object: `talking`, `waiting`, `limit`, …"""

    async def end(self, session: str) -> bool:
        """End a session; False when there is none of that id."""

    async def revoke(self, device: str) -> None:
        """End all sessions of a device that is no longer welcome."""


class Uploads(Protocol):
    """Where updates of a box that was flashed go. Called on the event loop, only for the owner."""

    def status(self) -> Mapping[str, Any]:
        """How the last update stands, as a JSON object: `state`, `version`, `percent`, `problem`, `runs`, …"""

    async def receive(self, pieces: AsyncIterator[bytes], length: int) -> None:
        """Take a bundle of so many bytes; raises `ApplianceError` where it is refused."""

    def ask_for_reset(self) -> None:
        """Have the box made as new; raises `ApplianceError` where that is impossible."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of `/metrics`."""

    name: str
    """In Prometheus's style, the unit last: `appliance_first_audio_seconds`; counters end in `_total`."""
    help: str
    """What it counts."""
    value: float
    """Its present value."""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values of its dimensions."""
    kind: str = "gauge"
    """`gauge`, `counter` or `histogram`."""
    suffix: str = ""
    """Behind the name, in lines of a histogram: `_bucket`, `_sum`, `_count`."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the composition root lends to the server. Nothing here may block or take long."""

    say: Callable[[str], Awaitable[None]]
    """Say a text at the box; raises `ApplianceError` where that is impossible."""
    restart: Callable[[], None]
    """Have the whole appliance start again; returns at once."""
    status: Callable[[], Mapping[str, Any]]
    """The appliance as a JSON object: `state`, `models`, `sound`, … Nothing spoken."""
    settings: Callable[[], Mapping[str, Mapping[str, Any]]]
    """All settings by section and key, as they are; secrets are masked by the server."""
    obstacle: Callable[[], str]
    """Why nobody could be answered now, in words; "" when all is ready."""
    language: Callable[[], str] = lambda: "en"
    """The language of the box, as BCP 47 has it."""
    measure: Callable[[], None] | None = None
    """Have the whole appliance start again, and measure the echo of the room; None where it has none. At once."""
    setup: Callable[[], Mapping[str, Any]] = dict
    """What became of the last settings file from a USB stick, for the box's own screen; empty where there was none."""
    metrics: Callable[[], Iterable[Metric]] = tuple
    """Measurements beside the server's own."""
    diagnosis: Callable[[], Mapping[str, str]] = dict
    """Further files for the diagnosis bundle, text by name. Nothing spoken."""
    reports: Callable[[], Mapping[str, str]] = dict
    """The same from the disk: called on another thread, where it may block."""
    conversations: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]] | None = None
    """What was said lately, for the owner; None where that is not wanted."""
    forget: Callable[[], Awaitable[None]] | None = None
    """Delete all that was ever said; raises `ApplianceError` where that is impossible."""
    updates: Uploads | None = None
    """Where updates go; None where this machine was not flashed."""
    changeable: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Keys of settings that `change` accepts, by section."""
    change: Callable[[str, str, Any], Awaitable[None]] | None = None
    """Give a setting another value from the next start on: section, key, and the value, or None for the one that it had
    without the owner. Raises `ApplianceError` when it must not have it."""
