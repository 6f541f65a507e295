"""Memory for keys and values, in blocks of tokens that sequences take and give back.

A sequence's blocks need not lie side by side, but the pool tries: attention reads neighbouring blocks in place, and
has to copy scattered ones together.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from leafbeam.errors import LimitError


class BlockPool:
    """Which blocks are free. Taking and giving back never moves anything.

    >>> pool = BlockPool(8, block_tokens=4)
    >>> pool.grow(first := [], tokens=9), first
    (True, [0, 1, 2])
    >>> pool.give_back(first), pool.free
    (None, 8)
    """

    def __init__(self, count: int, block_tokens: int) -> None:
        if count < 1:
            raise LimitError("the memory allowed holds not one block of keys and values: give more with --memory")
        self.count, self.block_tokens = count, block_tokens
        self._free = list(range(count))  # ascending

    @property
    def free(self) -> int:
        """Blocks that nobody has."""
        return len(self._free)

    def blocks_for(self, tokens: int) -> int:
        """Blocks that so many tokens fill."""
        return -(-tokens // self.block_tokens)

    def grow(self, blocks: list[int], tokens: int) -> bool:
        """Append blocks until they hold ``tokens``; False, and nothing taken, when too few are free."""
        missing = self.blocks_for(tokens) - len(blocks)
        if missing > len(self._free):
            return False
        if missing > 0:
            blocks.extend(self._take(missing, blocks[-1] + 1 if blocks else None))
        return True

    def shrink(self, blocks: list[int], tokens: int) -> None:
        """Give back the blocks behind the one that the last of ``tokens`` stands in."""
        kept = self.blocks_for(tokens)
        self._return(blocks[kept:])
        del blocks[kept:]

    def give_back(self, blocks: list[int]) -> None:
        """Give back all; the list is empty afterwards."""
        self.shrink(blocks, 0)

    def _take(self, count: int, wanted: int | None) -> list[int]:
        """``count`` blocks: those from ``wanted`` on, else the start of the longest run that is free."""
        taken: list[int] = []
        if wanted is not None:
            at = bisect.bisect_left(self._free, wanted)
            while len(taken) < count and at < len(self._free) and self._free[at] == wanted:
                taken.append(self._free.pop(at))
                wanted += 1
        while len(taken) < count:
            start, length = _longest_run(self._free)
            part = self._free[start : start + min(length, count - len(taken))]
            del self._free[start : start + len(part)]
            taken.extend(part)
        return taken

    def _return(self, blocks: Sequence[int]) -> None:
        for block in blocks:
            at = bisect.bisect_left(self._free, block)
            assert at == len(self._free) or self._free[at] != block, f"block {block} was given back twice"
            self._free.insert(at, block)


def _longest_run(numbers: Sequence[int]) -> tuple[int, int]:
    """Start index and length of the longest run of neighbouring numbers; of equal ones the first."""
    best, start = (0, 0), 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
            if index - start > best[1]:
                best = start, index - start
            start = index
    return best
