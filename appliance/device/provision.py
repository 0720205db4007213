"""Sets the box up: a name at its first start, and whatever a settings file says. All of it, or nothing."""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from appliance.core.clock import wall
from appliance.core.errors import ApplianceError
from appliance.device.files import NewFile, differing, write_all
from appliance.device.memory import Memory, Status, read_status, recall
from appliance.device.names import given_name, host_name
from appliance.device.plan import Plan, first_plan, make_plan
from appliance.device.setup_file import NAME, RefusedFile, read_setup
from appliance.device.sticks import Run, Stick, find_file, leave_answer, mounted, plugged

log = logging.getLogger("appliance.device")

MOUNT_POINT: Final = Path("/run/appliance-setup/stick")
"""Where sticks are mounted, for us alone (the unit has a mount namespace of its own)."""
LIVE: Final = Path("/")
"""The system that runs. Elsewhere nothing is restarted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a settings file."""

    status: Status
    """What people are told."""
    plan: Plan | None = None
    """What was done; None where it was refused."""

    def text(self, name: str) -> str:
        """For the stick and the journal."""
        status = self.status
        if status.state == "refused":
            lines = ["The settings file was refused, and nothing was changed:", ""]
            lines += [f" * {problem}" for problem in status.problems]
            return "\n".join([*lines, "", f"Mend {NAME}, and plug the stick in again.", ""])
        lines = ["The settings were applied:", "", *(f" * {told}" for told in status.told), ""]
        lines += [f"The box is called {name}, and found as {name}.local."]
        lines += ["If nobody owns it yet, the first phone to be paired does."]
        if any(told.startswith("network: Wi-Fi") for told in status.told):
            lines += [
                f"{NAME} on this stick still holds the passphrase of the network: delete it when all works."
            ]
        return "\n".join([*lines, ""])


def begin(root: Path, when: Callable[[], datetime] = wall) -> None:
    """What every box does once, with or without a stick.

    Raises:
        ApplianceError: the system does not let us.
    """
    plan = first_plan(root)
    fresh = [] if read_status(root) else [Status(when=_stamp(when)).file()]
    write_all(root, [*differing(root, plan.files), *fresh])
    _name_live(root)


def apply(data: bytes, root: Path, when: Callable[[], datetime] = wall) -> Outcome | None:
    """Take a settings file, all of it or nothing; None when this very one was taken before.

    Raises:
        ApplianceError: the system does not let us write; nothing was changed.
    """
    memory = recall(root)
    if memory.knows(data):
        return None
    try:
        setup = read_setup(data)
        plan = make_plan(setup, root, memory)
    except RefusedFile as refusal:
        return refuse(refusal, root, when)
    status = Status("applied", _stamp(when), plan.told, (), setup.welcome)
    then = memory.after(data, plan.network, setup.later_sticks)
    _write(root, plan, then, status)
    _name_live(root)
    return Outcome(status, plan)


def refuse(refusal: RefusedFile, root: Path, when: Callable[[], datetime] = wall) -> Outcome:
    """Change nothing, and tell why."""
    before = read_status(root) or Status()
    status = Status("refused", _stamp(when), (), refusal.problems, before.welcome)
    with suppress(ApplianceError):  # a full disk: the journal says it all the same
        write_all(root, [status.file()])
    return Outcome(status)


def _write(root: Path, plan: Plan, memory: Memory, status: Status) -> None:
    """What is remembered comes last: after a power cut in between the file is taken once more."""
    files: list[NewFile] = differing(root, plan.files)
    write_all(root, [*files, status.file(), memory.file()])


def take_from_sticks(run: Run, root: Path = LIVE, mount_point: Path = MOUNT_POINT) -> list[Outcome]:
    """Look for a settings file on all sticks, take it, and leave the answer beside it.

    Returns:
        What became of it; nothing where there is none, or none that is new.

    Raises:
        ApplianceError: the system does not let us.
    """
    found: dict[Stick, bytes | RefusedFile] = {}
    for stick in plugged(run):
        try:
            with mounted(stick, mount_point, run) as folder:
                found |= _look(stick, folder)
        except (OSError, ApplianceError) as error:
            log.warning("The stick %s cannot be read: %s", stick.device, error)
    outcome = _decide(list(found.values()), root)
    for stick in found if outcome else ():
        with suppress(OSError, ApplianceError), mounted(stick, mount_point, run, writable=True) as folder:
            leave_answer(folder, outcome.text(host_name(root) or given_name(root)) if outcome else "")
    return [outcome] if outcome else []


def _look(stick: Stick, folder: Path) -> dict[Stick, bytes | RefusedFile]:
    try:
        data = find_file(folder)
    except RefusedFile as refusal:
        return {stick: refusal}
    return {} if data is None else {stick: data}


def _decide(found: list[bytes | RefusedFile], root: Path) -> Outcome | None:
    match found:
        case []:
            return None
        case [bytes() as data]:
            return apply(data, root)
        case [RefusedFile() as refusal]:
            return refuse(refusal, root)
    return refuse(RefusedFile("there are settings files on more than one stick: leave one plugged in"), root)


def put_in_force(outcome: Outcome, run: Run) -> list[str]:
    """Have the running system follow. What is about to be started anyhow (at boot) is not restarted.

    Returns:
        What did not go well; it will with the next start of the box.
    """
    if outcome.plan is None:
        return []
    commands: list[tuple[str, ...]] = [("systemctl", "daemon-reload")]
    if "ssh.service" in outcome.plan.units:
        commands.append(("ssh-keygen", "-A"))  # an image has no host keys: they would be everybody's
    commands += [("systemctl", "restart", "--no-block", unit) for unit in outcome.plan.units]
    commands.append(("systemctl", "try-restart", "--no-block", "appliance.service"))
    problems = []
    for command in commands:
        try:
            run(command)
        except ApplianceError as error:
            problems.append(error.problem)
    return problems


def _name_live(root: Path) -> None:
    if root == LIVE and (name := host_name(root)) and socket.gethostname() != name:
        with suppress(OSError):  # it is called so from the next start on
            socket.sethostname(name)


def _stamp(when: Callable[[], datetime]) -> str:
    return when().isoformat(timespec="seconds")
