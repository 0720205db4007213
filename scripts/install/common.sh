# What all parts of the installer use: words, exit codes, questions, and the one way to change something.
# shellcheck shell=bash disable=SC2154,SC2034
# (The variables are those of install.sh.)

readonly FAILED=1 WRONG_USE=2 NOT_ROOT=3 UNSUPPORTED=4 NO_PYTHON=5 NO_SPACE=6 INCOMPLETE=7 REFUSED=130

readonly PREFIX=/opt/appliance
readonly VENV=$PREFIX/venv
readonly SHARE=$PREFIX/share
readonly SETTINGS=/etc/appliance
readonly STATE=/var/lib/appliance
readonly STORE=/var/lib/appliance-models
# What was installed: one line per file, folder or user that was not there before.
readonly LEDGER=$SHARE/installed.txt

say() { printf '%s\n' "$*" >&2; }

# fail CODE PROBLEM REMEDY
fail() {
    current=''
    printf '%s: %s\n  → %s\n' "${tool:-install}" "$2" "$3" >&2
    exit "$1"
}

# step NAME FUNCTION: one part of the work, by name, so that a failure says where it happened.
step() {
    say "— $1"
    current=$1
    "$2"
}

current=''
trap '[ -z "$current" ] || say "${tool:-install}: stopped at: $current. Run it again when the cause is gone."' EXIT

# act COMMAND…: the only way in which anything is changed. With --dry-run it is printed instead.
act() {
    changes=$((changes + 1))
    always "$@"
}

# always COMMAND…: the same for what is done every time, because it changes nothing where all is well.
always() {
    if [ -n "$dry" ]; then
        printf 'would run: %s\n' "$(printf '%q ' "$@" | sed 's/ $//')"
    else
        "$@"
    fi
}

changes=0

# write FILE MODE: standard input becomes a file, unless it is one already.
write() {
    local path=$1 mode=$2 text
    text=$(cat)
    register "$path"
    if [ "$(cat "$root$path" 2>/dev/null)" = "$text" ] && [ "$(stat -c %a "$root$path")" = "${mode#0}" ]; then
        return
    fi
    changes=$((changes + 1))
    if [ -n "$dry" ]; then
        printf 'would write: %s\n' "$root$path"
        printf '    %s\n' "${text//$'\n'/$'\n    '}"
    else
        mkdir -p "$(dirname "$root$path")"
        printf '%s\n' "$text" >"$root$path"
        chmod "$mode" "$root$path"
    fi
}

# Whether systemd runs this very machine, and may be told something. It does not in a chroot.
lively() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# Whether there is somebody to ask.
interactive() { [ -z "$yes$dry" ]; }

# confirm QUESTION
confirm() {
    interactive || return 0
    [ -t 0 ] || fail "$WRONG_USE" "nobody is there to answer questions" "add --yes, or run it in a terminal"
    local answer
    read -r -p "$1 [y/N] " answer
    [[ $answer =~ ^[yY] ]] || fail "$REFUSED" "nothing was changed" "run it again when you like"
}

# ask VARIABLE QUESTION DEFAULT
ask() {
    local typed=''
    if interactive && [ -t 0 ]; then
        read -r -p "$2 [$3] " typed
    fi
    printf -v "$1" '%s' "${typed:-$3}"
}
