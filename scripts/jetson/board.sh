# What is known of Jetson boards and their releases, and how to find out which one this is. To be sourced.
# shellcheck shell=bash disable=SC2154,SC2034

# Of the release of Jetson Linux in a tree, “36.4.3”; nothing where there is none.
l4t_release() {
    local found
    found=$(sed -n 's/^# R\([0-9]*\) (release), REVISION: \([0-9.]*\).*/\1.\2/p' "$root/etc/nv_tegra_release" 2>/dev/null)
    # The package says the same, and is there on systems without that file.
    [ -n "$found" ] || found=$(awk '/^Package: nvidia-l4t-core$/ { ours = 1 } /^$/ { ours = 0 }
        ours && /^Version: / { sub(/-.*/, "", $2); print $2 }' "$root/var/lib/dpkg/status" 2>/dev/null)
    echo "$found"
}

# Which JetPack a release belongs to (Jetson Linux 36 is JetPack 6, 38 and 39 are JetPack 7).
jetpack_of() {
    case ${1%%.*} in
        32) echo 4 ;;
        35) echo 5 ;;
        36) echo 6 ;;
        38 | 39) echo 7 ;;
    esac
}

# The chip, as the device tree has it; nothing where there is none.
soc() {
    local tree=$root/proc/device-tree/compatible
    [ ! -r "$tree" ] || tr '\0' '\n' <"$tree" | sed -n 's/^nvidia,\(tegra[0-9]*\)$/\1/p' | head -1
}

# orin, thor or an older family: from the device tree, or, in a tree that is not running, from the release. JetPack 6
# runs on Orin only, Jetson Linux 38 on Thor only; 39 runs on both, and there it must be named.
board_of() {
    case $(soc) in
        tegra264) echo thor ;;
        tegra234) echo orin ;;
        tegra194) echo xavier ;;
        tegra186 | tegra210) echo older ;;
        *) case ${1%%.*} in 36) echo orin ;; 38) echo thor ;; esac ;;
    esac
}

# The GPU's architecture, as nvcc names it. CUDA 12 called Thor 101; JetPack 7, which Thor needs, has CUDA 13.
architecture_of() {
    case $1 in
        orin) echo 87 ;;
        thor) echo 110 ;;
    esac
}

# What the appliance runs on, or why not.
check_board() {
    release=$(l4t_release)
    [ -n "$release" ] ||
        fail "$UNSUPPORTED" "${root:-this machine} has no Jetson Linux: no /etc/nv_tegra_release, no package nvidia-l4t-core" \
            "flash NVIDIA's stock system first; on a PC use scripts/install.sh"
    jetpack=$(jetpack_of "$release")
    : "${board:=$(board_of "$release")}"
    case "$jetpack-$board" in
        6-orin | 7-orin | 7-thor) ;;
        [67]-) fail "$WRONG_USE" "Jetson Linux $release runs on Orin and on Thor" "say which: --board orin or --board thor" ;;
        *-xavier | 5-* | 4-* | *-older)
            fail "$UNSUPPORTED" "Jetson Linux $release${board:+ on ${board^}} is too old" \
                "use Orin with JetPack 6 or 7, or Thor: before, there are Python 3.8 and a kernel that cannot confine engines (5.10; Landlock: 5.13)"
            ;;
        *) fail "$UNSUPPORTED" "Jetson Linux $release${board:+ on ${board^}} is not known here" "use JetPack 6 or 7" ;;
    esac
    architecture=$(architecture_of "$board")
}

# The Python that the program will be made for: the system's where it is new enough, else the bundle's own.
system_python() {
    local version
    for version in 3.13 3.12 3.11; do
        if [ -e "$root/usr/bin/python$version" ]; then echo "$version" && return; fi
    done
}

# MB of memory of this machine; nothing in a tree that is not running.
board_memory() { sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' "$root/proc/meminfo" 2>/dev/null | awk '{ print int($1 / 1024) }'; }
