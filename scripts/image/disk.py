"""Assembles a flashable disk of partitions: no loop device, no mount, the same bytes from the same input.

python3 -m scripts.image.disk --root build/… --data build/… --boot build/… --out appliance.raw
"""

import argparse
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20

NAMES = uuid.UUID("6f1d3c52-7a0b-4e0e-9d53-0a2b6a0f7c11")
"""Whatever has a fixed name gets its UUID from this one."""

# Discoverable Partitions Specification (uapi-group.org); the data partition is what it calls /var.
ESP_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
ROOT_TYPE = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
VAR_TYPE = "4d21b016-b534-45c2-a9fb-5c16e091fd2d"
READ_ONLY = "GUID:60"

TOOLS = {
    "sfdisk": "fdisk",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "mksquashfs": "squashfs-tools",
    "mke2fs": "e2fsprogs",
}
"""Commands that are called, and the Debian packages they come in."""

LOADER = "timeout 0\ndefault appliance-*\neditor no\nconsole-mode keep\n"
TRIES = 3
"""Starts that a slot may take to be ready once, before the other one is started."""
ARGUMENTS = "rootfstype=squashfs ro fsck.mode=skip quiet loglevel=4 consoleblank=0 panic=10"
"""To the kernel. Without panic= a slot that cannot be mounted waits for ever instead of being given up."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition, in the order of the disk."""

    name: str
    """Its label in the partition table."""
    type: str
    """UUID of its type."""
    size: int
    """In bytes, whole MiB."""
    content: Path | None
    """File with its first bytes; None leaves it empty."""
    attributes: str = ""
    """Of the partition table."""


def partition_id(name: str) -> str:
    """The UUID of a partition: the same in all versions, because an update changes one slot and not the table."""
    return str(uuid.uuid5(NAMES, name))


def content_id(name: str, version: str) -> str:
    """The UUID of a file system: that of one version."""
    return str(uuid.uuid5(NAMES, f"{name} {version}"))


def whole_mib(size: int) -> int:
    return -(-size // MIB) * MIB


def run(*command: object, stdin: str | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command], check=False, input=stdin, text=True, capture_output=True
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def check_tools() -> None:
    """End with the one line that installs what is missing."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    os.environ["PATH"] = path
    if missing := sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)}):
        remedy = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        sys.exit(f"some tools are not installed\n  → {remedy}")


def entry(slot: str, version: str) -> str:
    """What systemd-boot has to know about a slot. It starts the highest version that has tries left; what is before
    the hyphen counts first, and an update raises it (appliance/device/update/entries.py)."""
    root, data = partition_id(f"root-{slot}"), partition_id("data")
    return (
        f"title Voice appliance {version} ({slot})\nsort-key appliance\nversion 1-{version}\n"
        f"linux /{slot}/linux\ninitrd /{slot}/initrd\n"
        f"options root=PARTUUID={root} appliance.data=PARTUUID={data} {ARGUMENTS}\n"
    )


def reset_entry(slot: str, version: str) -> str:
    """The line of the boot menu that empties the data partition before it starts a slot; a person chooses it."""
    usual = entry(slot, version).rstrip("\n")
    usual = usual.replace("title Voice appliance", "title Factory reset, then voice appliance")
    return usual.replace("sort-key appliance", "sort-key reset") + " appliance.reset\n"


def make_esp(out: Path, boot: Path, version: str, size: int) -> None:
    """A FAT file system with systemd-boot, the kernel and initial RAM disk of slot a, and its counted entry."""
    with out.open("wb") as file:
        file.truncate(size)
    number = uuid.UUID(content_id("esp", version)).hex[:8]
    run("mkfs.vfat", "-F", 32, "-n", "ESP", "-i", number, "--invariant", out)
    folders = ["EFI", "EFI/BOOT", "EFI/systemd", "loader", "loader/entries", "a", "b"]
    run("mmd", "-i", out, *(f"::{folder}" for folder in folders))
    texts = out.parent / "esp-texts"
    texts.mkdir(exist_ok=True)
    (texts / "loader.conf").write_text(LOADER)
    (texts / "entry.conf").write_text(entry("a", version))
    (texts / "reset.conf").write_text(reset_entry("a", version))
    places = {
        boot / "systemd-bootx64.efi": ("EFI/BOOT/BOOTX64.EFI", "EFI/systemd/systemd-bootx64.efi"),
        boot / "linux": ("a/linux",),
        boot / "initrd": ("a/initrd",),
        texts / "loader.conf": ("loader/loader.conf",),
        texts / "reset.conf": ("loader/entries/reset-a.conf",),
        texts / "entry.conf": (f"loader/entries/appliance-a+{TRIES}.conf",),
    }
    for source, targets in places.items():
        for target in targets:
            run("mcopy", "-i", out, source, f"::{target}")


def make_root(out: Path, root: Path) -> None:
    """A compressed read-only file system. It takes its time from SOURCE_DATE_EPOCH."""
    out.unlink(missing_ok=True)
    run("mksquashfs", root, out, "-comp", "zstd", "-Xcompression-level", 15, "-b", "256K", "-noappend",
        "-no-progress", "-quiet")  # fmt: skip


def make_data(out: Path, data: Path, version: str, spare: int) -> int:
    """The data partition as it is flashed: small, because it takes the rest of the disk at its first start."""
    used = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
    size = whole_mib(used + used // 8 + spare)
    out.unlink(missing_ok=True)
    name = content_id("data", version)
    run("mke2fs", "-q", "-t", "ext4", "-L", "data", "-m", 1, "-U", name, "-E", f"hash_seed={name},root_owner=0:0",
        "-d", data, out, f"{size // MIB}M")  # fmt: skip
    return size


def table(partitions: list[Partition]) -> str:
    """The partition table, as sfdisk reads it."""
    lines = ["label: gpt", f"label-id: {partition_id('disk')}", "first-lba: 2048"]
    start = MIB
    for part in partitions:
        attributes = f', attrs="{part.attributes}"' if part.attributes else ""
        lines.append(
            f"start={start // 512}, size={part.size // 512}, type={part.type}, "
            f'uuid={partition_id(part.name)}, name="{part.name}"{attributes}'
        )
        start += part.size
    return "\n".join(lines) + "\n"


def copy_sparse(source: Path, target: Path, offset: int) -> None:
    """Copy a file into a larger one, leaving zeros out."""
    zeros = bytes(MIB)
    with source.open("rb") as reading, target.open("r+b") as writing:
        writing.seek(offset)
        while piece := reading.read(MIB):
            if piece == zeros[: len(piece)]:
                writing.seek(len(piece), os.SEEK_CUR)
            else:
                writing.write(piece)


def write_disk(out: Path, partitions: list[Partition]) -> None:
    """Lay the partitions out one after the other, with 1 MiB for each copy of the table."""
    for part in partitions:
        if part.content and (needed := part.content.stat().st_size) > part.size:
            sys.exit(
                f"{needed // MIB + 1} MiB do not fit into {part.name}, which has {part.size // MIB}\n  → --slot-mib"
            )
    with out.open("wb") as file:
        file.truncate(sum(part.size for part in partitions) + 2 * MIB)
    run("sfdisk", "-q", out, stdin=table(partitions))
    start = MIB
    for part in partitions:
        if part.content:
            copy_sparse(part.content, out, start)
        start += part.size


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, help="folder that becomes the content of slot a")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that becomes the data partition, seen as /var"
    )
    parser.add_argument(
        "--boot", type=Path, required=True, help="folder with linux, initrd and systemd-bootx64.efi"
    )
    parser.add_argument("--out", type=Path, required=True, help="the disk to write; parts are left beside it")
    parser.add_argument("--version", default="0", help="what the boot menu says, and what sorts slots")
    parser.add_argument("--slot-mib", type=int, default=1024, help="MiB of each of the two root slots")
    parser.add_argument("--esp-mib", type=int, default=256, help="MiB of the boot partition")
    parser.add_argument("--spare-mib", type=int, default=128, help="MiB left free on the data partition")
    args = parser.parse_args()
    check_tools()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    esp, root, data = (args.out.parent / f"{name}.img" for name in ("esp", "root", "data"))
    make_esp(esp, args.boot, args.version, args.esp_mib * MIB)
    make_root(root, args.root)
    data_size = make_data(data, args.data, args.version, args.spare_mib * MIB)
    slot = args.slot_mib * MIB
    write_disk(args.out, [
        Partition("esp", ESP_TYPE, args.esp_mib * MIB, esp),
        Partition("root-a", ROOT_TYPE, slot, root, READ_ONLY),
        Partition("root-b", ROOT_TYPE, slot, None, READ_ONLY),
        Partition("data", VAR_TYPE, data_size, data),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
