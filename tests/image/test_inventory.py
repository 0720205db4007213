"""The inventory of an image: what is found in it, and what its documents say."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.image.inventory import debian_items, pack_licences, python_items, sources, spdx

STATUS = """\
Package: busybox
Status: install ok installed
Version: 1:1.35.0-4+b3
Source: busybox (1:1.35.0-4)
Installed-Size: 100

Package: gone
Status: deinstall ok config-files
Version: 1

Package: zlib1g
Status: install ok installed
Version: 1.2.13
Source: zlib
Installed-Size: 10
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root slot with two Debian packages and a Python one."""
    info = tmp_path / "opt/appliance/venv/lib/python3.11/site-packages/piper_tts-1.8.0.dist-info"
    for path, text in {
        tmp_path / "opt/appliance/share/dpkg-status": STATUS,
        tmp_path / "usr/share/doc/busybox/copyright": "License: GPL-2",
        tmp_path / "usr/share/doc/zlib1g/copyright": "License: Zlib",
        info / "METADATA": "Name: piper-tts\nVersion: 1.8.0\nLicense-Expression: GPL-3.0-or-later\n",
        info / "RECORD": "piper_tts-1.8.0.dist-info/METADATA,,\n",
        info / "licenses/COPYING": "the text",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_installed_packages_are_found_with_their_sources(root: Path) -> None:
    found = {item.name: item for item in debian_items(root)}
    assert set(found) == {"busybox", "zlib1g"}
    assert (found["busybox"].source, found["busybox"].source_version) == ("busybox", "1:1.35.0-4")
    assert (found["zlib1g"].source, found["zlib1g"].source_version) == ("zlib", "1.2.13")


def test_copyleft_is_told_from_what_need_not_be_offered(root: Path) -> None:
    lines = sources(debian_items(root) + python_items(root)).splitlines()
    assert "debian\tbusybox\t1:1.35.0-4\tyes" in lines
    assert "debian\tzlib\t1.2.13\tno" in lines
    assert "python\tpiper-tts\t1.8.0\tyes" in lines


def test_a_package_without_a_licence_text_is_offered_rather_than_forgotten(root: Path) -> None:
    (root / "usr/share/doc/zlib1g/copyright").unlink()
    assert {item.name for item in debian_items(root) if item.copyleft} == {"busybox", "zlib1g"}


def test_the_bill_names_everything_once_and_as_part_of_the_image(root: Path) -> None:
    items = debian_items(root) + python_items(root)
    bill: dict[str, Any] = spdx(items, "image", "1", datetime.fromtimestamp(0, UTC))
    names = {package["SPDXID"]: package["name"] for package in bill["packages"]}
    contained = [link["relatedSpdxElement"] for link in bill["relationships"][1:]]
    assert [names[identity] for identity in contained] == ["busybox", "zlib1g", "piper-tts"]
    purls = [package["externalRefs"][0]["referenceLocator"] for package in bill["packages"][1:]]
    assert purls[0] == "pkg:deb/debian/busybox@1:1.35.0-4%2Bb3"
    assert purls[2] == "pkg:pypi/piper-tts@1.8.0"


@pytest.mark.skipif(not shutil.which("zstd"), reason="no zstd here: apt-get install zstd")
def test_licence_texts_of_both_kinds_and_our_own_are_packed(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "licences.tar.zst"
    pack_licences(root, archive, "0")
    listing = subprocess.check_output(["tar", "-tf", archive], text=True)
    for name in ("busybox/copyright", "licenses/COPYING", "LICENSE", "NOTICE"):
        assert name in listing
