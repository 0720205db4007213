"""Bundles as `make bundle` makes them, but tiny; RAUC signs and reads them."""

import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).parents[3]
SEARCHED = f"{os.environ['PATH']}:/usr/sbin:/sbin"
ABSENT = [tool for tool in ("rauc", "openssl", "mksquashfs") if not which(tool, path=SEARCHED)]
needs_rauc = pytest.mark.skipif(
    bool(ABSENT), reason=f"no {', '.join(ABSENT)} here: apt-get install rauc openssl squashfs-tools"
)


def make_key(folder: Path) -> dict[str, str]:
    """A key, and the variables that name it."""
    folder.mkdir()
    made = {"SIGNING_KEY": str(folder / "update.key"), "SIGNING_CERT": str(folder / "update.crt")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={folder.name}", "-keyout", made["SIGNING_KEY"], "-out", made["SIGNING_CERT"]],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def make_bundle(folder: Path, key: dict[str, str], version: str, image: bytes = b"a slot" * 50_000) -> Path:
    """By the script that makes real ones."""
    path = folder / f"{version}.raucb"
    (folder / "slot.img").write_bytes(image)
    subprocess.run(
        [ROOT / "scripts/image/bundle", "--image", folder / "slot.img", path],
        check=True,
        capture_output=True,
        env=key | {"PATH": SEARCHED, "VERSION": version},
    )
    return path
