# System packages: which are needed, which are missing, and getting them.
# shellcheck shell=bash disable=SC2154,SC2034

# “what proves that it is there, below the root|Debian and Ubuntu package”; with ! it can do without.
needed_packages() {
    cat <<END
usr/lib/*/libportaudio.so.2|libportaudio2
usr/lib/*/libgomp.so.1|libgomp1
usr/lib/*/libseccomp.so.2|libseccomp2
!usr/sbin/alsactl|alsa-utils
END
    [ -n "$root" ] || [[ $python != /usr/bin/* ]] || echo "usr/lib/python$version/ensurepip/__init__.py|python$version-venv"
    # Newer Pythons have no wheel with the echo canceller's library.
    [ "$version" != 3.13 ] || echo 'usr/lib/*/libspeexdsp.so.1|libspeexdsp1'
    [ -z "$firewall" ] || echo 'usr/sbin/nft|nftables'
    [ -z "$kiosk" ] || cat <<END
usr/bin/sway|sway
usr/sbin/seatd|seatd
usr/bin/chromium|chromium
usr/share/fonts/truetype/dejavu/DejaVuSans.ttf|fonts-dejavu-core
END
}

missing=()

check_packages() {
    local proof package essential=()
    while IFS='|' read -r proof package; do
        compgen -G "$root/${proof#!}" >/dev/null && continue
        missing+=("$package")
        [[ $proof == !* ]] || essential+=("$package")
    done < <(needed_packages)
    [ -n "$root" ] || [ -z "$with_packages" ] || return 0 # they will be installed
    [ ${#essential[@]} -eq 0 ] || [ -n "$dry" ] ||
        fail "$INCOMPLETE" "${root:-this machine} lacks ${essential[*]}" "install these packages there first"
    [ ${#missing[@]} -eq 0 ] || say "Missing, and not installed: ${missing[*]}"
    missing=()
}

install_packages() {
    if [ ${#missing[@]} -eq 0 ]; then
        say "  are there"
        return
    fi
    act apt_install "${missing[@]}" ||
        fail "$INCOMPLETE" "${missing[*]} cannot be installed" "install them by hand, then run this again"
}

# The lists of packages may be old, or absent.
apt_install() {
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
    "${install[@]}" >&2 || { apt-get update -q >&2 && "${install[@]}" >&2; }
}
