"""Bundles are read when they are signed by the right key, and refused with the right reason otherwise."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.update.bundle import SYSTEM, RefusedBundle, read_bundle
from appliance.device.update.tool import ask_rauc
from tests.device.update.flashed import COMPATIBLE
from tests.device.update.signed import make_bundle, make_key, needs_rauc

VERSION = "1.3.202602010000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def key(folder: Path) -> dict[str, str]:
    return make_key(folder / "ours")


@pytest.fixture(scope="module")
def good(folder: Path, key: dict[str, str]) -> Path:
    return make_bundle(folder, key, VERSION)


def refused(path: Path, key: dict[str, str]) -> str:
    with pytest.raises(RefusedBundle) as caught:
        read_bundle(path, ask_rauc, Path(key["SIGNING_CERT"]))
    return str(caught.value)


@needs_rauc
def test_a_signed_bundle_says_what_it_is(good: Path, key: dict[str, str]) -> None:
    bundle = read_bundle(good, ask_rauc, Path(key["SIGNING_CERT"]))
    assert (bundle.compatible, bundle.version, bundle.kind) == (COMPATIBLE, VERSION, SYSTEM)
    assert bundle.sizes == {SYSTEM: 300_000}


@needs_rauc
def test_a_foreign_signature_is_worth_nothing(good: Path, tmp_path: Path) -> None:
    assert "not signed with a key that this box trusts" in refused(good, make_key(tmp_path / "theirs"))


@needs_rauc
def test_an_altered_word_of_the_signed_part_is_noticed(
    good: Path, key: dict[str, str], tmp_path: Path
) -> None:
    data = bytearray(good.read_bytes())
    place = data.rindex(VERSION.encode())  # of the manifest in the signature, in which both are
    data[place + len(VERSION) - 1] ^= 1
    (tmp_path / "altered.raucb").write_bytes(data)
    assert "not signed" in refused(tmp_path / "altered.raucb", key)


@needs_rauc
@pytest.mark.parametrize(
    ("length", "words"), [(3000, "is cut off"), (-100, "no signature"), (30, "no update bundle")]
)
def test_what_is_cut_off_is_called_so(
    length: int, words: str, good: Path, key: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "cut.raucb").write_bytes(good.read_bytes()[:length])
    assert words in refused(tmp_path / "cut.raucb", key)


@needs_rauc
def test_an_unsigned_bundle_is_called_so(good: Path, key: dict[str, str], tmp_path: Path) -> None:
    data = good.read_bytes()
    (tmp_path / "unsigned.raucb").write_bytes(data[: int.from_bytes(data[40:48], "little")] + bytes(8))
    assert "carries no signature" in refused(tmp_path / "unsigned.raucb", key)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 something else", b"hsqs"])
def test_other_files_are_no_bundles(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.raucb").write_bytes(data)
    with pytest.raises(RefusedBundle, match="no update bundle"):
        read_bundle(tmp_path / "x.raucb", ask_rauc, tmp_path)


def test_links_folders_and_what_is_absent_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/shadow")
    for name in ("link", ".", "absent"):
        with pytest.raises(RefusedBundle):
            read_bundle(tmp_path / name, ask_rauc, tmp_path)


@pytest.mark.parametrize(
    "told",
    [
        "no json",
        "{}",
        '{"compatible": "x", "version": "1", "images": [{"rootfs": {}}]}',
        '{"compatible": "x", "version": "latest", "images": []}',
        '{"compatible": "x", "version": "1; rm", "images": [{"rootfs": {"size": 1}}]}',
    ],
)
def test_nonsense_under_a_right_signature_is_refused_too(told: str, tmp_path: Path) -> None:
    (tmp_path / "x.raucb").write_bytes(b"hsqs" + bytes(60))
    with pytest.raises(RefusedBundle, match=r"make bundle|no version"):
        read_bundle(tmp_path / "x.raucb", lambda _: told, tmp_path)


def test_where_rauc_is_missing_that_is_said(tmp_path: Path) -> None:
    def absent(command: Sequence[str]) -> str:
        return ask_rauc(("no-such-program-of-ours", *command[1:]))

    (tmp_path / "x.raucb").write_bytes(b"hsqs" + bytes(60))
    with pytest.raises(ApplianceError, match="RAUC is not installed"):
        read_bundle(tmp_path / "x.raucb", absent, tmp_path)
