"""How people at the box learn where to find it: an address, six digits, and a picture of both for phones."""

import io
from dataclasses import dataclass

import segno


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one needs to talk to the box from elsewhere."""

    address: str
    """Where it is, by name."""
    numeric_address: str
    """Where it is for devices that do not find names of the local network; "" without a network."""
    pin: str
    """The digits that admit a device."""
    expires_s: int
    """Seconds until there are others."""
    fingerprint: str
    """SHA-256 of the certificate that the device is asked to trust."""
    help_address: str
    """The page that explains that."""

    @property
    def link(self) -> str:
        """Address and digits in one. Browsers keep what stands behind `#` to themselves."""
        return f"{self.address}#pin={self.pin}"

    def svg(self) -> str:
        """The link as a QR code, an image by itself: black on white, without a size of its own."""
        picture = io.BytesIO()
        self._code().save(
            picture, kind="svg", xmldecl=False, omitsize=True, dark="#000", light="#fff", border=2
        )
        return picture.getvalue().decode().strip()

    def text(self) -> str:
        """Everything for a terminal, the QR code included."""
        picture = io.StringIO()
        self._code().terminal(picture, compact=True, border=2)
        lines = [f"Talk to it from a browser: {self.address}"]
        if self.numeric_address:
            lines.append(f"or, where that name is not found: {self.numeric_address}")
        lines += [
            f"Digits: {self.pin[:3]} {self.pin[3:]}  (for {-(-self.expires_s // 60)} more minutes)",
            f"The browser warns at first. {self.help_address} explains why, and what to do.",
            f"Fingerprint, to be compared: {self.fingerprint}",
        ]
        return picture.getvalue() + "\n".join(lines)

    def _code(self) -> segno.QRCode:
        return segno.make_qr(self.link, error="m")
