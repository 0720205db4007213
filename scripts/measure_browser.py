"""Measures what a person at a laptop notices: Chromium, WebRTC, `appliance run` with its engines, and a cable.

    .venv/bin/python -m scripts.measure_browser [--rounds 5]

Needs root, the program `ip`, Chromium and the bundled models. Box and laptop are network namespaces without any
way out; the laptop's microphone is a recording, and its loudspeaker is listened to in the page.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from appliance.app import PHRASES
from appliance.converse import read_recording
from appliance.core.clock import monotonic
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from tests.lan import Lan, lan
from tests.laptop import PATIENCE_MS, enter, laptop, microphone, open_page, pin_of, silence
from tests.program import BUNDLED, running

OUTAGES_S = (2, 8, 30)
FIRST_AUDIO, TO_THE_EAR = 1, 2
"""Places among the figures that the page shows."""
ONLINE = "() => !['offline', 'connecting'].includes(document.body.dataset.state)"
TALKING = "() => !document.getElementById('bar').hidden && " + ONLINE.removeprefix("() => ")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often each is measured (default: %(default)s)"
    )
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, lan() as cable:
        folder = Path(name)
        environment = BUNDLED | {
            "APPLIANCE_HTTP__NAME": "voicebox",
            "APPLIANCE_AUDIO__FOLDER": str(folder / "state"),
            "APPLIANCE_SESSIONS__MOST": "20",  # whoever has left keeps a place for a while
        }
        with running(environment, cable.at_box()) as program:
            program.line("Talk to it from a browser:")
            rows = measured(cable, folder, rounds)
    print(Table(("a person at a laptop, ms", "n", "median", "greatest"), rows).markdown())
    print(f"\n`scripts/measure_browser.py --rounds {rounds}`: {this_machine()}")


def measured(cable: Lan, folder: Path, rounds: int) -> list[tuple[object, ...]]:
    """All rows."""
    found: dict[str, list[float]] = {}

    def note(what: str, since: float) -> None:
        found.setdefault(what, []).append(1000 * (monotonic() - since))

    sound = microphone(folder, silence(3.0), read_recording(PHRASES / "warm-question.wav"))
    for number in range(rounds):
        (folder / str(number)).mkdir()
        for browser in laptop(cable, folder / str(number), sound):
            page = open_page(browser)
            begun = monotonic()
            enter(page, pin_of(cable))
            page.wait_for_function(TALKING)
            note("address typed → connected, pairing and both taps included", begun)
            found.setdefault("end of the question → first sound in the page", []).append(heard_after(page))
            begun = monotonic()
            page.reload()
            page.wait_for_function(TALKING)
            note("reload → connected, the same conversation", begun)
            for seconds in OUTAGES_S if number == 0 else OUTAGES_S[:1]:
                outage(page, cable, seconds, partial(note, f"cable back after {seconds} s → connected"))
    return [
        (what, len(all_ms), round(statistics.median(all_ms)), round(max(all_ms)))
        for what, all_ms in found.items()
    ]


def heard_after(page: Page) -> float:
    """ms from the end of the question to the first sound of the reply at the page's loudspeaker, as the page tells."""
    page.wait_for_function(
        "() => document.querySelectorAll('#log .box .words').length > 0", timeout=PATIENCE_MS
    )
    page.get_by_text("How fast was that?").click()
    figures = [
        float(text.split()[0])
        for text in page.locator("#timing dd").all_inner_texts()
        if text.endswith(" ms")
    ]
    return figures[FIRST_AUDIO] + figures[TO_THE_EAR]


def outage(page: Page, cable: Lan, seconds: float, note: Callable[[float], None]) -> None:
    """Pull the plug for so long."""
    cable.pull()
    page.wait_for_timeout(1000 * seconds)
    cable.plug()
    begun = monotonic()
    page.wait_for_function(ONLINE, timeout=PATIENCE_MS)
    note(begun)
    page.wait_for_timeout(2000)


if __name__ == "__main__":
    main()
