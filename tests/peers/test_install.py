"""The peers' environments: what is pinned, and what is said of a peer that cannot be installed."""

import re
import sys
from pathlib import Path

import pytest

from scripts.peers import install
from scripts.peers.install import HERE, PEERS, NotHereError, Peer, python_of

ROOT = Path(__file__).parents[2]
ENGINES = ("espeakng-loader", "onnxruntime", "piper-tts", "pocketsphinx", "pywhispercpp")


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_a_peer_runs_our_versions_of_the_engines(peer: Peer) -> None:
    ours, theirs = pinned(ROOT / "requirements" / "run.lock"), pinned(HERE / f"{peer.key}.lock")
    for engine in ENGINES:
        assert theirs[engine] == ours[engine], "scripts/peers/lock pins them anew"


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_everything_is_pinned(peer: Peer) -> None:
    lines = (HERE / f"{peer.key}.lock").read_text().splitlines()
    assert len(pinned(HERE / f"{peer.key}.lock")) == len(lines) > 10


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_a_peer_has_its_adapter(peer: Peer) -> None:
    assert (ROOT / peer.module.replace(".", "/")).with_suffix(".py").is_file()


def test_a_peer_that_cannot_be_installed_is_named() -> None:
    pip = "import sys; print('Looking', 'ERROR: No matching distribution found', sep='\\n'); sys.exit(1)"
    with pytest.raises(NotHereError, match=r"^Pipecat cannot be installed: ERROR: No matching distribution"):
        install._run(PEERS["pipecat"], sys.executable, "-c", pip)


def test_without_a_build_of_llama_it_is_said_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NotHereError, match=f"cp{sys.version_info[0]}.*make run"):
        python_of(PEERS["pipecat"])
