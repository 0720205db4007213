# Units, rules, users' definitions and licences: which file goes where, and a list of what was put there.
# shellcheck shell=bash disable=SC2154,SC2034

# “file of this repository|where it goes”
wanted_files() {
    local unit
    for unit in "$here"/systemd/*.{service,slice,socket,path,timer,mount,target}; do
        [ -e "$unit" ] || continue
        [ "$(basename "$unit")" != appliance-kiosk.service ] || [ -n "$kiosk" ] || continue
        echo "systemd/$(basename "$unit")|/usr/lib/systemd/system/$(basename "$unit")"
    done
    cat <<END
systemd/sysusers.d/appliance.conf|/usr/lib/sysusers.d/appliance.conf
systemd/tmpfiles.d/appliance.conf|/usr/lib/tmpfiles.d/appliance.conf
systemd/journald.conf.d/appliance.conf|/usr/lib/systemd/journald.conf.d/50-appliance.conf
systemd/udev/70-appliance.rules|/usr/lib/udev/rules.d/70-appliance.rules
systemd/udev/72-appliance-setup.rules|/usr/lib/udev/rules.d/72-appliance-setup.rules
systemd/nftables/appliance.nft|$SHARE/nftables/appliance.nft
systemd/drop-ins/records-key.conf|$SHARE/drop-ins/records-key.conf
systemd/drop-ins/gpu.conf|$SHARE/drop-ins/gpu.conf
README.md|$SHARE/README.md
LICENSE|$SHARE/LICENSE
NOTICE|$SHARE/NOTICE
END
    ! is_jetson || cat <<END
systemd/jetson/appliance-jetson.service|/usr/lib/systemd/system/appliance-jetson.service
systemd/jetson/60-appliance-jetson.conf|/usr/lib/sysctl.d/60-appliance-jetson.conf
scripts/jetson/tune|$SHARE/jetson/tune
END
    [ -z "$kiosk" ] || cat <<END
systemd/udev/71-appliance-kiosk.rules|/usr/lib/udev/rules.d/71-appliance-kiosk.rules
appliance/web/static/starting.html|$SHARE/kiosk/starting.html
systemd/kiosk/screen.sh|$SHARE/kiosk/screen.sh
systemd/kiosk/sway.conf|$SHARE/kiosk/sway.conf
systemd/chromium/appliance-kiosk.json|/etc/chromium/policies/managed/appliance-kiosk.json
END
}

listed=()   # lines of the ledger
was_there() { grep -qxF "$1" "$root$LEDGER" 2>/dev/null; }

# register FILE: the list names it, and the folders that are made for it.
register() {
    local folder
    folder=$(dirname "$1")
    while [ "$folder" != / ]; do
        if [ ! -d "$root$folder" ] || was_there "folder $folder"; then list "folder $folder"; fi
        folder=$(dirname "$folder")
    done
    list "file $1"
}

list() {
    local line
    for line in ${listed[@]+"${listed[@]}"}; do [ "$line" != "$1" ] || return 0; done
    listed+=("$1")
}

install_files() {
    local source target
    # What was chosen once stays chosen.
    [ ! -e "$root/usr/lib/systemd/system/appliance-kiosk.service" ] || kiosk=1
    while IFS='|' read -r source target; do
        put "$here/$source" "$target"
    done < <(wanted_files)
    link_command
}

put() {
    local source=$1 target=$2
    [ -e "$source" ] || fail "$INCOMPLETE" "$source is missing" "use the whole distribution, not only parts of it"
    register "$target"
    if ! cmp -s "$source" "$root$target" || [ "$(stat -c %a "$root$target")" != 644 ]; then
        act install -D -m 0644 "$source" "$root$target"
    fi
}

# `appliance check` and its like, for people.
link_command() {
    register /usr/local/bin/appliance
    if [ "$(readlink "$root/usr/local/bin/appliance")" != "$VENV/bin/appliance" ]; then
        act mkdir -p "$root/usr/local/bin"
        act ln -sfn "$VENV/bin/appliance" "$root/usr/local/bin/appliance"
    fi
}

# Files of an older version that this one does not have go; then the list is written.
write_ledger() {
    local line
    if [ -e "$root$LEDGER" ]; then
        while read -r line; do
            case " ${listed[*]} " in *" $line "*) continue ;; esac
            case $line in
                'file '*) act rm -f "$root${line#file }" ;;
                'user '*) list "$line" ;;
            esac
        done <"$root$LEDGER"
    fi
    printf '%s\n' "${listed[@]}" | sort | write "$LEDGER" 0644
}
