from pathlib import Path

import pytest

from appliance.core.errors import ConfigError
from appliance.engines.models.reading import load_manifest

WRONG = """
[models.a]
role = "stt"
engine = "wisper"
licence = "MIT"
sellable = true
origin = "x"
memory_mb = 0
note = "x"
colour = "red"
[[models.a.files]]
name = "../x"
size = 1
sha256 = "ABC"
sources = [
    { kind = "hub", repo = "x", revision = "main", path = "p" },
    { kind = "ftp" },
    { kind = "wheel", member = "m" },
]
[[models.a.files]]
name = "../x"
size = 1
[models.b]
role = "llm"
[profiles.p]
summary = "s"
vad = ["a"]
stt = ["c"]
llm = []
"""


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(WRONG)
    with pytest.raises(ConfigError) as raised:
        load_manifest(path)
    told = raised.value.problem
    for mistake in (
        "models.a.engine: input should be 'silero'",
        "models.a.memory_mb: input should be greater",
        "models.a.colour: there is no such key",
        "models.a.files.0.name: string should match pattern '^[A-Za-z0-9]",
        "models.a.files.0.sha256",
        "models.a.files.0.sources.0.repo",
        "models.a.files.0.sources.1: input tag 'ftp'",
        "models.a.files.0.sources.2.wheel is missing",
        "models.a.files.1.sources is missing",
        "models.b.licence is missing",
        "models.b: needs either files or `installed`",
        "profiles.p.llm",
        "profiles.p.tts is missing",
        "profiles.p.vad: 'a' is for stt, not for vad",
        "profiles.p.stt: there is no model 'c'",
        "'../x' is the name of 2 files",
    ):
        assert mistake in told


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text("models = [")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_manifest(path)


@pytest.mark.parametrize(
    "content", [b"", b"models = 3\nprofiles = 4", b'[models]\na = "b"\n[profiles]\nc = 1']
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load_manifest(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read"):
        load_manifest(tmp_path / "absent.toml")
