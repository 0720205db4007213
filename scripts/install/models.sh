# Models: compared with the manifest, and recorded by root, because the service may only read them.
# shellcheck shell=bash disable=SC2154,SC2034

obtain_models() {
    [ -n "$profile" ] || profile=$(sed -n 's/^profile *= *"\([a-z0-9-]*\)".*/\1/p' "$root$SETTINGS/appliance.toml" 2>/dev/null || true)
    : "${profile:=cpu}"
    if always appliance models pull --profile "$profile" --store "$root$STORE"; then return; fi
    [ "$profile" != bundled ] || no_models
    say "  ! profile $profile could not be obtained in full; trying the bundled models, with which the appliance starts"
    always appliance models pull --profile bundled --store "$root$STORE" || no_models
}

no_models() {
    fail "$INCOMPLETE" "models are missing" \
        "name a folder that has them: --models DIR (on a machine with a network: appliance models pull --store DIR)"
}

# The program of the tree, by an interpreter that runs here, as nobody's service: without settings or home.
appliance() {
    local place code=0
    place=$(mktemp -d)
    mkdir "$place/bin"
    ln -s "$python" "$place/bin/python"
    ln -s "$root$VENV/lib" "$root$VENV/share" "$place/"
    cp "$root$VENV/pyvenv.cfg" "$place/"
    env -i PATH="$PATH" HOME="$place" PYTHONDONTWRITEBYTECODE=1 HTTP_PROXY="${http_proxy:-}" HTTPS_PROXY="${https_proxy:-}" \
        APPLIANCE_MODELS_SOURCE="$models" "$place/bin/python" -m appliance "$@" || code=$?
    rm -rf "$place"
    return "$code"
}
