"""Fixtures that tests of several packages share."""

from tests.virtual_sound import virtual_sound, virtual_sound_server

__all__ = ["virtual_sound", "virtual_sound_server"]
