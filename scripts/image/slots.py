"""Makes a composed root slot one that can be updated, and that an update can bring.

python3 -m scripts.image.slots --root build/… --boot build/… --version 1.2.3 --compatible … --keyring update.crt
"""

import argparse
import re
import shutil
from pathlib import Path

from scripts.image.disk import entry, partition_id, reset_entry

LETTERS = ("a", "b")
BOOT = "usr/lib/appliance-boot"
"""Where a slot has its kernel, its RAM disk, and its boot entry for either place (device/update/switch.py)."""
KEYRING = "opt/appliance/share/update/keyring.pem"
BACKEND = "/usr/lib/appliance-boot/backend"
STATUS = "/var/lib/appliance-update/rauc.status"


def system_conf(compatible: str) -> str:
    """RAUC's settings. No bundle but a signed one whose every block is checked as it is read."""
    parts = [
        "# Made by scripts/image/slots.py.",
        f"[system]\ncompatible={compatible}\nbootloader=custom\nmountprefix=/run/rauc\nstatusfile={STATUS}\n"
        "bundle-formats=verity\n",
        f"[keyring]\npath=/{KEYRING}\n",
        f"[handlers]\nbootloader-custom-backend={BACKEND}\n",
    ]
    parts += [
        f"[slot.rootfs.{number}]\ndevice=/dev/disk/by-partuuid/{partition_id(f'root-{letter}')}\ntype=raw\nbootname={letter}\n"
        for number, letter in enumerate(LETTERS)
    ]
    return "\n".join(parts)


def release(text: str, version: str) -> str:
    """os-release(5) with the version of the image."""
    kept = [line for line in text.splitlines() if not re.match("IMAGE_(ID|VERSION)=", line)]
    return "\n".join([*kept, "IMAGE_ID=voice-appliance", f"IMAGE_VERSION={version}"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, help="folder that becomes the slot")
    parser.add_argument("--boot", type=Path, required=True, help="folder with linux and initrd")
    parser.add_argument("--version", required=True, help="of the slot")
    parser.add_argument("--compatible", required=True, help="which bundles fit it")
    parser.add_argument("--keyring", type=Path, required=True, help="certificates whose bundles it takes")
    args = parser.parse_args()
    boot = args.root / BOOT
    boot.mkdir(parents=True, exist_ok=True)
    for name in ("linux", "initrd"):
        shutil.copy(args.boot / name, boot / name)
    for letter in LETTERS:
        (boot / f"entry-{letter}.conf").write_text(entry(letter, args.version))
        (boot / f"reset-{letter}.conf").write_text(reset_entry(letter, args.version))
    for place, text in {
        "etc/rauc/system.conf": system_conf(args.compatible),
        KEYRING: args.keyring.read_text(),
    }.items():
        path = args.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    told = args.root / "usr/lib/os-release"
    told.write_text(release(told.read_text(), args.version))


if __name__ == "__main__":
    main()
