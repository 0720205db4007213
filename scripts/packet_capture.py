#!/usr/bin/env python3
"""Does anything leave the building? Looks at every packet of a box while somebody talks to it from a laptop.

The real program starts with its models in a network namespace, with a default route and a name server that lead
nowhere, so that every attempt to get out is a packet that is seen. It has no capability: nothing in it needs root.
Chromium in another namespace asks questions, by voice and in writing, for some minutes. Every flow is printed with
whose business it is; the script fails when there is one that is nobody's.

    python scripts/packet_capture.py                   # start, 10 minutes of conversation, stop
    python scripts/packet_capture.py --minutes 1
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from playwright.sync_api import Page

from appliance.app import PHRASES
from appliance.converse import read_recording
from appliance.core.audio import Samples
from tests.lan import Lan, lan
from tests.laptop import enter, laptop, microphone, open_page, pin_of, silence
from tests.program import BUNDLED, running
from tests.shared import SHARED, clip
from tests.tap import WITHOUT_RIGHTS, Capture, give_way_out, name_server, tap

QUESTIONS = ("how_many_planets_are_there", "tell_me_a_joke", "tell_me_a_story", "what_time_is_it")
PAUSE_S = 15.0
"""s between two questions: an answer of the bundled model takes ten."""
TYPED_EVERY_S = 30.0
"""s between two questions in writing, for recognisers that understand little of what a browser's noise suppression
has left."""
BEFORE_S, AFTER_S = 10.0, 10.0
"""s before anybody comes and after everybody left: what would be sent on a timer."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of conversation")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, box(Path(folder)) as (cable, capture):
        time.sleep(BEFORE_S)
        turns = converse(cable, Path(folder), 60 * arguments.minutes)
        time.sleep(AFTER_S)
    print(
        f"{arguments.minutes:g} minutes of conversation, {turns} answers; {capture.lost} packets overlooked\n"
    )
    report(capture)
    leaks = sum(capture.flows[flow][0] for flow in capture.leaks())
    print(f"\n{leaks} packets to anywhere but the laptop.")
    sys.exit(1 if leaks or capture.lost or not turns else 0)


@contextmanager
def box(folder: Path) -> Iterator[tuple[Lan, Capture]]:
    """A box on a cable, looked at from before its start until after its end."""
    environment = BUNDLED | {
        "APPLIANCE_HTTP__NAME": "voicebox",
        "APPLIANCE_AUDIO__FOLDER": str(folder / "state"),
    }
    with lan() as cable, name_server(cable):
        give_way_out(cable)
        with tap(cable) as capture, running(environment, [*cable.at_box(), *WITHOUT_RIGHTS]) as program:
            program.line("Talk to it from a browser:")
            yield cable, capture


def converse(cable: Lan, folder: Path, seconds: float) -> int:
    """Ask questions for so long. Returns the number of answers on the page."""
    sounds = [part for question in questions() for part in (question, silence(PAUSE_S))]
    round_s = sum(map(len, sounds)) / 16_000
    rounds = max(1, round(seconds / round_s))
    (folder / "laptop").mkdir()
    sound = microphone(folder / "laptop", silence(2.0), np.concatenate(sounds * rounds))
    for browser in laptop(cable, folder / "laptop", sound):
        page = open_page(browser)
        enter(page, pin_of(cable))
        for _ in range(round(seconds / TYPED_EVERY_S)):
            page.wait_for_timeout(1000 * TYPED_EVERY_S)
            page.get_by_label("Write instead of speaking").fill("how many days are in a week")
            page.keyboard.press("Enter")
        page.wait_for_timeout(1000 * TYPED_EVERY_S)
        return answers(page)
    return 0


def questions() -> list[Samples]:
    """What the person says."""
    names = [name for name in QUESTIONS if (SHARED / "clips" / "spoken" / f"{name}-rms.flac").is_file()]
    return [clip(f"spoken/{name}-rms.flac") for name in names] or [
        read_recording(PHRASES / "warm-question.wav")
    ]


def answers(page: Page) -> int:
    return sum(bool(text) for text in page.locator("#log .box .words").all_inner_texts())


def report(capture: Capture) -> None:
    print("| direction | interface | protocol | peer | port or type | packets | kB | whose business |")
    print("|---|---|---|---|---|---|---|---|")
    reasons = capture.sent()
    for flow, (packets, size) in sorted(capture.flows.items(), key=lambda item: -item[1][0]):
        cells = (
            "sent" if flow.sent else "received",
            flow.interface,
            flow.protocol,
            flow.peer,
            flow.service or "high",
        )
        business = (reasons[flow] or "**nobody's**") if flow.sent else ""
        print("|", " | ".join(map(str, (*cells, packets, f"{size / 1000:.1f}", business))), "|")


if __name__ == "__main__":
    main()
