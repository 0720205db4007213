"""How a device is admitted: it tells the digits that the box shows, and is given a token."""

import logging

from appliance.core.errors import ApplianceError
from appliance.web.devices import Device, Devices
from appliance.web.limits import RateLimit
from appliance.web.pin import Pin

BURST, EVERY_S = 5, 60.0
"""Tries of one address at once, and s until it has another."""
GLOBAL_BURST, GLOBAL_EVERY_S = 20, 30.0
"""The same for all addresses together: whoever never stops guesses right with 0.3 % probability in a day."""
NAME_LENGTH = 60
"""Characters of a device's name that are kept."""

log = logging.getLogger("appliance.web")


class WrongPin(ApplianceError):  # noqa: N818 - what the person is told
    """These are not the digits."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            "These are not the digits that the box shows.",
            "Read them again at the box: they change from time to time.",
        )
        self.tries_left = tries_left


class TooManyTries(ApplianceError):  # noqa: N818 - what the person is told
    """Somebody must wait before they may try again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many wrong digits were tried.", f"Wait {wait_s:.0f} seconds and try again.")
        self.wait_s = wait_s


class TooManyDevices(ApplianceError):  # noqa: N818 - what the person is told
    """There is no room for another device."""

    def __init__(self) -> None:
        super().__init__(
            "As many devices are paired as the box admits.",
            "Ask the owner of the box to remove one that is no longer used.",
        )


class Pairing:
    """Admits devices. Owns the digits and the patience with those who guess."""

    def __init__(self, pin: Pin, devices: Devices) -> None:
        self.pin = pin
        self._devices = devices
        self._address_limit = RateLimit(BURST, EVERY_S)
        self._global_limit = RateLimit(GLOBAL_BURST, GLOBAL_EVERY_S)
        self.refused = 0

    async def pair(self, digits: str, name: str, address: str, known: Device | None) -> tuple[Device, str]:
        """Admit whoever tells the right digits.

        Args:
            digits: what they typed.
            name: what their device is to be called.
            address: where they are.
            known: the device that they have been so far.

        Returns:
            The device, and its token.

        Raises:
            WrongPin: they are not.
            TooManyTries: it does not matter what they are.
            TooManyDevices: they may be right, and it does not help.
        """
        self._limit(address)
        if self._devices.full and not known:
            raise TooManyDevices
        if not self.pin.redeem(digits):
            self.refused += 1
            log.warning("%s tried to pair with wrong digits.", address)
            raise WrongPin(self.pin.tries_left)
        device, token = await self._devices.pair(_clean(name), known)
        log.info("Device %s was paired%s.", device.id, " and is the owner" if device.owner else "")
        return device, token

    def _limit(self, address: str) -> None:
        wait_s = self._address_limit.take(address) or self._global_limit.take()
        if wait_s:
            self.refused += 1
            raise TooManyTries(max(wait_s, 1.0))


def _clean(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split())[:NAME_LENGTH] or "a device"
