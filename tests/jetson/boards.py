"""Trees that look like boards to the scripts, bundles that look like bundles, and programs that look like NVIDIA's."""

import hashlib
import subprocess
from pathlib import Path

from tests.systemd.installer import make_distribution
from tests.systemd.tree import make_tree
from tests.systemd.units import ROOT

JETSON = ROOT / "scripts" / "jetson"
RELEASE = "# R{} (release), REVISION: {}, GCID: 1, BOARD: generic, EABI: aarch64, DATE: Tue Jan 1 2026\n"
UBUNTU = {"36": "22.04", "35": "20.04"}


def make_board(place: Path, release: str = "36.4.3", chip: str = "tegra234", mb: int = 7620) -> Path:
    """A tree of NVIDIA's system as it runs on a board."""
    major, _, minor = release.partition(".")
    tree = make_tree(place, f'ID=ubuntu\nVERSION_ID="{UBUNTU.get(major, "24.04")}"\n')
    (tree / "etc/nv_tegra_release").write_text(RELEASE.format(major, minor))
    (tree / "proc/device-tree").mkdir(parents=True)
    (tree / "proc/device-tree/compatible").write_bytes(f"nvidia,p3768-0000\0nvidia,{chip}\0".encode())
    (tree / "proc/meminfo").write_text(f"MemTotal: {mb * 1024} kB\n")
    (tree / "proc/swaps").write_text("Filename Type Size Used Priority\n/dev/zram0 partition 635860 0 5\n")
    (tree / "var/lib/dpkg").mkdir(parents=True)
    (tree / "var/lib/dpkg/status").write_text("")
    return tree


def make_bundle(place: Path, target: str = "jetpack-6", own_python: bool = True) -> Path:
    """A bundle with a small program; sealed."""
    make_distribution(place)
    (place / "scripts/jetson").mkdir()
    for name in ("provision", "tune", "board.sh"):
        (place / "scripts/jetson" / name).write_bytes((JETSON / name).read_bytes())
        (place / "scripts/jetson" / name).chmod(0o755)
    for folder in ("models", "debs"):
        (place / folder).mkdir()
    (place / "debs/libportaudio2_19.6_arm64.deb").touch()
    (place / "python.tar.gz").touch()
    python = "3.11" if own_python else "3.12"
    (place / "bundle.conf").write_text(
        f"target={target}\npython={python}\nown_python={'1' if own_python else ''}\nprofile=jetson-8gb\nversion=1.0\n"
    )
    return seal(place)


def seal(bundle: Path) -> Path:
    """Check sums of everything that is in it now."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(bundle)}\n" for path in files
    ]
    (bundle / "SHA256SUMS").write_text("".join(sums))
    return bundle


def call(script: Path, *arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the scripts; nobody is there to answer questions."""
    return subprocess.run(
        [str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", **environment},
    )


def provision(bundle: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return call(bundle / "scripts/jetson/provision", *arguments)


def imitation(place: Path, name: str, *lines: str) -> Path:
    """A program that does what these lines of shell say."""
    place.mkdir(exist_ok=True, parents=True)
    program = place / name
    program.write_text("\n".join(("#!/bin/bash", *lines, "")))
    program.chmod(0o755)
    return program
