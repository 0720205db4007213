"""A disk as a power cut has left it, started without a computer: what the firmware would choose is mounted as the RAM
disk does it, and the systemd of that slot runs in a container until the appliance is READY.

What this leaves out is the firmware, the kernel and the RAM disk: their files are compared byte by byte instead. It
takes seconds where an emulated machine takes minutes.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from appliance.device.update.entries import Entry
from scripts.image.qemu import GuestError
from scripts.image.update_box import PRECIOUS
from scripts.image.update_look import look

REPORT = """\
[Unit]
After=appliance.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c '. /usr/lib/os-release; echo $(systemctl is-active appliance) $IMAGE_VERSION >/mnt/report'
ExecStart=/bin/systemctl poweroff
"""
SECONDS = 300


def done(*command: object, codes: tuple[int, ...] = (0,)) -> str:
    ended = subprocess.run(
        [str(word) for word in command],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
    )
    if ended.returncode not in codes:
        raise GuestError(f"{' '.join(map(str, command))}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.stdout


@contextmanager
def looped(disk: Path, start: int, size: int) -> Iterator[str]:
    device = done("losetup", "--find", "--show", "--offset", start, "--sizelimit", size, disk).strip()
    try:
        yield device
    finally:
        done("losetup", "--detach", device)


@contextmanager
def mounted(kind: str, options: str, source: object, target: Path) -> Iterator[Path]:
    done("mount", "-t", kind, "-o", options, source, target)
    try:
        yield target
    finally:
        done("umount", target)


def partitions(disk: Path) -> dict[str, tuple[int, int]]:
    """Start and size of each, in bytes."""
    table = json.loads(subprocess.check_output(["sfdisk", "--json", disk], stderr=subprocess.DEVNULL))
    return {
        part["name"]: (part["start"] * 512, part["size"] * 512)
        for part in table["partitiontable"]["partitions"]
    }


def chosen(disk: Path, work: Path, kernel: dict[str, str]) -> Entry:
    """What the firmware would start; its kernel must be whole."""
    start, size = partitions(disk)["esp"]
    esp = work / "esp.img"
    with disk.open("rb") as file:
        file.seek(start)
        esp.write_bytes(file.read(size))
    return look(esp, kernel)


def settle(disk: Path, work: Path, kernel: dict[str, str]) -> str:
    """Start it. Returns the version that runs, READY and with all its data."""
    work, parts = work.absolute(), partitions(disk)
    entry = chosen(disk, work, kernel)
    slot, version = entry.slot, entry.version
    tree, out = work / "tree", work / "out"
    for folder in (tree, out):
        folder.mkdir(exist_ok=True)
    (out / "report").unlink(missing_ok=True)
    with ExitStack() as stack:
        root = stack.enter_context(looped(disk, *parts[f"root-{slot}"]))
        data = stack.enter_context(looped(disk, *parts["data"]))
        done("e2fsck", "-p", data, codes=(0, 1, 2))
        stack.enter_context(mounted("squashfs", "ro", root, tree))
        stack.enter_context(mounted("ext4", "noatime", data, tree / "var"))
        upper = tree / "var/lib/appliance-etc"
        options = f"lowerdir={tree}/etc,upperdir={upper}/upper,workdir={upper}/work"
        stack.enter_context(mounted("overlay", options, "overlay", tree / "etc"))
        done("sha256sum", "--quiet", "--strict", "-c", "--", _sums(tree, work))
        units = tree / "etc/systemd/system"
        (units / "report.service").write_text(REPORT)
        (units / "multi-user.target.wants/report.service").symlink_to("../report.service")
        subprocess.run(
            ["timeout", "--kill-after=10", str(SECONDS), "systemd-nspawn", "-q", "-D", tree, "--register=no",
             "--keep-unit", "--private-network", "-b", f"--bind={out}:/mnt", "--bind-ro=/dev/null:/etc/fstab"],
            check=False, stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
    told = (out / "report").read_text().split() if (out / "report").exists() else []
    if told != ["active", version]:
        raise GuestError(f"slot {slot} with version {version} does not become READY: {told}")
    return version


def _sums(tree: Path, work: Path) -> Path:
    """The digests of the box's data, by their places in the tree."""
    folder = tree / PRECIOUS.lstrip("/")
    lines = (line.split("  ") for line in (folder / "SUMS").read_text().splitlines())
    (work / "sums").write_text("".join(f"{digest}  {folder / name}\n" for digest, name in lines))
    return work / "sums"
