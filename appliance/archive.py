"""What the owner sees of all that was said, what they may have forgotten, and the settings they may change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from appliance.changes import check, check_free
from appliance.core.errors import ConfigError, InputError
from appliance.hands import Hands
from appliance.inference.job import LOCAL
from appliance.records.conversation import Past
from appliance.records.keeper import Keeper
from appliance.sessions.recorder import Recorder
from appliance.sessions.session import Session
from appliance.web.reception import Reception
from appliance.web.visitors import Visitors


@dataclass(frozen=True, slots=True)
class Archive:
    """Knows both what goes on and what was written down."""

    keeper: Keeper
    """What was written down."""
    reception: Reception
    """What is being said."""
    visitors: Visitors
    """Who talks from browsers."""
    session: Session
    """The conversation at the box; it runs."""
    recorder: Recorder
    """Has it written down."""
    hands: Hands
    """What the box was told to think of."""

    async def conversations(self) -> Sequence[Mapping[str, Any]]:
        """Those that go on, then those that were written down, the newest first."""
        stored = await self.keeper.conversations()
        going_on = {self.recorder.key, *self.visitors.recorded}
        return [
            *self.reception.conversations(),
            *(_told(past) for past in stored if past.conversation.key not in going_on),
        ]

    async def forget(self) -> None:
        """Forget all that was ever said, on the disk, on the pages and in the models; timers and lists, too.

        Raises:
            RecordsError: what is on the disk cannot be deleted now.
        """
        self.session.forget()
        self.visitors.forget()
        await self.keeper.forget_all()
        await self.hands.forget()

    async def change(self, section: str, key: str, value: Any) -> None:
        """Give a setting another value from the next start on; None: the one that it had without the owner.

        Raises:
            InputError: it is not theirs to change, or the value is wrong.
            RecordsError: it cannot be written down now.
        """
        if value is not None:
            try:
                check(section, key, value)
            except ConfigError as error:
                raise InputError(error.problem, error.remedy) from None
            check_free(section, key)
        await self.keeper.change(section, key, value)


def _told(past: Past) -> Mapping[str, Any]:
    told = past.conversation
    return {
        "session": told.key,
        "where": LOCAL if told.device is None else "browser",
        "device": told.device,
        "began": _iso(told.began),
        "last": _iso(past.last),
        "turns": [
            {"turn": turn.number, "you": turn.transcript, "heard": turn.heard, "outcome": turn.outcome}
            for turn in past.turns
        ],
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
