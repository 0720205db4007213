"""The power goes during an update: the disk as it was after any of its writes, looked at, and booted."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.device.update.switch import KERNEL
from scripts.image.qemu import GuestError, switched_on
from scripts.image.thin import ESP_MIB, ROOT_MIB
from scripts.image.trial_copy import offsets
from scripts.image.update_box import BEGIN, END, NEW, OLD, Bench, check_box, duplicate, entries, say
from scripts.image.update_look import look
from scripts.image.update_settle import settle
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

    @contextmanager
    def put(self, state: Sequence[Write], esp: Path, before: bytes) -> Iterator[None]:
        """The boot partition in a file, as these writes leave it; afterwards as it was before."""
        mine = [(write.start - self.places["esp"], write) for write in state if self.within(write, "esp")]
        with esp.open("r+b") as file:
            for at, write in mine:
                file.seek(at)
                file.write(write.data or bytes(write.length))
            file.flush()
            yield
            for at, write in mine:
                file.seek(at)
                file.write(before[at : at + write.length])

    def slot(self, state: Sequence[Write]) -> bytes:
        """The slot that is updated, as these writes leave it."""
        image = bytearray(ROOT_MIB << 20)
        for write in state:
            if self.within(write, "root-b"):
                at = write.start - self.places["root-b"]
                image[at : at + write.length] = write.data or bytes(write.length)
        return bytes(image)


def kernels(bench: Bench) -> dict[str, str]:
    """Digests of what every slot of the test starts with."""
    boot = bench.parts / "boot"
    return {name: hashlib.sha256((boot / name).read_bytes()).hexdigest() for name in KERNEL}


def look_at_all(moments: Moments, most: int) -> dict[str, int]:
    """The boot partition after writes to it: with all that was written, and with half of what was not safe yet."""
    bench, kernel = moments.bench, kernels(moments.bench)
    wanted = (bench.work / "new.img").read_bytes()
    with moments.base.open("rb") as disk:
        disk.seek(moments.places["esp"])
        before = disk.read(ESP_MIB << 20)
    ours = moments.on_esp()
    chosen = ours if len(ours) <= most else sorted(bench.dice.sample(ours, most))
    esp, seen = bench.work / "esp.now", dict.fromkeys((OLD, NEW), 0)
    esp.write_bytes(before)
    for cut in chosen:
        for dice in (None, bench.dice, bench.dice):
            state = kept(moments.writes, cut, dice)
            with moments.put(state, esp, before):
                version = look(esp, kernel).version
            if version == NEW and moments.slot(state)[: len(wanted)] != wanted:
                raise GuestError("the new version would be started before it is whole")
            seen[version] += 1
    return seen


def moments_of(moments: Moments, count: int) -> list[int]:
    """Cuts in any order: half of them spread over the update, half over its writes to the boot partition."""
    ours, span, half = moments.on_esp(), moments.end - moments.begin, count // 2
    even = [moments.begin + span * number // half for number in range(half)]
    last = max(count - half - 1, 1)  # the very last one switches to the new version
    close = [ours[(len(ours) - 1) * number // last] for number in range(count - half)]
    return moments.bench.dice.sample([*even, *close], count)


def start_after_cuts(moments: Moments, count: int, boots: int) -> None:
    """Start the box after each of these cuts: in a container, and the first of them in an emulated machine, too."""
    bench, kernel, good = moments.bench, kernels(moments.bench), dict.fromkeys((OLD, NEW), 0)
    disk, work = bench.work / "cut.raw", bench.work / "settle"
    work.mkdir(exist_ok=True)
    for number, cut in enumerate(moments_of(moments, count), 1):
        state = kept(moments.writes, cut, bench.dice if number % 2 else None)
        what = "half of the unsafe writes lost" if number % 2 else "all writes kept"
        say(f"  {number:2}: cut after write {cut - moments.begin} of {moments.end - moments.begin}, {what}:")
        duplicate(moments.base, disk)
        apply(state, disk)
        version = settle(disk, work, kernel)
        good[version] += 1
        say(f"      in a container {version} is READY, all data whole")
        if number <= boots:
            duplicate(moments.base, disk)
            apply(state, disk)
            boot(disk, bench, version)
    say(
        f"{sum(good.values())} of {count} start: {good[OLD]} with the old version, {good[NEW]} with the new one."
    )


def boot(disk: Path, bench: Bench, version: str) -> None:
    """With firmware, kernel and RAM disk."""
    with switched_on(disk, bench.work, {}, 1536) as machine:
        if (found := check_box(machine)) != version:
            raise GuestError(f"{found} runs in QEMU, {version} in a container")
        say(
            f"      in QEMU {found} is READY {machine.age_s:.0f} s after power-on, all data whole; {entries(machine)}"
        )


def cuts(bench: Bench, base: Path, count: int, boots: int, most: int) -> None:
    """All of it, with what an update has left in the log."""
    writes = read_log(bench.log)
    moments = Moments(bench, base, writes, mark(writes, BEGIN), mark(writes, END), offsets(base))
    flushes = sum(write.flush for write in writes[moments.begin : moments.end])
    made, close = moments.end - moments.begin, len(moments.on_esp())
    say(f"The update made {made} writes, {flushes} of them flushes, {close} to the boot partition.")
    seen = look_at_all(moments, most)
    say(f"  after {sum(seen.values())} cuts at the latter something whole would be started: {seen}")
    start_after_cuts(moments, count, boots)
