"""Writes a dialogue the way the model was trained to read it, keeping what people said apart from markup."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Message, Role, Stage
from appliance.engines.llama_text import THINK_OPENS

_PLACE = re.compile("\ue000([0-9]+)\ue001")
"""Stands for the text of a message while the template runs. Characters that Unicode leaves to private
use, so that no template writes them on its own; what people say never passes through a template."""

_SAMPLE = (
    Message(Role.SYSTEM, "s"),
    Message(Role.USER, "u"),
    Message(Role.ASSISTANT, "a"),
    Message(Role.USER, "v"),
)

_TEMPLATE_ERRORS = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What running somebody else's template can raise: Jinja passes Python's own errors through."""


Places = list[dict[str, str]]
"""Messages as templates take them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the prompt."""

    text: str
    """Markup of the template, which may contain control tokens, or what somebody said, which may not."""
    message: int | None = None
    """Whose words these are, as an index into the dialogue; None for markup."""


class ChatTemplate:
    """Owns the compiled template of one model.

    The template is rendered with a place holder for each message and cut apart there. So a person
    who dictates "<|im_end|>" has said just that, whatever the template does with the text of messages.
    """

    def __init__(self, source: str, bos: str, eos: str) -> None:
        """Compile the template and try it.

        Raises:
            EngineError: it cannot be used for a dialogue.
        """
        self._constants = {"bos_token": bos, "eos_token": eos, "tools": None, "documents": None}
        try:
            self._template = _environment().from_string(source)
        except jinja2.TemplateError as error:
            raise _unusable(str(error)) from error
        self._fold = _keep
        if not self._takes_system_prompts():
            self._fold = _fold_system
        pieces = self.pieces(_SAMPLE)
        if not _complete(pieces):
            raise _unusable("it loses messages")
        if pieces[-1].text.rstrip().endswith(THINK_OPENS):
            raise _unusable("it makes the model think aloud before every answer")

    def pieces(self, messages: Sequence[Message], *, open_ended: bool = False) -> list[Piece]:
        """The prompt up to where the answer begins or, if nobody asked yet, the next question.

        With `open_ended` it ends with the last message, an answer that goes on.
        """
        asked = bool(messages) and messages[-1].role is Role.USER
        if not asked:
            messages = [*messages, Message(Role.USER, "")]
        pieces = _with_one_opening(self._render(messages), messages)
        if asked:
            return pieces
        if open_ended:
            return pieces[: _place(pieces, len(messages) - 2) + 1]
        return pieces[: _place(pieces, len(messages) - 1)]

    def _takes_system_prompts(self) -> bool:
        """Old templates refuse or drop them."""
        try:
            return _complete(self._render(_SAMPLE))
        except EngineError:
            return False

    def _render(self, messages: Sequence[Message]) -> list[Piece]:
        places = [{"role": m.role.value, "content": f"\ue000{i}\ue001"} for i, m in enumerate(messages)]
        try:
            text = self._template.render(
                messages=self._fold(places),
                add_generation_prompt=True,
                enable_thinking=False,
                **self._constants,
            )
        except _TEMPLATE_ERRORS as error:
            raise _unusable(str(error)) from error
        pieces = []
        for index, part in enumerate(_PLACE.split(text)):  # markup and numbers of messages take turns
            if index % 2:
                pieces.append(Piece(messages[int(part)].text.strip(), int(part)))
            elif part:
                pieces.append(Piece(part))
        return pieces


def _with_one_opening(pieces: list[Piece], messages: Sequence[Message]) -> list[Piece]:
    """Open earlier answers of the assistant with the words that will open the next one.

    Templates may put more in front of an answer to be given (an empty thought) than in front of one
    that was given. In the KV cache it stands as it was generated, and there it should be found again.
    """
    roles = [None if piece.message is None else messages[piece.message].role for piece in pieces]
    opening = pieces[-1].text
    return [
        Piece(opening)
        if roles[max(0, i - 1) : i + 2] == [Role.USER, None, Role.ASSISTANT]
        and opening.startswith(piece.text)
        else piece
        for i, piece in enumerate(pieces)
    ]


def _place(pieces: list[Piece], message: int) -> int:
    return next(index for index, piece in enumerate(pieces) if piece.message == message)


def _complete(pieces: list[Piece]) -> bool:
    return [piece.message for piece in pieces if piece.message is not None] == list(range(len(_SAMPLE)))


def _keep(places: Places) -> Places:
    return places


def _fold_system(places: Places) -> Places:
    """Let the first question begin with the system prompt."""
    if not places or places[0]["role"] != Role.SYSTEM:
        return places
    system, question, *rest = places
    return [{**question, "content": f"{system['content']}\n\n{question['content']}"}, *rest]


def _environment() -> ImmutableSandboxedEnvironment:
    """Jinja as chat templates are written for, which is the set-up of the transformers library."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _raise_exception(problem: str) -> NoReturn:
    raise jinja2.TemplateError(problem)


def _strftime_now(layout: str) -> str:
    """The date for templates that state it. Asked at every call: at midnight all is read again, once."""
    return clock.wall().strftime(layout)


def _unusable(reason: str) -> EngineError:
    return EngineError(
        Stage.LLM,
        f"The chat template of the language model cannot be used: {reason}",
        retryable=False,
        remedy="Choose another model: appliance models list",
    )
