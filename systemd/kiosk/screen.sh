#!/bin/bash
# Chromium on the appliance's page, and the panel off while the page says that it sleeps. systemd is given a sign of life
# while the page is on the line, or nobody answers it: a unit whose processes live may still show a black screen, or a
# page that broke while it was loaded.
set -euo pipefail

readonly PORT=8080 EVERY_S=5

/usr/bin/chromium --kiosk --ozone-platform=wayland --start-fullscreen --no-first-run --no-default-browser-check \
    --noerrdialogs --disable-session-crashed-bubble --disable-pinch --overscroll-history-navigation=0 \
    --disable-features=Translate --disable-component-update --password-store=basic \
    --user-data-dir=/run/appliance-kiosk/profile file:///opt/appliance/share/kiosk/starting.html &
browser=$!

# Whether this user has an open connection to the box, as the kernel has it (01 is ESTABLISHED).
on_the_line() {
    awk -v port=":$(printf %04X "$PORT")\$" -v user="$UID" \
        '$3 ~ port && $4 == "01" && $8 == user { found = 1 } END { exit !found }' /proc/net/tcp
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

# swaymsg waits 3 s for an answer; an order whose answer is late is obeyed all the same.
panel() { swaymsg --quiet "output * dpms $1" || true; }

# The page knows whether anybody speaks; its title is how it says so (web/static/sleep.js).
follow() {
    local line
    while sleep 1; do
        { swaymsg --monitor --raw --type subscribe '["window"]' || true; } | while read -r line; do
            case $line in
                *'"name": "asleep'*) panel off ;;
                *'"name": "'*) panel on ;;
            esac
        done
    done
}

follow &
follower=$!
trap 'kill "$follower" 2>/dev/null || true; swaymsg --quiet exit' EXIT
while kill -0 "$browser" 2>/dev/null; do
    if on_the_line || ! answers; then systemd-notify WATCHDOG=1; fi
    sleep "$EVERY_S" &
    wait -n "$browser" $! || true
done
