"""A tree into which one can install: as little of a Debian as the installer looks at; and what is in it."""

import stat
from pathlib import Path

from tests.systemd.units import ROOT

FOLDERS = (
    "etc/systemd/system", "usr/bin", "usr/lib/systemd/system", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d",
    "usr/lib/udev/rules.d", "usr/lib/machine/", "usr/local/bin", "usr/sbin", "var/lib", "opt",
)  # fmt: skip
PROOFS = (
    "usr/bin/python3.11", "usr/bin/python3.12", "usr/bin/python3.13", "usr/lib/machine/libportaudio.so.2",
    "usr/lib/machine/libgomp.so.1", "usr/lib/machine/libseccomp.so.2", "usr/lib/machine/libspeexdsp.so.1",
    "usr/sbin/nft", "usr/bin/sway", "usr/sbin/seatd", "usr/bin/chromium",
    "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)  # fmt: skip
"""What proves that system packages are there."""
GROUPS = {"root": 0, "audio": 29, "video": 44, "input": 104, "render": 105}
TRACES = {"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock"}
"""What the tools for users leave behind."""

LISTED = sorted(path.name for path in (ROOT / "systemd").glob("*.service"))


def make_tree(place: Path, system: str = 'ID=debian\nVERSION_ID="12"\n') -> Path:
    """A tree that has never seen the appliance."""
    for folder in FOLDERS:
        (place / folder).mkdir(parents=True)
    for proof in PROOFS:
        (place / proof).parent.mkdir(parents=True, exist_ok=True)
        (place / proof).touch()
    etc = place / "etc"
    (etc / "os-release").write_text(system)
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (etc / "shadow").write_text("root:*:19000:0:99999:7:::\n")
    (etc / "group").write_text("".join(f"{name}:x:{number}:\n" for name, number in GROUPS.items()))
    (etc / "gshadow").write_text("".join(f"{name}:*::\n" for name in GROUPS))
    (etc / "shadow").chmod(0o640)
    (etc / "gshadow").chmod(0o640)
    return place


def contents(tree: Path) -> dict[str, tuple[str, int, bytes]]:
    """Kind, mode and bytes (or target) of everything in a tree, by its path."""
    found = {}
    for path in tree.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            entry = "link", 0, str(path.readlink()).encode()
        elif stat.S_ISDIR(mode):
            entry = "folder", stat.S_IMODE(mode), b""
        else:
            entry = "file", stat.S_IMODE(mode), path.read_bytes()
        found[path.relative_to(tree).as_posix()] = entry
    return {name: entry for name, entry in found.items() if name not in TRACES}
