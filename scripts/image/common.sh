# shellcheck shell=bash
# What the shell parts of the image build share; to be sourced.

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

fail() { # fail WHAT REMEDY: say both and end
    printf '\033[1mCannot go on:\033[0m %s\n  → %s\n' "$1" "$2" >&2
    exit 1
}

# need COMMAND:PACKAGE…: end with the one line that installs all that is missing.
need() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    fail "some tools are not installed" "apt-get install -y --no-install-recommends ${missing[*]}"
}

# Which boxes a slot, and a bundle, fits: the word that RAUC compares.
compatible() { echo "voice-appliance-x86_64-$([ "${KIOSK:-0}" = 0 ] && echo headless || echo kiosk)"; }

# listed FILE…: the words of these files, without comments, separated by commas.
listed() { sed 's/#.*//' "$@" | xargs | tr ' ' ','; }
