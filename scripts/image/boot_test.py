"""Boots an image twice, with a power cut between, talks to it, and prints how long each stage of the boot took.

make image-test            the newest image in build/image; some 10 minutes in software emulation
"""

import argparse
import base64
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from scripts.image.qemu import GuestError, Machine, check_tools, switched_on

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
QUESTION = CHECKOUT / "models" / "phrases" / "warm-question.wav"
MIB = 1 << 20

BOOT_S = 1200.0
"""s until READY, at most. Emulated processors are ten to fifty times slower than real ones."""
TALK_S = 600.0
"""s of one conversation at most."""
GROWTH_MIB = 1024
"""By how much the disk is larger than the image, so that the data partition has something to grow into."""
HTTPS, HTTP = 8443, 8080
WHO = "cat /etc/machine-id; hostname"
"""What makes one device another one than the next."""


def say(text: str) -> None:
    print(text, flush=True)


def offsets(disk: Path) -> dict[str, int]:
    """Where each partition begins, in bytes."""
    table = json.loads(subprocess.check_output(["sfdisk", "--json", str(disk)], stderr=subprocess.DEVNULL))[
        "partitiontable"
    ]
    return {part["name"]: part["start"] * 512 for part in table["partitions"]}


def unpack(image: Path, work: Path) -> Path:
    """A copy of the image on a larger disk."""
    disk = work / "disk.raw"
    say(f"Unpacking {image.name}…")
    subprocess.run(["zstd", "-dqf", str(image), "-o", str(disk)], check=True)
    with disk.open("r+b") as file:
        file.truncate(file.seek(0, 2) + GROWTH_MIB * MIB)
    return disk


def add_shell(disk: Path, work: Path) -> None:
    """Into the copy's data partition, where changes of /etc are kept; the image itself has no way in."""
    etc = "/lib/appliance-etc/upper"
    unit = f"{etc}/systemd/system"
    folders = (f"{etc}/systemd", unit, f"{unit}/multi-user.target.wants", f"{unit}/appliance.service.d",
               f"{unit}/appliance-healthy.service.d", f"{etc}/appliance-ci")  # fmt: skip
    script = [f"mkdir {folder}" for folder in folders]
    script += [
        f"write {HERE / 'guest' / 'appliance-ci.service'} {unit}/appliance-ci.service",
        f"symlink {unit}/multi-user.target.wants/appliance-ci.service ../appliance-ci.service",
        f"write {HERE / 'guest' / 'patience.conf'} {unit}/appliance.service.d/patience.conf",
        f"write {HERE / 'guest' / 'healthy.conf'} {unit}/appliance-healthy.service.d/patience.conf",
        f"write {HERE / 'guest' / 'shell'} {etc}/appliance-ci/shell",
        f"write {QUESTION} {etc}/appliance-ci/question.wav",
    ]
    orders = work / "debugfs.txt"
    orders.write_text("\n".join(script) + "\n")
    place = f"{disk}?offset={offsets(disk)['data']}"
    done = subprocess.run(
        ["debugfs", "-w", "-f", str(orders), place], check=True, capture_output=True, text=True
    )
    if complaints := [line for line in done.stderr.splitlines()[1:] if line.strip()]:
        raise GuestError(f"the test's shell could not be put into the copy: {complaints}")


def show_console(disk: Path, work: Path) -> None:
    """Have the kernel of the copy print to the serial port, so that a boot that fails says why."""
    esp = f"{disk}@@{offsets(disk)['esp']}"
    listing = subprocess.check_output(["mdir", "-b", "-i", esp, "::loader/entries"], text=True).split()
    for entry in listing:
        text = work / "entry.conf"
        subprocess.run(["mcopy", "-n", "-o", "-i", esp, entry, str(text)], check=True)
        text.write_text(text.read_text().replace(" quiet ", " console=ttyS0 "))
        subprocess.run(["mcopy", "-n", "-o", "-i", esp, str(text), entry], check=True)


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


def until_ready(machine: Machine) -> None:
    """Wait for systemd to have heard READY=1 from the appliance."""
    machine.connect(BOOT_S)
    say(f"  a shell inside answers {machine.age_s:.0f} s after power-on")
    left = max(BOOT_S - machine.age_s, 60)
    reply = machine.run(
        f"timeout {left:.0f} bash -c 'until systemctl -q is-active appliance; do sleep 1; done'", left + 60
    )
    if reply.code:
        log = machine.run(
            "systemctl status appliance --no-pager; journalctl -b -u appliance --no-pager | tail -40"
        )
        raise GuestError(f"appliance.service was not READY after {machine.age_s:.0f} s:\n{log.text}")
    say(f"  appliance.service is READY {machine.age_s:.0f} s after power-on")


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


def first_boot(machine: Machine, ports: dict[int, int], out: Path) -> str:
    """The first start of a new device. Returns what it must be after the power cut, too; ends with that cut."""
    say(f"  /readyz by https: {ask(f'https://127.0.0.1:{ports[HTTPS]}/readyz', BOOT_S)}")
    say(f"  /readyz by http: {ask(f'http://127.0.0.1:{ports[HTTP]}/readyz', BOOT_S)}")
    inspect(machine)
    keep(machine, out, "first-boot")
    size = int(machine.get("df -B1 --output=size /var | tail -1"))
    if size < GROWTH_MIB * MIB:
        raise GuestError(f"the data partition has not grown: {size // MIB} MiB")
    say(f"  the data partition has grown to {size // MIB} MiB; no unit has failed")
    who = machine.get(WHO)
    machine.get("(while :; do date >>/var/noise; sync; done) >/dev/null 2>&1 3>&- & sleep 3")
    say("  Pulling the plug while it writes…")
    machine.pull_the_plug()
    return who


def second_boot(machine: Machine, ports: dict[int, int], out: Path, who: str) -> None:
    """The same device after the power cut: it is still itself, and holds a conversation."""
    say(f"  /readyz by https: {ask(f'https://127.0.0.1:{ports[HTTPS]}/readyz', BOOT_S)}")
    inspect(machine)
    keep(machine, out, "second-boot")
    if (now := machine.get(WHO)) != who:
        raise GuestError(f"it is another device after the power cut: {now}, not {who}")
    entries = machine.get("ls /efi/loader/entries")
    if "+" in entries:
        raise GuestError(f"the slot was not marked as good: {entries}")
    say(f"  the same device as before, no unit has failed; its slot is marked as good: {entries}")
    say(f"  a conversation: {converse(machine)}")
    machine.run("sync; systemctl poweroff --no-block")
    machine.process.wait(300)


def test(disk: Path, work: Path, out: Path, times: list[dict[str, float]]) -> None:
    """Both boots; `times` gets the stages of each as soon as they are known."""
    ports = {HTTPS: free_port(), HTTP: free_port()}
    say("First boot:")
    with switched_on(disk, work, ports) as machine:
        until_ready(machine)
        times.append(stages(machine))
        who = first_boot(machine, ports, out)
    say("Second boot:")
    with switched_on(disk, work, ports) as machine:
        until_ready(machine)
        times.append(stages(machine))
        second_boot(machine, ports, out, who)


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
    times: list[dict[str, float]] = []
    problem = ""
    try:
        test(disk, work, reports, times)
    except GuestError as error:
        problem = f"The image does not boot as it should: {error}"
    if times:
        (reports / "stages.md").write_text(table(times) + "\n")
        say(f"\n{table(times)}\n\nPlots and journals: {reports}")
    if problem:
        sys.exit(problem)
    disk.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
