"""Which worker of pytest-xdist runs what, and when.

A file stays together, so that what it starts for all of its tests is started once; some files stay together because
each would disturb the others. What takes long begins first, and what can be cut comes last and fills the gaps: all
workers are done at about the same time.

Not `--dist loadgroup`: pytest-xdist 3.8 puts the name of a group where pytest 9.2 no longer looks for it, so
that it sends every test anywhere.
"""

from typing import TYPE_CHECKING, Any

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

TOGETHER = {
    "browser": ("tests/test_browser.py", "tests/web/page/", "tests/systemd/test_screen.py"),
    "sound": ("tests/test_main_job.py", "tests/audio/test_unplugged.py", "tests/audio/test_bridge.py"),
}
"""Files and folders that one worker runs, one behind the other: two browsers, or two sound servers, beside each other
leave each other too little time."""

FIRST = (
    *("browser", "tests/cli/test_main.py", "tests/engines/test_sphinx.py", "sound"),
    *("tests/engines/test_llama.py", "tests/cli/test_check_sound.py", "tests/cli/test_check_echo.py"),
    *("tests/pipeline/test_ghosts.py", "tests/fuzz/test_targets.py"),
)
"""What takes longest, longest first."""

APART = ("tests/turns/test_mutants.py", "tests/faults/test_faults.py", "tests/sessions/test_interruptions.py")
"""Files whose tests take long and share nothing: whoever has time takes the next one."""


def unit(nodeid: str) -> str:
    """What stays together with this test."""
    file = nodeid.partition("::")[0]
    if file in APART:
        return nodeid
    return next((name for name, files in TOGETHER.items() if file.startswith(files)), file)


def order(nodeid: str) -> int:
    """When its turn comes."""
    file, own = nodeid.partition("::")[0], unit(nodeid)
    if own in FIRST:
        return FIRST.index(own)
    return len(FIRST) + (1 + APART.index(file) if file in APART else 0)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # its package has no types
    """Hands out units in the order in which they were collected."""

    def __init__(self, config: "pytest.Config", log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
