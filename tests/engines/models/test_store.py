import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from appliance.core.errors import ModelError
from appliance.engines.models.ledger import LEDGER, Entry, Ledger
from appliance.engines.models.manifest import Manifest
from appliance.engines.models.store import Fault, ModelStore
from tests.engines.models.conftest import MANIFEST, VOICE, WEIGHTS, fill_hub
from tests.engines.models.server import Server


@pytest.fixture
def filled(store: ModelStore, server: Server) -> ModelStore:
    fill_hub(server)
    store.pull(["vad", "llm", "voice"])
    return store


def test_an_absent_model_names_its_command(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="'llm' is not in") as raised:
        store.path("llm")
    assert raised.value.remedy == "Run: appliance models pull llm"


@pytest.mark.parametrize("ask", [ModelStore.path, ModelStore.has, lambda store, name: store.pull([name])])
def test_an_unknown_model_names_the_known_ones(store: ModelStore, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ModelError, match="did you mean 'voice'") as raised:
        ask(store, "voise")
    assert "llm, voice, vad" in raised.value.remedy


def test_an_unknown_profile_names_the_known_ones(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="did you mean 'best'"):
        store.missing("bets")


def test_missing_shrinks(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    assert store.missing("best") == ("vad", "gone", "llm", "voice")
    store.pull(["vad", "llm"])
    assert store.missing("best") == ("gone", "voice")
    assert store.missing("bundled") == ()


def test_data_inside_a_package(store: ModelStore) -> None:
    assert store.path("ear").name == "decoder.py"
    with pytest.raises(ModelError, match="package no_such_package is not installed"):
        store.path("gone")
    assert store.verify(["ear"]) == []
    assert [finding.fault for finding in store.verify(["gone"])] == [Fault.ABSENT]


def test_a_changed_file_is_noticed_at_the_next_look(filled: ModelStore) -> None:
    filled.path("llm").write_bytes(WEIGHTS[:-1] + b"!")
    with pytest.raises(ModelError):
        filled.path("llm")


def test_a_change_that_hides_behind_an_old_date_is_noticed(filled: ModelStore) -> None:
    path = filled.path("llm")
    stat = path.stat()
    path.write_bytes(WEIGHTS[:-1] + b"!")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not filled.has("llm"), "nobody can set the time of the change itself"
    (finding,) = filled.verify(["llm", "voice"])
    assert (finding.model, finding.file, finding.fault) == ("llm", "llm.gguf", Fault.DAMAGED)
    assert finding.remedy == "Run: appliance models pull llm"
    assert json.loads(json.dumps(asdict(finding)))["fault"] == "damaged"


def test_every_file_has_the_digest_of_the_manifest_or_of_the_day_it_came(filled: ModelStore) -> None:
    digests = filled.digests("llm") | filled.digests("voice")
    assert digests == {
        name: hashlib.sha256((filled.folder / name).read_bytes()).hexdigest() for name in digests
    }
    assert "llm.gguf" in digests


def test_what_verify_condemned_is_pulled_anew(filled: ModelStore) -> None:
    path = filled.path("llm")
    stat = path.stat()
    path.write_bytes(WEIGHTS[:-1] + b"!")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert filled.verify(["llm"])
    assert filled.pull(["llm"]) == ("llm",)
    assert filled.verify(["llm"]) == []


def test_verify_tells_how_far_it_is(filled: ModelStore) -> None:
    heard: list[tuple[str, int, int]] = []
    filled.verify(["voice"], lambda *step: heard.append(step))
    assert heard[0] == ("voice.onnx", len(VOICE), len(VOICE))


def test_a_lost_file(filled: ModelStore) -> None:
    filled.path("voice").with_suffix(".onnx.json").unlink()
    assert not filled.has("voice")
    assert [finding.fault for finding in filled.verify(["voice"])] == [Fault.ABSENT]


def test_a_copied_store_works_without_a_network(filled: ModelStore, tmp_path: Path, server: Server) -> None:
    """A disk image and a USB stick bring the files, with other times, and perhaps without the lock."""
    copy = ModelStore(tmp_path / "copy", MANIFEST)
    copy.folder.mkdir()
    (copy.folder / "llm.gguf").write_bytes(WEIGHTS)
    server.asked.clear()
    assert copy.path("llm").read_bytes() == WEIGHTS
    assert copy.pull(["llm"]) == ()
    assert server.asked == []
    assert json.loads((copy.folder / LEDGER).read_text())["llm.gguf"]["source"] == "put there by hand"


def copied(filled: ModelStore, tmp_path: Path) -> ModelStore:
    """A store whose lock knows other times, as that of a disk image, with a folder for notes."""
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "llm.gguf").write_bytes(WEIGHTS)
    (folder / LEDGER).write_bytes((filled.folder / LEDGER).read_bytes())
    return ModelStore(folder, MANIFEST, None, tmp_path / "notes")


def test_who_may_not_write_the_lock_keeps_notes(filled: ModelStore, tmp_path: Path) -> None:
    """Or every start of a service that may only read its models would read all of them in full, three times."""
    store = copied(filled, tmp_path)
    lock = (store.folder / LEDGER).read_bytes()
    with Ledger(store.folder).exclusive():  # as good as read-only, to root too
        assert store.has("llm")
    assert (store.folder / LEDGER).read_bytes() == lock
    noted = Ledger(tmp_path / "notes").entries()["llm.gguf"]
    assert noted.describes((store.folder / "llm.gguf").stat())
    assert noted.sha256 == store.digests("llm")["llm.gguf"]


def test_notes_say_what_was_seen_and_not_what_is_right(filled: ModelStore, tmp_path: Path) -> None:
    store = copied(filled, tmp_path)
    path = store.folder / "llm.gguf"
    path.write_bytes(WEIGHTS[:-1] + b"!")
    right, wrong = store.digests("llm")["llm.gguf"], hashlib.sha256(path.read_bytes()).hexdigest()

    def note(sha256: str) -> None:
        stat = path.stat()
        entry = Entry(sha256, stat.st_size, stat.st_mtime_ns, "", None, "", stat.st_ctime_ns)
        Ledger(tmp_path / "notes").record(path.name, entry)

    with Ledger(tmp_path / "notes").exclusive():
        note(wrong)
    assert not store.has("llm")
    assert store.digests("llm")["llm.gguf"] == right
    note(right)
    assert store.has("llm")  # the quick look was saved; whoever parses it compares it with `digests`
    assert store.verify(["llm"])
    assert Ledger(tmp_path / "notes").entries() == {}
    assert not store.has("llm")


def test_a_newer_manifest_wants_another_file(filled: ModelStore) -> None:
    file = replace(MANIFEST.models["llm"].files[0], sha256="0" * 64)
    newer = Manifest({"llm": replace(MANIFEST.models["llm"], files=(file,))}, {})
    store = ModelStore(filled.folder, newer)
    assert not store.has("llm")
    assert [finding.fault for finding in store.verify(["llm"])] == [Fault.OTHER]


def test_a_file_of_unknown_origin(tmp_path: Path) -> None:
    model = MANIFEST.models["llm"]
    file = replace(model.files[0], name="x.bin", size=1, sha256=None)
    store = ModelStore(tmp_path, Manifest({"x": replace(model, id="x", files=(file,))}, {}))
    (tmp_path / "x.bin").write_bytes(b"?")
    assert not store.has("x")
    assert [finding.fault for finding in store.verify(["x"])] == [Fault.OTHER]
