"""What a tool is, what a call of it is, and what comes of it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final, Literal, Protocol

Language = Literal["en", "de"]
"""Languages in which tools answer, by ISO 639 code."""

MOST_BYTES: Final = 8192
"""UTF-8 bytes of a result that a model is given: about 2,000 tokens, half of the bundled model's memory."""
MOST_SAID: Final = 600
"""Characters of a result that are said aloud: about 40 s."""
CUT: Final = " … [cut]"
"""Stands where the rest of a result was too long."""

_NOTHING: Final[Mapping[str, Any]] = {}
_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}, "additionalProperties": False}


class Box(Protocol):
    """What tools may ask of the conversation in which they were called."""

    @property
    def volume(self) -> int:
        """Of the box's voice, 0 to 100; 0 is muted."""

    def set_volume(self, percent: int) -> None:
        """From the next word on."""

    def say_again(self, *, slower: bool = False) -> bool:
        """Say the last answer once more; False: there is none."""

    def be_quiet(self) -> None:
        """Stop whatever sounds: a reply, a ringing timer."""

    def status(self, language: Language) -> str:
        """How the box is, in one sentence."""

    def introduction(self, language: Language) -> str:
        """Who is speaking: the persona's own words, or "" where it has none."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a call happens."""

    box: Box
    """What it can act upon."""
    language: Language
    """In which the answer is said."""
    wall: Callable[[], datetime]
    """The time of day. Its zone must be one that knows of summer time: a `ZoneInfo`."""


class Problem(StrEnum):
    """Why a call did nothing: a stable word."""

    UNKNOWN = "unknown"
    """There is no such tool."""
    FORBIDDEN = "forbidden"
    """This persona may not call it."""
    ARGUMENTS = "arguments"
    """They are not what the tool takes."""
    TIMEOUT = "timeout"
    """It took too long. Whether it has happened nobody knows."""
    BROKEN = "broken"
    """The tool failed in a way that nobody expected."""
    REFUSED = "refused"
    """The tool cannot do that, and says why."""
    DISCARDED = "discarded"
    """The reply that wanted it was never given."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call."""

    said: str
    """A sentence in the conversation's language that a voice can speak."""
    data: Any = None
    """The same for a model: anything that JSON can hold."""
    problem: Problem | None = None
    """Why nothing came of it; None: all well."""

    @property
    def ok(self) -> bool:
        """It did what was asked."""
        return self.problem is None

    @classmethod
    def refused(cls, said: str) -> "Result":
        """The tool cannot do that, for a reason that a person understands."""
        return cls(said, problem=Problem.REFUSED)

    def bounded(self) -> "Result":
        """With no more words than anybody listens to."""
        said = clean(self.said)
        return self if said == self.said else Result(said, self.data, self.problem)

    def for_model(self) -> str:
        """JSON for the model, at most `MOST_BYTES` long; what is longer is cut, marked, and no longer JSON."""
        content = self.said if self.data is None else self.data
        body = {"result": content} if self.ok else {"error": self.problem, "detail": content}
        parts: list[str] = []
        size = 0
        try:
            for part in json.JSONEncoder(ensure_ascii=False).iterencode(_bounded(body)):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    break
        except (TypeError, ValueError, RecursionError):  # whoever wrote the tool returned no JSON
            return json.dumps({"error": Problem.BROKEN, "detail": "the tool returned something unreadable"})
        encoded = "".join(parts).encode("utf-8", "replace")
        if len(encoded) <= MOST_BYTES:
            return encoded.decode()
        return encoded[: MOST_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT


Run = Callable[[Mapping[str, Any], Context], Awaitable[Result]]
"""What a tool does with arguments that fit its schema."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the box can do."""

    name: str
    """Lower case letters, digits and underscores."""
    description: str
    """For the model: when to call it."""
    run: Run
    """Does it."""
    parameters: Mapping[str, Any] = field(default_factory=lambda: _NO_PARAMETERS)
    """JSON schema of an object."""
    changes: bool = False
    """It changes something, so that it must never run for a reply that nobody hears."""
    timeout_s: float = 5.0
    """s after which nobody waits for it any more."""
    preview: Run | None = None
    """What would be said, without doing it: only of tools that change something."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants a tool to run."""

    tool: str
    """Its name."""
    arguments: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """What it is given."""
    id: str = ""
    """Tells calls of one reply apart."""


def clean(said: str) -> str:
    """Text as it can be said: one line, no control characters, not for ever."""
    said = " ".join("".join(c if c.isprintable() else " " for c in said[: 4 * MOST_SAID]).split())
    return said if len(said) <= MOST_SAID else said[:MOST_SAID].rpartition(" ")[0] + " …"


def _bounded(content: Any) -> Any:
    """With texts no longer than is looked at: the encoder takes each in one piece."""
    if isinstance(content, str):
        return content[: MOST_BYTES + 1]
    if isinstance(content, dict):
        return {_bounded(k): _bounded(v) for k, v in islice(content.items(), MOST_BYTES)}
    if isinstance(content, list | tuple):
        return [_bounded(v) for v in content[: MOST_BYTES + 1]]
    return content
