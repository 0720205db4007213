"""Prints the fault matrix as a page for people, or checks that the page is fresh.

draw_faults.py            write docs/faults.md
draw_faults.py --check    exit 1 when it is stale
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MATRIX = ROOT / "tests" / "faults" / "matrix.toml"
PAGE = ROOT / "docs" / "faults.md"
PHRASES: dict[str, str] = tomllib.loads((ROOT / "models/phrases/phrases.toml").read_text(encoding="utf-8"))
FAULTS = {
    "raises": "raises an error",
    "hangs": "hangs",
    "slow": "is ten times slower",
    "garbage": "gives nonsense, or nothing",
    "killed": "is killed",
    "oom": "runs out of memory",
    "starts_broken": "cannot be started",
}
VARIANTS = {"once": "once", "lasting": "again and again", "all": "whichever engine is tried"}
HEAD = """# What happens when something breaks

Drawn from `tests/faults/matrix.toml` by `scripts/draw_faults.py`. `tests/faults` does every damage in it to a box that
works.

Somebody waits from the moment at which the box decides that they have finished speaking or, once an answer is heard,
from the moment at which its sound stops before its end. Within 1.5 s something is heard; whoever has been asked for
patience hears more within 7.5 s, and the answer or an apology within 25 s. What is heard is told for two questions,
one after the other, while the fault lasts; when it is over, the best engine is back by itself.
"""


def said(name: str) -> str:
    """A sound as people hear it."""
    return {"answer": "the answer", "nothing": "nothing"}.get(name) or f"“{PHRASES[name]}”"


def way(text: str) -> str:
    """`one-moment, answer / answer` in words."""
    turns = [", then ".join(map(said, turn.split(", "))) for turn in text.split(" / ")]
    return turns[0] if len(set(turns)) == 1 else "; next time ".join(turns)


def heard(row: dict[str, Any]) -> str:
    """What a cell says of the sound."""
    told = [row["heard"]] if "heard" in row else []
    for variant, words in VARIANTS.items():
        if variant in row:
            ways = [row[variant]] if isinstance(row[variant], str) else row[variant]
            told.append(f"*{words}:* " + ", or ".join(map(way, ways)))
    return "<br>".join(told)


def lines() -> Iterator[str]:
    """The whole page."""
    yield HEAD
    for rows in tomllib.loads(MATRIX.read_text(encoding="utf-8")).values():
        shared = {key: value for key, value in rows.items() if not isinstance(value, dict)}
        yield f"## {rows['title']}\n\nRuns in {rows['where']}.\n"
        yield "| it | heard | shown | restarted | kept |\n|---|---|---|---|---|"
        for fault, own in rows.items():
            if isinstance(own, dict):
                row = shared | own
                cells = [heard(row), row["shown"], row["restarts"], row["kept"]]
                if reason := row.get("impossible"):
                    cells = [f"cannot happen: {reason}", "", "", ""]
                yield "| " + " | ".join([FAULTS[fault], *cells]) + " |"
        yield ""


def main(arguments: list[str]) -> int:
    fresh = "\n".join(lines())
    if arguments == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != fresh
        print(f"{PAGE.name} is stale: run {Path(__file__).name}" if stale else "The page is fresh.")
        return int(stale)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
