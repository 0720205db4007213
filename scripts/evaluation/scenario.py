"""Scenes as data: who says what when, over what, in what noise, and with how much of the box's own echo.

A file of `scenarios/` holds scenes, and a scene lists what may vary: sounds, moments, noises. One *play* takes
one of each. Every list is dealt like a deck of cards that is shuffled by the name of the scene: all its entries
come equally often, in the same order on every machine, and the short evaluation plays the first of the same plays.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "scenarios"
"""Where the scenes are."""


class Means(StrEnum):
    """What somebody wants who makes a sound: what the box should make of it."""

    TURN = "turn"
    """An answer."""
    ANSWER = "answer"
    """To answer the box's question, shortly."""
    FLOOR = "floor"
    """The floor, while the box speaks."""
    BACKCHANNEL = "backchannel"
    """To show that they listen, while the box speaks."""
    NOISE = "noise"
    """Nothing: a cough, a door."""


class Until(StrEnum):
    """When a play is over."""

    REST = "rest"
    """Everything that was begun is over, and nobody speaks."""
    ANSWER = "answer"
    """The box has begun to answer the last cue, or will not."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One sound that somebody makes."""

    sound: str
    """In the notation of sounds.py."""
    means: Means
    at: float | None = None
    """s on the audio clock."""
    over: float | None = None
    """s after the first sound of the reply to the cue before."""
    after: float | None = None
    """s after that reply is over."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One play of a scene."""

    name: str
    """Of the scene; all its plays have it."""
    number: int
    """Of the play, from 0."""
    cues: tuple[Cue, ...]
    replies: tuple[str, ...] = ()
    """What the box says, turn by turn; empty: whatever its own model says."""
    noise: str = ""
    """Behind everything, in the notation of sounds.py; empty: silence."""
    snr_db: float | None = None
    """dB of the voices over the noise; None: the noise as it is."""
    echo_db: float | None = None
    """dB of the box's own voice that is left in the microphone; None: nothing."""
    speculate: bool = True
    """Whether answers may be prepared in pauses."""
    until: Until = Until.REST
    seconds: float = 0.0
    """s that the play lasts at least."""

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.name} #{self.number}"


Groups = Mapping[str, Sequence[str]]
"""What a name like “people” stands for in a list of sounds."""


def read_scenes(folder: Path, groups: Groups, *, full: bool, only: Sequence[str] = ()) -> list[Scene]:
    """All plays of all scenes of a folder, or of those whose name begins with one of `only`.

    Args:
        folder: with TOML files.
        groups: what names in lists of sounds stand for, others stand for themselves. Nothing: do without.
        full: as many plays as there can be, or a few.
        only: beginnings of names.
    """
    tables = [table for path in sorted(folder.glob("*.toml")) for table in _tables(path)]
    return [
        play
        for table in tables
        if not only or any(table["name"].startswith(name) for name in only)
        for play in plays(table, groups, full=full)
    ]


def plays(table: Mapping[str, Any], groups: Groups, *, full: bool) -> Iterator[Scene]:
    """The plays of one scene: `full` of them, or only `quick`; with 0, it is not played."""
    name = table["name"]

    def deck(key: str, values: Any) -> Callable[[int], Any]:
        return _deck(f"{name}/{key}", _listed(values))

    noise, snr, echo = (deck(key, table.get(key)) for key in ("noise", "snr_db", "echo_db"))
    cues = [_cue_decks(number, cue, groups, deck) for number, cue in enumerate(table.get("cue", []))]
    for number in range(table["full" if full else "quick"]):
        scene = Scene(
            name=name,
            number=number,
            cues=tuple(cue(number) for cue in cues),
            replies=tuple(table.get("replies", ())),
            noise=noise(number) or "",
            snr_db=snr(number),
            echo_db=echo(number),
            until=Until(table.get("until", Until.REST)),
            seconds=table.get("seconds", 0.0),
        )
        # Side by side with and without, so that nothing else differs.
        yield from (replace(scene, speculate=each) for each in _listed(table.get("speculate", True)))


def _tables(path: Path) -> list[dict[str, Any]]:
    """The scenes of a file; what stands above the first of them holds for all."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    scenes = content.pop("scene", [])
    return [content | scene for scene in scenes]


def _cue_decks(
    number: int, table: Mapping[str, Any], groups: Groups, deck: Callable[[str, Any], Callable[[int], Any]]
) -> Callable[[int], Cue]:
    """What deals one cue of a scene."""
    names = [
        sound for name in table["sounds"] for sound in groups.get(name, groups.get(_voice(name), [name]))
    ]
    if not names:
        raise ValueError(f"no sounds are left of {table['sounds']}")
    sound = deck(f"{number}/sounds", names)
    at, over, after = (deck(f"{number}/{key}", table.get(key)) for key in ("at", "over", "after"))
    means = Means(table["means"])
    return lambda play: Cue(sound(play), means, at(play), over(play), after(play))


def _voice(sound: str) -> str:
    """Who makes a sound: “flite/” of “flite/slt/no”."""
    return sound.partition("/")[0] + "/"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _deck(name: str, cards: Sequence[Any]) -> Callable[[int], Any]:
    """Deals cards: play n gets one, every card comes once before any comes twice."""

    def card(number: int) -> Any:
        seed = [*name.encode(), number // len(cards)]
        return cards[np.random.default_rng(seed).permutation(len(cards))[number % len(cards)]]

    return card
