"""A copy of an image to be tried: on a larger disk, with a shell inside, and a kernel that says what it does."""

import json
import subprocess
from pathlib import Path

from scripts.image.qemu import GuestError

HERE = Path(__file__).parent
QUESTION = HERE.parents[1] / "models" / "phrases" / "warm-question.wav"
MIB = 1 << 20
ARGUMENTS = "console=ttyS0 no_timer_check"
"""To the kernel of the copy. Where the host is busy it finds that an emulated timer does not tick, and gives up."""
GROWTH_MIB = 1024
"""By how much the disk is larger than the image, so that the data partition has something to grow into."""


def say(text: str) -> None:
    """To whoever waits for the test."""
    print(text, flush=True)


def offsets(disk: Path) -> dict[str, int]:
    """Where each partition begins, in bytes."""
    table = json.loads(subprocess.check_output(["sfdisk", "--json", str(disk)], stderr=subprocess.DEVNULL))[
        "partitiontable"
    ]
    return {part["name"]: part["start"] * 512 for part in table["partitions"]}


def holds(disk: Path, place: str) -> bool:
    """Whether something is on the data partition, also while a machine runs from it."""
    data = f"{disk}?offset={offsets(disk)['data']}"
    told = subprocess.run(
        ["debugfs", "-R", f"stat /{place}", data], check=False, capture_output=True, text=True
    )
    return "Inode:" in told.stdout


def unpack(image: Path, work: Path) -> Path:
    """A copy of the image on a larger disk."""
    disk = work / "disk.raw"
    say(f"Unpacking {image.name}…")
    subprocess.run(["zstd", "-dqf", str(image), "-o", str(disk)], check=True)
    with disk.open("r+b") as file:
        file.truncate(file.seek(0, 2) + GROWTH_MIB * MIB)
    return disk


def add_shell(disk: Path, work: Path) -> None:
    """Into the copy's data partition, where changes of /etc are kept; the image itself has no way in."""
    etc = "/lib/appliance-etc/upper"
    unit = f"{etc}/systemd/system"
    services = [
        f"{unit}/{name}.service.d"
        for name in ("appliance", "appliance-firstboot", "appliance-healthy", "appliance-kiosk")
    ]
    folders = [f"{etc}/systemd", unit, f"{unit}/multi-user.target.wants", *services, f"{etc}/chromium.d"]
    script = [f"mkdir {folder}" for folder in (*folders, f"{etc}/appliance-ci")]
    script += [
        f"write {HERE / 'guest' / 'appliance-ci.service'} {unit}/appliance-ci.service",
        f"symlink {unit}/multi-user.target.wants/appliance-ci.service ../appliance-ci.service",
        f"write {HERE / 'guest' / 'patience.conf'} {unit}/appliance.service.d/patience.conf",
        f"write {HERE / 'guest' / 'healthy.conf'} {unit}/appliance-healthy.service.d/patience.conf",
        f"write {HERE / 'guest' / 'firstboot.conf'} {unit}/appliance-firstboot.service.d/patience.conf",
        f"write {HERE / 'guest' / 'kiosk.conf'} {unit}/appliance-kiosk.service.d/patience.conf",
        f"write {HERE / 'guest' / 'chromium'} {etc}/chromium.d/appliance-ci",
        f"write {HERE / 'guest' / 'shell'} {etc}/appliance-ci/shell",
        f"write {QUESTION} {etc}/appliance-ci/question.wav",
    ]
    orders = work / "debugfs.txt"
    orders.write_text("\n".join(script) + "\n")
    place = f"{disk}?offset={offsets(disk)['data']}"
    done = subprocess.run(
        ["debugfs", "-w", "-f", str(orders), place], check=True, capture_output=True, text=True
    )
    if complaints := [line for line in done.stderr.splitlines()[1:] if line.strip()]:
        raise GuestError(f"the test's shell could not be put into the copy: {complaints}")


def show_console(disk: Path, work: Path) -> None:
    """Have the kernel of the copy print to the serial port, so that a boot that fails says why."""
    esp = f"{disk}@@{offsets(disk)['esp']}"
    listing = subprocess.check_output(["mdir", "-b", "-i", esp, "::loader/entries"], text=True).split()
    for entry in listing:
        text = work / "entry.conf"
        subprocess.run(["mcopy", "-n", "-o", "-i", esp, entry, str(text)], check=True)
        text.write_text(text.read_text().replace(" quiet ", f" {ARGUMENTS} "))
        subprocess.run(["mcopy", "-n", "-o", "-i", esp, str(text), entry], check=True)
