"""House rules that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "appliance"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
CODE = sorted(path for folder in ("appliance", "tests", "scripts") for path in (ROOT / folder).rglob("*.py"))

CONFORMANCE = "every engine passes the suite of its protocol, and "
DATA = "declarations only; what they mean is tested where they are used"

UNMIRRORED = {
    "__main__.py": "tests/cli/test_main.py starts it as a person does",
    "network.py": "tests/test_browser.py comes in through it",
    "warm.py": "tests/test_app.py holds the warm turn through real engines",
    "audio/settings.py": DATA,
    "core/cause.py": DATA,
    "core/clock.py": "tests/test_virtual_time.py: the loop is the clock",
    "core/findings.py": DATA,
    "core/interfaces.py": DATA,
    "core/monotonic.py": "one call",
    "diagnosis/settings.py": DATA,
    "engines/espeak_library.py": CONFORMANCE + "this is the C half of espeak.py",
    "engines/llama_abort.py": CONFORMANCE + "tests/engines/test_llama.py cancels through it",
    "engines/llama_context.py": CONFORMANCE + "this is the C half of llama.py",
    "engines/llama_dialogue.py": "one seat of llama.py: tests/engines/test_llama.py talks through it",
    "engines/llama_memory.py": "the cache of llama_dialogue.py: tests/engines/test_llama.py",
    "engines/llama_native.py": CONFORMANCE + "this is the C half of llama.py",
    "engines/llama_settings.py": DATA,
    "audio/keeper.py": "half of bridge.py: tests/audio/test_bridge.py and test_unplugged.py",
    "engines/piper_model.py": CONFORMANCE + "this is the ONNX half of piper.py",
    "engines/sphinx_decoder.py": CONFORMANCE + "this is the C half of sphinx.py",
    "guardian/settings.py": DATA,
    "inference/entry.py": "tests/inference/test_confine.py starts workers at it",
    "inference/job.py": DATA,
    "inference/lane_state.py": DATA,
    "inference/settings.py": DATA,
    "inference/spec.py": DATA,
    "inference/worker.py": "tests/inference/test_launch.py runs it in real processes and threads",
    "records/clerk.py": "the thread of keeper.py: tests/records/test_keeper.py",
    "records/settings.py": DATA,
    "pipeline/breaks.py": "the eye of sentences.py: tests/pipeline/test_sentences.py looks through it",
    "sessions/account.py": "the notes of exchange.py: tests/sessions/test_timeline.py",
    "sessions/alarm.py": "the clock of session.py: tests/sessions/test_session.py",
    "sessions/exchange.py": "one turn of a session: tests/sessions/test_session.py and test_interruptions.py",
    "sessions/observer.py": DATA,
    "sessions/parts.py": DATA,
    "tools/builtin/schema.py": DATA,
    "tools/intents/common.py": "what the tables make of what they found: tests/tools/intents/test_english.py",
    "tools/intents/english_plans.py": "the table of english.py: tests/tools/intents/test_english.py",
    "tools/intents/english_rows.py": "the table of english.py: tests/tools/intents/test_english.py",
    "tools/intents/german_plans.py": "the table of german.py: tests/tools/intents/test_german.py",
    "tools/intents/german_rows.py": "the table of german.py: tests/tools/intents/test_german.py",
    "tools/phrases.py": DATA,
    "transports/remote_journey.py": "tests/transports/test_remote.py loses and finds sound through it",
    "transports/remote_loudspeaker.py": "tests/transports/test_remote.py plays through it",
    "transports/remote_microphone.py": "tests/transports/test_remote_capture.py hears through it",
    "transports/webrtc/settings.py": DATA,
    "turns/commands.py": DATA,
    "turns/events.py": DATA,
    "turns/state.py": DATA,
    "web/contracts.py": DATA,
    "web/visitor_settings.py": DATA,
}
"""Modules without a test file of their own, and why."""

SPOKEN = "pipeline/spoken/"
"""One table of rules in several files: tests/pipeline/test_spoken.py holds every rule to its examples."""


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def mirror(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(PACKAGE).with_name(f"test_{path.name}")


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the name that is called, `Queue[int](3)` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
            yield ast.unparse(called).rpartition(".")[2], node


def imports(tree: ast.AST) -> set[str]:
    """Names of all modules that are imported."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_has_its_test_file(path: Path) -> None:
    if name(path) not in UNMIRRORED and not name(path).startswith(SPOKEN):
        assert mirror(path).is_file(), f"{mirror(path)}, or a reason in UNMIRRORED"


def test_every_exception_is_needed() -> None:
    known = {name(path): path for path in MODULES}
    for exception in UNMIRRORED:
        assert exception in known, f"{exception} is gone"
        assert not mirror(known[exception]).exists(), f"{exception} has a test file now"


def test_the_places_that_exceptions_name_exist() -> None:
    for reason in UNMIRRORED.values():
        for word in reason.replace(":", " ").replace(",", " ").split():
            assert not word.startswith("tests/") or (ROOT / word).is_file(), word


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_queue_is_bounded(path: Path) -> None:
    for called, call in calls(ast.parse(path.read_text())):
        assert called != "SimpleQueue", f"{name(path)}:{call.lineno} cannot be bounded"
        if called.endswith("Queue"):
            assert call.args or call.keywords, f"{name(path)}:{call.lineno} has no bound"


def test_time_is_known_in_one_place() -> None:
    knowing = {name(path) for path in MODULES if "time" in imports(ast.parse(path.read_text()))}
    assert knowing == {"core/clock.py", "core/monotonic.py"}


def test_tests_take_their_time_from_the_clock_too() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        assert "time" not in imports(ast.parse(path.read_text())), path


def test_nothing_is_left_to_be_done() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "pytest.mark.x" + "fail"]
    for path in CODE:
        text = path.read_text()
        assert not [word for word in words if word in text], path


def test_no_file_knows_this_machine() -> None:
    for path in CODE:
        assert str(ROOT) not in path.read_text(), path


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is_in_one_sentence(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    first = said.partition("\n\n")[0]
    assert first.endswith((".", ":")), first


def test_every_folder_of_tests_is_a_package_with_a_counterpart() -> None:
    for folder in {path.parent for path in (ROOT / "tests").rglob("test_*.py")}:
        assert (folder / "__init__.py").read_text() == ""
        mirrored = folder.relative_to(ROOT / "tests")
        if mirrored in {Path("fuzz"), Path("faults")}:  # what strangers give, and what breaks, in every layer
            mirrored = Path()
        if mirrored == Path("web/page"):  # Python cannot import from a folder of scripts and styles
            mirrored = Path("web/static")
        assert any((parent / mirrored).is_dir() for parent in (PACKAGE, ROOT / "scripts", ROOT)), folder
