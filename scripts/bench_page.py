"""Where the benches write: a page for people between markers, every value into a file; and which models they use."""

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "BENCHMARKS.md"
RESULTS = ROOT / "out" / "bench.json"


def environment(options: argparse.Namespace) -> dict[str, str]:
    """The options as settings."""
    given = {"PROFILE": options.profile, "FOLDER": options.models and str(options.models.resolve())}
    return {f"APPLIANCE_MODELS__{key}": value for key, value in given.items() if value}


def with_section(page: str, name: str, text: str) -> str:
    """A page with new text between the markers of a section."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    if not re.search(pattern, page, re.DOTALL):
        raise SystemExit(f"{PAGE.name} has no {begin} … {end}")
    return re.sub(pattern, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)
