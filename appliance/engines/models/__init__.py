"""Model files: the manifest of all there are, and the store of those that are here."""

from appliance.engines.models.manifest import (
    BUNDLED,
    NEEDED,
    ROLES,
    EngineName,
    Manifest,
    Model,
    Profile,
    Role,
)
from appliance.engines.models.pull import HubUnreachableError, Progress
from appliance.engines.models.reading import MANIFEST_FILE, load_manifest
from appliance.engines.models.selection import Choice, Loss, Selection, best_available, pull_profile
from appliance.engines.models.settings import ModelSettings
from appliance.engines.models.store import Fault, Finding, ModelStore

__all__ = [
    "BUNDLED",
    "MANIFEST_FILE",
    "NEEDED",
    "ROLES",
    "Choice",
    "EngineName",
    "Fault",
    "Finding",
    "HubUnreachableError",
    "Loss",
    "Manifest",
    "Model",
    "ModelSettings",
    "ModelStore",
    "Profile",
    "Progress",
    "Role",
    "Selection",
    "best_available",
    "load_manifest",
    "pull_profile",
]
