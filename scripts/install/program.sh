# The program: Python packages from a folder of wheels, in an environment that root owns.
# shellcheck shell=bash disable=SC2154,SC2034

# Made beside the old one and put in its place at the end: a power cut leaves one of them whole.
install_program() {
    local stage=$root$PREFIX/.venv-new stamp
    [ -n "$wheels" ] || fetch_wheels
    check_wheels
    stamp=$(fingerprint)
    if [ -n "$stamp" ] && [ "$(cat "$root$VENV/.made-of" 2>/dev/null)" = "$stamp" ]; then
        say "  is up to date"
        return
    fi
    act rm -rf "$stage"
    act mkdir -p "$root$PREFIX"
    act env -u PYTHONPATH "$python" -m venv "$stage"
    install_wheels "$stage"
    settle "$stage"
    replace_program "$stage" "$stamp"
}

# Without --wheels: download and compile as a developer would, once for this machine.
fetch_wheels() {
    wheels=${XDG_CACHE_HOME:-$HOME/.cache}/voice-appliance/wheelhouse
    if [ -n "$dry" ] && [ ! -e "$wheels/SHA256SUMS" ]; then
        always "$here/scripts/wheels" "$wheels"
        wheels=''
    else
        always env PYTHON="$python" "$here/scripts/wheels" "$wheels"
    fi
}

check_wheels() {
    [ -n "$wheels" ] || return 0 # a dry run, before they are there
    compgen -G "$wheels/voice_appliance-*.whl" >/dev/null ||
        fail "$INCOMPLETE" "$wheels has no voice_appliance-….whl" "make a whole folder of wheels: scripts/wheels $wheels"
    [ ! -e "$wheels/SHA256SUMS" ] || (cd "$wheels" && sha256sum --quiet --strict -c SHA256SUMS >&2) ||
        fail "$INCOMPLETE" "the wheels in $wheels are damaged" "copy the folder again, or make it anew: scripts/wheels $wheels"
}

fingerprint() {
    [ -n "$wheels" ] || return 0
    { echo "$version" && cd "$wheels" && sha256sum -- *.whl; } | sha256sum | cut -c1-32
}

# All that the lock files name, at their versions; nothing is looked for elsewhere.
install_wheels() {
    local stage=$1 wanted
    wanted=$(mktemp)
    sed -n 's/^\([a-zA-Z0-9][^\\]*==[^\\]*\) *\\\?$/\1/p' "$here"/requirements/{run,llama}.lock >"$wanted"
    echo voice-appliance >>"$wanted"
    act env -u PYTHONPATH "$stage/bin/python" -m pip --isolated --quiet --disable-pip-version-check install \
        --no-index --no-deps --no-compile --find-links "${wheels:-WHEELS}" -r "$wanted" ||
        fail "$INCOMPLETE" "the wheels do not fit Python $version on $(uname -m), or one is missing" \
            "make them on such a machine: PYTHON=$python scripts/wheels DIR"
    rm -f "$wanted"
    act env -u PYTHONPATH "$stage/bin/python" -m pip --isolated --disable-pip-version-check --quiet check
    # A box installs nothing by itself. Debian's pip brings its own helpers with it.
    act env -u PYTHONPATH "$stage/bin/python" -m pip --isolated --quiet uninstall --yes setuptools pip
}

# Make it belong to where it will be: shebangs, the interpreter, byte code that needs no time stamps.
settle() {
    local stage=$1
    act relocate "$stage"
    act quietly "$python" -m compileall -q -j 0 -s "$stage" -p "$VENV" --invalidation-mode unchecked-hash "$stage/lib"
    act chmod -R u=rwX,go=rX "$stage"
}

# Some packages hold templates and tests that are no Python: byte code is a convenience.
quietly() { "$@" >/dev/null 2>&1 || true; }

relocate() {
    local stage=$1 link target
    rm -f "$stage"/bin/[aA]ctivate*
    grep -rlIZ -F "$stage" "$stage/bin" "$stage/pyvenv.cfg" | xargs -0r sed -i "s|$stage|$VENV|g"
    [ -z "$root" ] || sed -i "s|$root/|/|g" "$stage/pyvenv.cfg"
    for link in "$stage"/bin/python*; do
        target=$(readlink "$link")
        [ -z "$root" ] || [[ $target != "$root"/* ]] || ln -sfn "${target#"$root"}" "$link"
    done
}

replace_program() {
    local stage=$1 stamp=$2 old=$root$PREFIX/.venv-old
    act set_stamp "$stage/.made-of" "$stamp"
    act rm -rf "$old"
    [ ! -d "$root$VENV" ] || act mv "$root$VENV" "$old"
    act mv "$stage" "$root$VENV"
    act rm -rf "$old"
}

set_stamp() { printf '%s\n' "$2" >"$1"; }
