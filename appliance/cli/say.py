"""`appliance say`: the voice alone."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from appliance.app import local_port, open_appliance
from appliance.cli.obtain import obtain
from appliance.cli.output import check_writable, write_sound
from appliance.core import clock
from appliance.core.errors import DeviceError, InputError
from appliance.core.interfaces import AudioPort
from appliance.core.speech import Stage
from appliance.inference.job import Inference
from appliance.pipeline.loudspeaker import Loudspeaker, Playout
from appliance.pipeline.sentences import Splitter
from appliance.pipeline.speak import Recital
from appliance.settings import Settings
from appliance.transports.local import LocalPort
from appliance.transports.wavfile import WavPort

LONGEST = 20_000
"""Characters; about half an hour of speech."""

DEVICE_LOOK_S = 0.5
"""s between two looks at whether the sound device is still there."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "say",
        parents=[common],
        help="read a text aloud",
        description="Reads a text aloud with the appliance's voice, through the loudspeaker or into a file.",
    )
    parser.add_argument("text", metavar="TEXT", help="what to say")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a WAV file instead of playing")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Say it."""
    if not args.text.strip():
        raise InputError("there is nothing to say", "give a text, in quotes")
    if len(args.text) > LONGEST:
        raise InputError(f"the text has {len(args.text)} characters; {LONGEST} can be said at once")
    if args.out:
        check_writable(args.out)
    obtain(settings)
    asyncio.run(_say(settings, args.text, args.out))
    return 0


async def _say(settings: Settings, text: str, out: Path | None) -> None:
    async with open_appliance(settings, [Stage.TTS]) as appliance:
        if out:
            port = WavPort()
            await recite(appliance.scheduler, port, text)
            write_sound(out, port.speaker(), port.playback_rate)
            return
        local = local_port(settings)
        await local.open()
        saying = asyncio.create_task(recite(appliance.scheduler, local, text))
        losing = asyncio.create_task(lose(local))
        try:
            await asyncio.wait({losing, saying}, return_when=asyncio.FIRST_COMPLETED)
            await (losing if losing.done() else saying)
        finally:
            losing.cancel()
            saying.cancel()
            await local.close()


async def lose(port: LocalPort) -> None:
    """Fail when there is no device, or no longer: `LocalPort` would wait for one, but who types this would not."""
    while not port.speechless:
        await clock.sleep_until(clock.now() + DEVICE_LOOK_S)
    raise DeviceError(
        port.status.loudspeaker.line, "`appliance devices` lists what there is; --out FILE needs none"
    )


async def recite(inference: Inference, port: AudioPort, text: str) -> None:
    """Return when the last sample has left the loudspeaker."""
    playout = await Loudspeaker(port).open()
    reciting = asyncio.create_task(_read(Recital(inference, playout, "say", 1), playout, text))
    async for _ in port.frames():
        if reciting.done() and (reciting.exception() or playout.finished(port.heard())):
            break
    await reciting


async def _read(recital: Recital, playout: Playout, text: str) -> None:
    splitter = Splitter()
    for clause in [*splitter.feed(text), *splitter.finish()]:
        await recital.say(clause)
    if playout.silent:
        raise InputError("nothing in this text can be said", "give a text with words in it")
    playout.seal()
