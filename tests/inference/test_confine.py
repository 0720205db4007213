"""Engines that were taken over: what they try is refused, survived, and leaves them able to work.

They run as root where these tests do, so it is the walls that refuse and not the rights of the user.
"""

import hashlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage
from appliance.inference import launch
from appliance.inference.confine import REMEDIES, Lack, remedies
from appliance.inference.scheduler import Scheduler
from appliance.inference.spec import EngineSpec
from tests.inference.test_launch import ask, read, tell

REFUSED = {"EPERM", "EACCES"}


CLAIM = "from appliance.inference.confine import confine; print(int(confine((), gpu=False)))"
OLD_KERNEL = """
import sys
from errno import ENOSYS
from appliance.inference.seccomp import Argument, Compare, Refusal, refuse
PR_SET_SECCOMP = 22
without = {
    "landlock": [Refusal("landlock_create_ruleset", error=ENOSYS)],
    "seccomp": [
        Refusal("seccomp", error=ENOSYS),
        Refusal("prctl", (Argument(0, Compare.EQUALS, PR_SET_SECCOMP),)),
    ],
}
assert refuse([refusal for name in sys.argv[1:] for refusal in without[name]])
"""
"""Makes this kernel refuse what older ones do not have."""


def lack(*without: str) -> Lack:
    """What this system lacks, or would without some of what it has; asked by a process that then ends."""
    command = [sys.executable, "-c", (OLD_KERNEL if without else "") + CLAIM, *without]
    return Lack(int(subprocess.run(command, capture_output=True, check=True).stdout))


HERE = lack()
needs_calls = pytest.mark.skipif(Lack.CALLS in HERE, reason="no libseccomp, or a kernel without seccomp")
needs_files = pytest.mark.skipif(Lack.FILES in HERE, reason="a kernel without Landlock")


def naughty(**known: Any) -> EngineSpec:
    return EngineSpec(Stage.LLM, "Naughty", "tests.inference.naughty:Naughty", **known)


def outcomes(*deeds: tuple[str, object]) -> list[str]:
    """How attempts end, one after the other in one worker, which then still works."""
    ends = list[str]()

    async def story(scheduler: Scheduler) -> None:
        for deed, target in deeds:
            ends.append(await scheduler.call(ask("attempt", deed, str(target))))
        assert await scheduler.call(ask("echo", 1)) == 1
        [lane] = scheduler.health().lanes
        assert lane.falls == 0

    tell(story, launch.launch_process, naughty())
    return ends


def test_the_attempts_are_real(tmp_path: Path) -> None:
    """Without walls, on a thread of this process, they succeed."""
    (tmp_path / "file").write_text("x")

    async def story(scheduler: Scheduler) -> None:
        for deed, target in (
            ("bind", ""), ("write", tmp_path), ("overwrite", tmp_path / "file"), ("read", tmp_path / "file"),
            ("open_up", tmp_path / "file"), ("look_around", tmp_path), ("spawn", ""), ("delete", tmp_path / "file"),
            ("read_environment", os.getpid()), ("kill", os.getppid()),
        ):  # fmt: skip
            assert await scheduler.call(ask("attempt", deed, str(target))) == "done", deed

    tell(story, launch.launch_thread, naughty())


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Somebody who listens on this machine: a TCP port and a local socket."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        yield tcp.getsockname()[1], tmp_path / "socket"


@needs_calls
def test_the_network_is_out_of_reach(neighbour: tuple[int, Path]) -> None:
    port, path = neighbour
    ends = outcomes(("connect", port), ("send_datagram", port), ("bind", ""), ("connect_locally", path))
    assert ends == ["EPERM"] * 4


@needs_calls
def test_other_programs_and_processes_are_out_of_reach() -> None:
    parent = os.getpid()
    deeds = ("execute", "spawn", "fork", "trace", "kill", "unshare")
    assert outcomes(*((deed, parent) for deed in deeds)) == ["EPERM"] * len(deeds)


@needs_files
def test_secrets_cannot_be_read(tmp_path: Path) -> None:
    tokens = tmp_path / "devices.json"
    tokens.write_text("secret")
    ends = outcomes(
        ("read", tokens),
        ("read", "/etc/shadow"),
        ("look_around", tmp_path),
        ("look_around", Path.home()),
        ("read_memory", os.getpid()),
        ("read_environment", os.getpid()),
    )
    assert set(ends) <= REFUSED


@needs_files
def test_nothing_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("whole")
    ends = outcomes(("write", tmp_path), ("write", "/tmp"), ("overwrite", file), ("overwrite", __file__))
    assert set(ends) <= REFUSED
    assert file.read_text() == "whole"


@needs_calls
def test_files_can_neither_be_deleted_nor_opened_up(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o600)
    assert set(outcomes(("delete", file), ("open_up", file), ("open_up_anew", file))) <= REFUSED | {"ENOSYS"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_inherits_its_socket_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")

    async def story(scheduler: Scheduler) -> None:
        kinds = sorted(link.partition(":")[0] for link in await scheduler.call(ask("descriptors")))
        assert kinds == ["/dev/null", "pipe", "pipe", "socket"]
        assert await scheduler.call(ask("limits")) == (0, 0)
        threads = await scheduler.call(ask("threads"))
        assert len(threads) > 1, "numpy has some of its own, and the worker listens on one"
        assert all("NoNewPrivs:\t1" in thread for thread in threads)
        if Lack.CALLS not in HERE:
            assert all("Seccomp:\t2" in thread for thread in threads), "one was there before the walls"
        environment = await scheduler.call(ask("environment"))
        assert not {"HF_TOKEN", "HOME"} & environment.keys()
        assert environment["ORT_DISABLE_TELEMETRY"] == "1"

    tell(story, launch.launch_process, naughty())


def test_an_answer_that_is_a_command_is_not_obeyed(tmp_path: Path) -> None:
    async def story(scheduler: Scheduler) -> None:
        _, error = await read(scheduler, ask("unpickle", str(tmp_path / "made")))
        assert error
        assert error.problem == "Naughty sent what is no message: posix.mkdir does not belong into a message"
        assert not (tmp_path / "made").exists()
        assert await scheduler.call(ask("echo", 1)) == 1  # by its successor

    tell(story, launch.launch_process, naughty())


def model(folder: Path) -> tuple[Path, str]:
    file = folder / "model.gguf"
    file.write_bytes(b"weights")
    return file, hashlib.sha256(b"weights").hexdigest()


def test_model_files_can_be_read(tmp_path: Path) -> None:
    file, sha256 = model(tmp_path)

    async def story(scheduler: Scheduler) -> None:
        assert await scheduler.call(ask("attempt", "read", str(file))) == "done"

    tell(story, launch.launch_process, naughty(files={file: sha256}))


@pytest.mark.parametrize("launched", [launch.launch_process, launch.launch_thread])
def test_another_file_is_not_parsed(launched: launch.Launch, tmp_path: Path) -> None:
    file, _ = model(tmp_path)

    async def story(scheduler: Scheduler) -> None:
        raise AssertionError("there is no engine")

    with pytest.raises(EngineError) as refusal:
        tell(story, launched, naughty(files={file: "0" * 64}))
    assert "model.gguf is damaged or another one" in refusal.value.problem
    assert refusal.value.failure is Failure.MODEL
    assert "models verify" in refusal.value.remedy


@needs_files
def test_a_file_that_takes_its_place_later_cannot_be_read(tmp_path: Path) -> None:
    file, sha256 = model(tmp_path)

    async def story(scheduler: Scheduler) -> None:
        (tmp_path / "evil").write_bytes(b"weights")
        (tmp_path / "evil").replace(file)
        assert await scheduler.call(ask("attempt", "read", str(file))) in REFUSED

    tell(story, launch.launch_process, naughty(files={file: sha256}))


@needs_calls
@pytest.mark.parametrize(
    ("without", "missing"),
    [
        (["landlock"], Lack.FILES),
        (["seccomp"], Lack.CALLS),
        (["landlock", "seccomp"], Lack.FILES | Lack.CALLS),
    ],
)
def test_a_lesser_system_is_told_apart_and_used_all_the_same(without: list[str], missing: Lack) -> None:
    assert lack(*without) & missing == missing


def test_what_is_lacking_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    launch._complain.cache_clear()
    for _ in range(3):
        launch._complain(Lack.FILES | Lack.CALLS)
    launch._complain.cache_clear()
    assert [record.getMessage() for record in caplog.records] == list(remedies(Lack.FILES | Lack.CALLS))
    assert len(caplog.records) == len(REMEDIES)
