"""Draws the turn machine from its own table into ARCHITECTURE.md, or checks that the drawing is fresh.

draw_machine.py            redraw
draw_machine.py --check    exit 1 when the drawing is stale or has no place
draw_machine.py --print    the drawing alone
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from appliance.turns.commands import Action
from appliance.turns.events import Button, DeadlinePassed, Event, MutePressed
from appliance.turns.machine import TABLE, State

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- machine:begin -->", "<!-- machine:end -->"

REASONS = {
    State.LISTENING: "nobody speaks",
    State.HEARING: "somebody speaks, or a door?",
    State.WAITING: "a pause: they may go on",
    State.THINKING: "understanding, answering",
    State.STALLING: "it takes long, and we have said so",
    State.SPEAKING: "the reply is heard",
    State.YIELDING: "ducked: a voice, or a cough?",
    State.WEIGHING: "still ducked: what did they want?",
    State.ASKING: "what was meant?",
    State.APOLOGISING: "something broke",
    State.MUTED: "deaf and quiet",
}
"""What each box says beneath its name."""


def words(event: type[Event]) -> str:
    """`SpeechConfirmed` as people write it."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()


def deeds(actions: tuple[Action, ...]) -> str:
    """`CLOSE_CUT, FOLLOW` as people write it."""
    return ", ".join(actions).replace("_", " ")


def label(rows: dict[tuple[Action, ...], list[str]]) -> str:
    """One line per set of actions: what happens → what is done."""
    return "<br/>".join(
        " / ".join(events) + (f" → <i>{deeds(actions)}</i>" if actions else "")
        for actions, events in rows.items()
    )


def arrows() -> Iterator[str]:
    """One per pair of states, and a dotted one where time alone leads. Buttons have no arrows."""
    joined: dict[tuple[State, str, State], dict[tuple[Action, ...], list[str]]] = {}
    for (state, event), (target, actions) in TABLE.items():
        if event not in get_args(Button):
            line = "-.->" if event is DeadlinePassed else "-->"
            joined.setdefault((state, line, target), {}).setdefault(actions, []).append(words(event))
    for (state, line, target), rows in joined.items():
        yield f'    {state} {line}|"{label(rows)}"| {target}'


def buttons() -> Iterator[str]:
    """In words what would be arrows from every state to the same ones."""
    ways: dict[tuple[Action, ...], list[str]] = {}
    for (state, event), (_, actions) in TABLE.items():
        if event is MutePressed:
            ways.setdefault(actions, []).append(state.name)
    for actions, states in ways.items():
        yield f"* from {', '.join(states)}: {deeds(actions)}"


def drawing() -> str:
    """Everything between the two markers."""
    boxes = [f'    {state}(["<b>{state.name}</b><br/>{reason}"])' for state, reason in REASONS.items()]
    chart = ["```mermaid", "flowchart TD", *boxes, *arrows(), "```"]
    legend = (
        "Dotted: what time alone leads to. Not drawn are buttons: *mute pressed* leads to MUTED, and *unmute pressed* "
        "from there to LISTENING; *stop pressed* leads to LISTENING, *text typed* to THINKING with *answer typed* as "
        "its last deed. *Announcement made* is heard in LISTENING only, and leads to THINKING. "
        "Otherwise they do the same:"
    )
    return "\n".join([*chart, "", legend, "", *buttons()])


def main(arguments: list[str]) -> int:
    if arguments == ["--print"]:
        print(drawing())
        return 0
    text = DOCUMENT.read_text() if DOCUMENT.is_file() else ""
    before, begin, rest = text.partition(BEGIN)
    stale, end, after = rest.partition(END)
    if not (begin and end):
        print(f"{DOCUMENT.name} has no place for the drawing: it needs the lines {BEGIN} and {END}")
        return 1
    fresh = f"\n{drawing()}\n"
    if arguments == ["--check"]:
        print(
            "The drawing is fresh."
            if stale == fresh
            else f"{DOCUMENT.name} is stale: run {Path(__file__).name}"
        )
        return stale != fresh
    DOCUMENT.write_text(before + begin + fresh + end + after)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
