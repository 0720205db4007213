"""What the kernel says about memory, heat and disk, as plain files have it. Others stand in for them in tests."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

MOST_ZONES: Final = 32
"""Thermal zones that are read at most; boards have up to a dozen."""

TELLING_TRIPS: Final = frozenset({"passive", "hot"})
"""Kinds of trip points at which the kernel slows the processor down, or is about to."""

MB: Final = 2**20
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the kernel tells."""

    memory: Path = Path("/proc/meminfo")
    """Sizes in kB, by name."""
    stalls: Path = Path("/proc/pressure/memory")
    """Pressure stall information; absent in kernels without it."""
    thermal: Path = Path("/sys/class/thermal")
    """One folder per zone."""
    processes: Path = Path("/proc")
    """One folder per process."""
    groups: Path = Path("/sys/fs/cgroup")
    """The control groups (version 2), in one of which the appliance may be shut up with less memory than there is."""
    own_group: Path = Path("/proc/self/cgroup")
    """In which of them it is."""
    disk: Path = Path()
    """A folder that the appliance writes to, or will."""


@dataclass(frozen=True, slots=True)
class Heat:
    """A part of the machine."""

    name: str
    """What is measured, in the kernel's words."""
    celsius: float
    """°C now."""
    trip_c: float
    """°C of its lowest telling trip point."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The machine at one moment. What nobody knows is taken for plenty."""

    available_mb: float = float("inf")
    """MB that could be used without taking them from anybody."""
    total_mb: float = float("inf")
    """MB that there are, or that the appliance may have at most."""
    free_swap_percent: float = 100.0
    """Percent of the swap space that is free; 100 where there is none."""
    stalled_percent: float = 0.0
    """Percent of the last 10 s in which somebody waited for memory."""
    heats: tuple[Heat, ...] = ()
    """Parts that have a telling trip point."""
    free_disk_mb: float = float("inf")
    """MB that can be written."""

    @property
    def available_percent(self) -> float:
        """Percent of the memory that is available."""
        known = 0 < self.total_mb < float("inf")
        return 100 * self.available_mb / self.total_mb if known else 100.0


class Instruments:
    """Reads them. Which thermal zones there are is looked up once."""

    def __init__(self, places: Places | None = None) -> None:
        self._places = places or Places()
        self._zones = tuple(islice(_zones(self._places.thermal), MOST_ZONES))
        self._groups = tuple(_groups(self._places))

    def read(self) -> Readings:
        """The machine as it is."""
        sizes = _numbers(self._places.memory)
        if sizes.get("MemTotal"):
            rooms = [(sizes.get("MemAvailable", sizes["MemTotal"]) / 1024, sizes["MemTotal"] / 1024)]
        else:
            rooms = [(float("inf"), float("inf"))]
        available_mb, total_mb = min([*rooms, *filter(None, map(_room, self._groups))])
        swap = sizes.get("SwapTotal")
        return Readings(
            available_mb=available_mb,
            total_mb=total_mb,
            free_swap_percent=100 * sizes.get("SwapFree", swap) / swap if swap else 100.0,
            stalled_percent=_stalled(self._places.stalls),
            heats=tuple(self._heats()),
            free_disk_mb=_free_disk_mb(self._places.disk),
        )

    def resident_mb(self, pid: int) -> float:
        """MB of memory that a process has; 0 when there is none of that number."""
        words = _text(self._places.processes / str(pid) / "statm").split()
        return int(words[1]) * os.sysconf("SC_PAGE_SIZE") / MB if len(words) > 1 else 0.0

    def _heats(self) -> Iterator[Heat]:
        for name, reading, trip_c in self._zones:
            celsius = _celsius(reading)
            if celsius is not None:
                yield Heat(name, celsius, trip_c)


def _numbers(file: Path) -> dict[str, int]:
    """The first number of each line by its name."""
    lines = (line.split() for line in _text(file).splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}


def _groups(places: Places) -> Iterator[Path]:
    """The groups that have a say: our own and those it lies in."""
    for line in _text(places.own_group).splitlines():
        if line.startswith("0::/"):
            path = places.groups / line[4:]
            yield from (group for group in (path, *path.parents) if group.is_relative_to(places.groups))


def _room(group: Path) -> tuple[float, float] | None:
    """MB that are available in a group, and that it may have; None when it has no limit.

    Beyond `memory.high` all in it are slowed down, beyond `memory.max` one of them is killed. Pages of files count as
    used, but are given back when they are needed, as `MemAvailable` has it.
    """
    limits = [_number(_text(group / name)) for name in ("memory.max", "memory.high")]
    known = [limit for limit in limits if limit is not None]
    used = _number(_text(group / "memory.current"))
    if not known or used is None:
        return None
    parts = _numbers(group / "memory.stat")
    files = parts.get("inactive_file", 0) + parts.get("active_file", 0)
    limit = min(known)
    return max(0.0, limit - used + files) / MB, limit / MB


def _stalled(stalls: Path) -> float:
    """Percent of the last 10 s in which somebody waited; 0 when nobody knows."""
    for line in _text(stalls).splitlines():
        kind, _, rest = line.partition(" avg10=")
        if kind == "some":
            return _number(rest.partition(" ")[0]) or 0.0
    return 0.0


def _celsius(reading: Path) -> float | None:
    """°C, or None: zones of parts that sleep refuse to be read."""
    thousandths = _number(_text(reading))
    return None if thousandths is None else thousandths / 1000


def _zones(folder: Path) -> Iterator[tuple[str, Path, float]]:
    """Name, file of the temperature, and trip point. One at 0 °C or below was never set."""
    for zone in sorted(folder.glob("thermal_zone*")):
        trips = [
            _celsius(kind.with_name(kind.name.removesuffix("type") + "temp"))
            for kind in zone.glob("trip_point_*_type")
            if _text(kind).strip() in TELLING_TRIPS
        ]
        set_trips = [trip for trip in trips if trip and trip > 0]
        if set_trips:
            yield _text(zone / "type").strip() or zone.name, zone / "temp", min(set_trips)


def _free_disk_mb(folder: Path) -> float:
    """MB free where `folder` is, or will be."""
    with suppress(OSError, StopIteration):
        existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        disk = os.statvfs(existing)
        return disk.f_bavail * disk.f_frsize / MB
    return float("inf")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(file: Path) -> str:
    """A small file of the kernel's; "" where it is absent or refuses."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
