"""The six digits that one reads at the box, to prove that one has been there."""

import secrets
from hmac import compare_digest

from appliance.core import clock


class Pin:
    """One number at a time: valid for a while, for a few wrong tries, and for one device."""

    def __init__(self, lifetime_s: float, tries: int) -> None:
        self._lifetime_s = lifetime_s
        self._tries = tries
        self._digits = ""
        self._expires = 0.0
        self.tries_left = 0
        self.renew()

    @property
    def digits(self) -> str:
        """The six digits that are valid now."""
        if clock.now() >= self._expires:
            self.renew()
        return self._digits

    @property
    def expires_s(self) -> float:
        """Seconds until there are new digits."""
        return self._expires - clock.now() if self.digits else 0.0

    def renew(self) -> None:
        """Make new digits; the old ones are worth nothing."""
        self._digits = f"{secrets.randbelow(1_000_000):06}"
        self._expires = clock.now() + self._lifetime_s
        self.tries_left = self._tries

    def redeem(self, digits: str) -> bool:
        """Whether these are the digits. They are new afterwards, as they are after too many wrong tries."""
        if compare_digest(self.digits.encode(), digits.encode("utf-8", "surrogatepass")):
            self.renew()
            return True
        self.tries_left -= 1
        if not self.tries_left:
            self.renew()
        return False
