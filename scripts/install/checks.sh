# What must be true before anything is changed.
# shellcheck shell=bash disable=SC2154,SC2034

# MB that the program takes: 551 on Debian 12, twice for a moment while it replaces an older one.
readonly PROGRAM_MB=1200

release() { sed -n "s/^$1=\"\?\([^\"]*\)\"\?\$/\1/p" "$root/etc/os-release" 2>/dev/null | head -1; }

is_jetson() { [ -e "$root/etc/nv_tegra_release" ]; }

check_system() {
    local name
    name="$(release ID) $(release VERSION_ID)"
    case "$name" in
        'debian 12' | 'debian 13' | 'ubuntu 24.04') ;;
        'ubuntu 22.04') is_jetson || unsupported "$name" ;; # JetPack 6
        *) unsupported "$name" ;;
    esac
    case $(uname -m) in
        x86_64 | aarch64) ;;
        *) fail "$UNSUPPORTED" "this machine is $(uname -m)" "the appliance runs on x86-64 and on 64-bit ARM" ;;
    esac
    [ -z "$kiosk" ] || [ "$(release ID)" = debian ] || fail "$UNSUPPORTED" "--kiosk needs Debian: Ubuntu's Chromium is a \
snap, which cannot run without a login session" "leave --kiosk out, and open http://127.0.0.1:8080/?kiosk in a browser"
}

unsupported() {
    fail "$UNSUPPORTED" "${root:-this machine} is ‘${1:- }’, not a supported system" \
        "use Debian 12 or 13, Ubuntu 24.04, or JetPack 6 or 7; in a checkout, ‘make run’ works on others too"
}

check_root() {
    if [ -z "$dry" ] && [ "$(id -u)" -ne 0 ]; then
        fail "$NOT_ROOT" "only root may do this" "type: sudo scripts/install.sh …, or add --dry-run to see what it would do"
    fi
}

# A Python that every user may read, and that the tree has too.
find_python() {
    local candidate
    for candidate in ${python:+"$python"} "$root$PREFIX/python/bin/python3" /usr/bin/python3 /usr/bin/python3.1{3,2,1}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            python=$candidate
            find_python_version
            check_python_place
            return
        fi
        [ "$candidate" != "$python" ] || break
    done
    fail "$NO_PYTHON" "no Python 3.11 to 3.13${python:+ at $python}" \
        "install python3 and python3-venv; on JetPack 6 unpack one in $PREFIX/python, or name it with --python"
}

find_python_version() {
    [ -n "$python" ] || python=/usr/bin/python3
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
}

check_python_place() {
    case $(readlink -f "$python") in
        /root/* | /home/*)
            fail "$NO_PYTHON" "$python lies in somebody's home, where the service may not look" "name another with --python"
            ;;
    esac
    if [ -n "$root" ] && [[ $python != "$root"/* ]] && ! compgen -G "$root/usr/bin/python$version" >/dev/null; then
        fail "$NO_PYTHON" "the tree $root has no /usr/bin/python$version, which the program would be made for" \
            "install python$version there, or run this installer in a chroot of the tree"
    fi
    local theirs
    theirs=$(machine_of "$root/usr/bin/python$version")
    [ -z "$theirs" ] || [ "$theirs" = "$(machine_of "$python")" ] ||
        fail "$UNSUPPORTED" "the tree $root is of another kind of machine than this one" \
            "run this installer in a chroot of the tree, with qemu-user-static on this machine"
}

# Which machine a program is for: byte 18 of its ELF header; nothing where there is none.
machine_of() { od -An -tx1 -j18 -N1 "$1" 2>/dev/null | tr -d ' ' || true; }

check_space() {
    local wanted=1 place free
    [ -z "$with_program" ] || wanted=$PROGRAM_MB
    [ -z "$models" ] || wanted=$((wanted + $(du -sm "$models" | cut -f1)))
    place=$root$PREFIX
    until [ -d "$place" ]; do place=$(dirname "$place"); done
    free=$(df --output=avail -m "$place" | tail -1)
    [ "$free" -ge "$wanted" ] ||
        fail "$NO_SPACE" "$free MB are free at $place, $wanted MB are needed" "make room there, or choose a larger disk"
}

# What is not settled by options: asked of a person, or taken from the machine.
ask_what_is_open() {
    if [ -z "$profile" ] && [ ! -e "$root$SETTINGS/appliance.toml" ]; then
        ask profile "Which models? bundled, cpu-small, cpu, jetson-8gb, jetson-16gb or gpu" "$(likely_profile)"
    fi
    case $profile in
        '' | bundled | cpu-small | cpu | jetson-8gb | jetson-16gb | gpu) ;;
        *) fail "$WRONG_USE" "there is no profile $profile" "see --help" ;;
    esac
    local answer
    if [ -z "$firewall" ] && interactive && [ -t 0 ] && [ ! -e "$root/etc/systemd/system/sysinit.target.wants/appliance-firewall.service" ]; then
        ask answer "Firewall? Then this whole machine reaches, and is reached from, nothing but its LAN (y/n)" n
        [[ ! $answer =~ ^[yY] ]] || firewall=1
    fi
}

likely_profile() {
    local mb
    mb=$(memory_mb)
    if is_jetson; then
        if [ "$mb" -ge 12000 ]; then echo jetson-16gb; else echo jetson-8gb; fi
    elif [ "$mb" -lt 3000 ]; then
        echo cpu-small
    else
        echo cpu
    fi
}

memory_mb() { echo "${ram:-$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))}"; }
