"""Boots an image twice, with a power cut between, owns it, talks to it, prints how long each stage of the boot took,
and makes it as new.

make image-test            the newest image in build/image; half an hour in software emulation
"""

import argparse
import base64
import json
import shutil
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.image.kiosk_test import Album, switch, until_shown
from scripts.image.owner_test import Owner, ask_for_reset, let_reset, older_bundle, try_page, until_reset
from scripts.image.qemu import GuestError, Machine, check_tools, switched_on
from scripts.image.trial_copy import GROWTH_MIB, MIB, add_shell, say, show_console, unpack

CHECKOUT = Path(__file__).parents[2]

BOOT_S = 2400.0
"""s until READY, at most. Emulated processors are ten to fifty times slower than real ones."""
LOOK_S = 20.0
"""s between two looks at whether it is READY, and at its screen."""
TALK_S = 600.0
"""s of one conversation at most."""
RADIO_S = 120.0
"""s until iwd has found a radio, at most."""
HTTPS, HTTP = 8443, 8080
WHO = "cat /etc/machine-id; hostname"
"""What makes one device another one than the next."""


@dataclass(frozen=True)
class Trial:
    """What is tried, and where."""

    disk: Path
    """A copy of the image."""
    work: Path
    """A folder for what the machine needs."""
    out: Path
    """Where reports go."""
    bundle: Path
    """An update that must be refused."""

    @cached_property
    def ports(self) -> dict[int, int]:
        """The host's port for each of the guest's."""
        return {HTTPS: free_port(), HTTP: free_port()}

    @cached_property
    def owner(self) -> Owner:
        """Who owns it, from the first boot to the reset."""
        return Owner(self.ports[HTTPS])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, within_s: float) -> str:
    """The status line of a page, as a browser on the network gets it, once there is one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # by address, through a forwarded port
    deadline, problem = time.monotonic() + within_s, ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=120, context=context) as answer:
                return f"{answer.status} {answer.read(200).decode()}"
        except (OSError, urllib.error.URLError) as error:
            problem = str(error)
            time.sleep(2)
    raise GuestError(f"{url} did not answer within {within_s:.0f} s: {problem}")


def until_ready(machine: Machine, album: Album) -> None:
    """Wait for systemd to have heard READY=1 from the appliance."""
    machine.connect(BOOT_S)
    say(f"  a shell inside answers {machine.age_s:.0f} s after power-on")
    asked = f"timeout {LOOK_S:.0f} bash -c 'until systemctl -q is-active appliance; do sleep 1; done'"
    while machine.run(asked, LOOK_S + 60).code:
        album.look()
        if machine.age_s > BOOT_S:
            log = machine.run(
                "systemctl status appliance --no-pager; journalctl -b -u appliance --no-pager | tail -40"
            )
            raise GuestError(f"appliance.service was not READY after {machine.age_s:.0f} s:\n{log.text}")
    say(
        f"  appliance.service is READY {machine.age_s:.0f} s after power-on, "
        f"which took {machine.effort_s:.0f} s of processor time"
    )


def stages(machine: Machine) -> dict[str, float]:
    """How long each stage took, in s: by the console until systemd starts, from there by its own stamps."""
    asked = machine.get(
        "systemctl show -p UserspaceTimestampMonotonic; "
        "systemctl show appliance -p ActiveEnterTimestampMonotonic -p ExecMainStartTimestampMonotonic"
    )
    at = {key: int(value) / 1e6 for key, value in (line.split("=") for line in asked.splitlines())}
    begun = at["ExecMainStartTimestampMonotonic"]
    took = {
        **machine.stages,
        "systemd until the appliance starts": begun - at["UserspaceTimestampMonotonic"],
        "appliance until READY": at["ActiveEnterTimestampMonotonic"] - begun,
    }
    return took | {"power-on to READY": sum(took.values())}


def inspect(machine: Machine) -> None:
    """What must be true of every boot, once it has settled."""
    machine.run("systemctl is-system-running --wait", BOOT_S)
    failed = machine.get("systemctl --failed --plain --no-legend --no-pager || true")
    if failed:
        raise GuestError(f"units have failed:\n{failed}")
    if not machine.run("touch /usr/probe").code:
        raise GuestError("the root slot can be written to")
    for folder in ("/etc", "/var"):
        machine.get(f"touch {folder}/.probe && rm {folder}/.probe")


def try_radio(machine: Machine) -> str:
    """Whether iwd, which is off until somebody names a network, finds in this kernel what it needs, and a radio."""
    machine.get("modprobe mac80211_hwsim radios=1 && systemctl start iwd", RADIO_S)
    machine.get(
        f"timeout {RADIO_S:.0f} bash -c 'until iwctl device list | grep -q wlan; do sleep 1; done'",
        2 * RADIO_S,
    )
    crypto = machine.get("grep -oE '^(algif|af_alg|cmac|des|md4)[a-z_0-9]*' /proc/modules | sort | xargs")
    machine.get("systemctl is-active iwd && systemctl stop iwd && modprobe -r mac80211_hwsim")
    return crypto


def converse(machine: Machine) -> str:
    """One conversation by recordings, with the appliance's own engines and models, as its own user."""
    folder = "/var/lib/appliance-ci"
    machine.get(f"mkdir -p {folder} && chown appliance {folder} && systemctl stop appliance")
    orders = " ".join((
        f"cd {folder} && HOME={folder} setpriv --reuid=appliance --regid=appliance --init-groups",
        f"env $(systemctl show appliance -p Environment --value) APPLIANCE_AUDIO__FOLDER={folder}",
        "/opt/appliance/venv/bin/appliance converse --say /etc/appliance-ci/question.wav",
        "--out answer.wav --report report.json",
    ))  # fmt: skip
    reply = machine.run(f"timeout {TALK_S:.0f} bash -c '{orders}'", TALK_S + 30)
    if reply.code:
        raise GuestError(f"the conversation failed ({reply.code}):\n{reply.text}")
    turns = json.loads(machine.get(f"cat {folder}/report.json"))["turns"]
    if not turns or turns[0]["outcome"] != "answered" or not turns[0]["heard"]:
        raise GuestError(f"nothing was answered:\n{reply.text}")
    return f"“{turns[0]['transcript']}” – “{turns[0]['heard']}”"


def keep(machine: Machine, out: Path, boot: str) -> None:
    """What systemd knows about this boot."""
    for name, command in {
        f"{boot}-plot.svg": "systemd-analyze plot",
        f"{boot}-blame.txt": "systemd-analyze blame --no-pager",
        f"{boot}-chain.txt": "systemd-analyze critical-chain appliance.service --no-pager",
        f"{boot}-security.txt": "systemd-analyze security appliance.service --no-pager",
        f"{boot}-journal.txt": "journalctl -b --no-pager -o short-monotonic",
    }.items():
        (out / name).write_bytes(base64.b64decode(machine.run(f"{command} | base64", 300).text))


def first_boot(trial: Trial, machine: Machine, album: Album) -> str:
    """The first start of a new device. Returns what it must be after the power cut, too; ends with that cut."""
    if not machine.run("systemctl cat appliance-kiosk").code:
        until_shown(machine, album, say)
        switch(machine, album, say)
    say(f"  /readyz by https: {ask(f'https://127.0.0.1:{trial.ports[HTTPS]}/readyz', BOOT_S)}")
    say(f"  /readyz by http: {ask(f'http://127.0.0.1:{trial.ports[HTTP]}/readyz', BOOT_S)}")
    inspect(machine)
    keep(machine, trial.out, "first-boot")
    size = int(machine.get("df -B1 --output=size /var | tail -1"))
    if size < GROWTH_MIB * MIB:
        raise GuestError(f"the data partition has not grown: {size // MIB} MiB")
    say(f"  the data partition has grown to {size // MIB} MiB; no unit has failed")
    reason = try_page(trial.owner, machine, trial.bundle)
    say(f"  paired as its owner, who has brought a bundle by the page, which was refused: {reason}")
    who = machine.get(WHO)
    machine.get("(while :; do date >>/var/noise; sync; done) >/dev/null 2>&1 3>&- & sleep 3")
    say("  Pulling the plug while it writes…")
    machine.pull_the_plug()
    return who


def second_boot(trial: Trial, machine: Machine, who: str) -> None:
    """The same device after the power cut: it is still itself, and holds a conversation; then it is to be as new."""
    say(f"  /readyz by https: {ask(f'https://127.0.0.1:{trial.ports[HTTPS]}/readyz', BOOT_S)}")
    inspect(machine)
    keep(machine, trial.out, "second-boot")
    if (now := machine.get(WHO)) != who:
        raise GuestError(f"it is another device after the power cut: {now}, not {who}")
    entries = machine.get("ls /efi/loader/entries")
    if "+" in entries:
        raise GuestError(f"the slot was not marked as good: {entries}")
    say(f"  the same device as before, no unit has failed; its slot is marked as good: {entries}")
    if not trial.owner.ask("/api/me")["owner"]:
        raise GuestError("it does not know its owner any more")
    ask_for_reset(trial.owner, machine)
    say(f"  iwd has found a radio; of the kernel's arithmetic it uses {try_radio(machine)}")
    say(f"  a conversation: {converse(machine)}")
    let_reset(machine, BOOT_S)
    say("  its owner has asked the page for a factory reset, and it has started again")


def test(trial: Trial, times: list[dict[str, float]]) -> None:
    """All boots; `times` gets the stages of each that becomes READY, as soon as they are known."""
    say("First boot:")
    with switched_on(trial.disk, trial.work, trial.ports) as machine:
        album = Album(machine, trial.out, "screen-first")
        until_ready(machine, album)
        times.append(stages(machine))
        who = first_boot(trial, machine, album)
    say("Second boot:")
    with switched_on(trial.disk, trial.work, trial.ports) as machine:
        until_ready(machine, Album(machine, trial.out, "screen-second"))
        times.append(stages(machine))
        second_boot(trial, machine, who)
    say("Third boot:")
    with switched_on(trial.disk, trial.work, trial.ports) as machine:
        until_reset(machine, trial.disk, BOOT_S)
        say(f"  {machine.age_s:.0f} s after power-on owner and settings are gone, models are there")


def table(times: list[dict[str, float]]) -> str:
    """How long the stages of each boot took."""
    heads = ("first boot", "after a power cut")[: len(times)]
    rows = [f"| {'stage':36} | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    rows += [f"| {stage:36} | {' | '.join(f'{one[stage]:.1f} s' for one in times)} |" for stage in times[0]]
    return "\n".join(rows)


def newest(folder: Path) -> Path:
    images = sorted(folder.glob("*.raw.zst"), key=lambda path: path.stat().st_mtime)
    if not images:
        sys.exit(f"There is no image in {folder}\n  → make image")
    return images[-1]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image", type=Path, help="a .raw.zst (default: the newest in --out)")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "build" / "image", help="where reports go")
    args = parser.parse_args()
    check_tools()
    image = args.image or newest(args.out)
    work, reports = args.out / "work" / "boot", args.out / "boot"
    shutil.rmtree(work, ignore_errors=True)
    for folder in (work, reports):
        folder.mkdir(parents=True, exist_ok=True)
    disk = unpack(image, work)
    add_shell(disk, work)
    show_console(disk, work)
    flavour = image.name.rpartition("-")[2].partition(".")[0]
    times: list[dict[str, float]] = []
    problem = ""
    try:
        test(Trial(disk, work, reports, older_bundle(work, flavour)), times)
    except GuestError as error:
        problem = f"The image does not boot as it should: {error}"
    if times:
        (reports / "stages.md").write_text(table(times) + "\n")
        say(f"\n{table(times)}\n\nPlots and journals: {reports}")
    if problem:
        sys.exit(problem)
    beside = image.with_name(image.name.removesuffix(".raw.zst") + ".boot.svg")
    shutil.copy(reports / "second-boot-plot.svg", beside)
    say(f"How an ordinary start goes: {beside}")
    disk.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
