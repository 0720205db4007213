"""`appliance transcribe`: the recogniser alone."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from appliance.app import open_appliance
from appliance.cli.obtain import obtain
from appliance.cli.output import console, print_json
from appliance.converse import read_recording
from appliance.core.audio import Samples
from appliance.core.errors import InputError
from appliance.core.speech import Stage, Transcript
from appliance.pipeline.listen import CAPACITY, Utterance
from appliance.pipeline.transcribe import transcribe
from appliance.settings import Settings


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "transcribe",
        parents=[common],
        help="write down what is said in a recording",
        description="Writes down what is said in a recording of one utterance, up to 30 s.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="WAV, FLAC or OGG")
    parser.add_argument("--json", action="store_true", help="print text and confidence as JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print the transcript."""
    sound = read_recording(args.file)
    if len(sound) > CAPACITY:
        raise InputError(f"{args.file} is longer than the 30 s of one utterance", "cut it at its pauses")
    obtain(settings)
    transcript = asyncio.run(_transcribe(settings, sound))
    if args.json:
        print_json({"text": transcript.text, "confidence": transcript.confidence})
    else:
        console.print(transcript.text, markup=False)
    return 0


async def _transcribe(settings: Settings, sound: Samples) -> Transcript:
    utterance = Utterance([sound])
    utterance.end(0, len(sound))
    async with open_appliance(settings, [Stage.STT]) as appliance:
        return await transcribe(appliance.scheduler, utterance, "transcribe", 1, lambda _: None)
