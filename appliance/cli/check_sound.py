"""The part of the doctor that hears: records a few seconds, and names what is wrong with the sound."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio.device import Way, negotiate
from appliance.audio.echo import route
from appliance.audio.pactl import present
from appliance.audio.record import record
from appliance.cli.output import progress_console
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.errors import ApplianceError
from appliance.core.findings import Finding, Verdict
from appliance.core.resample import resample
from appliance.health import SOUND, sound_findings
from appliance.pipeline.sound_check import SoundCheck
from appliance.pipeline.sound_signs import dead_channels
from appliance.settings import Settings

LISTEN_S: Final = 5.0
"""s: a sentence, whose vowels last the second that judging a voice takes."""

CUT_S: Final = 0.2
"""s at the beginning that are not judged: devices deliver zeros, or a thump, when they are opened."""


def examine_sound(settings: Settings) -> Iterator[Finding]:
    """Listen to the microphone in use. Nothing is said when there is none: others say that."""
    try:
        chosen = route(present(), settings.audio)
        width = max(
            chosen.channel + 1, min(2, chosen.microphone.inputs)
        )  # a dead channel shows beside another
        agreed = negotiate(chosen.microphone, Way.IN, width)
    except ApplianceError:
        return
    progress_console.print(f"Listening for {LISTEN_S:.0f} s: please say something.")
    try:
        sound = record(chosen.microphone, agreed, LISTEN_S)
    except ApplianceError as error:
        yield Finding(SOUND, Verdict.PROBLEM, error.problem, error.remedy)
        return
    yield from judge(sound[round(CUT_S * agreed.rate) :], agreed.rate, chosen.channel)


def judge(sound: NDArray[np.float32], rate: int, channel: int) -> Iterator[Finding]:
    """What is to be said about a recording, shape (n, channels), of which one channel is listened to."""
    dead = dead_channels(sound)
    alive = [other for other in range(sound.shape[1]) if other not in dead]
    if channel in dead:
        yield Finding(
            SOUND,
            Verdict.WARNING,
            f"Channel {channel}, which is listened to, is dead; channel {alive[0]} is not.",
            f"set audio.capture_channel to {alive[0]}",
        )
        return
    if dead:
        listed = " and ".join(map(str, dead))
        yield Finding(SOUND, Verdict.OK, f"Channel {listed} is dead, but channel {channel} is listened to.")
    heard = resample(np.ascontiguousarray(sound[:, channel]), rate, CAPTURE_RATE)
    check = SoundCheck()
    check.feed(AudioFrame(heard, CAPTURE_RATE, 0))
    yield from sound_findings(check.findings)
    if not check.findings:
        yield Finding(SOUND, Verdict.OK, describe(heard, spoken=bool(check.voiced)))


def describe(heard: Samples, *, spoken: bool) -> str:
    """Faultless sound in words."""
    loudest = 20 * np.log10(max(float(np.abs(heard).max(initial=0.0)), 1e-6))
    voice = "a voice among it" if spoken else "and no voice, so quiet and muffled voices were not looked for"
    return f"{loudest:.0f} dBFS at the loudest, {voice}"
