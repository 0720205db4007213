#!/bin/bash
# Installs the appliance as a service: on this machine, or into the tree of an image. `scripts/install.sh --help`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
{
    source "$here/scripts/install/common.sh"
    source "$here/scripts/install/checks.sh"
    source "$here/scripts/install/packages.sh"
    source "$here/scripts/install/program.sh"
    source "$here/scripts/install/files.sh"
    source "$here/scripts/install/models.sh"
    source "$here/scripts/install/system.sh"
    source "$here/scripts/install/remove.sh"
}

usage() {
    cat <<'END'
Installs the appliance on Debian 12 or 13, Ubuntu 24.04, or NVIDIA's JetPack, as a service that starts with the machine.
Run again, it brings everything up to date and changes nothing else. What it cannot find it asks for.

usage: scripts/install.sh [OPTION…]

  --wheels DIR     Python packages from this folder, without a network (scripts/wheels makes one);
                   without it they are downloaded, compared with the lock files, and llama.cpp is compiled
  --models DIR     models from this folder or USB stick; without it those that are missing are downloaded
  --profile NAME   which models: bundled, cpu-small, cpu, jetson-8gb, jetson-16gb, gpu
  --kiosk          the machine's own screen shows the appliance, and nothing else (Debian only)
  --firewall       let in only the appliance and SSH, from the LAN; let out only what stays on the LAN
  --python FILE    Python 3.11 to 3.13 to use; readable for every user
  --ram MB         memory of the machine that the tree will run on (with --root)
  --root DIR       install into this tree; nothing of this machine changes, nothing is started
  --no-program     leave the program as it is, or out: the builder of an image may bring it
  --no-models      the same for models
  --no-packages    install no system packages; say which are missing
  --packages       print the system packages that are needed with these options, and end
  --no-start       do not start the service now
  --uninstall      remove the program; keep settings, models, what was learnt and said
  --purge          with --uninstall: remove those as well, and the users
  --dry-run        print every action; change nothing
  --yes            ask nothing
  -h, --help       this

exit codes:
  0    done
  1    a step failed; what it printed says why
  2    wrong options
  3    not root
  4    this system is not supported
  5    no suitable Python
  6    not enough space
  7    packages or models are missing, or damaged
  130  the answer was no, or Ctrl-C
END
}

# shellcheck disable=SC2034 # the parts use them
root='' wheels='' models='' profile='' python='' ram='' goal=install
# shellcheck disable=SC2034
kiosk='' firewall='' purge='' dry='' yes='' with_program=1 with_models=1 with_packages=1 with_start=1

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root | --wheels | --models | --profile | --python | --ram)
                [[ -n ${2:-} && $2 != --* ]] || fail "$WRONG_USE" "$1 needs a value" "see --help"
                printf -v "${1#--}" '%s' "$2"
                shift
                ;;
            --kiosk | --firewall | --purge | --yes) printf -v "${1#--}" 1 ;;
            --dry-run) dry=1 ;;
            --no-program | --no-models | --no-packages | --no-start) printf -v "with_${1#--no-}" '' ;;
            --uninstall | --packages) goal=${1#--} ;;
            -h | --help) usage && exit 0 ;;
            *) fail "$WRONG_USE" "there is no option $1" "see --help" ;;
        esac
        shift
    done
    [ -z "$purge" ] || [ "$goal" = uninstall ] || fail "$WRONG_USE" "--purge goes with --uninstall" "see --help"
    [ -z "$ram" ] || [[ $ram =~ ^[0-9]+$ ]] || fail "$WRONG_USE" "--ram $ram is no number of MB" "see --help"
    local folder
    for folder in root wheels models; do
        [ -z "${!folder}" ] || [ -d "${!folder}" ] ||
            fail "$WRONG_USE" "--$folder ${!folder}: there is no such folder" "check the path, and whether it is mounted"
        [ -z "${!folder}" ] || printf -v "$folder" '%s' "$(cd "${!folder}" && pwd)"
    done
    [ "$root" != / ] || root=''
}

install_all() {
    check_system
    check_root
    find_python
    ask_what_is_open
    check_packages
    check_space
    say "Into ${root:-this machine}: models of profile ${profile:-(as before)}${kiosk:+, kiosk}${firewall:+, firewall}\
${missing[*]:+, system packages ${missing[*]}}."
    confirm "Install?"
    step "System packages" install_packages
    [ -z "$with_program" ] || step "Program" install_program
    step "Files" install_files
    step "Users and folders" make_users
    step "Settings" write_settings
    [ -z "$with_models" ] || step "Models" obtain_models
    step "Memory" write_limits
    step "Units" enable_units
    finish
}

parse "$@"
case $goal in
    install) install_all ;;
    packages) check_system && find_python_version && needed_packages | cut -d'|' -f2 | sort ;;
    uninstall) check_root && remove_all ;;
esac
