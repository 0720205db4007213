"""Takes a bundle of models: verified, put beside the old ones, tried; the old ones are used again if that fails.

“Tried” is what READY means: a recorded question has gone through every engine, and an answer came out.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError, ConfigError, ModelError
from appliance.device.files import NewFile, write_all
from appliance.device.plan import SETTINGS
from appliance.device.sticks import Run
from appliance.device.toml import write_toml
from appliance.device.update.bundle import Bundle, RefusedBundle
from appliance.device.update.inbox import RESERVE
from appliance.device.update.rules import check_room
from appliance.engines.models import Manifest, ModelStore
from appliance.settings import read_file

MODELS_FOR: Final = "voice-appliance-models"
"""What bundles of models say they are for: every box."""
STORE: Final = "var/lib/appliance-models"
INCOMING: Final = ".incoming"
"""In the store: what a bundle brings, before it is known to be right."""
BEFORE: Final = ".before"
"""How a file is called whose place a new one has taken, until that has answered."""
PROFILE: Final = "profile"
"""The file in a bundle that names the profile whose models it brings."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What a bundle of models meets on the box."""

    root: Path
    """The system."""
    manifest: Manifest
    """Models that this version of the program knows."""
    ask: Run
    """Asks RAUC."""
    keyring: Path
    """Whose bundles are taken."""
    restart: Callable[[], None]
    """Starts the appliance anew, and returns when it is READY; raises `ApplianceError` when it does not become so."""

    @property
    def store(self) -> ModelStore:
        """The models of the box."""
        return ModelStore(self.root / STORE, self.manifest)


def take_models(bundle: Bundle, supply: Supply) -> None:
    """Use the models of a bundle from now on.

    Raises:
        RefusedBundle: it is not for this version; nothing has changed.
        ApplianceError: the appliance did not become READY with them; the old ones are used again.
    """
    if bundle.compatible != MODELS_FOR:
        raise RefusedBundle(f"the bundle is for {bundle.compatible}, not for the models of a box")
    incoming = supply.root / STORE / INCOMING
    shutil.rmtree(incoming, ignore_errors=True)
    size = bundle.path.stat().st_size
    check_room(size + RESERVE, shutil.disk_usage(supply.root / STORE).free, "the disk of the box")
    try:
        # Reads and checks every block of the bundle, not only its signature.
        supply.ask(("rauc", f"--keyring={supply.keyring}", "extract", str(bundle.path), str(incoming)))
        profile = _check(incoming, supply)
        _try(incoming, profile, supply)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _check(incoming: Path, supply: Supply) -> str:
    """Which profile it brings; all of its models are here or there, and right."""
    try:
        profile = (incoming / PROFILE).read_text().strip()
        wanted = supply.manifest.profile(profile).models()
    except (OSError, UnicodeDecodeError, ModelError, ConfigError):
        raise RefusedBundle(
            "the bundle brings a profile that this version does not know", "update the system first"
        ) from None
    brought = ModelStore(incoming, supply.manifest)
    if missing := [name for name in wanted if not brought.has(name) and not supply.store.has(name)]:
        raise RefusedBundle(
            f"the bundle lacks {', '.join(missing)}, or has other files than this version knows",
            "update the system first, or make the bundle anew",
        )
    return profile


def _try(incoming: Path, profile: str, supply: Supply) -> None:
    store, settings = supply.root / STORE, supply.root / SETTINGS
    before = settings.read_text()
    models = supply.manifest.profile(profile).models()
    names = {file.name for model in models for file in supply.manifest.model(model).files}
    replaced = [path for path in sorted(incoming.iterdir()) if path.name in names]
    for path in replaced:
        path.chmod(0o644)
        target = store / path.name
        if target.exists():
            target.replace(store / f"{path.name}{BEFORE}")
        path.replace(target)
    try:
        _choose(profile, supply.root)
        supply.restart()
    except ApplianceError as error:
        for path in replaced:
            kept = store / f"{path.name}{BEFORE}"
            if kept.exists():
                kept.replace(store / path.name)
        write_all(supply.root, [NewFile(SETTINGS, before, settings.stat().st_mode & 0o777)])
        supply.restart()
        raise ApplianceError(
            f"the box did not become ready with the models of {profile}, and uses those before: {error.problem}",
            "see `appliance report`",
        ) from None
    for kept in store.glob(f"*{BEFORE}"):
        kept.unlink()


def _choose(profile: str, root: Path) -> None:
    """Name the profile in the settings of the box."""
    path = root / SETTINGS
    settings = {section: dict(keys) for section, keys in read_file(path).items()}
    settings.setdefault("models", {})["profile"] = profile
    note = "# Changed by an update of models; comments are not kept.\n\n"
    write_all(root, [NewFile(SETTINGS, note + write_toml(settings), path.stat().st_mode & 0o777)])
