"""What RAUC asks about the boot loader (its “custom” back end): which slot is started, and to start another one.

python -m appliance.device.update.backend get-primary | set-primary SLOT | get-state SLOT | set-state SLOT good|bad
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError
from appliance.device.sticks import Run, run_program
from appliance.device.update.entries import of_slot, preferred, read_entries
from appliance.device.update.slots import Box, read_box
from appliance.device.update.switch import activate, bless, retire

ESP: Final = Path("/efi")
"""Where the boot partition is mounted as soon as somebody looks."""
MOUNT_POINT: Final = Path("/run/appliance-update/slot")


def main(arguments: Sequence[str]) -> int:
    """Answer one question; 0 when all went well."""
    try:
        answer = do(arguments, ESP, read_box(), run_program)
    except (ApplianceError, OSError) as error:
        print(f"appliance: {error}", file=sys.stderr)  # noqa: T201 - RAUC passes it on
        return 1
    if answer:
        print(answer)  # noqa: T201 - that is the answer
    return 0


def do(arguments: Sequence[str], esp: Path, box: Box, run: Run) -> str:
    """Answer one question about a boot partition.

    Raises:
        ApplianceError: it would start nothing, or there is no such question.
    """
    match list(arguments):
        case ["get-primary"]:
            entry = preferred(read_entries(esp))
            return entry.slot if entry else box.running
        case ["get-state", slot]:
            good = [entry for entry in of_slot(read_entries(esp), slot) if not entry.passed_over]
            return "good" if good else "bad"
        case ["set-state", slot, "good"]:
            _exhaust(bless(esp, slot))
        case ["set-state", slot, "bad"]:
            _exhaust(retire(esp, slot))
        case ["set-primary", slot] if slot in box.devices:
            with _mounted(box.devices[slot], run) as tree:
                _exhaust(activate(esp, slot, tree))
        case _:
            raise ApplianceError(f"there is no such question: {' '.join(arguments)}")
    return ""


def _exhaust(steps: Iterator[str]) -> None:
    for step in steps:
        print(step, file=sys.stderr, flush=True)  # noqa: T201 - into the journal


@contextmanager
def _mounted(device: str, run: Run) -> Iterator[Path]:
    MOUNT_POINT.mkdir(mode=0o700, parents=True, exist_ok=True)
    run(("mount", "-t", "squashfs", "-o", "ro,nosuid,nodev,noexec", "--", device, str(MOUNT_POINT)))
    try:
        yield MOUNT_POINT
    finally:
        run(("umount", "--", str(MOUNT_POINT)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
