"""Which candidate is chosen, by rules that need no machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.engines.onnx_session import Provider

NEAR: Final = 1.1
"""Candidates that cost so little more than the best are as good as it: repeated runs differ by as much."""

CHUNK_LIMIT_S: Final = 0.15
"""s that a chunk of a prompt may take. It cannot be interrupted, so somebody who barges in waits for its end before
the model turns to them."""

CLAUSE_LIMIT_S: Final = 0.8
"""s from the question to the words of a first clause that people take for thinking and not for a failure: with 0.35 s
of endpointing and 0.15 s of speech synthesis they hear it after 1.3 s, when the box would ask for patience."""

QUESTION_TOKENS, CLAUSE_TOKENS = 24, 8
"""Tokens that are new to the model in a usual turn, and those of a first clause (six words)."""


@dataclass(frozen=True, slots=True)
class ModelTrial:
    """What was measured of a language model with some settings."""

    read_per_s: float
    """Tokens of a prompt that it reads per second."""
    write_per_s: float
    """Tokens that it writes per second."""

    @property
    def clause_s(self) -> float:
        """s from a question to the first clause of its answer, everything before being known already."""
        return QUESTION_TOKENS / self.read_per_s + CLAUSE_TOKENS / self.write_per_s

    def chunk_s(self, tokens: int) -> float:
        """s for which a chunk of so many tokens cannot be interrupted."""
        return tokens / self.read_per_s


@dataclass(frozen=True, slots=True)
class Advice:
    """One decision, and its reason in a sentence for people."""

    section: str
    """Of the settings."""
    key: str
    """Of the section."""
    value: Any
    """What it should be."""
    was: Any
    """What it is."""
    reason: str
    """Why."""

    @property
    def changes(self) -> bool:
        """Whether anything would be different."""
        return bool(self.value != self.was)

    def __str__(self) -> str:
        stays = f"= {self.value}, as it is" if not self.changes else f"= {self.value} instead of {self.was}"
        return f"{self.section}.{self.key} {stays}: {self.reason}"


def thread_counts(cores: int) -> list[int]:
    """Numbers of threads that are worth a trial on so many physical cores.

    More than there are only wait for each other, and between two of these on a large machine little changes.
    """
    return [count for count in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) if count <= cores]


def fewest(costs: Mapping[int, float]) -> int:
    """The smallest candidate that costs hardly more than the best: cores that gain nothing serve somebody else."""
    least = min(costs.values())
    return min(candidate for candidate, cost in costs.items() if cost <= NEAR * least)


def threads(section: str, was: int, costs_s: Mapping[int, float], what: str) -> Advice:
    """How many threads an engine should have, whose work costs so many seconds with each number."""
    chosen = fewest(costs_s)
    told = ", ".join(f"{1000 * cost:.0f} ms with {count}" for count, cost in sorted(costs_s.items()))
    more = [count for count in costs_s if count > chosen]
    why = "; more gain too little to be worth a core" if more else ""
    return Advice(section, "threads", chosen, was, f"{what} takes {told}{why}")


def chunk(was: int, trials: Mapping[int, ModelTrial]) -> Advice:
    """How many tokens the model should read at a time: few can be interrupted soon, many are read faster."""
    soon = {tokens: trial for tokens, trial in trials.items() if trial.chunk_s(tokens) <= CHUNK_LIMIT_S}
    if not soon:
        least = min(trials)
        reason = (
            f"even so it reads for {1000 * trials[least].chunk_s(least):.0f} ms before it can be interrupted, "
            f"and {1000 * CHUNK_LIMIT_S:.0f} would be good: the model is large for this machine"
        )
        return Advice("llm", "chunk_tokens", least, was, reason)
    chosen = fewest({tokens: 1 / trial.read_per_s for tokens, trial in soon.items()})
    told = ", ".join(f"{trial.read_per_s:.0f} at {tokens}" for tokens, trial in sorted(trials.items()))
    wait_ms = 1000 * soon[chosen].chunk_s(chosen)
    reason = f"tokens read per second: {told}; it can then be interrupted after {wait_ms:.0f} ms"
    return Advice("llm", "chunk_tokens", chosen, was, reason)


def processor(was: int, gpu: ModelTrial, cpu: ModelTrial) -> Advice:
    """Whether the model should run on the GPU."""
    faster = gpu.clause_s <= cpu.clause_s
    reason = f"a first clause takes {1000 * gpu.clause_s:.0f} ms on the GPU and {1000 * cpu.clause_s:.0f} without it"
    return Advice("llm", "gpu_layers", -1 if faster else 0, was if was == 0 else -1, reason)


def provider(was: Provider, costs_s: Mapping[Provider, float]) -> Advice:
    """What the voice should run on: the processor, unless something else is clearly sooner."""
    chosen = min(costs_s, key=lambda each: costs_s[each] / (NEAR if each is Provider.CPU else 1))
    told = ", ".join(f"{1000 * cost_s:.0f} ms with {each}" for each, cost_s in costs_s.items())
    return Advice("piper", "provider", chosen, was, f"a clause of speech takes {told}")


def largest(profile: str, trials: Sequence[tuple[str, ModelTrial]]) -> Advice | None:
    """Which of several profiles, the best first, has a language model that keeps up with a conversation.

    None where there is no choice.
    """
    if len(trials) < 2:
        return None
    told = ", ".join(f"{name} {1000 * trial.clause_s:.0f} ms" for name, trial in trials)
    fast = [name for name, trial in trials if trial.clause_s <= CLAUSE_LIMIT_S]
    chosen = fast[0] if fast else min(trials, key=lambda each: each[1].clause_s)[0]
    which = "the best one below" if fast else "none is below"
    reason = f"to a first clause they take: {told}; {which} {1000 * CLAUSE_LIMIT_S:.0f} ms"
    return Advice("models", "profile", chosen, profile, reason)
