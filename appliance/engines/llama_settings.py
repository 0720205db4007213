"""What one may choose about the language model."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """How much the model reads, how long and how freely it answers, and what it may use for that."""

    threads: Annotated[int, Interval(ge=1, le=64)] = 1
    """Cores used at once. More than are free makes it several times slower, not faster."""
    gpu_layers: Annotated[int, Interval(ge=-1, le=1000)] = -1
    """Layers kept on a GPU, -1 for all. Without a GPU it means nothing. 0 keeps speech recognition off it, too."""
    context_tokens: Annotated[int, Interval(ge=512, le=131072)] = 2048
    """Tokens of dialogue, system prompt and answer together that the model can see."""
    chunk_tokens: Annotated[int, Interval(ge=16, le=512)] = 64
    """Tokens evaluated between two looks at the cancel token; what is lost when one is cancelled."""
    dialogues: Annotated[int, Interval(ge=1, le=16)] = 4
    """Dialogues that are kept in mind and answered at the same time, as far as a sixteenth of the machine's memory
    goes. Whoever is one too many has its dialogue read again from the beginning every time."""
    answer_tokens: Annotated[int, Interval(ge=8, le=1024)] = 120
    """Tokens after which the answer ends with its sentence, or a little later without one."""
    answer_sentences: Annotated[int, Interval(ge=1, le=50)] = 3
    """Sentences after which the answer ends. Small models do not stop on their own."""
    temperature: Annotated[float, Interval(ge=0.0, le=2.0)] = 0.0
    """0 always takes the likeliest token, with which the smallest models are right most often. Larger ones
    sound less stiff at 0.7."""
    top_p: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.9
    """Only the likeliest tokens that together have this probability are considered; 1 is off."""
    min_p: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.05
    """Tokens less likely than this fraction of the likeliest are not considered; 0 is off."""
    repeat_penalty: Annotated[float, Interval(ge=1.0, le=2.0)] = 1.05
    """Divides the score of tokens that the answer already has; 1 is off."""
    seed: Annotated[int, Interval(ge=-1, le=0xFFFF_FFFE)] = -1
    """Where the random numbers of every answer start; -1 starts anywhere."""
