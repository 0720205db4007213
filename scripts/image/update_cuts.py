"""The power goes during an update: the disk as it was after any of its writes, looked at, and booted."""

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.device.update.entries import preferred, read_entries
from scripts.image.boot_test import offsets
from scripts.image.qemu import GuestError, switched_on
from scripts.image.thin import ESP_MIB, ROOT_MIB
from scripts.image.update_box import BEGIN, END, NEW, OLD, Bench, check_box, duplicate, entries, say
from scripts.image.write_log import Write, apply, kept, mark, read_log


@dataclass(frozen=True)
class Moments:
    """What the disk is after each write of the update."""

    bench: Bench
    """Where the test works."""
    base: Path
    """The disk when the machine was switched on."""
    writes: list[Write]
    """All until it was switched off."""
    begin: int
    """Writes before the update."""
    end: int
    """Writes when it was over."""
    places: dict[str, int]
    """Where each partition begins, in bytes."""

    def on_esp(self) -> list[int]:
        """Numbers of the update's writes to the boot partition."""
        return [
            number
            for number in range(self.begin, self.end + 1)
            if self.within(self.writes[number - 1], "esp")
        ]

    def within(self, write: Write, name: str) -> bool:
        size = {"esp": ESP_MIB, "root-b": ROOT_MIB}[name] << 20
        return self.places[name] <= write.start < self.places[name] + size

    def partition(self, state: Sequence[Write], name: str, before: bytes) -> bytes:
        """One partition, as these writes leave it."""
        image = bytearray(before)
        for write in state:
            if self.within(write, name):
                at = write.start - self.places[name]
                image[at : at + write.length] = write.data or bytes(write.length)
        return bytes(image)


def look(esp: Path, kernel: dict[str, str], slot_is_whole: Callable[[], bool]) -> str:
    """Which version would be started; it must be whole. Reads the boot partition as the firmware does: as FAT."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mcopy", "-s", "-n", "-Q", "-i", esp, "::loader", "::a", "::b", folder]
        subprocess.run(command, check=False, capture_output=True)
        entry = preferred(read_entries(Path(folder)))
        if entry is None:
            raise GuestError("nothing can be started")
        for name, right in kernel.items():
            path = Path(folder) / entry.slot / name
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != right:
                raise GuestError(f"{entry.path.name} would start a damaged {name}")
    if entry.version == NEW and not slot_is_whole():
        raise GuestError("the new version would be started before it is whole")
    return entry.version


def look_at_all(moments: Moments, most: int) -> dict[str, int]:
    """The boot partition after writes to it: with all that was written, and with half of what was not safe yet."""
    bench = moments.bench
    parts = bench.parts / "boot"
    kernel = {name: hashlib.sha256((parts / name).read_bytes()).hexdigest() for name in ("linux", "initrd")}
    wanted = (bench.work / "new.img").read_bytes()
    right = hashlib.sha256(wanted).hexdigest()
    with moments.base.open("rb") as disk:
        disk.seek(moments.places["esp"])
        before = disk.read(ESP_MIB << 20)
    ours = moments.on_esp()
    chosen = ours if len(ours) <= most else sorted(bench.dice.sample(ours, most))
    esp, seen = bench.work / "esp.now", dict.fromkeys((OLD, NEW), 0)
    for cut in chosen:
        for dice in (None, bench.dice):
            state = kept(moments.writes, cut, dice)

            def whole(state: Sequence[Write] = state) -> bool:
                slot = moments.partition(state, "root-b", bytes(ROOT_MIB << 20))
                return hashlib.sha256(slot[: len(wanted)]).hexdigest() == right

            esp.write_bytes(moments.partition(state, "esp", before))
            seen[look(esp, kernel, whole)] += 1
    return seen


def boot_after_cuts(moments: Moments, count: int) -> None:
    """Moments spread over the update: half of them over its writes, half over those to the boot partition."""
    bench, span, ours = moments.bench, moments.end - moments.begin, moments.on_esp()
    half = count // 2
    even = [moments.begin + span * number // half for number in range(half)]
    close = [ours[len(ours) * number // (count - half)] for number in range(count - half)]
    good: list[str] = []
    for number, cut in enumerate(bench.dice.sample([*even, *close], count), 1):
        dice = bench.dice if number % 2 else None
        disk = bench.work / "cut.raw"
        duplicate(moments.base, disk)
        apply(kept(moments.writes, cut, dice), disk)
        with switched_on(disk, bench.work, {}, 1536) as machine:
            good.append(check_box(machine))
            what = "all writes kept" if dice is None else "half of the unsafe ones lost"
            say(f"  {number:2}: cut after write {cut - moments.begin} of {span}, {what}: {good[-1]} is READY after "
                f"{machine.age_s:.0f} s, data whole; {entries(machine)}")  # fmt: skip
    say(
        f"{len(good)} of {count} boot: {good.count(OLD)} with the old version, {good.count(NEW)} with the new one."
    )


def cuts(bench: Bench, base: Path, count: int, most: int) -> None:
    """All of it, with what an update has left in the log."""
    writes = read_log(bench.log)
    moments = Moments(bench, base, writes, mark(writes, BEGIN), mark(writes, END), offsets(base))
    flushes = sum(write.flush for write in writes[moments.begin : moments.end])
    made, close = moments.end - moments.begin, len(moments.on_esp())
    say(f"The update made {made} writes, {flushes} of them flushes, {close} to the boot partition.")
    seen = look_at_all(moments, most)
    say(f"  after {sum(seen.values())} cuts at the latter something whole would be started: {seen}")
    boot_after_cuts(moments, count)
