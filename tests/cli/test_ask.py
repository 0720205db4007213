"""Asking in writing: what cannot be asked, and what comes of what can."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.cli.ask import LONGEST, answers
from appliance.core.speech import Role
from appliance.settings import Settings
from appliance.turns.dialogue import Dialogue
from tests.cli.program import BUNDLED, NOWHERE, PATIENCE_S, Caller
from tests.fakes import Script, ScriptedInference
from tests.models import SMOLLM2, needs_model
from tests.virtual_time import run


@pytest.mark.parametrize("question", ["", "  \n", "x" * (LONGEST + 1)], ids=["empty", "blank", "too long"])
def test_what_cannot_be_asked(appliance: Caller, tmp_path: Path, question: str) -> None:
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path / "no models")})
    assert appliance("ask", question).code == 65


def test_each_answer_is_part_of_the_conversation() -> None:
    told: list[str] = []
    inference = ScriptedInference(Script())
    dialogue = Dialogue(Settings().dialogue)

    async def questions() -> AsyncIterator[str]:
        for question in ("One?", "Two?"):
            yield question

    async def story() -> list[tuple[str, str]]:
        return [each async for each in answers(inference, dialogue, questions(), told.append)]

    asked = run(story())
    assert [question for question, _ in asked] == ["One?", "Two?"]
    assert "".join(told).strip() != ""
    assert [message.role for message in dialogue.prompt()][1:] == [Role.USER, Role.ASSISTANT] * 2


@pytest.mark.engines
@needs_model(SMOLLM2)
@pytest.mark.parametrize("source", ["pipe", "file"])
def test_lines_of_the_standard_input_are_one_conversation(tmp_path: Path, source: str) -> None:
    lines = "What is the capital of France?\n\nHow many planets are there?\n"
    typed = tmp_path / "typed"
    typed.write_text(lines, encoding="utf-8")
    with typed.open(encoding="utf-8") as file:
        ended = subprocess.run(
            [sys.executable, "-m", "appliance", "ask", "--json"],
            env=os.environ | BUNDLED,
            timeout=2 * PATIENCE_S,
            capture_output=True,
            text=True,
            check=True,
            **({"stdin": file} if source == "file" else {"input": lines}),
        )
    first, second = map(json.loads, ended.stdout.splitlines())
    assert "Paris" in first["answer"]
    assert second["question"] == "How many planets are there?"
    assert second["answer"]
