"""Something that reads what others wrote, and what it may say about that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.core.errors import ApplianceError

CORPUS = Path(__file__).parent / "corpus"
"""A folder per target: good inputs to begin from, nasty ones, and whatever ever broke something."""

LONGEST_REFUSAL = 25_000
"""Characters of a refusal that still is one, and no echo of what was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader."""

    name: str
    """Of its folder in the corpus, and on the command line."""
    feed: Callable[[bytes], None]
    """Gives it an input. Returns when it was taken, or refused in words; raises when it is a bug."""
    words: tuple[bytes, ...] = ()
    """What its language is made of: mutations insert it."""

    def corpus(self) -> dict[str, bytes]:
        """Its inputs, by file name."""
        return {path.name: path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())}


@contextmanager
def refusal(*documented: type[ApplianceError]) -> Iterator[None]:
    """Nothing but these errors may come out, each with words for a person."""
    try:
        yield
    except documented as error:
        _check(error)


def _check(error: ApplianceError) -> None:
    assert 0 < len(error.problem) <= LONGEST_REFUSAL, f"{len(error.problem)} characters"
    error.problem.encode()  # no halves of characters, which would break whoever prints it
    error.remedy.encode()


def text(data: bytes) -> str:
    """Any text at all, halves of characters included."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")
