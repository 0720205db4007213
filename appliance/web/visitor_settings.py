"""What can be tuned about the sessions of browsers."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class VisitorSettings:
    """How many may talk from browsers, for how long, and how often a page may say something."""

    most: Annotated[int, Interval(ge=0, le=1000)] = 0
    """Conversations at once, besides the one at the box's own microphone; 0 means as many as the engines carried
    when they were tried at the start."""
    busy_share: Annotated[float, Interval(ge=0.05, le=1)] = 0.5
    """Share of the time that an engine may be at work for that: half, and what comes at random waits for half a
    piece of work on average (M/D/1 queue, ρ / 2(1 − ρ)); at three quarters it would be one and a half."""
    turn_every_s: Annotated[float, Interval(ge=2, le=600)] = 12.0
    """s from turn to turn of somebody who talks all the time: 4 to ask, 2 to wait and think, 6 to listen."""
    waiting: Annotated[int, Interval(ge=0, le=1000)] = 8
    """Who may wait for a place; more are sent away."""
    ask_again_s: Annotated[float, Interval(ge=1, le=600)] = 10.0
    """s within which whoever waits must ask again, or they have left."""
    arrive_s: Annotated[float, Interval(ge=1, le=600)] = 20.0
    """s that a place is kept for a page that was let in and does not connect."""
    absent_s: Annotated[float, Interval(ge=1, le=86_400)] = 120.0
    """s that a conversation waits for a page that has lost its connection."""
    reserved_s: Annotated[float, Interval(ge=1, le=86_400)] = 45.0
    """The same while somebody else waits for the place."""
    idle_s: Annotated[float, Interval(ge=10, le=86_400)] = 900.0
    """s without a word, spoken or typed, after which the conversation has ended."""
    duration_s: Annotated[float, Interval(ge=10, le=604_800)] = 14_400.0
    """s that a conversation lasts at most."""
    turns: Annotated[int, Interval(ge=1, le=100_000)] = 1000
    """Turns that a conversation has at most."""
    characters: Annotated[int, Interval(ge=1000, le=100_000_000)] = 400_000
    """What the model may write in a conversation, in characters: 100,000 tokens of English."""
    kept_turns: Annotated[int, Interval(ge=1, le=1000)] = 200
    """Turns that are shown again to whoever connects again."""
    messages_per_s: Annotated[float, Interval(ge=1, le=1000)] = 20.0
    """Messages of a page in a second; one that sends more loses its connection."""
