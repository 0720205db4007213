"""What must be true of a composed image before it is worth booting: nobody's secrets in it, and nothing missing."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNITS = ("etc/systemd/system", "usr/lib/systemd/system")
STARTED = (
    "appliance.service",
    "appliance-firewall.service",
    "appliance-update.path",
    "systemd-networkd.service",
)
"""Units that must start with the system."""
UPDATABLE = (
    "etc/rauc/system.conf",
    "opt/appliance/share/update/keyring.pem",
    *(
        f"usr/lib/appliance-boot/{name}"
        for name in ("backend", "linux", "initrd", "entry-a.conf", "entry-b.conf")
    ),
)
"""Without these a box could never be updated, which nobody would notice before it is too late."""
NOT_STARTED = ("ssh.service", "iwd.service", "apt-daily.timer", "e2scrub_reap.service")
"""Units that must not, until somebody asks for them."""
LOCKED = ("*", "!", "!*", "!!")
"""What stands for a password in /etc/shadow where there is none."""


def starting(root: Path) -> set[str]:
    """Names of all units that some target wants."""
    return {link.name for folder in UNITS for link in root.glob(f"{folder}/*.wants/*")}


def inside(root: Path, path: str) -> Path:
    """Where an absolute path of the image lies, symbolic links followed as the image would."""
    here = root / path.lstrip("/")
    for _ in range(8):
        if not here.is_symlink():
            break
        target = here.readlink()
        here = root / str(target).lstrip("/") if target.is_absolute() else here.parent / target
    return here


def commands(root: Path) -> Iterator[tuple[str, str]]:
    """Every program that one of our units starts, with the unit's name."""
    for folder in UNITS:
        for unit in sorted(root.glob(f"{folder}/appliance*.service")):
            for line in re.findall(r"^Exec\w+=[-@:+!]*(\S+)", unit.read_text(), re.MULTILINE):
                yield unit.name, line


def findings(root: Path, data: Path) -> Iterator[str]:
    """Everything that is wrong, in sentences."""
    wanted = starting(root)
    yield from (f"{unit} does not start with the system" for unit in STARTED if unit not in wanted)
    yield from (f"{unit} starts with the system" for unit in NOT_STARTED if unit in wanted)
    yield from (
        f"{unit}: there is no {path}" for unit, path in commands(root) if not inside(root, path).exists()
    )
    yield from (
        f"there is no {place}: no update would come in" for place in UPDATABLE if not (root / place).is_file()
    )
    for line in (root / "etc/shadow").read_text().splitlines():
        name, password, *_ = line.split(":")
        if password not in LOCKED:
            yield f"{name} can log in with a password, or without one"
    if (root / "etc/machine-id").read_text():
        yield "all devices would have the same machine-id"
    yield from (f"all devices would have the same {key.name}" for key in root.glob("etc/ssh/ssh_host_*"))
    yield from (f"{key} is somebody's" for key in root.glob("root/.ssh/*"))
    if any((root / "var").iterdir()):
        yield "/var of the slot is not empty: what is there would be hidden by the data partition"
    if "@" in (root / "etc/fstab").read_text():
        yield "/etc/fstab has a name that was not filled in"
    if not (data / "lib/appliance-models/models.lock.json").is_file():
        yield "there are no models on the data partition"


def program(root: Path) -> Iterator[str]:
    """Whether the program starts with the image's own interpreter and libraries."""
    for command in (
        ["appliance", "--version"],
        ["python", "-c", "import llama_cpp, onnxruntime, av, sounddevice"],
    ):
        path = f"/opt/appliance/venv/bin/{command[0]}"
        done = subprocess.run(
            ["chroot", root, path, *command[1:]], capture_output=True, text=True, check=False
        )
        if done.returncode:
            yield f"`{' '.join(command)}` fails in the image:\n{done.stderr.strip()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", type=Path, help="what scripts/image/compose has made")
    args = parser.parse_args()
    root = args.parts / "root"
    found = [*findings(root, args.parts / "data"), *program(root)]
    print("\n".join(f"✗ {line}" for line in found) or "The image has all it needs, and nothing of anybody's.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
