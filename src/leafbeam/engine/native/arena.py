"""Memory for what is packed once, in huge pages where the system gives them; and for what is packed, none any more.

Weights are read from end to end at every step; with pages of 4 kB a twelfth of that time goes into their addresses.
"""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path

import torch
from torch import Tensor, nn

_ALIGNED = 64
_PAGE = mmap.PAGESIZE
_MAPS = Path("/proc/self/maps")


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

    def last(self, count: int, dtype: torch.dtype) -> Tensor:
        """The piece that was taken last, which was of ``count`` numbers."""
        start = self._taken - rounded(count * dtype.itemsize)
        return self._bytes[start : start + count * dtype.itemsize].view(dtype)


def give_up(module: nn.Module) -> None:
    """Leave the module its shapes only, and the memory of its weights to others."""
    for name, parameter in list(module.named_parameters(recurse=False)):
        forget_pages(parameter)
        setattr(module, name, nn.Parameter(parameter.detach().to("meta"), requires_grad=False))
    for child in module.children():
        give_up(child)


def forget_pages(tensor: Tensor) -> None:
    """Take a tensor that lies in a mapped file out of this process's memory; its next reader finds it in the file.

    Other tensors are left alone: what the file does not hold would be lost.
    """
    start = -(-tensor.data_ptr() // _PAGE) * _PAGE
    end = (tensor.data_ptr() + tensor.nbytes) // _PAGE * _PAGE
    if start < end and _in_file(start, end):
        ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def _in_file(start: int, end: int) -> bool:
    """Whether all of a range is one mapping of a file of weights, as Linux tells."""
    try:
        lines = _MAPS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    for line in lines:
        span, *_, name = line.split(maxsplit=5)
        low, high = (int(part, 16) for part in span.split("-"))
        if low <= start and end <= high:
            return name.endswith(".safetensors")
    return False


def rounded(size: int) -> int:
    """The bytes that a piece of ``size`` takes."""
    return -(-size // _ALIGNED) * _ALIGNED
