"""Fixtures that tests of several packages share."""

from hypothesis import settings

from tests.virtual_sound import virtual_sound, virtual_sound_server

__all__ = ["virtual_sound", "virtual_sound_server"]

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("appliance", deadline=None)
settings.load_profile("appliance")
