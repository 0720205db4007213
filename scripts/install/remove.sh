# Takes away what was installed, by the list that was made of it.
# shellcheck shell=bash disable=SC2154,SC2034

remove_all() {
    if [ ! -d "$root$PREFIX" ] && [ -z "$purge" ]; then
        say "The appliance is not installed${root:+ in $root}."
        return
    fi
    if [ -n "$purge" ]; then
        confirm "Remove the appliance with its settings, its models, and everything that was said?"
    else
        confirm "Remove the appliance? Settings, models and what was said are kept."
    fi
    if [ -e "$root$LEDGER" ]; then lines=$(cat "$root$LEDGER"); fi
    step "Units" stop_units
    step "Files" remove_files
    [ -z "$purge" ] || step "Settings, models, conversations, users" remove_state
    remove_folders
    current=''
    ! lively || act systemctl daemon-reload
    say "Done${dry:+ (nothing was changed)}."
}

stop_units() {
    local unit
    while read -r unit; do
        ! lively || act quietly systemctl stop "$unit"
        act quietly systemctl ${root:+--root="$root"} disable "$unit"
    done < <(installed 'file /usr/lib/systemd/system/' | grep '\.service$')
}

# installed KIND: what the list names of this kind.
installed() { sed -n "s|^$1||p" <<<"$lines"; }

lines=''

remove_files() {
    local path
    while read -r path; do
        if [ -e "$root$path" ] || [ -L "$root$path" ]; then act rm -f "$root$path"; fi
    done < <(installed 'file ')
    [ ! -d "$root$PREFIX" ] || act rm -rf "$root$PREFIX"
}

remove_state() {
    local name
    act rm -rf "$root$SETTINGS" "$root$STATE" "$root$STORE"
    while read -r name; do
        ! grep -q "^$name:" "$root/etc/passwd" || act userdel ${root:+--prefix "$root"} "$name"
        ! grep -q "^$name:" "$root/etc/group" || act groupdel ${root:+--prefix "$root"} "$name"
    done < <(installed 'user ')
}

# Folders that were made for it, the deepest first, where nothing else lies in them.
remove_folders() {
    local folder
    while read -r folder; do
        [ ! -d "$root$folder" ] || act rmdir --ignore-fail-on-non-empty "$root$folder"
    done < <(installed 'folder ' | sort -r)
}
