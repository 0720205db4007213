"""Sources that promise one file and give another."""

from pathlib import Path

import pytest

from appliance.core.errors import ModelError
from appliance.engines.models.manifest import Manifest
from appliance.engines.models.store import ModelStore
from tests.engines.models.conftest import (
    LLM,
    MANIFEST,
    WEIGHTS,
    file_of,
    fill_hub,
    model_of,
    settings_for,
)
from tests.engines.models.server import Server


def parts(store: ModelStore) -> list[Path]:
    return sorted(store.folder.glob("*.part"))


@pytest.mark.parametrize("size", [10, len(WEIGHTS) + 1])
def test_a_wrong_size_is_refused_before_a_byte_is_read(store: ModelStore, server: Server, size: int) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].claims_size = size
    with pytest.raises(ModelError, match=f"offers {size} bytes where {len(WEIGHTS)} are right"):
        store.pull(["llm"])
    assert server.gets() == []


def test_another_digest_is_refused_before_a_byte_is_read(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].claims_sha256 = "0" * 64
    with pytest.raises(ModelError, match="offers another file"):
        store.pull(["llm"])
    assert server.gets() == []


def test_bytes_that_do_not_match_the_digest_are_thrown_away(store: ModelStore, server: Server) -> None:
    served = server.on_hub("owner/repo", "llm.gguf", WEIGHTS[:-1] + b"!")
    served.claims_sha256 = LLM.files[0].sha256
    with pytest.raises(ModelError, match="damaged or another file"):
        store.pull(["llm"])
    assert not (store.folder / "llm.gguf").exists()
    assert parts(store) == []


def test_without_a_digest_the_one_the_hub_states_counts(tmp_path: Path, server: Server) -> None:
    manifest = Manifest({"m": model_of("m", LLM.role, file_of("m.bin", WEIGHTS, stated=False))}, {})
    served = server.on_hub("owner/repo", "m.bin", WEIGHTS[:-1] + b"!")
    served.claims_sha256 = LLM.files[0].sha256
    store = ModelStore(tmp_path, manifest, settings_for(server))
    with pytest.raises(ModelError, match="damaged or another file"):
        store.pull(["m"])
    served.content = WEIGHTS
    store.pull(["m"])
    assert store.verify(["m"]) == []


def test_one_file_without_any_digest_is_trusted_once_and_then_pinned(tmp_path: Path, server: Server) -> None:
    manifest = Manifest({"m": model_of("m", LLM.role, file_of("m.json", b"{}", stated=False))}, {})
    store = ModelStore(tmp_path, manifest, settings_for(server))
    server.on_hub("owner/repo", "m.json", b"[1, 2]").claims_sha256 = "d" * 40
    store.pull(["m"])
    assert store.verify(["m"]) == []
    store.path("m").write_bytes(b"[1, 3]")
    assert not store.has("m")


def test_the_next_source_is_asked_when_one_lies(tmp_path: Path, server: Server) -> None:
    fill_hub(server)
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / "llm.gguf").write_bytes(b"!" * len(WEIGHTS))
    store = ModelStore(tmp_path / "store", MANIFEST, settings_for(server, str(usb)))
    store.pull(["llm"])
    assert store.path("llm").read_bytes() == WEIGHTS


def test_what_a_liar_left_behind_does_not_spoil_the_next_source(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    store.folder.mkdir()
    (store.folder / f"llm.gguf.{(LLM.files[0].sha256 or '')[:12]}.part").write_bytes(b"!" * 1_000_000)
    store.pull(["llm"])
    assert [asked.start for asked in server.gets()] == [1_000_000, 0]
    assert store.path("llm").read_bytes() == WEIGHTS
