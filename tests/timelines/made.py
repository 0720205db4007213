"""Timelines to draw and to write: one of everything, and any whatsoever."""

from hypothesis import settings
from hypothesis import strategies as st

from appliance.sessions.timeline import Stand, Timeline, Work
from appliance.sessions.trace import Stamps

STAMPS = Stamps(
    speech_started=2000,
    noticed=2100,
    first_words=2600,
    speech_ended=4000,
    arrived=4010,
    drafted=4100,
    endpoint=4260,
    transcript=4280,
    model_asked=4280,
    first_token=4380,
    first_clause=4440,
    first_sound=4450,
    queued=4450,
    first_audio=4470,
    last_token=4800,
    reply_ended=6325,
    barge_in=6000,
    ducked=6060,
    hushed=6300,
    silent=6325,
)
"""Of an answer that came after 470 ms, and was silenced within 325."""

WORK = (
    Work("stt", "accept", "sphinx", 2100, 2100, 2110, 4100, jobs=20, busy=300),
    Work("llm", "generate", "smollm2", 4280, 4290, 4380, 4800, busy=470, cold=True,
         waits=(Stand("own", "stt", 4280, 4290), Stand("parked", "tts", 4440, 4480))),
    Work("tts", "synthesize", "espeak", 4440, None, None, 4460, failure="Cancelled"),
    Work("tts", "synthesize", "espeak", 4460, 4461, 4465, 4470, busy=9),
    Work("turn_end", "probability", "smart-turn", 4096, 4096, 4150, 4151, busy=55),
)  # fmt: skip

TURN = Timeline("local", 3, "2026-01-02T10:00:00.000+01:00", "interrupted", "usual", STAMPS, WORK)

moments = st.integers(-(2**37), 2**37).map(lambda sample: sample / 16)
maybe = st.none() | moments
words = st.text("ab [<&>\"'é", max_size=12)


def _work(lane: str, method: str, asked: float, began: float | None, ended: float) -> Work:
    waits = (Stand(method, lane, asked, began),) if began is not None else ()
    return Work(lane, method, method, asked, began, began, ended, waits=waits)


anything = st.builds(
    lambda word, stamps, work: Timeline(word, 1, word, word, word, Stamps(*stamps), tuple(work)),
    words,
    st.lists(maybe, min_size=20, max_size=20),
    st.lists(st.builds(_work, words, words, moments, maybe, moments), max_size=3),
)
"""Whatever a file may hold."""

few = settings(max_examples=40, deadline=None)
"""Each example is drawn: enough of them to find what breaks, and soon over."""
