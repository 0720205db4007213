"""One process of the evaluation: opens the engines once, then plays scene after scene."""

import atexit
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from appliance.settings import Settings
from scripts.evaluation.company import Company, open_company
from scripts.evaluation.figures import findings
from scripts.evaluation.findings import Finding
from scripts.evaluation.scenario import Scene
from scripts.evaluation.sounds import REPORTING, TUNING, Library
from scripts.evaluation.stage import play
from tests.virtual_time import run


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a process of the evaluation must know."""

    clips: Path
    half: str
    factor: float
    cores: int
    settings: Settings
    sounds: list[str]
    """All that will be heard: eSpeak speaks for people before it speaks for the box."""


_open: list[tuple[Company, Library]] = []
"""Those of this process: pools give their initializer no other place to leave something."""


def prepare(rehearsal: Rehearsal) -> None:
    """Open everything that plays need, until the process ends."""
    library = Library(rehearsal.clips, TUNING if rehearsal.half == "tuning" else REPORTING)
    library.render(rehearsal.sounds)
    stack = ExitStack()
    atexit.register(stack.close)
    company = stack.enter_context(open_company(rehearsal.settings, rehearsal.factor, rehearsal.cores))
    _open.append((company, library))


def rehearse(scene: Scene) -> list[Finding]:
    """Play one scene and read what it shows."""
    company, library = _open[0]
    return findings(run(play(scene, company, library)))
