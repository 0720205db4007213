"""Puts tables and plots between their markers in BENCHMARKS.md: `<!-- eval:NAME -->` … `<!-- /eval:NAME -->`."""

import re
from pathlib import Path


def with_section(page: str, name: str, text: str) -> str:
    """A page with new text between the markers of a section.

    Raises:
        ValueError: the page has none.
    """
    begin, end = f"<!-- eval:{name} -->", f"<!-- /eval:{name} -->"
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    if not re.search(pattern, page, re.DOTALL):
        raise ValueError(f"there is no {begin} … {end}")
    return re.sub(pattern, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)


def write_plots(plots: dict[str, str], folder: Path) -> None:
    """One file per plot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in plots.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
