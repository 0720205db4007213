"""What holds for every command: help, exit codes, a reader who goes away, Ctrl-C."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import __version__
from appliance.cli import COMMANDS as MODULES
from appliance.cli import EPILOG
from appliance.core import errors
from tests.cli.program import BUNDLED, COMMANDS, NOWHERE, PATIENCE_S, QUESTION, Caller, real_engines, started

ACTIONS = [*((name,) for name in COMMANDS), *(("models", name) for name in ("list", "pull", "verify"))]


# Help


def test_the_help_names_every_command_and_what_it_is_for(appliance: Caller) -> None:
    ended = appliance("--help")
    assert ended.code == 0
    for command in COMMANDS:
        assert re.search(rf"^    {command} +\w+", ended.out, re.MULTILINE), command
    assert len(COMMANDS) == len(MODULES)


@pytest.mark.parametrize("command", ACTIONS, ids=" ".join)
def test_the_help_of_a_command_explains_it_and_all_it_takes(
    appliance: Caller, command: tuple[str, ...]
) -> None:
    ended = appliance(*command, "--help")
    assert ended.code == 0
    usage, description, *rest = ended.out.split("\n\n")
    assert usage.startswith(f"usage: appliance {' '.join(command)}")
    assert len(description.split()) >= 5, "a sentence"
    options = "\n".join(rest)
    for option in re.findall(r"--[a-z]+", usage):
        assert re.search(rf"^ +(-\w, )?{option}\b.*(\n +)?\w+", options, re.MULTILINE), option


def test_every_exit_code_of_an_error_is_in_the_help() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.ApplianceError)}
    assert codes == {1, 65, 69, 74, 78}
    for code in {0, 2, 130} | codes:
        assert re.search(rf"^ +{code} ", EPILOG, re.MULTILINE), code


def test_the_version(appliance: Caller) -> None:
    assert appliance("--version").out == f"appliance {__version__}\n"


# Exit codes


@pytest.mark.parametrize(
    "arguments",
    [[], ["rnu"], ["say"], ["converse"], ["transcribe"], ["models"], ["models", "push"], ["check", "--jsno"]],
    ids=" ".join,
)
def test_a_wrong_command_line(appliance: Caller, arguments: list[str]) -> None:
    ended = appliance(*arguments)
    assert ended.code == 2
    assert ended.err.startswith("usage: appliance")
    assert ended.out == ""


def test_a_command_that_does_not_exist_is_answered_with_those_that_do(appliance: Caller) -> None:
    told = appliance("rnu").err
    assert "'rnu'" in told
    assert all(command in told for command in COMMANDS)


@pytest.mark.parametrize("command", ["settings", "check", "devices"])
def test_wrong_settings(appliance: Caller, command: str, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[endpoint]\nend_sm = 500\n")
    ended = appliance(command, "--config", config)
    assert ended.code == 78
    assert "did you mean 'end_ms'?" in ended.err
    assert ended.out == ""


def test_settings_that_are_not_there(appliance: Caller, tmp_path: Path) -> None:
    assert appliance("settings", "--config", tmp_path / "absent.toml").code == 78


def test_a_file_that_cannot_be_used(appliance: Caller, tmp_path: Path) -> None:
    assert appliance("transcribe", tmp_path / "absent.wav").code == 65


def test_a_model_that_does_not_exist(appliance: Caller) -> None:
    assert appliance("models", "list", "--profile", "bundeld").code == 69


def test_an_error_is_told_in_two_lines_and_without_a_traceback(appliance: Caller) -> None:
    ended = appliance("models", "list", "--profile", "bundeld")
    problem, remedy = ended.err.splitlines()
    assert problem == "appliance: There is no profile 'bundeld'; did you mean 'bundled'?"
    assert remedy.startswith("  → ")


# A reader who goes away


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        (["--help"], ""),
        (["--help"], "1"),
        (["settings"], "1"),
        (["settings", "--json"], ""),
        (["settings", "--describe"], "1"),
        (["models", "list"], ""),
    ],
    ids=str,
)
def test_a_reader_who_has_gone_is_no_failure(arguments: list[str], unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "appliance", *arguments],
            env={**os.environ, **BUNDLED, "PYTHONUNBUFFERED": unbuffered},
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


# Ctrl-C


def test_ctrl_c_while_it_is_loaded() -> None:
    with started("settings", python=("-X", "importtime")) as program:
        program.wait_for("appliance.core.speech", err=True)
        ended = program.end()
    assert ended.code == 130
    assert "Traceback" not in ended.err


def test_ctrl_c_while_a_hub_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(PATIENCE_S)
        silent = NOWHERE | {
            "APPLIANCE_MODELS__HUB_ENDPOINT": f"http://127.0.0.1:{server.getsockname()[1]}",
            "APPLIANCE_MODELS__HUB_DECISION_S": "60",
            "no_proxy": "*",
        }
        with (
            started("models", "pull", "whisper-tiny-en", "--store", tmp_path, environment=silent) as program,
            server.accept()[0],
        ):
            ended = program.end()
    assert ended.code == 130
    assert "Traceback" not in ended.err


class TestWithEngines:
    """Ctrl-C while the engines start, and once they have."""

    pytestmark = real_engines

    @pytest.mark.parametrize("command", ["run", "converse"])
    def test_while_the_engines_start(self, command: str) -> None:
        arguments = [command, "-v", *(["--say", str(QUESTION)] if command == "converse" else [])]
        with started(*arguments) as program:
            program.wait_for("is ready after", err=True)  # the first of three
            ended = program.end()
        assert ended.code == 130
        assert "Traceback" not in ended.err

    def test_in_conversation(self) -> None:
        with started("converse", "--say", QUESTION) as program:
            program.wait_for("READY", err=True)
            ended = program.end()
        assert ended.code == 130
        assert "Traceback" not in ended.err

    def test_while_it_serves(self) -> None:
        """SIGTERM is what `tests.program.running` ends every box by that it starts; it asks for exit code 0."""
        with started("run") as program:
            program.wait_for("READY")
            ended = program.end()
        assert ended.code == 130
        assert "Stopping.\n" in ended.out
        assert "Traceback" not in ended.err


def test_a_command_loads_what_it_needs() -> None:
    """A box that is switched on for the first time waits for `appliance setup`, which needs no WebRTC."""
    code = "import sys; from appliance.cli import main; main(['setup', '--example']); print('aiortc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
