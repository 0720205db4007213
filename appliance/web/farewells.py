"""Why a session, or a page's part in it, ends: what the person reads, and what they can do."""

from typing import Final

from appliance.web.messages import Bye

IDLE: Final = Bye(
    "idle", "Nothing was said for a long time, so the conversation has ended.", "connect to begin a new one"
)
DURATION: Final = Bye(
    "duration", "The conversation has lasted as long as one may here.", "connect to begin a new one"
)
TURNS: Final = Bye(
    "duration", "The conversation has had as many turns as one may here.", "connect to begin a new one"
)
WORDS: Final = Bye(
    "duration", "The box has said as much in this conversation as it may here.", "connect to begin a new one"
)
REPLACED: Final = Bye(
    "replaced", "The conversation goes on in another window of yours.", "connect here to bring it back"
)
LEFT: Final = Bye("ended", "You were away for too long, so the conversation has ended.", "connect again")
YIELDED: Final = Bye("ended", "You were away, and somebody else was waiting to talk.", "connect again")
REVOKED: Final = Bye(
    "revoked", "This device may no longer talk to the box.", "pair it again with the PIN that the box shows"
)
RESTART: Final = Bye("restart", "The box starts again.", "wait a moment; the page connects by itself")
ENDED: Final = Bye("ended", "The box's owner has ended the conversation.", "connect to begin a new one")
CRASHED: Final = Bye(
    "ended",
    "Something broke inside the box, and the conversation is lost.",
    "connect to begin a new one; its owner finds the cause in the log",
)
"""A bug of ours. Everybody else's conversation goes on."""
