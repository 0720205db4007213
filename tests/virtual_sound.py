"""A private PipeWire with a loudspeaker one can listen to and a microphone one can speak into."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import soundfile

from appliance.core.audio import Samples

SPEAKER = "vspk"
"""PipeWire node that the appliance plays to."""
MICROPHONE = "vmic"
"""PipeWire node that the appliance records from."""
FEED = "vfeed"
"""PipeWire node whose input is the microphone: what is played to it is what the appliance hears."""
MONITOR = "vspk.monitor"
"""PipeWire node on which one records what the loudspeaker plays."""
PROGRAMS = ("pipewire", "wireplumber", "pipewire-pulse", "pactl", "paplay", "parec", "dbus-run-session")
MISSING = tuple(program for program in PROGRAMS if shutil.which(program) is None)

needs_sound = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

# A quantum of 480 that is not rounded to a power of two gives true 10 ms periods.
CONFIGURATION = """
context.properties = {
  default.clock.rate = 48000  default.clock.allowed-rates = [ 48000 ]
  default.clock.quantum = 480  default.clock.min-quantum = 160  default.clock.max-quantum = 960
  clock.power-of-two-quantum = false
}
context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink  node.name = vspk  node.description = VirtualSpeaker
  media.class = Audio/Sink  object.linger = true  audio.position = [ MONO ]  audio.rate = 48000
} } ]
context.modules = [ { name = libpipewire-module-loopback args = {
  audio.position = [ MONO ]  audio.rate = 48000
  capture.props = { node.name = vfeed  media.class = Audio/Sink  node.description = VirtualMicFeed }
  playback.props = { node.name = vmic  media.class = Audio/Source  node.description = VirtualMic }
} } ]
"""

ROOM = """
context.spa-libs = {{ support.* = support/libspa-support  audio.convert.* = audioconvert/libspa-audioconvert }}
context.modules = [
  {{ name = libpipewire-module-rt  flags = [ ifexists nofail ] }}
  {{ name = libpipewire-module-protocol-native }}
  {{ name = libpipewire-module-client-node }}
  {{ name = libpipewire-module-adapter }}
  {{ name = libpipewire-module-filter-chain  args = {{
    node.description = Room  media.name = Room  audio.channels = 1  audio.position = [ MONO ]
    filter.graph = {{ nodes = [ {{ type = builtin  label = convolver  name = air
      config = {{ filename = "{response}"  blocksize = 480  tailsize = 4096 }} }} ] }}
    capture.props = {{ node.name = room.in  stream.capture.sink = true  target.object = vspk }}
    playback.props = {{ node.name = room.out  target.object = vfeed }}
  }} }}
]
"""
"""The air between the loudspeaker and the microphone: an impulse response, as a client of the server."""

ATTEMPTS = 3
"""Times to try: on a machine under load WirePlumber sometimes leaves before it has begun."""

FOREIGN = ("PULSE_SERVER", "PULSE_LATENCY_MSEC", "ALSA_CONFIG_PATH", "DBUS_SESSION_BUS_ADDRESS")
"""Variables that would lead a client to another sound server, or make it hang."""


class VirtualSound:
    """The servers' processes and the folder they live in. `start` again after `stop` is a new server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def variables(self) -> Mapping[str, str]:
        """What a program needs in its environment to meet this server and no other."""
        run = str(self.folder / "run")
        return {"XDG_RUNTIME_DIR": run, "PIPEWIRE_RUNTIME_DIR": run}

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the servers and their tools, which keep their notes in the folder too."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        own = {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "HOME": "."}
        return kept | {name: str(self.folder / part) for name, part in own.items()} | dict(self.variables)

    def start(self) -> None:
        """Bring the servers up, with their devices as the defaults."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._bring_up()
            except TimeoutError:
                self.stop()
                if attempt == ATTEMPTS:
                    raise
            else:
                return

    def _bring_up(self) -> None:
        shutil.rmtree(self.folder / "state", ignore_errors=True)  # WirePlumber remembers defaults
        for part in ("run", "state", "config/pipewire/pipewire.conf.d"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "run").chmod(0o700)
        (self.folder / "config/pipewire/pipewire.conf.d/10-virtual.conf").write_text(CONFIGURATION)
        self._spawn("pipewire")
        self._until((self.folder / "run/pipewire-0").exists, "PipeWire's socket")
        self._spawn("dbus-run-session", "--", "wireplumber")  # it leaves without a message bus
        self._spawn("pipewire-pulse")
        self._until(lambda: MICROPHONE in self._pactl("list", "short", "sources"), "the virtual microphone")
        self._make_default("sink", SPEAKER)
        self._make_default("source", MICROPHONE)

    def stop(self) -> None:
        """Kill every process of every server, whatever state they are in."""
        while self._processes:
            self._end(self._processes.pop(0))
        for socket in (self.folder / "run").glob("pipewire-0*"):
            socket.unlink()

    def listen_to(self, node: str) -> None:
        """Make a node the microphone: MICROPHONE, or MONITOR to hear the loudspeaker itself."""
        try:
            self._make_default("source", node)
        except TimeoutError:  # now and then WirePlumber dies; nothing but a new server helps
            self.stop()
            self.start()
            self._make_default("source", node)

    @contextlib.contextmanager
    def air(self, response: Samples) -> Iterator[None]:
        """Let the microphone hear the loudspeaker through an impulse response (48 kHz), for a while."""
        file, config = self.folder / "air.wav", self.folder / "air.conf"
        soundfile.write(file, response, 48_000, subtype="FLOAT")
        config.write_text(ROOM.format(response=file))
        self._spawn("pipewire", "-c", str(config))
        try:
            self._until(lambda: "room.out" in self._pactl("list", "sink-inputs"), "the air")
            yield
        finally:
            self._end(self._processes.pop())

    def speak(self, wav: Path) -> None:
        """Play a WAV file into the microphone, and return when it is over."""
        subprocess.run(["paplay", f"--device={FEED}", wav], env=self.environment, check=True, timeout=60)

    def _make_default(self, kind: str, node: str) -> None:
        def asked() -> bool:  # again and again: while it starts, WirePlumber sets defaults of its own
            self._pactl(f"set-default-{kind}", node)
            return self._pactl(f"get-default-{kind}").strip() == node

        self._until(asked, f"{node} as the default {kind}")

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _spawn(self, *command: str) -> None:
        log = (self.folder / f"{Path(command[-1]).name}.log").open("wb")
        with log:
            process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append(process)

    def _pactl(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                ["pactl", *arguments],
                env=self.environment,
                check=False,
                capture_output=True,
                text=True,
                timeout=2,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout

    @staticmethod
    def _until(ready: Callable[[], bool], what: str) -> None:
        pause = threading.Event()
        for _ in range(100):
            if ready():
                return
            pause.wait(0.05)
        raise TimeoutError(f"the private sound server did not show {what} within 5 s")


@pytest.fixture(scope="session")
def virtual_sound_server() -> Iterator[VirtualSound]:
    """One private server for the whole test session."""
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def virtual_sound(virtual_sound_server: VirtualSound, monkeypatch: pytest.MonkeyPatch) -> VirtualSound:
    """The private server, with this process' environment (and so its children's) leading to it."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    for name, value in virtual_sound_server.variables.items():
        monkeypatch.setenv(name, value)
    virtual_sound_server.listen_to(MICROPHONE)
    return virtual_sound_server
