"""What lies on a disk: written by the owner, fetched from elsewhere, or left over from a power cut."""

import atexit
import datetime
import io
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, wraps
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import soundfile

from appliance.audio.echo_memory import EchoMemory, EchoPath
from appliance.audio.settings import EchoMode
from appliance.converse import LONGEST_CLIP_S, read_recording
from appliance.core.audio import CAPTURE_RATE
from appliance.core.errors import ConfigError, InputError
from appliance.device.memory import Memory
from appliance.device.plan import make_plan
from appliance.device.setup_file import read_setup
from appliance.engines.models.ledger import LEDGER, Ledger
from appliance.engines.models.reading import load_manifest
from appliance.engines.models.transfer import SourceError
from appliance.engines.models.wheel import member_of
from appliance.sessions.phrases import APOLOGIES, QUESTION, STILL_BROKEN, load_phrases
from appliance.settings import as_dict, load_settings
from appliance.timelines.lines import read
from appliance.timelines.svg import picture
from appliance.timelines.terminal import draw
from appliance.web.certificates import DeviceCertificates
from appliance.web.devices import Devices
from appliance.web.own_certificate import OwnCertificate
from tests.device.box import box
from tests.fuzz.target import Target, refusal
from tests.virtual_time import run

BETWEEN = b"\0\0"
"""Separates two files in one input."""

MEMBER = "model.onnx"
"""What is looked for in wheels."""


def _in_a_folder(feed: Callable[[Path, bytes], None]) -> Callable[[bytes], None]:
    """Gives a reader an empty folder."""

    @wraps(feed)
    def fed(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            feed(Path(folder), data)

    return fed


@_in_a_folder
def recording(folder: Path, data: bytes) -> None:
    """A recording that somebody wants to have played."""
    path = folder / "a.wav"
    path.write_bytes(data)
    with refusal(InputError):
        samples = read_recording(path)
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        assert 0 < len(samples) <= LONGEST_CLIP_S * CAPTURE_RATE + 1
        assert np.isfinite(samples).all()


@_in_a_folder
def settings(folder: Path, data: bytes) -> None:
    """A settings file, and behind `BETWEEN` an environment."""
    toml, _, environment = data.partition(BETWEEN)
    path = folder / "appliance.toml"
    path.write_bytes(toml)
    with refusal(ConfigError):
        as_dict(load_settings(path, _environment(environment)))


def setup(data: bytes) -> None:
    """A settings file on somebody's stick, and the files that a system would get of it."""
    with refusal(InputError):
        plan = make_plan(read_setup(data), _system(), Memory())
        for file in plan.files:
            assert not file.path.startswith("/")
            assert ".." not in file.path.split("/")
            assert file.path.isprintable()
            assert len(file.path.rpartition("/")[2]) <= 255
            file.text.encode()
        assert all(line.isprintable() for line in plan.told)


@cache
def _system() -> Path:
    """One for all inputs: planning changes nothing."""
    folder = Path(tempfile.mkdtemp(prefix="appliance-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return box(folder)


def _environment(data: bytes) -> Mapping[str, str]:
    lines = (line.partition("=") for line in data.decode("utf-8", "surrogateescape").splitlines())
    return {f"APPLIANCE_{name}": value for name, _, value in lines}


@_in_a_folder
def manifest(folder: Path, data: bytes) -> None:
    """A manifest of models."""
    path = folder / "manifest.toml"
    path.write_bytes(data)
    with refusal(ConfigError):
        load_manifest(path)


@_in_a_folder
def wheel(folder: Path, data: bytes) -> None:
    """A wheel that a package index has sent."""
    path = folder / "a.whl"
    path.write_bytes(data)
    with suppress(SourceError), member_of(path, MEMBER) as stream:
        while stream.body.read1(65_536):
            pass


@_in_a_folder
def phrase(folder: Path, data: bytes) -> None:
    """A recorded phrase."""
    for name in {*APOLOGIES.values(), STILL_BROKEN, QUESTION}:
        (folder / f"{name}.wav").write_bytes(_short())
    (folder / f"{QUESTION}.wav").write_bytes(data)
    with refusal(ConfigError):
        for samples in load_phrases(folder, 48_000).values():
            assert samples.ndim == 1
            assert np.isfinite(samples).all()


@cache
def _short() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(160, np.float32), 16_000, format="WAV")
    return file.getvalue()


@_in_a_folder
def certificate(folder: Path, data: bytes) -> None:
    """The owner's certificate, and behind `BETWEEN` its key."""
    leaf, _, key = data.partition(BETWEEN)
    (folder / "a.pem").write_bytes(leaf)
    (folder / "b.pem").write_bytes(key)
    own = OwnCertificate(str(folder / "a.pem"), str(folder / "b.pem"), lambda: NOW)
    with refusal(ConfigError):
        own.refresh(())
        assert own.fingerprint


NOW = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
"""When the certificates in the corpus are valid."""


# What the box wrote itself, and finds damaged: nothing of that may stop it.


@_in_a_folder
def own_certificates(folder: Path, data: bytes) -> None:
    """The box's certificates: the authority, and behind `BETWEEN` the leaf."""
    root, _, leaf = data.partition(BETWEEN)
    (folder / "authority.pem").write_bytes(root)
    (folder / "box.pem").write_bytes(leaf)
    certificates = DeviceCertificates(folder, "voicebox", lambda: NOW)
    certificates.refresh(())
    assert certificates.context
    again = DeviceCertificates(folder, "voicebox", lambda: NOW)
    again.refresh(())
    assert again.fingerprint == certificates.fingerprint


@_in_a_folder
def devices(folder: Path, data: bytes) -> None:
    """The list of paired devices."""
    path = folder / "devices.json"
    path.write_bytes(data)
    known = Devices(path, 1000)
    known.identify("a token")
    assert all(device.paired.utcoffset() is not None for device in known.all())

    async def pair() -> None:
        device, token = await known.pair("a phone")
        assert known.identify(token) == device

    run(pair())
    assert len(Devices(path, 1000).all()) == len(known.all())


@_in_a_folder
def echo(folder: Path, data: bytes) -> None:
    """What was measured of echoes."""
    (folder / "echo.json").write_bytes(data)
    memory = EchoMemory(folder)
    path = EchoPath("mic", "speaker", EchoMode.NONE, 1.0, 2.0, None, "now")
    found = memory.recall("mic", "speaker")
    if found:
        assert all(isinstance(value, float | int | None) for value in (found.delay_ms, found.residual_db))
    memory.remember(path)
    assert memory.recall("mic", "speaker") == path


@_in_a_folder
def ledger(folder: Path, data: bytes) -> None:
    """The lock of the models."""
    (folder / LEDGER).write_bytes(data)
    lock = Ledger(folder)
    for name, entry in lock.entries().items():
        assert isinstance(name, str)
        entry.describes(folder.stat())
    with lock.exclusive():
        lock.record("a", None)


@_in_a_folder
def timelines(folder: Path, data: bytes) -> None:
    """Timelines of turns, or a log, that somebody wants to see drawn."""
    path = folder / "timeline.jsonl"
    path.write_bytes(data)
    with refusal(InputError):
        for turn in read([path]):
            assert all(len(line) <= 80 for line in draw(turn))
            ET.fromstring(picture(turn, whole=True))


FILES = (
    Target("recording", recording, (b"RIFF", b"WAVEfmt ", b"data", b"fLaC", b"OggS", b"\xff\xff\xff\xff")),
    Target(
        "settings", settings, (b"\n[llm]\n", b"=", b'"', b"[[", b"[", b"9" * 5000, BETWEEN, b"LLM__THREADS=")
    ),
    Target(
        "setup",
        setup,
        (
            b"[network]\n",
            b'wifi = "',
            b'passphrase = "',
            b"[ssh]\nkey = ",
            b"[appliance.",
            b"\\n",
            b"\r",
            b"1.2.3.4/8",
        ),
    ),
    Target(
        "manifest", manifest, (b"\n[models.a]\n", b"files = 3\n", b"[[models.a.files]]\n", b"name = [[]]\n")
    ),
    Target("wheel", wheel, (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\x63\x00")),
    Target("phrase", phrase, (b"RIFF", b"data", b"\x02\x00", b"\xff\xff\xff\x7f")),
    Target(
        "certificate",
        certificate,
        (b"-----BEGIN CERTIFICATE-----\n", b"-----END PRIVATE KEY-----\n", BETWEEN),
    ),
    Target("own_certificates", own_certificates, (b"-----BEGIN CERTIFICATE-----\n", BETWEEN)),
    Target("devices", devices, (b'"seen": "2026-01-01"', b"null", b"[", b"{", '"ü"'.encode())),
    Target("echo", echo, (b'"mode": "none"', b"null", b"[" * 3000, b"{", b"NaN")),
    Target("ledger", ledger, (b"[" * 3000, b"{", b'"size": -1', b"1e99")),
    Target("timelines", timelines, (b'"stamps":{', b"null", b"-1e9", b"NaN", b'"work":[', b"\\u0007", b"\n")),
)
"""All of them."""
