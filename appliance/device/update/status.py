"""What people are told of updates: a small file that root writes, and what it means after the next start."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from appliance.core.errors import ApplianceError
from appliance.device.files import NewFile, write_all
from appliance.device.update.slots import boot_id, version_of

FOLDER: Final = "var/lib/appliance-update"
"""Root's own; everybody may read the status."""
STATUS: Final = f"{FOLDER}/status.json"
MOST_BYTES: Final = 100_000

NEWS: Final = timedelta(days=1)
"""How long a failure is shown."""

State = Literal["none", "checking", "installing", "installed", "refused", "failed", "running", "rolled-back"]
Source = Literal["", "file", "stick", "page"]


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """How the last update stands."""

    state: State = "none"
    """`installed`: at the next start it runs. `running` and `rolled-back` are found out after that start."""
    kind: str = ""
    """What it brings: `rootfs`, the system, or `models`."""
    version: str = ""
    """Of what it brings."""
    before: str = ""
    """The version that ran then."""
    percent: int = 0
    """How far it is."""
    problem: str = ""
    """Why it was refused, or has failed."""
    remedy: str = ""
    """What helps."""
    source: Source = ""
    """Where it came from."""
    boot: str = ""
    """During which start of the machine."""
    when: str = ""
    """Wall time, ISO 8601."""

    @property
    def busy(self) -> bool:
        """Whether it is going on."""
        return self.state in {"checking", "installing"}


_STATUS: Final = TypeAdapter(UpdateStatus)


def read_update(root: Path = Path("/")) -> UpdateStatus:
    """How the last update stands now, seen from the system that runs."""
    try:
        with (root / STATUS).open("rb") as opened:
            kept = _STATUS.validate_json(opened.read(MOST_BYTES))
    except (OSError, ValidationError):
        return UpdateStatus()
    return settled(kept, version_of(root), boot_id(root))


def settled(kept: UpdateStatus, running: str, boot: str) -> UpdateStatus:
    """What has become of it since.

    Args:
        kept: as it was written.
        running: the version of the system.
        boot: which start of the machine this is.
    """
    if kept.boot == boot:
        return kept
    if kept.busy:
        words = "the power was cut, or the box was started again, before it was done; nothing has changed"
        return replace(kept, state="failed", problem=words, remedy="install it again")
    if kept.state != "installed" or kept.kind == "models":
        return kept
    if running == kept.version:
        return replace(kept, state="running")
    words = f"version {kept.version} did not become ready, and the box has gone back to {running}"
    return replace(
        kept, state="rolled-back", problem=words, remedy="tell whoever made it, with `appliance report`"
    )


def news(status: UpdateStatus, now: datetime) -> tuple[str, ...]:
    """What whoever stands before the box should know, for a day."""
    if status.busy:
        return (f"{status.version or status.source}: {status.percent} %",)
    try:
        fresh = now - datetime.fromisoformat(status.when) < NEWS
    except (ValueError, TypeError):
        fresh = False
    bad = status.state in {"refused", "failed", "rolled-back"}
    return tuple(filter(None, (status.problem, status.remedy))) if bad and fresh else ()


def write_update(status: UpdateStatus, root: Path) -> None:
    """Tell people. Where that is impossible the journal says the same."""
    with suppress(ApplianceError):
        write_all(root, [NewFile(STATUS, json.dumps(asdict(status), ensure_ascii=False, indent=1) + "\n")])


def shown(status: UpdateStatus) -> Mapping[str, Any]:
    """For pages."""
    return asdict(status)
