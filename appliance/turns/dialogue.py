"""What the conversation remembers: what people said, and what of the replies they really heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Final

from annotated_types import Interval, Len

from appliance.core.speech import Message, Outcome, Role, Turn
from appliance.turns.go_on import wants_more

SPOKEN_STYLE = (
    "You are a friendly assistant that talks with people aloud. "
    "Answer in one to three short sentences, in plain spoken English with contractions. "
    "No lists, no markdown, no emoji. If you do not know, say so."
)

_CLOSERS: Final = " \"'”’»)*_"
_MARKS: Final = ("", *",.;:!?…—)”’")


@dataclass(frozen=True, slots=True)
class DialogueSettings:
    """Who the box is, and how long it remembers."""

    system_prompt: str = SPOKEN_STYLE
    """Read by the model before everything else."""
    remembered_messages: Annotated[int, Interval(ge=2, le=1000)] = 200
    """Beyond this the older half is dropped at once: every drop makes the model read all that is left
    again. The model's own window may be shorter."""
    cut_mark: Annotated[str, Len(0, 40)] = ""
    """What the model reads behind words at which it was interrupted. The bundled SmolLM2 copies marks: of 64 answers
    after an interruption 13 only repeated the cut words with "—", 9 with "…", 3 with nothing."""


class _End(Enum):
    """How a message ended."""

    WHOLE = auto()
    CUT = auto()
    """Somebody stopped it before its last word."""
    OPEN = auto()
    """It was cut, and whoever stopped it wants to hear the rest."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message of the conversation."""

    message: Message
    end: _End = _End.WHOLE


class Dialogue:
    """The messages of one conversation, alternating between user and assistant.

    A person who goes on before they were answered has said one longer thing: consecutive
    messages of the user become one. A reply of which nothing was heard was never given.

    Whoever asks for the rest of what they cut off ("go on") has asked nothing new: the prompt then
    ends with the reply itself, which is to be continued, and what is heard of the rest joins it.
    """

    def __init__(self, settings: DialogueSettings) -> None:
        self._settings = settings
        self._entries: list[_Entry] = []

    def asked(self, text: str) -> None:
        """The person said `text`."""
        self._entries = self._with(text)

    def answered(self, heard: str, cut: bool = False) -> None:
        """The person heard `heard` of the reply; nothing is remembered of an empty one.

        Args:
            heard: without what was heard before the person asked for the rest.
            cut: there was more to come.
        """
        end = _End.CUT if cut else _End.WHOLE
        match self._entries:
            case [*_, _Entry(message, _End.OPEN)]:
                end = end if heard else _End.CUT
                self._entries[-1] = _Entry(Message(message.role, _joined(message.text, heard)), end)
            case [_, *_] if heard:  # else the question was forgotten meanwhile
                self._entries.append(_Entry(Message(Role.ASSISTANT, heard), end))

    def replay(self, turns: Iterable[Turn]) -> None:
        """Remember what was said before a restart, as it was remembered then."""
        for turn in turns:
            if turn.transcript:  # else nobody has asked
                self.asked(turn.transcript)
                cut = turn.outcome is not Outcome.ANSWERED and turn.heard != turn.said
                self.answered(turn.heard, cut)

    def forget(self) -> None:
        """Start over: the next speaker is somebody else."""
        self._entries = []

    @property
    def asks(self) -> bool:
        """The last thing that was heard of the box is a question."""
        match self._entries:
            case [*_, _Entry(Message(Role.ASSISTANT, text))]:
                return text.rstrip(_CLOSERS).endswith("?")
        return False

    def prompt(self) -> list[Message]:
        """What the model is given: the system prompt, then everything remembered, and what was cut off marked."""
        return self._prompt(self._entries)

    def drafted(self, text: str) -> list[Message]:
        """What the model would be given if the person said `text` now. Nothing is remembered of it."""
        return self._prompt(self._with(text))

    def _with(self, text: str) -> list[_Entry]:
        """All that is remembered once the person has said `text`."""
        match self._entries:
            case [*before, _Entry(message, _End.CUT)] if wants_more(text):
                return [*before, _Entry(message, _End.OPEN)]
            case [*before, _Entry(Message(Role.USER, said))]:
                more = said if wants_more(text) else f"{said} {text}"
                return [*before, _Entry(Message(Role.USER, more))]
        entries = [*self._entries, _Entry(Message(Role.USER, text))]
        many = len(entries) > self._settings.remembered_messages
        return entries[max(2, len(entries) // 4 * 2) :] if many else entries

    def _prompt(self, entries: list[_Entry]) -> list[Message]:
        system = Message(Role.SYSTEM, self._settings.system_prompt)
        return [system, *(self._marked(entry) for entry in entries)]

    def _marked(self, entry: _Entry) -> Message:
        mark = self._settings.cut_mark if entry.end is _End.CUT else ""
        return Message(entry.message.role, entry.message.text + mark)


def _joined(text: str, rest: str) -> str:
    """Two halves of one text; the second may begin with the mark that closes the first."""
    return f"{text}{rest}" if rest[:1] in _MARKS else f"{text} {rest}"
