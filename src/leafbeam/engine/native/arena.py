"""Memory for what is packed once: one piece, in huge pages where the system gives them.

Weights are read from end to end at every step; with pages of 4 kB a twelfth of that time goes into their addresses.
"""

from __future__ import annotations

import mmap

import torch
from torch import Tensor

_ALIGNED = 64


class Arena:
    """Zeros that are handed out from the front. Pages that are never written take no memory."""

    def __init__(self, size: int) -> None:
        """Room for ``size`` bytes; each piece is rounded up to 64."""
        mapped = mmap.mmap(-1, max(size, 1))
        if hasattr(mmap, "MADV_HUGEPAGE"):
            mapped.madvise(mmap.MADV_HUGEPAGE)
        self._bytes, self._taken = torch.frombuffer(mapped, dtype=torch.uint8), 0

    def take(self, count: int, dtype: torch.dtype) -> Tensor:
        """``count`` numbers."""
        size = count * dtype.itemsize
        start, self._taken = self._taken, self._taken + rounded(size)
        assert self._taken <= len(self._bytes), (self._taken, len(self._bytes))
        return self._bytes[start : start + size].view(dtype)


def rounded(size: int) -> int:
    """The bytes that a piece of ``size`` takes."""
    return -(-size // _ALIGNED) * _ALIGNED
