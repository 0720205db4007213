"""Updates a box in QEMU: bundles that must be refused are, a good one runs, a bad one is taken back, and whenever the
power is cut during an update the box starts again with one of the two versions and all its data.

make update-test           after `make image`; half an hour in software emulation

An update is done once, with every write to the disk written down. Then the disk is put together as it was after any of
these writes: for all of them the boot partition is looked at, and twenty of them are booted.
"""

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.device.update.entries import preferred, read_entries
from scripts.image.boot_test import offsets
from scripts.image.qemu import GuestError, Machine, check_tools, switched_on
from scripts.image.thin import ESP_MIB, ROOT_MIB, make_disk, make_slot
from scripts.image.write_log import Write, apply, kept, mark, read_log

CHECKOUT = Path(__file__).parents[2]
MIB = 1 << 20
OLD, NEW, BAD, ANCIENT = "1.0.1", "1.1.0", "1.2.0", "0.9.9"
BOOT_S = 1200.0
BUNDLES = "/var/lib/bundles"
PRECIOUS = "/var/lib/appliance/precious"
PYTHON = "/opt/appliance/venv/bin/python"
BEGIN, END = b"--the update begins--", b"--the update has ended--"
REFUSALS = {
    "unsigned": "carries no signature",
    "truncated": "is cut off",
    "older": "is older than",
    "foreign": "not signed with a key that this box trusts",
    "for-kiosks": "the bundle is for",
}


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Bench:
    """Where the test works."""

    parts: Path
    """What scripts/image/compose has made."""
    work: Path
    """A folder of its own."""
    dice: random.Random = field(default_factory=lambda: random.Random(20261121))
    """Chooses moments."""

    @property
    def disk(self) -> Path:
        return self.work / "disk.raw"

    @property
    def log(self) -> Path:
        return self.work / "writes.log"


# ------------------------------------------------------------------ what is tried


def sign(image: Path, version: str, out: Path, **variables: str) -> Path:
    subprocess.run(
        [CHECKOUT / "scripts/image/bundle", "--image", image, out],
        check=True, capture_output=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "VERSION": version} | variables,
    )  # fmt: skip
    return out


def make_bundles(bench: Bench) -> dict[str, Path]:
    """Two that are right, one of them with a system that never becomes ready, and five that are not."""
    work = bench.work
    make_slot(bench.parts / "root", work / "new.img", NEW)
    make_slot(bench.parts / "root", work / "bad.img", BAD, broken=True)
    (work / "tiny.img").write_bytes(b"not a slot" * 1000)
    stranger = work / "stranger"
    stranger.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
         "-subj", "/CN=voice-appliance updates", "-keyout", stranger / "key", "-out", stranger / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    theirs = {"SIGNING_KEY": str(stranger / "key"), "SIGNING_CERT": str(stranger / "crt")}
    tiny = work / "tiny.img"
    made = {
        "new": sign(work / "new.img", NEW, work / "new.raucb"),
        "bad": sign(work / "bad.img", BAD, work / "bad.raucb"),
        "older": sign(tiny, ANCIENT, work / "older.raucb"),
        "foreign": sign(tiny, NEW, work / "foreign.raucb", **theirs),
        "for-kiosks": sign(tiny, NEW, work / "for-kiosks.raucb", KIOSK="1"),
    }
    whole = made["for-kiosks"].read_bytes()
    length = int.from_bytes(whole[40:48], "little")
    for name, data in {"truncated": whole[: length // 2], "unsigned": whole[:length]}.items():
        made[name] = work / f"{name}.raucb"
        made[name].write_bytes(data)
    return made


def duplicate(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, target], check=True)


def prepare(bench: Bench) -> None:
    say("Packing slots, signing bundles…")
    made = make_bundles(bench)
    make_slot(bench.parts / "root", bench.work / "old.img", OLD)
    files = {f"{number}.txt": f"conversation {number}\n" * 200 for number in range(100)}
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items())
    make_disk(
        bench.parts, bench.work / "old.img", OLD, bench.disk,
        {f"lib/bundles/{name}.raucb": path for name, path in made.items()},
        {f"{PRECIOUS.removeprefix('/var/')}/{name}": text for name, text in (files | {"SUMS": sums}).items()},
    )  # fmt: skip


# ------------------------------------------------------------------ the box


def until(machine: Machine, command: str, what: str, within_s: float = BOOT_S) -> None:
    reply = machine.run(f"timeout {within_s:.0f} bash -c 'until {command}; do sleep 1; done'", within_s + 60)
    if reply.code:
        log = machine.run("systemctl --failed --no-pager; journalctl -b --no-pager | tail -60", 300)
        raise GuestError(f"{what}: not within {within_s:.0f} s\n{log.text}")


def check_box(machine: Machine) -> str:
    """The appliance is READY and the data are whole. Returns the version that runs."""
    machine.connect(BOOT_S)
    until(machine, "systemctl -q is-active appliance", "the appliance is READY")
    machine.get(f"cd {PRECIOUS} && sha256sum --quiet --strict -c SUMS", 300)
    return machine.get(". /usr/lib/os-release; echo $IMAGE_VERSION")


def bless(machine: Machine) -> None:
    until(machine, "! ls /efi/loader/entries | grep -q +", "the version that runs is proven")


def entries(machine: Machine) -> str:
    return " ".join(machine.get("cd /efi/loader/entries && head -v -n3 * | grep -E ==\\|version").split())


def switch_off(machine: Machine) -> None:
    machine.run("sync; systemctl poweroff --no-block")
    machine.process.wait(600)


def refuse(machine: Machine) -> None:
    """Every bundle that must not be installed is refused, with its reason, and nothing changes."""
    before = entries(machine)
    # In one process: to load the program takes an emulated processor a minute.
    words = "; ".join(f"print(main(['update', '{BUNDLES}/{name}.raucb']))" for name in REFUSALS)
    told = machine.get(f'{PYTHON} -c "from appliance.cli import main; {words}"', 1200).splitlines()
    for name, words in REFUSALS.items():
        lines = told[: told.index("65") if "65" in told else 0]
        told = told[len(lines) + 1 :]
        if not any(words in line for line in lines):
            raise GuestError(f"{name}: not refused as it should be: {lines}")
        say(f"  {name}: {next(line for line in lines if words in line)}")
    if entries(machine) != before:
        raise GuestError("a refused bundle has changed the boot entries")


def update(machine: Machine, name: str) -> str:
    begun = time.monotonic()
    reply = machine.run(f"appliance update {BUNDLES}/{name}.raucb", 3000)
    if reply.code:
        raise GuestError(
            f"the update failed ({reply.code}):\n{reply.text}\n"
            + machine.run("journalctl -b -u rauc -u appliance-update --no-pager | tail -60").text
        )
    return f"{time.monotonic() - begun:.0f} s"


def first_life(bench: Bench) -> None:
    """The old version: it refuses what it must, then updates itself, with every write written down."""
    say("A box with the old version:")
    with switched_on(bench.disk, bench.work, {}, 1536, bench.log) as machine:
        version = check_box(machine)
        bless(machine)
        say(f"  {version} runs and is proven {machine.age_s:.0f} s after power-on")
        refuse(machine)
        if version != OLD:
            raise GuestError(f"{version} runs")
        machine.get(f"echo '{BEGIN.decode()}' >/var/mark; sync")
        took = update(machine, "new")
        machine.get(f"echo '{END.decode()}' >/var/mark2; sync")
        say(f"  updated to {NEW} in {took}; {entries(machine)}")
        switch_off(machine)


def second_life(bench: Bench) -> None:
    """The new version is tried and proven; then one that never becomes ready is installed."""
    say("The new version:")
    with switched_on(bench.disk, bench.work, {}, 1536) as machine:
        if (version := check_box(machine)) != NEW:
            raise GuestError(f"{version} runs after the update")
        bless(machine)
        told = machine.get("appliance update", 300)
        say(
            f"  {version} runs and is proven {machine.age_s:.0f} s after power-on: “{told}”; {entries(machine)}"
        )
        say(f"  a version that never becomes ready is installed in {update(machine, 'bad')}")
        switch_off(machine)


def third_life(bench: Bench) -> None:
    """It fails as often as it may, by itself; then the one before it runs again, and says so."""
    say("The version that never becomes ready:")
    for _ in range(3):
        with switched_on(bench.disk, bench.work, {}, 1536) as machine:
            machine.process.wait(BOOT_S)  # -no-reboot: a machine that starts again ends here
            say(f"  it gave up by itself after {machine.age_s:.0f} s")
    with switched_on(bench.disk, bench.work, {}, 1536) as machine:
        version = check_box(machine)
        told = machine.get("appliance update", 300)
        say(f"  then {version} runs {machine.age_s:.0f} s after power-on: “{told}”; {entries(machine)}")
        if version != NEW or "taken back" not in told:
            raise GuestError("that is not as it should be")
        switch_off(machine)


# ------------------------------------------------------------------ cuts


@dataclass
class Moments:
    """What the disk is after each write of the update."""

    bench: Bench
    base: Path
    """The disk when the machine was switched on."""
    writes: list[Write]
    begin: int
    """Writes before the update."""
    end: int
    """Writes when it was over."""


def look(esp: Path, images: dict[tuple[str, str], dict[str, str]], slot_is_whole: Callable[[], bool]) -> str:
    """Which version would be started; it must be whole. Reads the boot partition as the firmware does: as FAT."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["mcopy", "-s", "-n", "-Q", "-i", esp, "::loader", "::a", "::b", folder],
            check=False,
            capture_output=True,
        )
        entry = preferred(read_entries(Path(folder)))
        if entry is None:
            raise GuestError("nothing can be started")
        for name in ("linux", "initrd"):
            path = Path(folder) / entry.slot / name
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
            if digest != images[entry.slot, entry.version][name]:
                raise GuestError(f"{entry.path.name} would start a damaged {name}")
        if entry.version == NEW and not slot_is_whole():
            raise GuestError("the new version would be started before it is whole")
        return entry.version


def look_at_all(moments: Moments, places: dict[str, int], most: int) -> dict[str, int]:
    """The boot partition after writes to it, with all that was written, and with half of what was not safe yet."""
    bench = moments.bench
    kernel = {
        name: hashlib.sha256((bench.parts / "boot" / name).read_bytes()).hexdigest()
        for name in ("linux", "initrd")
    }
    images = {(slot, version): kernel for slot in "ab" for version in (OLD, NEW)}
    first, last = places["esp"], places["esp"] + ESP_MIB * MIB
    expected = hashlib.sha256((bench.work / "new.img").read_bytes()).hexdigest()
    size = (bench.work / "new.img").stat().st_size
    esp = bench.work / "esp.now"
    with moments.base.open("rb") as disk:
        disk.seek(first)
        before = disk.read(ESP_MIB * MIB)
    ours = [
        number
        for number in range(moments.begin, moments.end + 1)
        if first <= moments.writes[number - 1].start < last
    ]
    chosen = ours if len(ours) <= most else sorted(bench.dice.sample(ours, most))
    seen: dict[str, int] = {}
    for cut in chosen:
        for dice in (None, bench.dice):
            state = kept(moments.writes, cut, dice)
            image = bytearray(before)
            for write in state:
                if first <= write.start < last:
                    image[write.start - first : write.start - first + write.length] = write.data or bytes(
                        write.length
                    )
            esp.write_bytes(image)

            def whole(state: list[Write] = state) -> bool:
                slot = bytearray(ROOT_MIB * MIB)
                for write in state:
                    if places["root-b"] <= write.start < places["data"]:
                        at = write.start - places["root-b"]
                        slot[at : at + write.length] = write.data or bytes(write.length)
                return hashlib.sha256(slot[:size]).hexdigest() == expected

            version = look(esp, images, whole)
            seen[version] = seen.get(version, 0) + 1
    return seen


def boot_after_cuts(moments: Moments, count: int, places: dict[str, int]) -> None:
    """Moments spread over the update: half of them over its time, half over what happens on the boot partition."""
    bench, span = moments.bench, moments.end - moments.begin
    first, last = places["esp"], places["esp"] + ESP_MIB * MIB
    ours = [
        number
        for number in range(moments.begin, moments.end + 1)
        if first <= moments.writes[number - 1].start < last
    ]
    even = [moments.begin + span * number // (count // 2) for number in range(count // 2)]
    close = [ours[len(ours) * number // (count - count // 2)] for number in range(count - count // 2)]
    good: list[str] = []
    for number, cut in enumerate(sorted([*even, *close]), 1):
        dice = bench.dice if number % 2 else None
        disk = bench.work / "cut.raw"
        duplicate(moments.base, disk)
        apply(kept(moments.writes, cut, dice), disk)
        with switched_on(disk, bench.work, {}, 1536) as machine:
            version = check_box(machine)
            what = "all writes kept" if dice is None else "half of the unsafe writes lost"
            say(
                f"  {number:2}: cut after write {cut - moments.begin} of {span} ({what}): {version}, READY after {machine.age_s:.0f} s, data whole; {entries(machine)}"
            )
            good.append(version)
    say(
        f"{len(good)} of {count} boot: {good.count(OLD)} with the old version, {good.count(NEW)} with the new one."
    )


def cuts(bench: Bench, base: Path, count: int, most: int) -> None:
    writes = read_log(bench.log)
    moments = Moments(bench, base, writes, mark(writes, BEGIN), mark(writes, END))
    places = offsets(base)
    say(
        f"The update made {moments.end - moments.begin} writes, {sum(write.flush for write in writes[moments.begin : moments.end])} of them flushes."
    )
    seen = look_at_all(moments, places, most)
    say(
        f"  after {sum(seen.values())} cuts at writes to the boot partition something whole would be started: {seen}"
    )
    boot_after_cuts(moments, count, places)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--parts",
        type=Path,
        default=CHECKOUT / "build/image/work/parts",
        help="what `make image` has composed",
    )
    parser.add_argument(
        "--work", type=Path, default=CHECKOUT / "build/image/work/update", help="where the test works"
    )
    parser.add_argument("--cuts", type=int, default=20, help="cuts after which the box is booted")
    parser.add_argument(
        "--looks", type=int, default=400, help="cuts after which the boot partition is looked at"
    )
    parser.add_argument(
        "--only-cuts", action="store_true", help="with the disk and the log of an earlier run"
    )
    args = parser.parse_args()
    check_tools()
    if not (args.parts / "root/usr/lib/appliance-boot/linux").exists():
        sys.exit(f"There is no composed image in {args.parts}\n  → make image")
    bench = Bench(args.parts, args.work)
    base = args.work / "base.raw"
    try:
        if not args.only_cuts:
            shutil.rmtree(args.work, ignore_errors=True)
            args.work.mkdir(parents=True)
            prepare(bench)
            duplicate(bench.disk, base)
            first_life(bench)
            second_life(bench)
            third_life(bench)
        cuts(bench, base, args.cuts, args.looks)
    except GuestError as error:
        sys.exit(f"Updates do not work as they should: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
