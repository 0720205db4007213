"""Understanding: the recogniser follows an utterance while it is spoken; a transcript comes back."""

from collections.abc import Callable

from appliance.core.audio import CAPTURE_RATE
from appliance.core.errors import EngineError
from appliance.core.speech import Stage, Transcript
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline.listen import Utterance

BLOCK = CAPTURE_RATE // 10
"""Samples per job: 100 ms keeps the recogniser within 100 ms of the speaker at ten jobs a second."""

LONGEST_BLOCK = CAPTURE_RATE
"""Samples per job at most: a recogniser in arrears catches up in steps that can be timed and cancelled."""

ACCEPT_BUDGET_S = 15.0
"""A block costs 16 ms (PocketSphinx, real-time factor 0.16), and a second of arrears 160 ms. A hang takes for
ever, so there is room for a machine that is busy with something else."""

FINISH_BUDGET_S = 15.0
"""The longest utterance takes whisper.cpp base.en about 3 s on one core."""


async def transcribe(
    inference: Inference, utterance: Utterance, session: str, turn: int, partial: Callable[[str], None]
) -> Transcript:
    """Follow `utterance` to its end and return what was said.

    Args:
        inference: where the recogniser is.
        utterance: may still be growing.
        session: for the scheduler's books.
        turn: the turn that the utterance will become.
        partial: told what is understood so far, whenever that changes.

    Raises:
        EngineError: the recogniser failed.
    """
    position, understood, life = 0, "", inference.life(Stage.STT)
    while not (utterance.ended and position == utterance.length):
        block = (await utterance.beyond(position, BLOCK))[:LONGEST_BLOCK]
        position += len(block)
        args = (utterance.number, block)
        text = await inference.call(
            Job[str](Stage.STT, "accept", args, Priority.PARTIAL, session, turn, ACCEPT_BUDGET_S)
        )
        if text != understood:
            understood = text
            partial(text)
    finish = Job[Transcript](
        Stage.STT, "finish", (utterance.number,), Priority.TRANSCRIPT, session, turn, FINISH_BUDGET_S
    )
    transcript = await inference.call(finish)
    if inference.life(Stage.STT) != life:
        # Better to ask again than to answer half a sentence.
        raise EngineError(Stage.STT, "the recogniser was replaced while somebody spoke")
    return transcript


async def discard(inference: Inference, utterance: Utterance, session: str, turn: int) -> None:
    """Tell the recogniser to forget an utterance that nobody will ask for again."""
    await inference.call(
        Job[None](Stage.STT, "discard", (utterance.number,), Priority.PARTIAL, session, turn, ACCEPT_BUDGET_S)
    )
