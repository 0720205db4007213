"""A signed bundle: made by scripts/image/bundle, read by RAUC, which alone decides what a signature is worth."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from appliance.core.errors import ApplianceError, InputError
from appliance.device.sticks import Run
from appliance.device.update.versions import is_version

ENDING: Final = ".raucb"
"""How a bundle's name ends."""
SQUASHFS: Final = b"hsqs"
"""How every bundle begins; its length stands in bytes 40 to 47 (kernel: fs/squashfs/squashfs_fs.h)."""
SYSTEM: Final = "rootfs"
"""What RAUC calls the image of a root slot."""
MODELS: Final = "models"
"""What we call an image of models."""


class RefusedBundle(InputError):  # noqa: N818 - what the person is told
    """A bundle that is not taken; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself, under a signature that is right."""

    path: Path
    """Its file."""
    compatible: str
    """Which boxes it is for."""
    version: str
    """Of what it brings."""
    sizes: Mapping[str, int]
    """Bytes of its images, by kind."""

    @property
    def kind(self) -> str:
        """`SYSTEM` or `MODELS`."""
        return MODELS if MODELS in self.sizes else SYSTEM


def read_bundle(path: Path, run: Run, keyring: Path) -> Bundle:
    """Check the signature of a bundle, and read what stands under it.

    Raises:
        RefusedBundle: says why.
    """
    _check_shape(path)
    command = ("rauc", f"--keyring={keyring}", "info", "--output-format=json", str(path))
    try:
        told = _TOLD.validate_json(run(command))
        bundle = Bundle(path, told.compatible, told.version, _sizes(told.images))
    except ApplianceError as error:
        raise RefusedBundle(*_reason(error.problem)) from None
    except (ValidationError, ValueError, KeyError, TypeError):
        raise RefusedBundle(
            "what stands in the bundle cannot be understood", "use one of `make bundle`"
        ) from None
    if not is_version(bundle.version):
        raise RefusedBundle(f"the bundle has no version, but {bundle.version!r}", "use one of `make bundle`")
    return bundle


@dataclass(frozen=True, slots=True)
class _Told:
    compatible: str
    version: str
    images: list[dict[str, Any]]


_TOLD: Final = TypeAdapter(_Told)


def _sizes(images: list[dict[str, Any]]) -> dict[str, int]:
    return {kind: int(image["size"]) for one in images for kind, image in one.items()}


def _check_shape(path: Path) -> None:
    """What one can tell without a signature, so that a person learns which of many things went wrong."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedBundle(f"{path} cannot be read: {error.strerror}") from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise RefusedBundle(f"{path} is no file, but a folder or a device")
        head = os.read(descriptor, 48)
    except OSError as error:
        raise RefusedBundle(f"{path} cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    if head[:4] != SQUASHFS or len(head) < 48:
        raise RefusedBundle(
            f"{path.name} is no update bundle", f"its name ends in {ENDING}; `make bundle` makes one"
        )
    length = int.from_bytes(head[40:48], "little")
    if about.st_size < length:
        raise RefusedBundle(
            f"{path.name} is cut off: {about.st_size} of more than {length} bytes are there", "copy it again"
        )


def _reason(words: str) -> tuple[str, str]:
    """RAUC's words, in ours."""
    if "signature verification failed" in words:
        return (
            "the bundle is not signed with a key that this box trusts",
            "use one of whoever made this box's image: keys are compared, not names",
        )
    if "Invalid bundle format" in words or "ignature size" in words:
        return (
            "the bundle carries no signature: it is unsigned, or the end of it is missing",
            "copy it again; `make bundle` signs what it makes",
        )
    return f"the bundle cannot be used: {words}", "use one of `make bundle`"
