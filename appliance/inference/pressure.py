"""Watches whether the machine is short of memory or too hot for work that may turn out to be for nothing.

Speculation answers before it is certain that somebody has finished. That costs nothing while the machine has room,
and much when it has not: pages of the model are read from disk again, and a hot processor slows everything down.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Interval

from appliance.core.monotonic import monotonic

MOST_ZONES: Final = 32
"""Thermal zones that are read at most; boards have up to a dozen."""

TELLING_TRIPS: Final = frozenset({"passive", "hot"})
"""Kinds of trip points at which the kernel slows the processor down, or is about to."""


@dataclass(frozen=True, slots=True)
class PressureSettings:
    """From when on the machine is under pressure, and when no longer."""

    look_every_s: Annotated[float, Interval(ge=0.1, le=60)] = 2.0
    """s between two looks. Heat takes longer, and so does memory."""
    memory_percent: Annotated[float, Interval(ge=0, le=90)] = 8.0
    """Percent of the memory that must be available: 600 MB of 8 GB, what one reply may need and some more."""
    stall_percent: Annotated[float, Interval(ge=0.1, le=100)] = 5.0
    """Percent of the last 10 s in which some program waited for memory (the kernel's `some avg10`). A machine with
    room has 0; one that begins to swap has tens."""
    heat_margin_c: Annotated[float, Interval(ge=0, le=50)] = 3.0
    """°C below the kernel's own trip points."""
    relief: Annotated[float, Interval(ge=1, le=5)] = 1.5
    """How many times better than the limit it must get before the pressure is over: without, work that was
    stopped would start as soon as stopping it had helped."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the kernel tells. Others in tests."""

    memory: Path = Path("/proc/meminfo")
    """Sizes in kB, by name."""
    stalls: Path = Path("/proc/pressure/memory")
    """Pressure stall information; absent in kernels without it."""
    thermal: Path = Path("/sys/class/thermal")
    """One folder per zone."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A thermal zone and where it becomes too hot."""

    name: str
    """What is measured, in the kernel's words."""
    reading: Path
    """File of its temperature in thousandths of °C."""
    trip_c: float
    """°C of its lowest telling trip point."""


class Pressure:
    """The state of the machine, looked at no more often than is useful."""

    def __init__(
        self,
        settings: PressureSettings | None = None,
        places: Places | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._settings = settings or PressureSettings()
        self._places = places or Places()
        self._zones = tuple(islice(_zones(self._places.thermal), MOST_ZONES))
        self._now = now
        self._looked: float | None = None
        self._reason = ""

    @property
    def relaxed(self) -> bool:
        """Whether there is room for work that may be for nothing."""
        return not self.reason

    @property
    def reason(self) -> str:
        """What is short, as a sentence for the status; "" while nothing is."""
        now = self._now()
        if self._looked is None or now - self._looked >= self._settings.look_every_s:
            self._looked = now
            relief = self._settings.relief if self._reason else 1.0
            self._reason = next(self._strains(relief), "")
        return self._reason

    def _strains(self, relief: float) -> Iterator[str]:
        """What is beyond its limit, with limits that are `relief` times stricter."""
        limits = self._settings
        sizes = _sizes(self._places.memory)
        available_kb, total_kb = sizes.get("MemAvailable"), sizes.get("MemTotal")
        if available_kb is not None and total_kb:
            share = 100 * available_kb / total_kb
            if share < limits.memory_percent * relief:
                yield f"Only {share:.0f} % of the memory ({available_kb // 1024} MB) is available."
        stalled = _stalled(self._places.stalls)
        if stalled >= limits.stall_percent / relief:
            yield f"Programs wait for memory {stalled:.0f} % of the time."
        for zone in self._zones:
            heat = _heat(zone.reading)
            if heat is not None and heat > zone.trip_c - limits.heat_margin_c * relief:
                yield f"{zone.name} has {heat:.0f} °C, and is slowed down from {zone.trip_c:.0f} °C on."


def _sizes(meminfo: Path) -> dict[str, int]:
    """Sizes in kB by name; empty when they cannot be read."""
    lines = (line.split() for line in _read(meminfo).splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}


def _stalled(stalls: Path) -> float:
    """Percent of the last 10 s in which somebody waited; 0 when nobody knows."""
    for line in _read(stalls).splitlines():
        kind, _, rest = line.partition(" avg10=")
        if kind == "some":
            return _number(rest.partition(" ")[0]) or 0.0
    return 0.0


def _heat(reading: Path) -> float | None:
    """°C, or None: zones of parts that sleep refuse to be read."""
    thousandths = _number(_read(reading))
    return None if thousandths is None else thousandths / 1000


def _zones(folder: Path) -> Iterator[Zone]:
    """The zones that have a trip point. A trip point at 0 °C or below is one that was never set."""
    for zone in sorted(folder.glob("thermal_zone*")):
        trips = [
            _heat(kind.with_name(kind.name.removesuffix("type") + "temp"))
            for kind in zone.glob("trip_point_*_type")
            if _read(kind).strip() in TELLING_TRIPS
        ]
        set_trips = [trip for trip in trips if trip and trip > 0]
        if set_trips:
            yield Zone(_read(zone / "type").strip() or zone.name, zone / "temp", min(set_trips))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read(path: Path) -> str:
    """A small file of the kernel's; "" where it is absent or refuses."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
