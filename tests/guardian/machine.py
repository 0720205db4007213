"""A machine made of files, with a clock of its own."""

from dataclasses import dataclass
from pathlib import Path

from appliance.guardian.readings import Instruments, Places, Readings

GB = 1024 * 1024
"""kB."""


@dataclass
class Machine:
    """A machine in a folder: 8 GB, half of it in use, cool, without swap space and groups."""

    folder: Path

    def __post_init__(self) -> None:
        self.memory(4 * GB)
        self.stalls(0.0)
        self.places.groups.mkdir()

    @property
    def places(self) -> Places:
        return Places(
            memory=self.folder / "meminfo",
            stalls=self.folder / "memory",
            thermal=self.folder / "thermal",
            processes=self.folder / "proc",
            groups=self.folder / "groups",
            own_group=self.folder / "cgroup",
            disk=self.folder,
        )

    def read(self) -> Readings:
        return Instruments(self.places).read()

    def memory(self, available_kb: int, total_kb: int = 8 * GB, swap: tuple[int, int] = (0, 0)) -> None:
        self.places.memory.write_text(
            f"MemTotal:       {total_kb} kB\nMemFree:          100 kB\nMemAvailable:   {available_kb} kB\n"
            f"SwapTotal: {swap[1]} kB\nSwapFree: {swap[0]} kB\n"
        )

    def stalls(self, percent: float) -> None:
        self.places.stalls.write_text(
            f"some avg10={percent:.2f} avg60=0.00 avg300=0.00 total=12\n"
            "full avg10=99.00 avg60=0.00 avg300=0.00 total=12\n"
        )

    def zone(self, number: int, heat_c: float, **trips_c: float) -> Path:
        zone = self.places.thermal / f"thermal_zone{number}"
        zone.mkdir(parents=True, exist_ok=True)
        (zone / "type").write_text(f"cpu-{number}\n")
        (zone / "temp").write_text(f"{round(heat_c * 1000)}\n")
        for trip, (kind, heat) in enumerate(trips_c.items()):
            (zone / f"trip_point_{trip}_type").write_text(f"{kind}\n")
            (zone / f"trip_point_{trip}_temp").write_text(f"{round(heat * 1000)}\n")
        return zone

    def group(self, path: str, **files: object) -> None:
        group = self.places.groups / path
        group.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (group / f"memory.{name}").write_text(f"{content}\n")

    def process(self, pid: int, pages: int) -> None:
        folder = self.places.processes / str(pid)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "statm").write_text(f"{pages * 3} {pages} 100 5 0 90 0\n")
