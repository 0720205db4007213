"""The part of the doctor that listens: plays a short signal, measures its echo, and remembers what to do about it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from appliance.audio.bridge import Bridge
from appliance.audio.canceller import CancellerSettings, HybridCanceller
from appliance.audio.echo_choice import Choice, Left, cancels, choose_mode, measure_left
from appliance.audio.echo_memory import Chosen, EchoMemory, EchoPath
from appliance.audio.echo_path import LATEST_S, QUIET_S, WAVE_S, Echo, Recording, find_echo, wave
from appliance.audio.reference import PlayedReference, ReferenceSource, WiredReference
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.clock import wall
from appliance.core.errors import ApplianceError, DeviceError
from appliance.core.findings import Finding, Verdict
from appliance.settings import Settings
from appliance.transports.local import LocalPort

SETTLE_S: Final = 2.0
"""s to listen first: by then the drift between the devices' clocks is known to 10 ppm."""
ATTEMPTS: Final = 3
"""Times to try when the sound stumbles."""
PATIENCE_S: Final = 30.0
"""s after which no sound will come any more."""

Sound = Callable[[int], Samples]
"""Makes a sound at a rate (Hz)."""


def silence(rate: int) -> Samples:
    """No warning."""
    return np.zeros(round(QUIET_S * rate), np.float32)


def examine_echo(settings: Settings) -> Iterator[Finding]:
    """Measure the echo of the devices in use, and remember what was found."""
    try:
        path, choice = asyncio.run(measure(settings.audio))
        EchoMemory(settings.audio.state_folder()).remember(path)
    except ApplianceError as error:
        yield Finding("echo", Verdict.PROBLEM, error.problem, error.remedy or "appliance devices")
    except OSError as error:
        yield Finding("echo", Verdict.PROBLEM, f"cannot be remembered: {error}", "set audio.folder")
    else:
        yield _finding(path, choice)
        if settings.audio.echo not in {EchoMode.AUTO, path.mode}:
            told = f"audio.echo is set to '{settings.audio.echo}', and that is what happens"
            yield Finding("echo mode", Verdict.WARNING, told, "set audio.echo to 'auto'")


async def measure(audio: AudioSettings, warning: Sound = silence) -> tuple[EchoPath, Choice]:
    """What the echo of the devices in use is like, and what to do about it.

    First the device's own canceller is tried, if it is known to have one; then ours.

    Args:
        audio: which devices.
        warning: what people in the room hear before, at the rate it is given.

    Raises:
        DeviceError: there is no sound, or it stumbles again and again.
    """
    with TemporaryDirectory() as nowhere:  # what was remembered must not decide what is measured
        fresh = replace(audio, echo=EchoMode.AUTO, folder=nowhere)
        chosen, recording = await record(fresh, warning)
        echo = await asyncio.to_thread(find_echo, recording)
        if chosen.mode is EchoMode.HARDWARE:
            if cancels(echo):
                choice = Choice(EchoMode.HARDWARE, "the device removes it")
                return _path(chosen, echo, Left(None, None), choice), choice
            same = replace(fresh, microphone=chosen.microphone, loudspeaker=chosen.loudspeaker)
            chosen, recording = await record(replace(same, echo=EchoMode.SOFTWARE))
            echo = await asyncio.to_thread(find_echo, recording)
    left = Left(None, None)
    if echo:
        canceller = HybridCanceller(CancellerSettings(), echo.delay_ms)
        left = await asyncio.to_thread(measure_left, recording, echo, canceller)
    choice = choose_mode(recording, echo, left)
    return _path(chosen, echo, left, choice), choice


async def record(audio: AudioSettings, warning: Sound = silence) -> tuple[Chosen, Recording]:
    """Open the devices, play the signal, and return what was heard of it.

    Args:
        audio: which devices.
        warning: is played first.

    Raises:
        DeviceError: there is no sound, or it stumbles again and again.
    """
    bridge = Bridge(audio)
    port = LocalPort(bridge)
    await port.open()
    try:
        chosen = bridge.status.chosen
        if chosen is None:
            raise DeviceError(bridge.status.line, "appliance devices")
        reference = WiredReference(bridge.memory) if chosen.wired else PlayedReference(bridge.memory)
        async with asyncio.timeout(PATIENCE_S):
            await _play(port, warning(port.playback_rate))
            return chosen, await _record(port, reference)
    except TimeoutError:
        raise DeviceError("no sound arrives from the microphone", "appliance devices") from None
    finally:
        await port.close()


async def _record(port: LocalPort, reference: ReferenceSource) -> Recording:
    frames = port.frames()
    for _ in range(ATTEMPTS):
        await _hear(frames, reference, SETTLE_S)
        quiet = silence(port.playback_rate)
        playing = asyncio.create_task(_play(port, np.concatenate([quiet, wave(port.playback_rate)])))
        heard = await _hear(frames, reference, QUIET_S + WAVE_S + LATEST_S + QUIET_S)
        await playing
        if heard:
            return heard
    raise DeviceError("sound is lost again and again", "close other programs, and check once more")


async def _play(port: LocalPort, sound: Samples) -> None:
    step = port.playback_rate // 10
    for first in range(0, len(sound), step):
        await port.play(AudioFrame(sound[first : first + step], port.playback_rate, first))


async def _hear(
    frames: AsyncIterator[AudioFrame], reference: ReferenceSource, seconds: float
) -> Recording | None:
    """Listen for a while. None: sound was lost meanwhile."""
    microphone, played, breaks = [], [], 0
    async for frame in frames:
        beside = reference.beside(frame)
        microphone.append(frame.samples)
        played.append(beside.samples)
        breaks += not beside.continues
        if sum(map(len, microphone)) >= seconds * CAPTURE_RATE:
            break
    return None if breaks else Recording(np.concatenate(microphone), np.concatenate(played))


def _path(chosen: Chosen, echo: Echo | None, left: Left, choice: Choice) -> EchoPath:
    return EchoPath(
        microphone=chosen.microphone,
        loudspeaker=chosen.loudspeaker,
        mode=choice.mode,
        delay_ms=round(echo.delay_ms, 2) if echo else None,
        return_loss_db=round(echo.return_loss_db, 1) if echo else None,
        residual_db=None if left.cleaned_db is None else round(left.cleaned_db, 1),
        when=wall().isoformat(timespec="seconds"),
    )


def _finding(path: EchoPath, choice: Choice) -> Finding:
    figures = []
    if path.delay_ms is not None:
        figures += [f"{path.delay_ms:.0f} ms late", f"{path.return_loss_db:.0f} dB below what is played"]
    if path.residual_db is not None:
        figures += [f"{path.residual_db:.0f} dB of it removed"]
    measured = f" ({', '.join(figures)})" if figures else ""
    detail = f"{path.mode}: {choice.reason}{measured}"
    if path.mode is EchoMode.HALF_DUPLEX:
        remedy = "turn the loudspeaker down or move it away from the microphone, and check once more"
        return Finding("echo", Verdict.WARNING, detail, remedy)
    if path.delay_ms is None and path.mode is EchoMode.SOFTWARE:
        remedy = "turn the loudspeaker up and check once more; with headphones, set audio.echo to 'none'"
        return Finding("echo", Verdict.WARNING, detail, remedy)
    return Finding("echo", Verdict.OK, detail)
