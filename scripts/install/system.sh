# Users, settings, limits of memory, and what starts with the machine.
# shellcheck shell=bash disable=SC2154,SC2034

make_users() {
    local name
    for name in appliance kiosk; do
        if ! grep -q "^$name:" "$root/etc/passwd" 2>/dev/null; then
            list "user $name"
            unmade=1
        fi
    done
    [ -z "${unmade:-}" ] || act systemd-sysusers ${root:+--root="$root"} appliance.conf
    # Folders of a tree that is in use are right already; a second call changes nothing.
    always systemd-tmpfiles ${root:+--root="$root"} --create appliance.conf
}

# The owner's from the first day on: never overwritten.
write_settings() {
    if [ -e "$root$SETTINGS/appliance.toml" ]; then
        say "  $SETTINGS/appliance.toml stays as it is"
        [ -z "$profile" ] || grep -q "^profile *= *\"$profile\"" "$root$SETTINGS/appliance.toml" ||
            say "  ! it names another profile than $profile: change models.profile there"
        return
    fi
    changes=$((changes + 1))
    if [ -n "$dry" ]; then
        printf 'would write: %s (profile %s)\n' "$root$SETTINGS/appliance.toml" "$profile"
        return
    fi
    install -D -m 0644 /dev/stdin "$root$SETTINGS/appliance.toml" <<END
# Settings of the appliance. \`appliance settings --describe\` prints every key with its meaning.

[models]
profile = "$profile"
folder = "$STORE"
END
}

# What the machine can spare: all but half a GB for the system, and a GB for a browser. In a tree without --ram the
# shares of appliance.slice count, which fit any machine.
write_limits() {
    local file=/etc/systemd/system/appliance.slice.d/10-memory.conf most
    if [ -n "$root" ] && [ -z "$ram" ]; then
        say "  by shares, whatever the machine has"
    else
        most=$(($(memory_mb) - 512))
        [ "$most" -ge 768 ] || most=768
        write "$file" 0644 <<END
# Of $(memory_mb) MB. Made by scripts/install.sh, and made anew by it; for limits of your own take a later file name.
[Slice]
MemoryHigh=$((most * 92 / 100))M
MemoryMax=${most}M
END
    fi
    [ ! -e "$root$SETTINGS/records.key" ] || drop_in 20 records-key
    if is_jetson || [ -e "$root/dev/nvidiactl" ]; then drop_in 30 gpu; fi
    ! is_jetson || drop_in 40 jetson
}

# drop_in ORDER NAME: what the unit says besides on such a machine.
drop_in() { write "/etc/systemd/system/appliance.service.d/$1-$2.conf" 0644 <"$here/systemd/drop-ins/$2.conf"; }

enable_units() {
    local units=(appliance.service) unit
    [ -z "$kiosk" ] || units+=(appliance-kiosk.service)
    [ -z "$firewall" ] || units+=(appliance-firewall.service)
    [ ! -e "$here/systemd/appliance-firstboot.service" ] || units+=(appliance-firstboot.service)
    ! is_jetson || units+=(appliance-jetson.service)
    register_wants
    for unit in "${units[@]}"; do
        if ! systemctl ${root:+--root="$root"} is-enabled --quiet "$unit" 2>/dev/null; then
            act systemctl ${root:+--root="$root"} enable --quiet "$unit"
        fi
    done
}

# Folders that `systemctl enable` makes.
register_wants() {
    local folder
    for folder in /etc/systemd/system/{multi-user,sysinit}.target.wants; do
        if [ ! -d "$root$folder" ] || was_there "folder $folder"; then list "folder $folder"; fi
    done
}

finish() {
    local how=start
    write_ledger
    if lively; then
        [ "$changes" -eq 0 ] || how=restart
        always systemctl daemon-reload
        always quietly udevadm control --reload
        [ "$changes" -eq 0 ] || always systemctl try-restart systemd-journald.service
        [ -z "$firewall" ] || always systemctl "$how" appliance-firewall.service
        # It says in the journal what a board will not do; the appliance runs all the same.
        ! is_jetson || always systemctl --no-block "$how" appliance-jetson.service
        if [ -n "$with_start" ]; then
            always systemctl "$how" appliance.service
            [ -z "$kiosk" ] || always systemctl "$how" appliance-kiosk.service
        fi
    fi
    current=''
    say "Done${dry:+ (nothing was changed)}. $([ -n "$root" ] || echo 'How it is: systemctl status appliance; what it hears: appliance check')"
}
