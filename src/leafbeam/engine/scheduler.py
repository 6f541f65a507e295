"""Who takes part in the next pass: pages that write first, then prompts in the room that is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence as Items
from dataclasses import dataclass

from leafbeam.engine.blocks import BlockPool
from leafbeam.engine.sequence import Sequence, State
from leafbeam.errors import LimitError
from leafbeam.types import StopReason


@dataclass(frozen=True, slots=True)
class Limits:
    """``pages`` run at once; a pass has at most ``pass_tokens``; an answer ends at ``positions`` with its prompt."""

    pages: int = 8
    pass_tokens: int = 4096
    positions: int = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One sequence's share of a pass: ``count`` of its tokens from ``cached`` on, then its proposal."""

    sequence: Sequence
    count: int

    @property
    def settles(self) -> bool:
        """True when the pass reaches the end of what is written, so that the next token is found."""
        return self.sequence.cached + self.count == len(self.sequence.tokens)

    @property
    def ids(self) -> list[int]:
        """The tokens that go through the model."""
        start = self.sequence.cached
        return self.sequence.tokens[start : start + self.count] + self.sequence.proposal


_SPARE = 4  # blocks kept free for each page that writes


class Scheduler:
    """Continuous batching: every pass is planned anew, so that a page joins as soon as another leaves.

    The oldest page goes first. When memory runs out the youngest gives its blocks up, waits, and later reads prompt
    and answer again: what it writes is the same.
    """

    def __init__(self, pool: BlockPool, limits: Limits) -> None:
        self.pool, self.limits = pool, limits
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []  # the oldest first

    def add(self, sequence: Sequence) -> None:
        """Raises LimitError when the prompt alone is more than memory or the model can hold."""
        most = min(self.pool.count * self.pool.block_tokens, self.limits.positions)
        if sequence.prompt_len >= most:
            raise LimitError(
                f"the page needs {sequence.prompt_len} tokens and there is room for {most}: "
                "give more with --memory, or a smaller picture"
            )
        self.waiting.append(sequence)

    def admit(self) -> Sequence | None:
        """The next page to begin, with memory for its tokens so far; None while there is no room."""
        if not self.waiting or len(self.running) >= self.limits.pages:
            return None
        sequence = self.waiting[0]
        spare = _SPARE * len(self.running)  # to grow, lest a page be let in only to be put back
        if self.pool.free - spare < self.pool.blocks_for(len(sequence.tokens) + 1):
            return None
        self.waiting.popleft()
        self.pool.grow(sequence.blocks, len(sequence.tokens) + 1)
        sequence.state = State.RUNNING
        self.running.append(sequence)
        return sequence

    def plan(self) -> list[Work]:
        """The shares of the next pass; each has the memory that it needs. Sequences that cannot go on are stopped."""
        works: list[Work] = []
        budget = self.limits.pass_tokens
        for sequence in sorted(self.running, key=lambda one: len(one.tokens) - one.cached > 1):
            if sequence.state is not State.RUNNING or budget < 1:
                continue
            count = min(len(sequence.tokens) - sequence.cached, budget)
            work = Work(sequence, count)
            sequence.proposal = self._proposal(sequence, budget - count) if work.settles else []
            if not self._remember(sequence, count, works):
                continue
            works.append(work)
            budget -= count + len(sequence.proposal)
        return works

    def settle(self, sequence: Sequence, fresh: Items[int]) -> None:
        """Keep what a pass settled: all but the last of ``fresh`` have their keys and values already."""
        sequence.cached = len(sequence.tokens) + len(fresh) - 1
        sequence.tokens.extend(fresh)
        sequence.proposal = []
        self.pool.shrink(sequence.blocks, len(sequence.tokens))

    def finish(self, sequence: Sequence, stop: StopReason) -> None:
        """Take a page out, whatever its state."""
        if sequence in self.running:
            self.running.remove(sequence)
        elif sequence in self.waiting:
            self.waiting.remove(sequence)
        self.pool.give_back(sequence.blocks)
        sequence.state, sequence.stop = State.DONE, stop
        sequence.image_TA = None

    def _proposal(self, sequence: Sequence, budget: int) -> list[int]:
        draft = sequence.request.draft
        most = min(budget, sequence.room - 1, self.limits.positions - len(sequence.tokens) - 1)
        return draft.propose(most) if draft is not None and most > 0 else []

    def _remember(self, sequence: Sequence, count: int, works: list[Work]) -> bool:
        """Memory for the share, taken from the youngest where none is free; False when there is none to be had."""
        total = sequence.cached + count
        while not self.pool.grow(sequence.blocks, total + len(sequence.proposal)):
            if sequence.proposal:
                sequence.proposal = []
                continue
            planned = {id(work.sequence) for work in works}
            others = [one for one in self.running if one is not sequence and id(one) not in planned]
            if others and self.running.index(others[-1]) > self.running.index(sequence):
                self._put_back(others[-1])
            elif len(self.running) > 1:
                self._put_back(sequence)
                return False
            else:
                self.finish(sequence, StopReason.LENGTH)
                return False
        return True

    def _put_back(self, sequence: Sequence) -> None:
        self.running.remove(sequence)
        self.pool.give_back(sequence.blocks)
        sequence.cached, sequence.proposal, sequence.state = 0, [], State.WAITING
        self.waiting.appendleft(sequence)
