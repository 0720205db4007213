"""Runs inside a machine that has just been booted: is the appliance there, watched over, shut in, and does it stay?

    python boot_guest.py REPORT [--quick | CHECK…]

One line of JSON per check goes to REPORT: its name, whether it holds, what was seen, and the seconds it took.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from boot_unit import (
    LOCAL,
    SECURE,
    START_S,
    UNIT,
    Failed,
    again,
    answers,
    asked,
    family,
    journal,
    main_pid,
    shown,
    told,
    up,
    wait,
)

KIOSK = "appliance-kiosk.service"
HELP_PORT, ESTABLISHED = "0100007F:1F90", "01"
"""127.0.0.1:8080, and a state, as /proc/net/tcp has them."""
IDLE_S = 12.0
"""s after which only a conversation is still open: the web server closes others after 10 (http.patience_s)."""
FILE = Path("/usr/lib/systemd/system") / UNIT
PROBE = Path(__file__).with_name("boot_probe.py")
SETTINGS = Path("/etc/appliance/appliance.toml")
INSTALL = Path(__file__).with_name("install.sh")
OFFLINE = ("--yes", "--no-packages", "--wheels", "/mnt/wheels", "--models", "/mnt/models")
LAN = (
    "link add lan0 type veth peer name lan1",
    "addr add 192.168.77.1/24 dev lan0",
    "link set lan0 up",
    "link set lan1 up",
    "route add default via 192.168.77.2",
)
"""A network with nobody else on it, and a way out on which all packets are lost."""
FOUND_S = 15.0
"""s within which systemd must have found a life that stands still: WatchdogSec, TimeoutAbortSec and some more."""


def reaches_ready() -> str:
    """systemd is told READY=1, and what is being done."""
    wait("READY", up, START_S)
    ready_us, started_us = (
        int(shown(f"{name}TimestampMonotonic")) for name in ("ActiveEnter", "InactiveExit")
    )
    return f"{(ready_us - started_us) / 1e6:.1f} s after its start: {shown('StatusText')}"


def answers_on_the_network() -> str:
    """/readyz by plain http and by https."""
    wait(f"{LOCAL}/readyz", lambda: answers(f"{LOCAL}/readyz"), START_S)
    wait(f"{SECURE}/readyz", lambda: answers(f"{SECURE}/readyz"), 10)
    return asked(f"{LOCAL}/readyz")[2]


def nothing_has_failed() -> str:
    """No unit of ours has failed."""
    failed = [
        line
        for line in told("systemctl", "--failed", "--plain", "--no-legend").splitlines()
        if "appliance" in line
    ]
    if failed:
        raise Failed("; ".join(failed))
    return told("systemctl", "is-system-running")


def is_shut_in() -> str:
    """No process has a right, or could gain one; and the engines could build their own walls within ours."""
    processes = family()
    engines = [process for process in processes if "inference.entry" in process["command"]]
    if len(engines) < 3:
        raise Failed(f"only {len(engines)} engines among {len(processes)} processes")
    for process in processes:
        seen = {
            name: process[name].split()[0] for name in ("NoNewPrivs", "Seccomp", "CapEff", "CapBnd", "Uid")
        }
        if (
            seen["NoNewPrivs"] != "1"
            or seen["Seccomp"] != "2"
            or int(seen["CapBnd"], 16)
            or seen["Uid"] == "0"
        ):
            raise Failed(f"{process['command']}: {seen}")
    lists = {int(process.get("Seccomp_filters", 0)) for process in engines}
    outer = {int(process.get("Seccomp_filters", 0)) for process in processes} - lists
    if outer and min(lists) <= min(outer):
        raise Failed(f"engines have {lists} filters, others {outer}")
    complaints = [line for line in journal("-u", UNIT).splitlines() if "confined" in line]
    if complaints:
        raise Failed("; ".join(complaints))
    return f"{len(processes)} processes, {len(engines)} of them engines, with {min(lists)} filters each"


def leaves_what_is_needed_and_nothing_more() -> str:
    """A probe in the very sandbox of the unit: sound callbacks and WebRTC work, what it never does is denied."""
    for words in LAN:
        subprocess.run(["ip", *words.split()], check=True)
    unit = re.sub(
        r"^(Type|Restart|WatchdogSec|ExecStart|NotifyAccess)=.*\n", "", FILE.read_text(), flags=re.MULTILINE
    )
    unit = unit.replace(
        "[Service]\n",
        "[Service]\nType=oneshot\nStandardOutput=file:/run/probe.json\n"
        f"ExecStart=/opt/appliance/venv/bin/python {PROBE}\n",
        1,
    )
    Path("/run/systemd/system/appliance-probe.service").write_text(unit)
    told("systemctl", "daemon-reload")
    told("systemctl", "start", "appliance-probe.service")
    seen = json.loads(Path("/run/probe.json").read_text() or "{}")
    wrong = {name: found["seen"] for name, found in seen.items() if not found["holds"]}
    if wrong or not seen:
        raise Failed(f"{wrong} {journal('-u', 'appliance-probe.service', '-n', '15')}")
    return "; ".join(f"{name}: {found['seen']}" for name, found in seen.items())


def has_its_limits() -> str:
    """What the unit asks for is what its processes have, as far as this machine can give it."""
    limits = Path(f"/proc/{main_pid()}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    if rows["Max core file size"] != "0" or rows["Max open files"] != "4096":
        raise Failed(limits)
    return ", ".join(f"{name} {rows[name]}" for name in ("Max realtime priority", "Max locked memory"))


def survives_its_own_restart() -> str:
    """The owner restarts it: the same process starts again, longer than WatchdogSec, and systemd lets it."""
    digits = re.findall(r"Digits: (\d+) (\d+)", journal("-u", UNIT))[-1]
    _, cookie, _ = asked(f"{SECURE}/api/pair", {"pin": "".join(digits), "name": "boot check"})
    before, restarts = main_pid(), shown("NRestarts")
    asked(f"{SECURE}/api/restart", {}, cookie)
    wait("it goes", lambda: not answers(f"{LOCAL}/healthz"), 20)
    seconds = wait("it is back", lambda: up() and answers(f"{LOCAL}/readyz"), START_S)
    if main_pid() != before or shown("NRestarts") != restarts:
        raise Failed(f"systemd has started another process: {journal('-u', UNIT, '-n', '25')}")
    return f"the same process is back after {seconds:.1f} s"


def is_started_again_when_frozen() -> str:
    """Its process is stopped: nothing but the missing sign of life tells of it."""
    before = main_pid()
    subprocess.run(["kill", "-STOP", str(before)], check=True)
    found = wait("the watchdog", lambda: main_pid() != before, FOUND_S)
    back = wait("another life", again(before), START_S)
    if shown("NRestarts") != "1" or "watchdog" not in journal("-u", UNIT, "-u", "init.scope").lower():
        raise Failed(f"{shown('NRestarts')} restarts; {journal('-u', UNIT, '-n', '25')}")
    return f"ended after {found:.1f} s, ready again {back:.1f} s later"


def is_not_started_again_with_wrong_settings() -> str:
    """Exit code 78: another start would change nothing."""
    right = SETTINGS.read_text()
    SETTINGS.write_text(right + "\n[nonsense]\nkey = 1\n")
    try:
        told("systemctl", "restart", UNIT)
        wait("it has given up", lambda: shown("ActiveState") == "failed", 30)
        time.sleep(2.5)  # RestartSec and some more, in which it could have been started again
        seen = shown("ActiveState"), shown("ExecMainStatus"), shown("NRestarts")
    finally:
        SETTINGS.write_text(right)
    if seen != ("failed", "78", "0"):
        raise Failed(f"{seen}: {journal('-u', UNIT, '-n', '25')}")
    return "failed with 78, and stays so"


def shows_its_page() -> str:
    """The kiosk's browser has called home, and stays on the line: its unit alone would say nothing about that."""
    if told("systemctl", "is-enabled", KIOSK) != "enabled":
        return "not asked: there is no sway, seatd or chromium"
    user = told("id", "--user", "kiosk")

    held: dict[str, float] = {}

    def stays() -> bool:
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        calling = {row[1] for row in rows if (row[2], row[3], row[7]) == (HELP_PORT, ESTABLISHED, user)}
        now = time.monotonic()
        for gone in held.keys() - calling:
            del held[gone]
        return any(now - held.setdefault(line, now) > IDLE_S for line in calling)

    try:
        seconds = wait("a line of the browser that stays open", stays, START_S)
    except Failed:
        raise Failed(f"{Path('/proc/net/tcp').read_text()}\n{journal('-u', KIOSK, '-n', '40')}") from None
    names = ("WatchdogTimestampMonotonic", "ActiveEnterTimestampMonotonic")

    def told_of() -> bool:
        """When it begins, systemd takes that for the first sign of life: there must have been another."""
        sign_us, begun_us = (
            int(told("systemctl", "show", "--value", f"--property={name}", KIOSK)) for name in names
        )
        return sign_us > begun_us + 1_000_000

    wait("a sign of life for systemd", told_of, 20)
    group = told("systemctl", "show", "--value", "--property=ControlGroup", KIOSK)
    return f"for {IDLE_S:g} s now, {seconds:.1f} s after it was asked, in {group}"


def is_brought_up_to_date() -> str:
    """The installer on a machine that runs: it has nothing to do but to start what was stopped."""
    told("systemctl", "reset-failed", UNIT)
    ended = subprocess.run([INSTALL, *OFFLINE], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Failed(ended.stderr)
    wait("READY", up, START_S)
    before = main_pid()
    subprocess.run([INSTALL, *OFFLINE], check=True, capture_output=True)
    if main_pid() != before:
        raise Failed("it was started again although nothing had changed")
    return "started, and left alone the second time"


def is_removed() -> str:
    """Program and units are gone; what belongs to the owner is not."""
    told("systemctl", "stop", UNIT)
    told("umount", "/opt/appliance/venv")  # of other machines, in this check
    ended = subprocess.run([INSTALL, "--uninstall", "--yes"], capture_output=True, text=True, check=False)
    left = [
        str(path)
        for path in (FILE, Path("/opt/appliance"), Path("/usr/local/bin/appliance"))
        if path.exists()
    ]
    kept = [
        path
        for path in (SETTINGS, Path("/var/lib/appliance/web"), Path("/var/lib/appliance-models"))
        if path.exists()
    ]
    if ended.returncode or left or len(kept) < 3 or shown("LoadState") != "not-found":
        raise Failed(f"{ended.stderr} left: {left}, kept: {kept}, {shown('LoadState')}")
    return "settings, models and certificates are kept"


def works_behind_its_firewall() -> str:
    """The rules load into this kernel, and the box is reached all the same."""
    if not Path("/usr/sbin/nft").exists():
        return "not asked: there is no nft"
    told("systemctl", "start", "appliance-firewall.service")
    rules = told("/usr/sbin/nft", "list", "table", "inet", "appliance")
    if "policy drop" not in rules or not answers(f"{LOCAL}/readyz"):
        raise Failed(f"{rules}\n{journal('-u', 'appliance-firewall.service')}")
    told("systemctl", "stop", "appliance-firewall.service")
    if told("/usr/sbin/nft", "list", "tables"):
        raise Failed("the table is still there when the firewall is stopped")
    return "loaded, and taken away again"


QUICK = (
    reaches_ready,
    answers_on_the_network,
    nothing_has_failed,
    is_shut_in,
    has_its_limits,
    leaves_what_is_needed_and_nothing_more,
)
WHOLE = (
    *QUICK,
    shows_its_page,
    works_behind_its_firewall,
    survives_its_own_restart,
    is_started_again_when_frozen,
    is_not_started_again_with_wrong_settings,
    is_brought_up_to_date,
    is_removed,
)


def main() -> None:
    wanted = sys.argv[2:]
    checks = QUICK if wanted == ["--quick"] else tuple(c for c in WHOLE if not wanted or c.__name__ in wanted)
    with Path(sys.argv[1]).open("w", encoding="utf-8") as report:
        for check in checks:
            begun = time.monotonic()
            try:
                line = {"check": check.__name__, "holds": True, "seen": check()}
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
                line = {"check": check.__name__, "holds": False, "seen": f"{type(error).__name__}: {error}"}
            report.write(json.dumps(line | {"seconds": round(time.monotonic() - begun, 1)}) + "\n")
            report.flush()


if __name__ == "__main__":
    main()
