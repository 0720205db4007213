"""Updates a box in QEMU: bundles that must be refused are, a good one runs, a bad one is taken back, and whenever the
power is cut during an update the box starts again with one of the two versions and all its data.

make update-test           after `make image`; an hour and more in software emulation

An update is done once, with every write to the disk written down. Then the disk is put together as it was after any of
these writes, with and without what it may still have lost: the boot partition is looked at after all writes to it, and
the box is started after twenty cuts, in a container and in QEMU.
"""

import argparse
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from scripts.image.owner_test import until_reset
from scripts.image.qemu import GuestError, Machine, check_tools, switched_on
from scripts.image.thin import UNITS
from scripts.image.update_box import (
    BEGIN,
    BOOT_S,
    BUNDLES,
    CHECKOUT,
    END,
    NEW,
    OLD,
    REFUSALS,
    Bench,
    bless,
    check_box,
    duplicate,
    entries,
    prepare,
    refuse,
    say,
    switch_off,
    until,
    update,
)
from scripts.image.update_cuts import cuts

UPLOADS, STATUS = "/var/lib/appliance/update", "/var/lib/appliance-update/status.json"
INSTALL_S = 3600.0
"""s that an installation may take, with the start again that follows."""


def first_life(bench: Bench) -> None:
    """The old version: it refuses what it must, then updates itself, with every write written down."""
    say("A box with the old version:")
    with switched_on(bench.disk, bench.work, {}, 1536, bench.log) as machine:
        version = check_box(machine)
        bless(machine)
        say(f"  {version} runs and is proven {machine.age_s:.0f} s after power-on")
        refuse(machine)
        if version != OLD:
            raise GuestError(f"{version} runs")
        machine.get(f"echo '{BEGIN.decode()}' >/var/mark; sync")
        took = update(machine, "new")
        machine.get(f"echo '{END.decode()}' >/var/mark2; sync")
        say(f"  updated to {NEW} in {took}; {entries(machine)}")
        switch_off(machine)


def second_life(bench: Bench) -> None:
    """The new version is tried and proven; the owner's page brings a bundle that is refused, and one that never becomes
    ready: root takes both from the appliance's own folder, and the box starts again by itself."""
    say("The new version:")
    with switched_on(bench.disk, bench.work, {}, 1536) as machine:
        if (version := check_box(machine)) != NEW:
            raise GuestError(f"{version} runs after the update")
        bless(machine)
        told = machine.get("appliance update", 300)
        say(
            f"  {version} runs and is proven {machine.age_s:.0f} s after power-on: “{told}”; {entries(machine)}"
        )
        refuse_from_page(machine)
        begun = machine.age_s
        hand_over(machine, "bad")
        machine.until_off(INSTALL_S)
        say(
            f"  a version that never becomes ready comes the same way: {machine.age_s - begun:.0f} s later the box "
            "has started again"
        )


def hand_over(machine: Machine, name: str) -> None:
    """What the owner's page leaves when an upload is whole; scripts/image/boot_test.py comes in by the page itself."""
    machine.get(f"mkdir -p {UPLOADS} && mv {BUNDLES}/{name}.raucb {UPLOADS}/bundle.raucb")


def refuse_from_page(machine: Machine) -> None:
    """A bundle that must not be installed comes by the page: root takes it, refuses it, and it is gone."""
    hand_over(machine, "for-kiosks")
    until(machine, f"grep -q '\"refused\"' {STATUS}", "the page's bundle is dealt with")
    told = machine.get(f"grep -h 'problem\\|source' {STATUS}")
    if REFUSALS["for-kiosks"] not in told or "page" not in told:
        raise GuestError(f"it was refused for another reason: {told}")
    machine.get(f"test ! -e {UPLOADS}/bundle.raucb")
    say(f"  a bundle from the owner's page is refused: {' '.join(told.split())}")


def third_life(bench: Bench) -> None:
    """It fails as often as it may, by itself; then the one before it runs again, says so, and is asked to be as new."""
    say("The version that never becomes ready:")
    for _ in range(3):
        with switched_on(bench.disk, bench.work, {}, 1536) as machine:
            machine.until_off(BOOT_S)  # -no-reboot: a machine that starts again ends here
            say(f"  it gave up by itself after {machine.age_s:.0f} s")
    with switched_on(bench.disk, bench.work, {}, 1536) as machine:
        version = check_box(machine)
        told = machine.get("appliance update", 300)
        say(f"  then {version} runs {machine.age_s:.0f} s after power-on: “{told}”; {entries(machine)}")
        if version != NEW or "taken back" not in told:
            raise GuestError("that is not as it should be")
        ask_for_reset(machine)


def ask_for_reset(machine: Machine) -> None:
    """By the command; scripts/image/boot_test.py does it by the page."""
    with suppress(GuestError):  # it starts again, which ends the machine
        machine.run("appliance reset --yes")
    machine.until_off(BOOT_S)


def fourth_life(bench: Bench) -> None:
    """The factory reset takes what somebody has put there, the test's own way in included, and leaves models."""
    say("A factory reset:")
    gone = ("lib/appliance/precious", f"{UNITS}/appliance-ci.service")
    with switched_on(bench.disk, bench.work, {}, 1536) as machine:
        until_reset(machine, bench.disk, BOOT_S, gone, "lib/appliance-models/model")
        say(
            f"  {machine.age_s:.0f} s after power-on conversations, settings and the test's way in are gone, "
            "models are there"
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--parts",
        type=Path,
        default=CHECKOUT / "build/image/work/parts",
        help="what `make image` has composed",
    )
    parser.add_argument(
        "--work", type=Path, default=CHECKOUT / "build/image/work/update", help="where the test works"
    )
    parser.add_argument("--cuts", type=int, default=20, help="cuts after which the box is started")
    parser.add_argument(
        "--boots", type=int, default=20, help="how many of these in QEMU; the others in a container"
    )
    parser.add_argument(
        "--looks", type=int, default=400, help="cuts after which the boot partition is looked at"
    )
    parser.add_argument(
        "--only-cuts", action="store_true", help="go on with the cuts of an earlier run, where it has ended"
    )
    args = parser.parse_args()
    check_tools()
    if not (args.parts / "root/usr/lib/appliance-boot/linux").exists():
        sys.exit(f"There is no composed image in {args.parts}\n  → make image")
    bench = Bench(args.parts, args.work)
    base = args.work / "base.raw"
    if args.only_cuts and not (base.exists() and bench.log.exists()):
        sys.exit(f"There is no earlier run in {args.work}\n  → make update-test")
    try:
        if not args.only_cuts:
            shutil.rmtree(args.work, ignore_errors=True)
            args.work.mkdir(parents=True)
            prepare(bench)
            duplicate(bench.disk, base)
            first_life(bench)
            second_life(bench)
            third_life(bench)
            fourth_life(bench)
        cuts(bench, base, args.cuts, args.boots, args.looks)
    except GuestError as error:
        sys.exit(f"Updates do not work as they should: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
