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
PROGRAMS = (
    *("pipewire", "wireplumber", "pipewire-pulse", "pactl", "paplay", "parec", "dbus-run-session"),
    *("pw-loopback", "pw-cat"),
)
MISSING = tuple(program for program in PROGRAMS if shutil.which(program) is None)

needs_sound = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

# A quantum of 480 that is not rounded to a power of two gives true 10 ms periods.
BARE = """
context.properties = {
  default.clock.rate = 48000  default.clock.allowed-rates = [ 48000 ]
  default.clock.quantum = 480  default.clock.min-quantum = 160  default.clock.max-quantum = 960
  clock.power-of-two-quantum = false
}
"""
"""A server without devices, to which they are plugged."""

DEVICES = """
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
"""A loudspeaker and a microphone that are always there."""

PLUGS = {
    "microphone": ("media.class = Audio/Sink/Internal  node.name = feed.{0}", "media.class = Audio/Source"),
    "loudspeaker": ("media.class = Audio/Sink", "media.class = Audio/Source/Internal  node.name = ear.{0}"),
}
"""What pw-loopback makes a device of: the properties of the end that takes sound, and of the one that gives it. The
internal ends are for us: no program takes them for devices."""

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

    def __init__(self, folder: Path, *, bare: bool = False) -> None:
        """`bare`: without devices, until some are plugged."""
        self.folder = folder
        self._bare = bare
        self._processes: list[subprocess.Popen[bytes]] = []
        self._plugged: dict[str, subprocess.Popen[bytes]] = {}

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
        configuration = BARE if self._bare else BARE + DEVICES
        (self.folder / "config/pipewire/pipewire.conf.d/10-virtual.conf").write_text(configuration)
        self._spawn("pipewire")
        self._until((self.folder / "run/pipewire-0").exists, "PipeWire's socket")
        self._spawn("dbus-run-session", "--", "wireplumber")  # it leaves without a message bus
        self._spawn("pipewire-pulse")
        if self._bare:
            self._until(lambda: "Default" in self._pactl("info"), "its manners")
            return
        self._until(lambda: MICROPHONE in self._pactl("list", "short", "sources"), "the virtual microphone")
        self.make_default("sink", SPEAKER)
        self.make_default("source", MICROPHONE)

    def stop(self) -> None:
        """Kill every process of every server, whatever state they are in. Everything is pulled by that."""
        for name in tuple(self._plugged):
            self.pull(name)
        while self._processes:
            self._end(self._processes.pop(0))
        for socket in (self.folder / "run").glob("pipewire-0*"):
            socket.unlink()

    def plug(self, kind: str, name: str, rate: int = 48_000) -> None:
        """Plug a device in, of a kind in PLUGS. It is there soon afterwards."""
        taking, giving = PLUGS[kind]
        common = f"node.description = {name}  audio.rate = {rate}"
        ends = [
            "{ "
            + f"{end.format(name)}  {common} "
            + ("" if "node.name" in end else f"node.name = {name} ")
            + "}"
            for end in (taking, giving)
        ]
        self._plugged[name] = subprocess.Popen(
            ["pw-loopback", "-m", "[MONO]", f"--capture-props={ends[0]}", f"--playback-props={ends[1]}"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def pull(self, name: str) -> None:
        """Pull a device out, if it is in."""
        if process := self._plugged.pop(name, None):
            self._end(process)

    def force_rate(self, rate: int) -> None:
        """Have everything run at another rate (Hz); 0: as it was."""
        command = ["pw-metadata", "-n", "settings", "0", "clock.force-rate", str(rate)]
        subprocess.run(command, env=self.environment, check=False, capture_output=True, timeout=10)

    def listen_to(self, node: str) -> None:
        """Make a node the microphone: MICROPHONE, or MONITOR to hear the loudspeaker itself."""
        try:
            self.make_default("source", node)
        except TimeoutError:  # now and then WirePlumber dies; nothing but a new server helps
            self.stop()
            self.start()
            self.make_default("source", node)

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

    def speak_into(self, name: str, wav: Path) -> subprocess.Popen[bytes]:
        """Play a WAV file into a microphone that was plugged; it ends when the file does, or the server."""
        command = ["pw-cat", "--playback", f"--target=feed.{name}", str(wav)]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def record_from(self, name: str, raw: Path) -> subprocess.Popen[bytes]:
        """Record what a loudspeaker that was plugged plays, until it is terminated: 16 kHz mono, 16 bits."""
        command = ["parec", f"--device={name}.monitor", "--rate=16000", "--channels=1", "--format=s16le"]
        with raw.open("wb") as file:
            return subprocess.Popen(
                [*command, "--latency-msec=20"], env=self.environment, stdout=file, stderr=subprocess.DEVNULL
            )

    def make_default(self, kind: str, node: str) -> None:
        """Have the server choose a "source" or "sink" from now on, whenever it is there."""

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
