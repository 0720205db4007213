"""A settings file to start from, with every key it may have; a test reads it."""

from typing import Final

EXAMPLE: Final = """\
# appliance-setup.toml: put it into the root folder of a USB stick, plug it in, and switch the box on.
# Whatever is absent stays as it is. Everything is applied or, if anything is wrong, nothing.
# The answer is written beside it: appliance-setup-result.txt

name = "kitchen-box"              # found as kitchen-box.local
time_zone = "Europe/Berlin"
language = "en"                   # en or de: the box's own screen
# profile = "cpu"                 # which models
# keep_conversations = false      # nothing that is said is written down
# welcome = false                 # no hello and no hiss (it measures the room's echo) at the first start
# later_sticks = "network"        # once the box has an owner, sticks may change: network, everything, nothing

# [network]                       # without this section: by cable, address by DHCP
# wifi = "Our network"
# passphrase = "correct horse"
# country = "DE"                  # which radio channels are allowed
# hidden = false
# address = "192.168.1.40/24"     # instead of DHCP
# gateway = "192.168.1.1"
# dns = ["192.168.1.1"]

# [ssh]                           # without this section nobody can log in; there are no passwords
# key = "ssh-ed25519 AAAA… you@laptop"

# [audio]
# microphone = "usb:2886:001a"    # ids or parts of names, from `appliance devices`
# loudspeaker = "usb:2886:001a"
# echo = "auto"

# [appliance.piper]               # any setting of `appliance settings --describe`
# speed = 1.1
"""
