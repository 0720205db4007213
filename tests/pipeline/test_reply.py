"""One answer: what the model writes is spoken while it writes on, on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Message, Role, Stage
from appliance.inference.job import Job, Priority
from appliance.pipeline.dictation import CLAUSES_AHEAD
from appliance.pipeline.loudspeaker import Loudspeaker, Playout
from appliance.pipeline.reply import Reply, ReplySettings, read_up
from appliance.pipeline.tempo import CAUTION, Tempo
from appliance.pipeline.trust import TRIES
from appliance.transports.wavfile import WavPort
from tests.fakes import LETTER_S, Script, ScriptedInference
from tests.virtual_time import run

PROMPT = [Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "Well?")]


class Scene:
    """A port, a reply on it, and the marks it made."""

    def __init__(self, script: Script, first_words_s: float = 0.35) -> None:
        self.inference = ScriptedInference(script)
        self.marks: list[tuple[str, float]] = []
        self.port = WavPort()
        self.reply: Reply
        self.playout: Playout
        self.started = 0.0
        self._settings = ReplySettings(first_words_s=first_words_s)

    async def __aenter__(self) -> "Scene":
        self.started = clock.now()
        self._listening = asyncio.create_task(self._listen())
        self.playout = await Loudspeaker(self.port).open()
        self.reply = Reply(self.inference, self.playout, "room", 1, self._mark, self._settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()

    async def _listen(self) -> None:
        async for _ in self.port.frames():
            pass

    def _mark(self, name: str) -> None:
        if name not in dict(self.marks):
            self.marks.append((name, round(clock.now() - self.started, 3)))

    @property
    def spoken(self) -> list[str]:
        return [job.args[0] for job in self.inference.jobs if job.method == "synthesize"]

    @property
    def heard(self) -> str:
        return self.reply.heard(self.port.heard())


def answer(script: Script, first_words_s: float = 0.35, wait_s: float = 60.0) -> Scene:
    """A whole reply, heard to its end."""

    async def main() -> Scene:
        async with Scene(script, first_words_s) as stage:
            await stage.reply.run(PROMPT)
            await clock.sleep_until(clock.now() + wait_s)
            assert stage.playout.finished(stage.port.heard())
            return stage

    return run(main())


def test_what_the_model_says_is_said_and_heard() -> None:
    stage = answer(Script(replies=["Yes, of course. It is noon."]))
    assert stage.reply.said.strip() == "Yes, of course. It is noon."
    assert stage.heard == "Yes, of course. It is noon."
    assert " ".join(stage.spoken) == "Yes, of course. It is noon."
    assert stage.inference.prompts == [PROMPT]


def test_the_first_clause_is_spoken_while_the_rest_is_thought() -> None:
    stage = answer(Script(replies=["Yes. " + "and so on " * 20], prefill_s=0.5, token_s=0.02))
    first = stage.port.speaker().nonzero()[0][0] / 48_000
    assert first < 1.0
    assert len(stage.spoken) > 1


def test_the_marks_tell_when_it_was_asked_for_written_and_spoken() -> None:
    stage = answer(Script(replies=["Good morning everybody. Bye."], prefill_s=0.5, token_s=0.1))
    assert dict(stage.marks) == {
        "model_asked": 0.0,
        "first_token": 0.6,
        "first_clause": 0.8,
        "first_sound": 0.8,
        "last_token": 0.9,
    }


TIPS = "Here are some good and proven tips for a better sleep in a hot night of summer without a fan or ice."


def test_a_phrase_is_spoken_without_a_mark_when_its_clause_takes_too_long() -> None:
    stage = answer(Script(replies=[TIPS], token_s=0.04), first_words_s=0.3)
    assert stage.spoken[0] == "Here are some good"
    assert stage.heard == TIPS


def test_a_slow_model_is_not_hurried_into_silence() -> None:
    stage = answer(Script(replies=["The thing that you have asked for is here."], token_s=0.2))
    assert stage.spoken == ["The thing that you have asked for is here."]


def test_words_are_not_held_back_for_ever() -> None:
    stage = answer(Script(replies=["Yes. " + "word " * 10 + "end."], token_s=0.5))
    assert stage.spoken[0] == "Yes."
    assert dict(stage.marks)["first_clause"] == pytest.approx(0.5 + ReplySettings().hold_s)


def test_a_reply_goes_on_while_it_is_heard() -> None:
    script = Script(replies=["Well then, " + "this is so, and that is so. " * 8], token_s=0.1, voice_s=0.1)
    stage = answer(script)
    begun = stage.port.speaker().nonzero()[0]
    assert begun[-1] - begun[0] + 1 == len(begun), "a silence in its midst"


def test_a_conversation_knows_its_paces() -> None:
    async def main() -> Tempo:
        async with Scene(Script()) as scene:
            tempo = Tempo()
            text = "This is one sentence. " * 20
            scene.inference = ScriptedInference(Script(replies=[text], token_s=0.1, voice_s=0.3))
            reply = Reply(scene.inference, scene.playout, "room", 1, scene._mark, ReplySettings(), tempo)
            await reply.run(PROMPT)
            return tempo

    tempo = run(main())
    assert tempo.writing_s(55) == pytest.approx(CAUTION * 1.0, rel=0.1)
    assert tempo.sound_s(20) == pytest.approx(20 * LETTER_S, rel=0.1)
    assert tempo.first_s(1) == pytest.approx(CAUTION * 0.3)
    assert tempo.phrase == pytest.approx(22, abs=1)


def test_nobody_is_hurried_once_a_clause_is_there() -> None:
    script = Script(replies=["Yes. The thing which you asked for."] * 2, token_s=0.1)
    hurried, patient = answer(script), answer(script, first_words_s=10)
    assert hurried.spoken == patient.spoken


def test_the_model_pauses_when_the_voice_is_far_behind() -> None:
    text = "This is one sentence. " * 40

    async def main() -> int:
        async with Scene(Script(replies=[text], voice_s=1.0)) as stage:
            speaking = asyncio.create_task(stage.reply.run(PROMPT))
            await clock.sleep_until(clock.now() + 5)
            ahead = len(stage.reply.said) // len("This is one sentence. ") - len(stage.spoken)
            speaking.cancel()
            return ahead

    assert 0 < run(main()) <= CLAUSES_AHEAD + 2


@pytest.mark.parametrize("stage", [Stage.LLM, Stage.TTS])
def test_what_breaks_is_told_by_its_name_and_ends_the_work(stage: Stage) -> None:
    async def main() -> Scene:
        async with Scene(Script(fails=lambda job: job.stage is stage)) as scene:
            with pytest.raises(EngineError) as failure:
                await scene.reply.run(PROMPT)
            assert failure.value.stage is stage
            return scene

    assert not run(main()).inference.running


class Breaking(ScriptedInference):
    """Its model breaks behind the word “dog”."""

    async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
        async for result in super()._run(job):
            yield result
            if job.method == "generate" and "dog" in result:
                raise EngineError(Stage.LLM, "it broke")


def test_a_model_that_breaks_in_the_middle_goes_on_where_it_was() -> None:
    async def main() -> Scene:
        async with Scene(Script()) as scene:
            scene.inference = Breaking(Script(replies=["This is a cat. This is a dog. Never.", "And on."]))
            scene.reply = Reply(scene.inference, scene.playout, "room", 1, scene._mark, ReplySettings())
            await scene.reply.run(PROMPT)
            await clock.sleep_until(clock.now() + 30)
            return scene

    scene = run(main())
    assert " ".join(scene.reply.said.split()) == "This is a cat. This is a dog. And on."
    assert scene.inference.prompts == [
        PROMPT,
        [*PROMPT, Message(Role.ASSISTANT, "This is a cat. This is a dog. ")],
    ]


def test_a_model_that_breaks_again_leaves_what_it_had_said() -> None:
    async def main() -> str:
        async with Scene(Script()) as scene:
            replies = ["This is a cat. This is a dog. Never.", *["Or a dog."] * TRIES]
            scene.inference = Breaking(Script(replies=replies, token_s=0.5))
            scene.reply = Reply(scene.inference, scene.playout, "room", 1, scene._mark, ReplySettings())
            with pytest.raises(EngineError, match="it broke"):
                await scene.reply.run(PROMPT)
            await clock.sleep_until(clock.now() + 30)
            assert not scene.playout.finished(scene.port.heard()), "an apology follows: it is not sealed"
            return scene.heard

    heard = run(main())
    assert heard.startswith("This is a cat. This is a dog. Or a dog.")
    assert (heard + " Or a dog." * TRIES).startswith("This is a cat. This is a dog." + " Or a dog." * TRIES)


@pytest.mark.parametrize("text", ["", "  ", "🙂", "***"])
def test_nothing_that_can_be_said_is_asked_again_and_then_a_failure_of_the_model(text: str) -> None:
    async def main(*replies: str) -> Scene:
        async with Scene(Script(replies=replies)) as scene:
            await scene.reply.run(PROMPT)
            return scene

    scene = run(main(text, "Hello."))
    assert scene.reply.said.strip() == "Hello."
    assert [stage for stage, _ in scene.inference.doubts] == [Stage.LLM]
    with pytest.raises(EngineError, match="nothing that can be said") as failure:
        run(main(*[text] * TRIES))
    assert failure.value.stage is Stage.LLM


def test_what_was_given_up_is_over_at_once_and_marks_nothing_later() -> None:
    async def main() -> Scene:
        async with Scene(Script(replies=["one two three four five six"], token_s=0.1)) as scene:
            talking = asyncio.create_task(scene.reply.run(PROMPT))
            await clock.sleep_until(clock.now() + 0.25)
            talking.cancel()
            await clock.sleep_until(clock.now() + 5)
            assert talking.cancelled()
            return scene

    scene = run(main())
    assert not scene.inference.running
    assert [name for name, _ in scene.marks] == ["model_asked", "first_token"]
    assert scene.spoken == []


def test_reading_ahead_can_wait() -> None:
    job = read_up(PROMPT, "room", 4)
    assert (job.stage, job.method, job.args) == (Stage.LLM, "prefill", (PROMPT,))
    assert (job.priority, job.session, job.turn) == (Priority.SPECULATION, "room", 4)
