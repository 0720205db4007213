"""The doctor: looks at this machine with the appliance's eyes, and says what mends each problem."""

import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from appliance.audio.device import Way, negotiate
from appliance.audio.echo import route
from appliance.audio.pactl import present
from appliance.audio.presence import UNTOLD, mute_server
from appliance.audio.rights import REMEDIES, Right
from appliance.core.errors import ApplianceError, ModelError
from appliance.core.findings import Finding, Verdict
from appliance.engines.models import ModelStore, best_available, pull_profile
from appliance.guardian.levels import Level
from appliance.guardian.readings import Instruments
from appliance.inference.confine import REMEDIES as WALLS
from appliance.inference.confine import Lack
from appliance.inference.cores import spare_cores
from appliance.pipeline.sound_check import SoundFault
from appliance.rations import affordable, needs_mb
from appliance.records.backup import broken
from appliance.records.cipher import Cipher
from appliance.records.opening import FILE
from appliance.records.problems import RecordsError
from appliance.settings import Settings
from appliance.upkeep import examine_upkeep

SPARE_DISK_MB = 500
"""MB that should stay free for logs and the system."""

SOUND = "microphone sound"
"""Subject of all that is found about captured sound."""


def examine(settings: Settings, store: ModelStore) -> Iterator[Finding]:
    """Look at everything, one finding after another."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _processor,
        lambda: _sound(settings),
        _realtime,
        _confinement,
        lambda: _models(settings, store),
        lambda: _memory(settings, store),
        lambda: _disk(settings),
        lambda: _records(settings),
        lambda: _ports(settings),
        lambda: examine_upkeep(settings),
    )
    for check in checks:
        yield from check()


def sound_findings(faults: Iterable[SoundFault]) -> Iterator[Finding]:
    """What is wrong with captured sound, as `SoundCheck.findings` has it; none of it keeps one from trying."""
    for fault in faults:
        yield Finding(SOUND, Verdict.WARNING, fault.problem, fault.remedy)


def _processor() -> Iterator[Finding]:
    cores = f"{platform.machine()}, {spare_cores() + 1} cores, {spare_cores()} of them for engines"
    flags = Path("/proc/cpuinfo").read_text()
    if platform.machine() == "x86_64" and " avx2" not in flags:
        yield Finding(
            "processor",
            Verdict.PROBLEM,
            f"{cores}, without AVX2, for which llama.cpp is built",
            "use a box with AVX2 (Intel since 2013, N100 and later; AMD since 2015)",
        )
    else:
        yield Finding("processor", Verdict.OK, cores)


def _sound(settings: Settings) -> Iterator[Finding]:
    try:
        chosen = route(present(), settings.audio)
        for way, device, channels in (
            (Way.IN, chosen.microphone, chosen.channel + 1),
            (Way.OUT, chosen.loudspeaker, 1),
        ):
            agreed = negotiate(device, way, channels)
            subject = "microphone" if way is Way.IN else "loudspeaker"
            yield Finding(subject, Verdict.OK, f"{device.id}, {agreed.rate} Hz, {agreed.channels} channels")
        if mute_server():
            yield Finding("sound server", Verdict.WARNING, *UNTOLD)
    except ApplianceError as error:
        yield Finding("sound", Verdict.PROBLEM, error.problem, error.remedy or "appliance devices")


def _realtime() -> Iterator[Finding]:
    # Claimed by a process of its own: the doctor must not become real-time itself.
    claim = "from appliance.audio.rights import claim; print(int(claim(60)))"
    answer = subprocess.run(
        [sys.executable, "-c", claim], capture_output=True, text=True, timeout=30, check=False
    )
    if answer.returncode:
        yield Finding(
            "real-time rights", Verdict.WARNING, f"cannot be asked for: {answer.stderr.strip()[-200:]}"
        )
        return
    refused = Right(int(answer.stdout))
    for right, (problem, remedy) in REMEDIES.items():
        if right in refused:
            yield Finding("real-time rights", Verdict.WARNING, problem, remedy)
    if not refused:
        yield Finding("real-time rights", Verdict.OK, "SCHED_FIFO and locked memory are granted")


def _confinement() -> Iterator[Finding]:
    # As above: what a process gives up is gone for good.
    claim = "from appliance.inference.confine import confine; print(int(confine((), gpu=False)))"
    answer = subprocess.run(
        [sys.executable, "-c", claim], capture_output=True, text=True, timeout=30, check=False
    )
    lack = Lack(int(answer.stdout)) if answer.returncode == 0 else Lack.CALLS | Lack.FILES
    for wall, (problem, remedy) in WALLS.items():
        if wall in lack:
            yield Finding("engines", Verdict.WARNING, problem, remedy)
    if not lack:
        yield Finding(
            "engines", Verdict.OK, "confined: no network, no other programs, no files but their own"
        )


def _models(settings: Settings, store: ModelStore) -> Iterator[Finding]:
    profile = settings.models.profile
    try:
        missing = store.missing(profile)
        selection = best_available(store, profile)
    except ApplianceError as error:
        yield Finding("models", Verdict.PROBLEM, error.problem, error.remedy)
        return
    using = ", ".join(choices[0].model for choices in (selection.stt, selection.llm, selection.tts))
    if selection.losses:
        lost = ", ".join(loss.wanted for loss in selection.losses)
        yield Finding(
            "models", Verdict.WARNING, f"{using}; better ones are missing: {lost}", pull_profile(profile)
        )
    elif missing:
        yield Finding(
            "models", Verdict.WARNING, f"{using}; no fallback: {', '.join(missing)}", pull_profile(profile)
        )
    else:
        yield Finding("models", Verdict.OK, using)


def _memory(settings: Settings, store: ModelStore) -> Iterator[Finding]:
    try:
        sizes_mb = store.manifest.sizes_mb(settings.models.profile)
    except ModelError:
        return  # there is no such profile, which has been said already
    available_mb = Instruments().read().available_mb
    needed = f"profile {settings.models.profile} needs about {needs_mb(sizes_mb, Level.FULL)} MB"
    detail, remedy = (
        f"{available_mb:.0f} MB available, {needed}",
        "close other programs, or choose a smaller models.profile",
    )
    match affordable(sizes_mb, available_mb):
        case Level.FULL:
            yield Finding("memory", Verdict.OK, detail)
        case None:
            yield Finding("memory", Verdict.PROBLEM, detail, remedy)
        case _:
            yield Finding("memory", Verdict.WARNING, f"{detail}; it will start with smaller models", remedy)


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.models.store_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free // 2**20
    verdict = Verdict.OK if free > SPARE_DISK_MB else Verdict.PROBLEM
    remedy = "" if verdict is Verdict.OK else f"free some space below {existing}"
    yield Finding("disk", verdict, f"{free} MB free for models in {folder}", remedy)


def _records(settings: Settings) -> Iterator[Finding]:
    file = settings.audio.state_folder() / FILE
    for aside in (path for path in broken(file) if path.suffix == file.suffix):
        detail = f"{file.name} was broken once; what was left of it is {aside}, and may hold what was said"
        yield Finding("records", Verdict.WARNING, detail, f"Look into it, then: rm {aside}*")
    days, key_file = settings.records.keep_days, settings.records.key_file
    try:
        sealed = "sealed with a key" if Cipher.load(key_file).keyed else "readable by whoever has the disk"
    except RecordsError as error:
        yield Finding("records", Verdict.WARNING, f"nothing said is kept: {error.problem}", error.remedy)
    else:
        kept = f"what is said is kept for {days} days in {file}, {sealed}"
        yield Finding("records", Verdict.OK, kept if days else "nothing that is said is kept")


def _ports(settings: Settings) -> Iterator[Finding]:
    if not settings.http.enabled:
        yield Finding("ports", Verdict.OK, "none is opened: http.enabled is off")
        return
    wanted = {"http.port": settings.http.port, "http.help_port": settings.http.help_port}
    taken = {key: port for key, port in wanted.items() if port and _listens(port)}
    for key, port in taken.items():
        yield Finding(
            "ports",
            Verdict.WARNING,
            f"a program listens on TCP port {port} already; the appliance itself, if it runs",
            f"`ss -ltnp 'sport = :{port}'` names it; stop it, or set {key}",
        )
    if not taken:
        free = " and ".join(map(str, wanted.values()))
        yield Finding("ports", Verdict.OK, f"{free} are free for the page in browsers")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
