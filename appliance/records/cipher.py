"""What was said, as it lies on the disk: plain, or sealed with a key that does not lie there."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from appliance.records.problems import RecordsError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

MAKE_KEY: Final = "`openssl rand -base64 32` makes one"
PROBE: Final = b"voice appliance"
"""What is sealed to know the key again."""


class Cipher:
    """Owns the key, if there is one. Fernet: AES-128 in CBC mode, and HMAC-SHA256 over all of it."""

    def __init__(self, fernet: "Fernet | None" = None) -> None:
        self._fernet = fernet

    @classmethod
    def load(cls, file: str) -> Self:
        """With the key in this file; "" is none.

        Raises:
            RecordsError: there is no key in it.
        """
        if not file:
            return cls()
        from cryptography.fernet import Fernet  # 30 ms that most boxes save

        try:
            return cls(Fernet(Path(file).expanduser().read_bytes().strip()))
        except OSError as error:
            problem = f"the key in {file} cannot be read: {error.strerror}"
            raise RecordsError(problem, "correct records.key_file, or bring the key back") from None
        except ValueError:
            raise RecordsError(f"there is no key in {file}", MAKE_KEY) from None

    @property
    def keyed(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def seal(self, plain: bytes) -> bytes:
        """As it is to be stored."""
        return self._fernet.encrypt(plain) if self._fernet else plain

    def unseal(self, stored: bytes) -> bytes | None:
        """What was stored; None when it was sealed with another key, or is damaged."""
        if self._fernet is None:
            return stored
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(stored)
        except InvalidToken:
            return None
