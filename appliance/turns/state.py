"""Where a conversation may stand.

LISTENING    nobody speaks.
HEARING      somebody speaks, or has just begun and may yet prove to be a door.
WAITING      a pause: they may go on, and an answer is prepared silently in case they do not.
THINKING     an utterance is being understood and answered; nothing is heard yet.
STALLING     that takes too long, and a recorded phrase has said so; the answer is still worked on.
SPEAKING     the reply is heard.
YIELDING     the reply is ducked and waits at the end of its word: is that a voice, and what does it want?
WEIGHING     still ducked: the voice pauses. An interruption, an “uh-huh”?
ASKING       a recorded phrase asks what was meant.
APOLOGISING  something broke and a recorded phrase says so.
MUTED        deaf and quiet until unmuted.
"""

from enum import StrEnum


class State(StrEnum):
    """See the module's docstring."""

    LISTENING = "listening"
    HEARING = "hearing"
    WAITING = "waiting"
    THINKING = "thinking"
    STALLING = "stalling"
    SPEAKING = "speaking"
    YIELDING = "yielding"
    WEIGHING = "weighing"
    ASKING = "asking"
    APOLOGISING = "apologising"
    MUTED = "muted"


DUCKED = frozenset({State.YIELDING, State.WEIGHING})
"""Somebody makes a sound over the reply."""

PHRASES = frozenset({State.ASKING, State.APOLOGISING})
"""A recorded phrase is heard."""

ANSWERING = frozenset({State.THINKING, State.STALLING})
"""An answer is owed, and nothing of it is heard yet."""

HEARD = frozenset({State.SPEAKING, *DUCKED, State.ASKING})
"""An answer is heard, or was until somebody spoke over it: all stages work."""

AUDIBLE = frozenset({State.STALLING, State.SPEAKING, *DUCKED, *PHRASES})
"""The box itself is heard: echo and backchannel arrive."""

IDLE = frozenset({State.LISTENING, State.MUTED})
"""Nobody speaks and nobody waits."""
