#!/bin/bash
# Installs the appliance into a copy of this machine that lasts for a minute, boots it, and asks whether all is well.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kept=$here/.cache/boot
quick='' only='' wheels=$here/.cache/wheelhouse models=$here/.cache/models keep=''

usage() {
    cat <<'END'
usage: scripts/boot_check.sh [--quick] [--wheels DIR] [--models DIR] [--journal FILE]

Lays an empty, temporary layer over this machine's own files (overlayfs), runs scripts/install.sh into it, boots it with
systemd-nspawn, without a network, and has scripts/boot_guest.py look: READY, /readyz, the watchdog, exit code 78, the
sandbox, the firewall. Nothing of this machine is changed. The installed program is kept in .cache/boot for next time.

  --quick         without the checks that need another start; without the installer on the running machine
  --only NAMES    only these checks of scripts/boot_guest.py
  --wheels DIR    default: .cache/wheelhouse; `make boot-test` makes it
  --models DIR    with the bundled models; default: .cache/models
  --journal FILE  keep what the machine's journal held

exit codes: 0 all is well; 1 something is not; 77 this machine cannot do it, and why
END
}

lacks() {
    echo "boot check: $1" >&2
    exit 77
}

while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=--quick ;;
        --only) only=$2 && shift ;;
        --wheels) wheels=$(cd "$2" && pwd) && shift ;;
        --models) models=$(cd "$2" && pwd) && shift ;;
        --journal) keep=$(realpath "$2") && shift ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    shift
done

[ "$(id -u)" -eq 0 ] || lacks "needs root"
command -v systemd-nspawn >/dev/null || lacks "needs systemd-nspawn (Debian and Ubuntu: apt install systemd-container)"
grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || lacks "the kernel has no overlayfs"
[ -e "$wheels/SHA256SUMS" ] || lacks "there are no wheels in $wheels: make boot-test makes them"
compgen -G "$models/*.gguf" >/dev/null || lacks "there are no models in $models: appliance models pull --profile bundled --store $models"

# A mount namespace of its own: all mounts go with it, however this ends.
if [ -z "${BOOT_CHECK_INSIDE:-}" ]; then
    place=$(mktemp -d /run/appliance-boot.XXXXXX 2>/dev/null || mktemp -d)
    code=0
    BOOT_CHECK_INSIDE=$place unshare --mount --propagation private -- "$0" ${quick:+"$quick"} ${only:+--only "$only"} --wheels "$wheels" \
        --models "$models" ${keep:+--journal "$keep"} || code=$?
    rmdir "$place"
    exit "$code"
fi

place=$BOOT_CHECK_INSIDE
mount -t tmpfs -o mode=0755,size=3G boot "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" overlay "$place/root" ||
    lacks "overlayfs cannot be mounted here"
tree=$place/root
# Of control groups version 2, by themselves or beside version 1: filters of addresses are programs in them.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
nspawn=(systemd-nspawn --quiet --directory="$tree" --register=no --keep-unit --private-network --resolv-conf=off
    --system-call-filter="landlock_create_ruleset landlock_add_rule landlock_restrict_self bpf"
    --bind-ro="$here:/mnt/source" --bind-ro="$wheels:/mnt/wheels" --bind-ro="$models:/mnt/models")

# The program was installed before from the same wheels in the same way: the installer finds it up to date.
program=$kept/$(cat "$wheels/SHA256SUMS" "$here/scripts/install/program.sh" | sha256sum | cut -c1-16)
[ ! -d "$program" ] || nspawn+=(--bind-ro="$program:/opt/appliance/venv")

seconds() { echo "$1: $((SECONDS - since)) s" && since=$SECONDS; }
since=$SECONDS

# A machine that has never had the appliance; without what would be mounted or asked for at the start.
rm -rf "$tree"/{opt/appliance,etc/appliance,var/lib/appliance,var/lib/appliance-models}
rm -f "$tree/etc/fstab" "$tree/etc/systemd/system/default.target"
ln -s /lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
: >"$tree/etc/machine-id"
options=(--yes --no-packages --wheels /mnt/wheels --models /mnt/models --profile bundled)
if [ -z "$quick" ] && [ -x /usr/bin/sway ] && [ -x /usr/bin/chromium ] && [ -x /usr/sbin/seatd ]; then
    options+=(--kiosk)
    # A screen in memory. Whether it can be seen is a matter of hardware.
    mkdir -p "$tree/etc/systemd/system/appliance-kiosk.service.d"
    cat >"$tree/etc/systemd/system/appliance-kiosk.service.d/headless.conf" <<END
[Unit]
ConditionPathExistsGlob=
[Service]
Environment=WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman
END
fi
"${nspawn[@]}" /bin/bash /mnt/source/scripts/install.sh "${options[@]}" || exit 1
seconds Installed
if [ ! -d "$program" ]; then
    rm -rf "$kept" && mkdir -p "$kept" && cp -a "$tree/opt/appliance/venv" "$program.new" && mv "$program.new" "$program"
fi

cat >"$tree/etc/systemd/system/boot-check.service" <<END
[Unit]
Description=Looks whether the appliance is well, and ends this machine
[Service]
ExecStart=/usr/bin/python3 /mnt/source/scripts/boot_guest.py /boot-report.jsonl $quick $only
ExecStopPost=/bin/sh -c 'journalctl --boot --no-pager >/boot-journal.txt; systemctl --no-block poweroff'
[Install]
WantedBy=multi-user.target
END
systemctl --root="$tree" enable --quiet boot-check.service
timeout --signal=KILL 400 "${nspawn[@]}" --boot >"$place/console.txt" 2>&1 ||
    true # it says “failed” of its own mounts at the end: the report counts
seconds Booted
[ -z "$keep" ] || cp "$tree/boot-journal.txt" "$keep" 2>/dev/null || true
if [ ! -s "$tree/boot-report.jsonl" ]; then
    tail -40 "$place/console.txt"
    exit 1
fi
python3 - "$tree/boot-report.jsonl" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
for line in lines:
    print("✓" if line["holds"] else "✗", line["check"].replace("_", " "), f"({line['seconds']} s):", line["seen"])
sys.exit(not lines or not all(line["holds"] for line in lines))
END
