# The systems that a bundle can be made for. To be sourced, after `root` is set.
# shellcheck shell=bash disable=SC2034

readonly TARGETS='jetpack-7 jetpack-6 debian-12'

# target NAME: what that system has, and what it lacks.
target() {
    case $1 in
        jetpack-7)
            # Ubuntu 24.04. Its Python 3.12 comes without venv, and PocketSphinx has no wheel for it on arm64.
            suite=noble glibc=2.39 python_version=3.11 system_python=3.12
            debs=(libportaudio2 libjack-jackd2-0 libsamplerate0)
            ;;
        jetpack-6)
            # Ubuntu 22.04, with Python 3.10: aiortc and the appliance need 3.11.
            suite=jammy glibc=2.35 python_version=3.11 system_python=''
            debs=(libportaudio2 libjack-jackd2-0 libsamplerate0)
            ;;
        debian-12)
            # The stand-in on which everything is tried that needs no board, with the same Python of our own.
            suite=bookworm glibc=2.36 python_version=3.11 system_python=3.11
            debs=(libportaudio2 libjack-jackd2-0 libsamplerate0 libopus0 libdb5.3)
            ;;
        *) return 1 ;;
    esac
    own_python=1
}

# The oldest system on which the same wheels run: those of a target fit every newer C library.
readonly PORTABLE_ARM=armv8.2-a+dotprod+fp16
