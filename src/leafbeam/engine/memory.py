"""Keys and values in blocks, and attention to them for a pass of several sequences.

Shapes: N tokens of a pass, n of them of one sequence, H query heads, G key-value heads, S query heads that share one
(H/G), D head width, K keys of one sequence, Z tokens that the pool holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from leafbeam.model.config import TextConfig


@dataclass(frozen=True, slots=True)
class Part:
    """One sequence's share of a pass: ``new`` tokens behind ``kept`` ones, all of whose places are in ``blocks``."""

    blocks: Sequence[int]
    kept: int
    new: int


class PagedMemory:
    """A ``KeyValues`` over one pool for every layer; ``prepare`` it before each pass."""

    def __init__(self, config: TextConfig, count: int, block_tokens: int, like: Tensor) -> None:
        """Room for ``count`` blocks, in the type and on the device of ``like``."""
        self.block_tokens = block_tokens
        shape = (config.layers, config.kv_heads, count * block_tokens, config.head_width)
        self._keys_LGZD = torch.zeros(shape, dtype=like.dtype, device=like.device)
        self._values_LGZD = torch.zeros_like(self._keys_LGZD)
        self._parts: list[_Place] = []
        self._new_N = torch.zeros(0, dtype=torch.long)

    def prepare(self, parts: Sequence[Part]) -> None:
        """Tell whose tokens the next pass holds, in its order."""
        device = self._keys_LGZD.device
        self._parts = [_place(part, self.block_tokens, device) for part in parts]
        self._new_N = torch.cat([_slots(part, part.kept, self.block_tokens, device) for part in parts])

    def attend(self, layer: int, q_NHD: Tensor, k_NGD: Tensor, v_NGD: Tensor) -> Tensor:
        """See model.text.KeyValues."""
        keys_GZD, values_GZD = self._keys_LGZD[layer], self._values_LGZD[layer]
        keys_GZD.index_copy_(1, self._new_N, k_NGD.transpose(0, 1))
        values_GZD.index_copy_(1, self._new_N, v_NGD.transpose(0, 1))
        out_NHD = torch.empty_like(q_NHD)
        start = 0
        for place in self._parts:
            rows = slice(start, start + place.new)
            out_NHD[rows] = _attention(q_NHD[rows], place.of(keys_GZD), place.of(values_GZD), place)
            start += place.new
        return out_NHD


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one sequence's keys are: a run of the pool read in place, or slots that are copied together."""

    new: int
    start: int | None
    total: int
    slots_K: Tensor | None
    mask_RK: Tensor | None  # R = S * n rows for the layout of _attention; None where every query sees every key

    def of(self, pool_GZD: Tensor) -> Tensor:
        if self.start is not None:
            return pool_GZD[:, self.start : self.start + self.total]
        assert self.slots_K is not None
        return pool_GZD.index_select(1, self.slots_K)


def _place(part: Part, block_tokens: int, device: torch.device) -> _Place:
    total = part.kept + part.new
    used = list(part.blocks[: -(-total // block_tokens)])
    together = used == list(range(used[0], used[0] + len(used)))
    mask = None
    if part.new > 1 and part.kept:
        mask = torch.ones(part.new, total, dtype=torch.bool, device=device).tril(part.kept)
    return _Place(
        new=part.new,
        start=used[0] * block_tokens if together else None,
        total=total,
        slots_K=None if together else _slots(part, 0, block_tokens, device),
        mask_RK=mask,
    )


def _slots(part: Part, start: int, block_tokens: int, device: torch.device) -> Tensor:
    """Places in the pool of the sequence's tokens from ``start`` on."""
    at_K = torch.arange(start, part.kept + part.new)
    blocks = torch.tensor(list(part.blocks), dtype=torch.long)
    return (blocks[at_K // block_tokens] * block_tokens + at_K % block_tokens).to(device)


def _attention(q_nHD: Tensor, k_GKD: Tensor, v_GKD: Tensor, place: _Place) -> Tensor:
    """(n, H, D). The queries that share a head stand side by side on the query axis, so that each key is read once."""
    new, heads, width = q_nHD.shape
    groups = len(k_GKD)
    if new > 1 and place.mask_RK is None:  # a prompt from its start: the causal kernel needs no mask
        out_1HnD = functional.scaled_dot_product_attention(
            q_nHD.transpose(0, 1)[None], k_GKD[None], v_GKD[None], is_causal=True, enable_gqa=heads != groups
        )
        return out_1HnD[0].transpose(0, 1)
    q_GRD = q_nHD.view(new, groups, -1, width).permute(1, 2, 0, 3).reshape(groups, -1, width)
    mask = None if place.mask_RK is None else place.mask_RK.repeat(heads // groups, 1)
    out_1GRD = functional.scaled_dot_product_attention(q_GRD[None], k_GKD[None], v_GKD[None], attn_mask=mask)
    return out_1GRD[0].view(groups, -1, new, width).permute(2, 0, 1, 3).reshape(new, heads, width)
