"""`appliance models`: which there are, getting them, and proving that they are right."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from appliance.app import open_store
from appliance.cli.obtain import pull
from appliance.cli.output import console, print_json, table
from appliance.engines.models import ModelStore
from appliance.settings import Settings


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "models",
        parents=[common],
        help="list, obtain or verify models",
        description="Lists, obtains or verifies the models of the appliance. Models come from the folder, USB stick or "
        "mirror that APPLIANCE_MODELS_SOURCE names, then from where models/manifest.toml says.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument(
        "models", nargs="*", metavar="MODEL", help="ids, as `appliance models list` shows them"
    )
    which.add_argument("--profile", help="all models of a profile; without MODEL the profile of the settings")
    which.add_argument(
        "--store", type=Path, metavar="FOLDER", help="folder of models instead of models.folder"
    )
    which.add_argument("--json", action="store_true", help="print JSON")
    for name, execute, text in (
        ("list", _list, "show all models, their licences and which are present"),
        ("pull", _pull, "download what is missing; an interrupted download goes on where it stopped"),
        ("verify", _verify, "read every file and compare its sha256 with the lock; fails when one is wrong"),
    ):
        action = actions.add_parser(
            name, parents=[common, which], help=text, description=text.capitalize() + "."
        )
        action.set_defaults(execute=execute)


def _store(args: argparse.Namespace, settings: Settings) -> ModelStore:
    if args.store:
        settings = replace(settings, models=replace(settings.models, folder=str(args.store)))
    return open_store(settings)


def _chosen(args: argparse.Namespace, settings: Settings, store: ModelStore) -> tuple[str, ...]:
    """The models that are meant; unknown names are refused with those that exist."""
    named = tuple(store.manifest.model(name).id for name in args.models)
    if named and not args.profile:
        return named
    return named + store.manifest.profile(args.profile or settings.models.profile).models()


def _list(args: argparse.Namespace, settings: Settings) -> int:
    store = _store(args, settings)
    everything = not (args.models or args.profile)
    names = tuple(store.manifest.models) if everything else _chosen(args, settings, store)
    chosen = [store.manifest.model(name) for name in names]
    if args.json:
        print_json([asdict(model) | {"present": store.has(model.id)} for model in chosen])
        return 0
    listing = table("", "model", "for", "size", "memory", "licence", "")
    for model in chosen:
        size = f"{model.size / 1e6:.0f} MB" if model.size else "–"
        here = "✓" if store.has(model.id) else ""
        listing.add_row(here, model.id, model.role, size, f"{model.memory_mb} MB", model.licence, model.note)
    console.print(listing)
    if everything:
        profiles = table("profile", "memory", "")
        for profile in store.manifest.profiles.values():
            profiles.add_row(profile.id, f"{store.manifest.memory_mb(profile.id)} MB", profile.summary)
        console.print("\n", profiles)
    return 0


def _pull(args: argparse.Namespace, settings: Settings) -> int:
    store = _store(args, settings)
    obtained = pull(store, _chosen(args, settings, store))
    if args.json:
        print_json({"folder": str(store.folder), "obtained": obtained})
    else:
        console.print(
            f"Obtained {', '.join(obtained)}." if obtained else "All models are there.", markup=False
        )
    return 0


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    store = _store(args, settings)
    chosen = _chosen(args, settings, store)
    findings = store.verify(chosen)
    if args.json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            console.print(
                f"{finding.model}: {finding.fault}, {finding.detail}\n  → {finding.remedy}", markup=False
            )
        if not findings:
            console.print(f"{len(chosen)} models are complete and unchanged.")
    return int(bool(findings))
