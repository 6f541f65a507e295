"""One page on its way through the engine: what is asked, what is written so far, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from leafbeam.types import StopReason


class Draft(Protocol):
    """Proposes what a page's model will write next; see leafbeam.drafts.Proposer."""

    proposed: int
    accepted: int

    def propose(self, most: int | None = None) -> list[int]:
        """At most ``most`` tokens to be verified in the next pass."""
        ...

    def advance(self, tokens: list[int]) -> None:
        """What the pass settled: the accepted tokens and the one after them."""
        ...


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. ``temperature`` 0 is greedy; ``top_k`` 0 stands for all; ``seed`` makes it repeatable."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0
    max_tokens: int = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One page to read: the prompt with one image token for each token of the picture, and the picture's pixels.

    ``pixels_CHW`` are float32 as ``model.pictures.prepare`` makes them. ``stopped`` is asked after every step with
    the tokens written so far and ends the answer as a loop or as cancelled.
    """

    key: int
    prompt: tuple[int, ...]
    pixels_CHW: npt.NDArray[np.float32] | None
    sampling: Sampling = Sampling()
    draft: Draft | None = None
    stopped: Callable[[list[int]], StopReason | None] | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a page's model wrote. ``logprobs`` are of the tokens, by the model before temperature and top-p.

    ``tokens`` are without the end token. ``steps`` counts passes of the decoder after the prompt's; ``seconds`` runs
    from admission to the end.
    """

    key: int
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    stop: StopReason
    prompt_tokens: int
    steps: int
    drafted: int
    accepted: int
    seconds: float


class State(StrEnum):
    """Where a sequence is."""

    WAITING = "waiting"  # no memory yet, or lost it to an older page
    RUNNING = "running"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Sequence:
    """The one mutable record of the engine.

    ``tokens`` are prompt and answer; keys and values of the first ``cached`` are kept in ``blocks``.
    ``proposal`` stands behind the tokens in the planned pass. ``image_TA`` are the picture's embeddings, kept to
    the end: a sequence that loses its memory to an older one reads its prompt again, not its picture.
    """

    request: Request
    started: float  # time.monotonic()
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    cached: int = 0
    blocks: list[int] = field(default_factory=list)
    proposal: list[int] = field(default_factory=list)
    state: State = State.WAITING
    stop: StopReason | None = None
    steps: int = 0
    image_TA: Tensor | None = None

    def __post_init__(self) -> None:
        self.tokens = list(self.request.prompt)

    @property
    def prompt_len(self) -> int:
        return len(self.request.prompt)

    @property
    def written(self) -> list[int]:
        """The answer so far."""
        return self.tokens[self.prompt_len :]

    @property
    def room(self) -> int:
        """Tokens that may still be written."""
        return self.request.sampling.max_tokens - (len(self.tokens) - self.prompt_len)
