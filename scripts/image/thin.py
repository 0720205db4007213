"""Small slots and disks for the test of updates: a real kernel, RAM disk, systemd, RAUC and `appliance update`, but no
engines and no models, so that twenty boots of an emulated machine take minutes and not hours."""

import os
import shutil
from pathlib import Path

from scripts.image import disk
from scripts.image.disk import MIB, Partition, entry, make_data, make_esp, reset_entry, run, write_disk
from scripts.image.slots import release
from scripts.image.trial_copy import ARGUMENTS

PACKAGES = (
    "*whisper*", "aiortc*", "av*", "cryptography*", "espeakng*", "google*", "hf_xet*", "huggingface_hub*",
    "lib", "libggml*", "llama_cpp*", "onnxruntime*", "pip*", "pocketsphinx*", "pygments*", "pylibsrtp*",
)  # fmt: skip
DRIVERS = (
    "ata", "bluetooth", "comedi", "gpu", "hid", "hwmon", "iio", "infiniband", "input", "media", "mmc", "mtd",
    "net", "nvme", "platform", "scsi", "staging", "target", "usb", "video",
)  # fmt: skip
FILE_SYSTEMS = (
    "afs", "btrfs", "ceph", "f2fs", "gfs2", "jfs", "nfs*", "ocfs2", "smb*", "ubifs", "xfs",
)  # fmt: skip
LEFT_OUT = (
    *(f"opt/appliance/venv/lib/python3*/site-packages/{name}" for name in PACKAGES),
    *(f"usr/lib/modules/*/kernel/drivers/{name}" for name in DRIVERS),
    *(f"usr/lib/modules/*/kernel/fs/{name}" for name in FILE_SYSTEMS),
    *(f"usr/lib/modules/*/kernel/net/{kind}" for kind in ("bluetooth", "mac80211", "wireless")),
    "usr/lib/modules/*/kernel/sound",
    "usr/lib/udev/hwdb.d",
    "usr/lib/x86_64-linux-gnu/perl",
    "usr/share/doc/*",
    "usr/share/perl",
)
"""Of a composed root; nothing that starts the machine, updates it, or switches slots. The RAM disk stays as it is."""
READY = """\
[Service]
ExecStart=
ExecStart=/bin/sh -c 'systemd-notify --ready && exec sleep infinity'
NotifyAccess=all
WatchdogSec=0
"""
"""An appliance.service that is ready at once."""
BROKEN = "[Service]\nExecStart=\nExecStart=/bin/false\n"
"""One that never is."""
LOUD = f" quiet systemd.show_status=0 {ARGUMENTS} "
"""A kernel that complains on the serial port, but does not tell stories: every letter costs an emulated processor."""
UNNEEDED = (
    "appliance-firstboot.service", "appliance-firewall.service", "getty.target", "serial-getty@ttyS0.service",
    "systemd-logind.service", "systemd-networkd.service", "systemd-networkd.socket", "systemd-timesyncd.service",
    "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
)  # fmt: skip
"""What costs an emulated processor seconds, and has no part in an update; other tests look at it."""
UNITS = "lib/appliance-etc/upper/systemd/system"
ROOT_MIB, ESP_MIB, SPARE_MIB = 512, 64, 400


def make_slot(root: Path, out: Path, version: str, *, broken: bool = False) -> None:
    """Pack a root slot that says it is this version."""
    texts = out.with_suffix(".texts")
    shutil.rmtree(texts, ignore_errors=True)
    texts.mkdir(parents=True)
    changed = {
        "usr/lib/os-release": release((root / "usr/lib/os-release").read_text(), version),
        "usr/lib/appliance-boot/entry-a.conf": loud(entry("a", version)),
        "usr/lib/appliance-boot/entry-b.conf": loud(entry("b", version)),
        "usr/lib/appliance-boot/reset-a.conf": loud(reset_entry("a", version)),
        "usr/lib/appliance-boot/reset-b.conf": loud(reset_entry("b", version)),
    }
    lines = []
    if broken:
        changed["usr/lib/systemd/system/appliance.service.d/90-broken.conf"] = BROKEN
        lines.append("usr/lib/systemd/system/appliance.service.d d 755 0 0")
    for number, (place, text) in enumerate(changed.items()):
        (texts / str(number)).write_text(text)
        lines.append(f"{place} f 644 0 0 cat {texts / str(number)}")
    (texts / "pseudo").write_text("\n".join(lines) + "\n")
    out.unlink(missing_ok=True)
    run("mksquashfs", root, out, "-comp", "zstd", "-Xcompression-level", 3, "-noappend", "-no-progress", "-quiet",
        "-pf", texts / "pseudo", "-wildcards", "-e", *LEFT_OUT, *changed)  # fmt: skip


def loud(text: str) -> str:
    """A boot entry whose kernel says on the serial port how it gets on."""
    return text.replace(" quiet ", LOUD)


def make_disk(
    parts: Path, slot: Path, version: str, out: Path, extras: dict[str, Path], texts: dict[str, str]
) -> None:
    """A disk with this slot, a shell for the test, and whatever files are to lie on its data partition.

    Args:
        parts: what scripts/image/compose has made.
        slot: content of slot a.
        version: of it.
        out: the disk.
        extras: files, by their places below /var.
        texts: the same, as texts.
    """
    data = out.parent / "data"
    shutil.rmtree(data, ignore_errors=True)
    run("cp", "-a", parts / "data", data)  # with owners and rights
    shutil.rmtree(data / "lib/appliance-models", ignore_errors=True)
    guest = Path(__file__).parent / "guest"
    texts = texts | {
        "lib/appliance-models/model": "stays when everything else goes\n",
        f"{UNITS}/appliance-ci.service": (guest / "appliance-ci.service").read_text(),
        "lib/appliance-etc/upper/appliance-ci/shell": (guest / "shell").read_text(),
        f"{UNITS}/appliance.service.d/50-test.conf": READY,
        f"{UNITS}/appliance-healthy.service.d/50-test.conf": "[Service]\nEnvironment=STEADY_S=5\n",
    }
    for place, text in texts.items():
        (data / place).parent.mkdir(parents=True, exist_ok=True)
        (data / place).write_text(text)
    for unit in UNNEEDED:
        (data / UNITS / unit).symlink_to("/dev/null")
    wants = data / UNITS / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "appliance-ci.service").symlink_to("../appliance-ci.service")
    for place, file in extras.items():
        (data / place).parent.mkdir(parents=True, exist_ok=True)
        os.link(file, data / place)
    _assemble(parts, slot, version, out, data)


def _assemble(parts: Path, slot: Path, version: str, out: Path, data: Path) -> None:
    esp, image = out.parent / "esp.img", out.parent / "data.img"
    arguments = disk.ARGUMENTS
    disk.ARGUMENTS = arguments.replace(" quiet ", LOUD)
    try:
        make_esp(esp, parts / "boot", version, ESP_MIB * MIB)
    finally:
        disk.ARGUMENTS = arguments
    size = make_data(image, data, version, SPARE_MIB * MIB)
    write_disk(out, [
        Partition("esp", disk.ESP_TYPE, ESP_MIB * MIB, esp),
        Partition("root-a", disk.ROOT_TYPE, ROOT_MIB * MIB, slot, disk.READ_ONLY),
        Partition("root-b", disk.ROOT_TYPE, ROOT_MIB * MIB, None, disk.READ_ONLY),
        Partition("data", disk.VAR_TYPE, size, image),
    ])  # fmt: skip
