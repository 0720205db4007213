"""A virtual environment for every peer, below .cache/peers: pinned, made once, and none of them knows of another."""

import hashlib
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PLACE: Final = ROOT / ".cache" / "peers"
HERE: Final = Path(__file__).parent

PATIENCE: Final = ("--disable-pip-version-check", "--retries", "1", "--timeout", "30")
"""Where there is no package index, one wants to know soon."""


class NotHereError(Exception):
    """A peer cannot be installed on this machine; says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A pipeline that somebody else wrote."""

    key: str
    """On the command line; also the name of its lock."""
    title: str
    """For people."""
    module: str
    """Our adapter."""


PEERS: Final = {
    peer.key: peer
    for peer in (
        Peer("pipecat", "Pipecat", "scripts.peers.with_pipecat"),
        Peer("livekit", "LiveKit Agents", "scripts.peers.with_livekit"),
    )
}


def python_of(peer: Peer) -> Path:
    """The peer's Python, made first if need be: a minute with a package index.

    Raises:
        NotHereError: it cannot be.
    """
    lock, llama = HERE / f"{peer.key}.lock", _llama_wheel()
    stamp = hashlib.sha256(lock.read_bytes() + llama.name.encode() + sys.version.encode()).hexdigest()[:16]
    folder = PLACE / f"{peer.key}-{stamp}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"Installing {peer.title} into {folder.relative_to(ROOT)}…", flush=True)
        _run(peer, sys.executable, "-m", "venv", "--clear", str(folder))
        install = (str(python), "-m", "pip", "install", "-q", *PATIENCE)
        _run(peer, *install, "--only-binary", ":all:", "--no-binary", "docopt", "-r", str(lock))
        # The very build that our own engine runs: the published package would be another one.
        _run(peer, *install, "--no-deps", str(llama))
        (folder / "complete").touch()
    return python


def _llama_wheel() -> Path:
    """The wheel of llama.cpp that scripts/setup has built and kept.

    Raises:
        NotHereError: it is not there.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    machine = platform.machine()
    native = "OFF" if machine == "x86_64" else "ON"
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-{machine}-native-{native}"
    found = sorted((cache / "voice-appliance" / "wheels" / tag).glob("llama_cpp_python-*.whl"))
    if not found:
        raise NotHereError(f"scripts/setup has left no llama.cpp wheel ({tag}); `make run` builds it")
    return found[-1]


def _run(peer: Peer, *command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in said if "error" in line.lower()] or said or ["no reason given"]
        raise NotHereError(f"{peer.title} cannot be installed: {errors[0].strip()}")
