"""Everything the appliance raises on purpose. Each error says what is wrong and what mends it."""

import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from appliance.core.speech import Stage

MOST_PROBLEMS: Final = 100
"""Problems that are told at once; the others are counted."""
LONGEST_PROBLEM: Final = 200
"""Characters of each."""
LONGEST_QUOTE: Final = 80
"""Characters of what is wrong in it."""


class Failure(StrEnum):
    """What kind of failure it is: a stable word for logs and for pages, which say it in their own language."""

    BROKEN = "broken"
    """The engine took the job and failed at it."""
    DIED = "died"
    """The engine's process ended, or was killed."""
    HUNG = "hung"
    """The engine took too long, or did not stop when it was told to."""
    OUT_OF_ORDER = "out_of_order"
    """The engine has been down for longer than anybody waits."""
    OVERLOADED = "overloaded"
    """Too many jobs wait already."""
    REPLACED = "replaced"
    """The engine was started anew in the middle, and has forgotten what it had been told."""
    SPEECHLESS = "speechless"
    """The model answered nothing that can be said."""
    MISSING = "missing"
    """There is no such engine."""
    SETTINGS = "settings"
    """The settings are wrong."""
    MODEL = "model"
    """A model file is absent, damaged or out of reach."""
    DEVICE = "device"
    """A sound device is absent or went away."""
    INPUT = "input"
    """What somebody sent or named cannot be used."""
    OTHER = "other"
    """None of these: read the problem."""


class ApplianceError(Exception):
    """Base of all errors that a person may see. Never raised itself."""

    exit_code = 1
    """What a command ends with, in the terms of sysexits.h where one fits."""
    failure = Failure.OTHER
    """What kind it is."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  → {self.remedy}" if self.remedy else self.problem


class ConfigError(ApplianceError):
    """The settings are wrong. systemd must not restart on it (EX_CONFIG)."""

    exit_code = 78
    failure = Failure.SETTINGS


class ModelError(ApplianceError):
    """A model file is absent, damaged, or cannot be obtained (EX_UNAVAILABLE)."""

    exit_code = 69
    failure = Failure.MODEL


class DeviceError(ApplianceError):
    """No usable sound device, or it went away (EX_IOERR)."""

    exit_code = 74
    failure = Failure.DEVICE


class InputError(ApplianceError):
    """A file or argument from the user cannot be used (EX_DATAERR)."""

    exit_code = 65
    failure = Failure.INPUT


class EngineError(ApplianceError):
    """An engine failed. `retryable` tells whether the same job may succeed next time."""

    def __init__(
        self,
        stage: Stage,
        problem: str,
        *,
        retryable: bool = True,
        remedy: str = "",
        failure: Failure = Failure.BROKEN,
    ) -> None:
        super().__init__(problem, remedy)
        self.stage = stage
        self.retryable = retryable
        self.failure = failure

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling on their own,
        # and this one crosses from the engine process.
        return (_rebuild, (self.stage, self.problem, self.retryable, self.remedy, self.failure))


def _rebuild(stage: Stage, problem: str, retryable: bool, remedy: str, failure: Failure) -> EngineError:
    return EngineError(stage, problem, retryable=retryable, remedy=remedy, failure=failure)


def in_brief(error: BaseException) -> str:
    """A foreign exception without its words, which may quote people: what kind, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {PurePath(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


def listed(problems: Sequence[str]) -> str:
    """Problems below each other: no more of them, and of each, than anybody reads."""
    shown = [f"  • {_shortened(problem, LONGEST_PROBLEM)}" for problem in problems[:MOST_PROBLEMS]]
    rest = len(problems) - len(shown)
    return "\n".join([*shown, f"  • and {rest} more"] if rest else shown)


def quoted(value: object) -> str:
    """What somebody wrote, as far as they need to see it to know it again."""
    try:
        return _shortened(repr(value), LONGEST_QUOTE)
    except ValueError:  # Python writes no numbers of more than 4300 digits
        return "that number"


def _shortened(text: str, longest: int) -> str:
    """Also without halves of characters, at which whoever prints it would break."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= longest else f"{text[:longest]}…"


class Cancelled(Exception):  # noqa: N818 - not an error
    """The job was cancelled. Raised inside engines; never an error."""
