"""What is noted of turns while they live, so that it can be said in the end why one was slow."""

from collections import OrderedDict, deque
from typing import Final

from appliance.core.cause import Cause
from appliance.inference.story import JobStory
from appliance.sessions.phases import spans
from appliance.sessions.usual import Usual
from appliance.sessions.why import Facts, why

MOST_TURNS: Final = 64
"""Turns, of all conversations, whose jobs are kept; the one that has begun first is forgotten."""
MOST_JOBS: Final = 64
"""Jobs of one turn that are kept, the newest: those before are readings of partial transcripts."""


class Diary:
    """Owns the stories of jobs until their turn is over, and how long turns usually take. One per appliance."""

    def __init__(self) -> None:
        self._usual = Usual()
        self._jobs: OrderedDict[tuple[str, int], deque[JobStory]] = OrderedDict()

    def note(self, job: JobStory) -> None:
        """A job is over."""
        key = job.session, job.turn
        self._jobs.setdefault(key, deque(maxlen=MOST_JOBS)).append(job)
        if len(self._jobs) > MOST_TURNS:
            self._jobs.popitem(last=False)

    def pages(self, session: str, turn: int) -> tuple[JobStory, ...]:
        """All that was noted for a turn; it is forgotten here."""
        return tuple(self._jobs.pop((session, turn), ()))

    def explain(self, facts: Facts) -> Cause:
        """Why a turn was slow or failed; and learn from it how long turns take."""
        cause = why(facts, self._usual)
        self._usual.learn(spans(facts.stamps))
        return cause
