# Fetches packages of another release for arm64, checked by that release's signature; nothing of this machine changes.
# To be sourced.
# shellcheck shell=bash disable=SC2154

# What this machine's own apt asks for a release, or MIRROR with its updates: lines of sources.list.
apt_sources() {
    local release=$1 address there
    if [ -n "${mirror:-}" ]; then
        printf 'deb [signed-by=%s] %s %s main universe\n' "$keyring" "$mirror" "$release" "$keyring" "$mirror" \
            "$release-updates" "$keyring" "$mirror" "$release-security"
        return
    fi
    # shellcheck disable=SC2016 # apt expands it
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | sort -u | while read -r address there; do
        case $there in
            "$release" | "$release-updates" | "$release-security")
                echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $address $there main"
                ;;
        esac
    done
}

# fetch_debs FOLDER RELEASE PACKAGE…: their newest versions for arm64.
fetch_debs() (
    local folder=$1 release=$2 own
    shift 2
    own=$(mktemp -d)
    chmod 755 "$own" # apt fetches as a user of its own
    mkdir -p "$own"/{lists,archives}/partial "$own"/{parts,preferences} "$folder"
    apt_sources "$release" >"$own/sources.list"
    [ -s "$own/sources.list" ] || fail "$INCOMPLETE" "this machine's apt knows no mirror of $release" "${mirror_hint:-}"
    : >"$own/status"
    local apt=(-q -oAPT::Architecture=arm64 -oAPT::Architectures=arm64 -oDir::State::Lists="$own/lists"
        -oDir::State::status="$own/status" -oDir::Cache="$own" -oDir::Etc::SourceList="$own/sources.list"
        -oDir::Etc::SourceParts="$own/parts" -oDir::Etc::PreferencesParts="$own/preferences" -oAPT::Sandbox::User=root
        -oAcquire::Languages=none -oAPT::Get::List-Cleanup=false)
    local fetched=1
    { apt-get "${apt[@]}" update && cd "$folder" && apt-get "${apt[@]}" download "$@"; } >&2 || fetched=''
    rm -rf "$own"
    [ -n "$fetched" ] || fail "$INCOMPLETE" "packages of $release cannot be fetched: $*" "see what apt said above"
)
