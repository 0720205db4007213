"""Several people talk at the same time, in real time, with real engines: how long does each of them wait?

    .venv/bin/python -m scripts.load_people [--people 1,2,3] [--questions 8]

The first person is at the box's own microphone, the others are guests. Everybody asks spoken questions in another
order and listens to each reply to its end. Without the network: scripts/load_webrtc.py measures that.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from appliance.app import Appliance, open_appliance
from appliance.converse import Report, Say, converse, read_recording
from appliance.inference.job import LOCAL
from appliance.settings import load_settings
from appliance.transports.wavfile import WavPort
from scripts.bench_figures import SPREAD, Table, spread
from scripts.bench_machine import this_machine
from scripts.evaluate_stt import SHARED

ROOT = Path(__file__).parents[1]


async def main(people: Sequence[int], questions: int) -> None:
    settings = load_settings(None)
    sounds = sorted((SHARED / "clips" / "spoken").glob("*.flac"))
    rows = []
    async with open_appliance(settings, guests=True) as appliance:
        await waits(appliance, LOCAL, sounds[:1])  # warm
        for many in people:
            found = await asyncio.gather(
                *(
                    waits(appliance, name, order(sounds, number, questions))
                    for number, name in enumerate([LOCAL, *(f"guest {n}" for n in range(1, many))])
                )
            )
            rows.append((f"{many} talking: at the microphone", *spread(found[0])))
            if many > 1:
                rows.append((f"{many} talking: guests", *spread([ms for each in found[1:] for ms in each])))
        engines = ", ".join(appliance.engines)
    print(Table(("last word → first sound, ms", *SPREAD), rows).markdown())
    print(f"\nEngines: {engines}.  \n`scripts/load_people.py`: {this_machine()}")


def order(sounds: Sequence[Path], number: int, questions: int) -> list[Path]:
    """The same for each person every time, and another one for everybody."""
    return [sounds[(7 * number + 5 * index) % len(sounds)] for index in range(questions)]


async def waits(appliance: Appliance, name: str, sounds: Sequence[Path]) -> list[float]:
    """ms that this person waited for each reply."""
    report = Report()
    says = [Say(read_recording(path)) for path in sounds]
    await converse(lambda port, observer: appliance.session(name, port, observer), says, report, WavPort())
    stamps = [turn["stamps"] for turn in report.turns]
    return [each["first_audio"] - each["speech_ended"] for each in stamps if each["first_audio"] is not None]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", default="1,2,3", help="how many at a time (default: %(default)s)")
    parser.add_argument("--questions", type=int, default=8, help="of each (default: %(default)s)")
    parser.add_argument(
        "--models", type=Path, default=ROOT / ".cache" / "models", help="bundled ones are there"
    )
    options = parser.parse_args()
    os.environ.setdefault("APPLIANCE_MODELS__PROFILE", "bundled")
    os.environ.setdefault("APPLIANCE_MODELS__FOLDER", str(options.models.resolve()))
    asyncio.run(main([int(many) for many in options.people.split(",")], options.questions))
