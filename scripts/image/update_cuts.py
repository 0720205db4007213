"""The power goes during an update: the disk as it was after any of its writes, looked at, and booted."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.device.update.switch import KERNEL
from scripts.image.qemu import GuestError, switched_on
from scripts.image.thin import ESP_MIB, ROOT_MIB
from scripts.image.trial_copy import offsets
from scripts.image.update_box import BEGIN, END, NEW, OLD, Bench, check_box, duplicate, entries, say
from scripts.image.update_look import look
from scripts.image.update_settle import chosen, settle
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


@dataclass(frozen=True)
class Cut:
    """One moment at which the power goes."""

    number: int
    """Which of the test's, from 1."""
    write: int
    """After how many writes."""
    lossy: bool
    """Whether half of the writes since the last flush are lost."""

    def leaves(self, moments: Moments) -> list[Write]:
        """What is on the disk then: the same in every run."""
        return kept(moments.writes, self.write, random.Random(self.number) if self.lossy else None)


def cuts_of(moments: Moments, count: int) -> list[Cut]:
    """Cuts in any order: half of them spread over the update, half over its writes to the boot partition."""
    ours, span, half = moments.on_esp(), moments.end - moments.begin, count // 2
    even = [moments.begin + span * number // half for number in range(half)]
    last = max(count - half - 1, 1)  # the very last one switches to the new version
    close = [ours[(len(ours) - 1) * number // last] for number in range(count - half)]
    mixed = random.Random(count).sample([*even, *close], count)
    return [Cut(number, write, number % 2 == 1) for number, write in enumerate(mixed, 1)]


def start_after_cuts(moments: Moments, count: int, boots: int) -> None:
    """Start the box after each of these cuts, the first so many in QEMU, the others in a container. Each outcome is
    written down: a test that was stopped goes on where it was."""
    bench, outcomes = moments.bench, moments.bench.work / "outcomes.jsonl"
    known = {line["number"]: line for line in map(json.loads, read_lines(outcomes))}
    for cut in cuts_of(moments, count):
        wanted = {**asdict(cut), "where": "QEMU" if cut.number <= boots else "a container"}
        if known.get(cut.number, {}).items() >= wanted.items():
            continue
        disk = bench.work / "cut.raw"
        duplicate(moments.base, disk)
        apply(cut.leaves(moments), disk)
        start = start_in_qemu if cut.number <= boots else start_in_container
        known[cut.number] = wanted | start(disk, bench)
        with outcomes.open("a") as file:
            file.write(json.dumps(known[cut.number]) + "\n")
        tell(known[cut.number], moments)
    for where in ("QEMU", "a container"):
        versions = [one["version"] for one in known.values() if one["where"] == where]
        if versions:
            say(
                f"In {where} {len(versions)} of {len(versions)} start: {versions.count(OLD)} with the old version, "
                f"{versions.count(NEW)} with the new one."
            )


def read_lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def tell(outcome: dict[str, Any], moments: Moments) -> None:
    """Say how one start went."""
    done, all_of_them = outcome["write"] - moments.begin, moments.end - moments.begin
    what = "half of the unsafe writes lost" if outcome["lossy"] else "all writes kept"
    how = ""
    if "seconds" in outcome:
        how = f" after {outcome['seconds']:.0f} s and {outcome['effort']:.0f} s of processor time"
    say(
        f"  {outcome['number']:2}: cut after write {done} of {all_of_them}, {what}: in {outcome['where']} "
        f"{outcome['version']} is READY{how}, all data whole"
    )


def start_in_container(disk: Path, bench: Bench) -> dict[str, Any]:
    """What the firmware would choose, mounted as the RAM disk does it."""
    return {"version": settle(disk, bench.scratch, kernels(bench))}


def start_in_qemu(disk: Path, bench: Bench) -> dict[str, Any]:
    """With firmware, kernel and RAM disk. It must be what the boot partition says."""
    version = chosen(disk, bench.scratch, kernels(bench)).version
    with switched_on(disk, bench.work, {}, 1536) as machine:
        if (found := check_box(machine)) != version:
            raise GuestError(f"{found} runs, the boot partition says {version}")
        return {
            "version": found,
            "seconds": machine.age_s,
            "effort": machine.effort_s,
            "entries": entries(machine),
        }


def cuts(bench: Bench, base: Path, count: int, boots: int, most: int) -> None:
    """All of it, with what an update has left in the log."""
    writes = read_log(bench.log)
    moments = Moments(bench, base, writes, mark(writes, BEGIN), mark(writes, END), offsets(base))
    flushes = sum(write.flush for write in writes[moments.begin : moments.end])
    made, close = moments.end - moments.begin, len(moments.on_esp())
    say(f"The update made {made} writes, {flushes} of them flushes, {close} to the boot partition.")
    if most:
        seen = look_at_all(moments, most)
        say(f"  after {sum(seen.values())} cuts at the latter something whole would be started: {seen}")
    start_after_cuts(moments, count, boots)
