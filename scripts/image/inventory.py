"""What is in an image: bill of materials (SPDX 2.3), licence texts, sources to offer, and a report of sizes."""

import argparse
import json
import os
import subprocess
import tomllib
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import Parser
from pathlib import Path

from scripts.image.disk import NAMES

CHECKOUT = Path(__file__).parents[2]
COPYLEFT = ("GPL", "MPL", "General Public License")
"""Words in a licence text that oblige whoever ships a box to offer the source. Rather one package too many."""

PURL = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}

OFFER = """\
Source code of the free software in {name}

This image contains software under the GNU General Public License, the GNU Lesser General Public License and the Mozilla
Public License. You may have its complete corresponding source code. {sources} lists every
package with its exact version; `yes` marks those under one of these licences.

Debian packages: `apt-get source PACKAGE=VERSION` with a Debian source mirror, or Debian's snapshot archive, which keeps
every version ever published. Python packages: the source distribution of that name and version on the Python
Package Index. The appliance itself: the repository this image was built from, commit {commit}.

Whoever sells devices with this image puts here a name, an address and an offer, valid for three years, to send
the same on a medium for the price of sending it; or ships the source with the device:

    apt-get source --download-only $(awk -F'\\t' '$1 == "debian" && $4 == "yes" {{print $2 "=" $3}}' {sources})
"""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """A piece of software or data with a name, a version and a licence."""

    kind: str
    """debian, python or model."""
    name: str
    """Its own."""
    version: str
    """Its own."""
    source: str
    """Name of the source package."""
    source_version: str
    """Its version."""
    licence: str
    """An SPDX expression, or NOASSERTION where there is only a text."""
    copyleft: bool
    """Whether its source is to be offered."""
    bytes: int
    """What it takes on the disk."""

    @property
    def purl(self) -> str:
        """Its package URL."""
        kinds = {"debian": "deb/debian", "python": "pypi", "model": "generic"}
        return f"pkg:{kinds[self.kind]}/{self.name.replace('+', '%2B')}@{self.version.replace('+', '%2B')}"


def debian_items(root: Path) -> list[Item]:
    """Every installed package, from dpkg's own records."""
    items = []
    for block in (root / "opt/appliance/share/dpkg-status").read_text().split("\n\n"):
        fields = Parser().parsestr(block.strip(), headersonly=True)
        if "installed" not in (fields["Status"] or "").split():
            continue
        name, version = str(fields["Package"]), str(fields["Version"])
        source, _, its = str(fields["Source"] or name).partition(" ")
        text = root / "usr/share/doc" / name / "copyright"
        words = (
            text.read_text(errors="replace") if text.is_file() else "GPL"
        )  # a text that is missing is no licence
        size = int(fields["Installed-Size"] or 0) * 1024
        copyleft = any(word in words for word in COPYLEFT)
        items.append(
            Item("debian", name, version, source, its.strip("()") or version, "NOASSERTION", copyleft, size)
        )
    return items


def python_items(root: Path) -> list[Item]:
    """Every distribution in the venv, from its own metadata."""
    items = []
    for info in root.glob("opt/appliance/venv/lib/python3*/site-packages/*.dist-info"):
        fields = Parser().parsestr((info / "METADATA").read_text(), headersonly=True)
        kinds = " ".join(line for line in fields.get_all("Classifier", []) if line.startswith("License"))
        stated = str(fields["License-Expression"] or "")
        words = f"{stated} {kinds} {str(fields['License'] or '')[:200]}"
        files = (line.split(",")[0] for line in (info / "RECORD").read_text().splitlines())
        size = sum(path.stat().st_size for name in files if (path := info.parent / name).is_file())
        name, version = str(fields["Name"]), str(fields["Version"])
        copyleft = any(word in words for word in COPYLEFT)
        items.append(Item("python", name, version, name, version, stated or "NOASSERTION", copyleft, size))
    return items


def model_items(data: Path) -> list[Item]:
    """Every model on the data partition."""
    manifest = tomllib.loads((CHECKOUT / "models/manifest.toml").read_text())
    items = []
    for name, model in manifest["models"].items():
        files = [data / "lib/appliance-models" / file["name"] for file in model.get("files", [])]
        if files and all(path.is_file() for path in files):
            size = sum(path.stat().st_size for path in files)
            version = str(model["origin"])
            copyleft = any(word in model["licence"] for word in COPYLEFT)
            items.append(Item("model", name, "1", version, "", model["licence"], copyleft, size))
    return items


def spdx(items: list[Item], name: str, version: str, created: datetime) -> dict[str, object]:
    """The bill of materials as an SPDX 2.3 document."""
    image: dict[str, object] = {
        "SPDXID": "SPDXRef-image", "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "primaryPackagePurpose": "OPERATING_SYSTEM",
    }  # fmt: skip
    packages = [image]
    links = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-image",
        }
    ]
    for number, item in enumerate(items):
        packages.append({
            "SPDXID": f"SPDXRef-{item.kind}-{number}", "name": item.name, "versionInfo": item.version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseDeclared": item.licence,
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION",
            "sourceInfo": f"built from {item.source} {item.source_version}".strip(),
            "externalRefs": [PURL | {"referenceLocator": item.purl}],
        })  # fmt: skip
        links.append({"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS",
                      "relatedSpdxElement": f"SPDXRef-{item.kind}-{number}"})  # fmt: skip
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
        "documentNamespace": f"urn:uuid:{uuid.uuid5(NAMES, f'sbom {name}')}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: scripts/image/inventory.py"]},
        "packages": packages, "relationships": links,
    }  # fmt: skip


def sources(items: list[Item]) -> str:
    """One line for each source package."""
    found: dict[tuple[str, str, str], bool] = defaultdict(bool)
    for item in items:
        found[item.kind, item.source, item.source_version] |= item.copyleft
    lines = ["\t".join((*key, "yes" if copyleft else "no")) for key, copyleft in sorted(found.items())]
    return "\n".join(["kind\tsource\tversion\tcopyleft", *lines]) + "\n"


def pack_licences(root: Path, archive: Path, epoch: str) -> None:
    """All licence texts, as they lie in the image, and our own."""
    venv = "opt/appliance/venv/lib"
    texts = [
        path.relative_to(root)
        for pattern in (
            "usr/share/doc/*/copyright",
            "usr/share/common-licenses/*",
            f"{venv}/python3*/site-packages/*.dist-info/**/*",
        )
        for path in root.glob(pattern)
        if path.is_file() and (not str(path.relative_to(root)).startswith(venv) or is_licence(path))
    ]
    command = [
        "tar",
        "--zstd",
        "--sort=name",
        f"--mtime=@{epoch}",
        "--numeric-owner",
        "--owner=0",
        "--group=0",
    ]
    ours = ["-C", str(CHECKOUT), "LICENSE", "NOTICE"]
    command += ["-cf", str(archive), "-C", str(root), *sorted(map(str, texts)), *ours]
    subprocess.run(command, check=True)


def is_licence(path: Path) -> bool:
    return any(word in path.name.upper() for word in ("LICEN", "COPYING", "NOTICE", "AUTHORS", "COPYRIGHT"))


def mib(size: int) -> str:
    return f"{size / (1 << 20):8.1f} MiB"


def size_report(items: list[Item], parts: Path, disk: Path, image: Path) -> str:
    """Where the room goes."""
    lines = [
        "# Sizes",
        "",
        f"{mib(image.stat().st_size)}  {image.name}",
        f"{mib(disk.stat().st_size)}  the disk, unpacked",
    ]
    taken = {part: (disk.parent / f"{part}.img").stat().st_blocks * 512 for part in ("esp", "root", "data")}
    lines += [f"{mib(size)}  of it {part}" for part, size in taken.items()]
    for kind, title in (("debian", "Debian packages"), ("python", "Python packages"), ("model", "Models")):
        chosen = sorted((item for item in items if item.kind == kind), key=lambda item: -item.bytes)
        lines += [
            "",
            f"## {title}: {len(chosen)}, {sum(item.bytes for item in chosen) >> 20} MiB before compression",
            "",
        ]
        lines += [f"{mib(item.bytes)}  {item.name} {item.version}" for item in chosen[:20]]
    command = ["du", "--block-size=1", "--max-depth=3", "."]
    rows = subprocess.run(
        command, cwd=parts / "root", check=True, capture_output=True, text=True
    ).stdout.splitlines()
    folders = sorted(((int(size), name) for size, name in (row.split("\t") for row in rows)), reverse=True)
    lines += ["", "## Folders of the root slot, before compression", ""]
    lines += [f"{mib(size)}  {name.removeprefix('.') or '/'}" for size, name in folders[:20]]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=Path, required=True, help="what scripts/image/compose has made")
    parser.add_argument("--disk", type=Path, required=True, help="the assembled disk")
    parser.add_argument("--name", required=True, help="of the image's file, without .raw.zst")
    parser.add_argument("--version", required=True, help="of the image")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the image, and of what this writes"
    )
    args = parser.parse_args()
    root = args.parts / "root"
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "0")
    items = sorted(debian_items(root) + python_items(root) + model_items(args.parts / "data"))
    out, commit = (
        args.out,
        subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, text=True).strip(),
    )
    bill = spdx(items, args.name, args.version, datetime.fromtimestamp(int(epoch), UTC))
    (out / f"{args.name}.spdx.json").write_text(json.dumps(bill, indent=1) + "\n")
    listing = f"{args.name}.sources.tsv"
    (out / listing).write_text(sources(items))
    (out / "SOURCE-OFFER.txt").write_text(OFFER.format(name=args.name, sources=listing, commit=commit))
    pack_licences(root, out / f"{args.name}.licences.tar.zst", epoch)
    image = out / f"{args.name}.raw.zst"
    (out / f"{args.name}.sizes.md").write_text(size_report(items, args.parts, args.disk, image))


if __name__ == "__main__":
    main()
