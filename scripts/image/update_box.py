"""The box of the test of updates: its disk, its bundles, and what is asked of it."""

import hashlib
import os
import random
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scripts.image.qemu import GuestError, Machine
from scripts.image.thin import make_disk, make_slot

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
    def scratch(self) -> Path:
        """For what is looked at, or mounted, for a moment."""
        folder = self.work / "settle"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def log(self) -> Path:
        return self.work / "writes.log"


# ------------------------------------------------------------------ what is tried


def sign(image: Path, version: str, out: Path, **variables: str) -> Path:
    mine = {name: value for name, value in os.environ.items() if name in ("SIGNING_KEY", "SIGNING_CERT")}
    done = subprocess.run(
        [CHECKOUT / "scripts/image/bundle", "--image", image, out],
        check=False, capture_output=True, text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "VERSION": version} | mine | variables,
    )  # fmt: skip
    if done.returncode:
        raise GuestError(f"no bundle can be signed, so none can be tried:\n{done.stderr}")
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
    return " ".join(
        machine.get("cd /efi/loader/entries && head -v -n3 * 2>/dev/null | grep -E ==\\|version").split()
    )


def switch_off(machine: Machine) -> None:
    with suppress(GuestError):  # it may be off before it has answered
        machine.run("sync; systemctl poweroff --no-block")
    machine.until_off(600)


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
