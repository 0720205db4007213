"""What the conversation remembers: what people said, and what of the replies they really heard."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from appliance.core.speech import Message, Role

SPOKEN_STYLE = (
    "You are a friendly assistant that talks with people aloud. "
    "Answer in one to three short sentences, in plain spoken English with contractions. "
    "No lists, no markdown, no emoji. If you do not know, say so."
)


@dataclass(frozen=True, slots=True)
class DialogueSettings:
    """Who the box is, and how long it remembers."""

    system_prompt: str = SPOKEN_STYLE
    """Read by the model before everything else."""
    remembered_messages: Annotated[int, Interval(ge=2, le=1000)] = 200
    """Beyond this the older half is dropped at once: every drop makes the model read all that is left
    again. The model's own window may be shorter."""


class Dialogue:
    """The messages of one conversation, alternating between user and assistant.

    A person who goes on before they were answered has said one longer thing: consecutive
    messages of the user become one. A reply of which nothing was heard was never given.
    """

    def __init__(self, settings: DialogueSettings) -> None:
        self._settings = settings
        self._messages: list[Message] = []

    def asked(self, text: str) -> None:
        """The person said `text`."""
        if self._messages and self._messages[-1].role is Role.USER:
            text = f"{self._messages.pop().text} {text}"
        self._messages.append(Message(Role.USER, text))
        if len(self._messages) > self._settings.remembered_messages:
            del self._messages[: max(2, len(self._messages) // 4 * 2)]

    def answered(self, heard: str) -> None:
        """The person heard `heard` of the reply; nothing is remembered of an empty one."""
        if heard:
            self._messages.append(Message(Role.ASSISTANT, heard))

    def forget(self) -> None:
        """Start over: the next speaker is somebody else."""
        self._messages.clear()

    def prompt(self) -> list[Message]:
        """What the model is given: the system prompt, then everything remembered."""
        return [Message(Role.SYSTEM, self._settings.system_prompt), *self._messages]
