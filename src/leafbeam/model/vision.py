"""The picture encoder: a Pixtral-style vision transformer with two-dimensional rotary positions.

A picture is cut into patches of 14 x 14 pixels, row by row. The patches of all pictures of a batch stand in one
sequence, so that norms and MLPs see large matrices; attention is calculated per picture, so that no mask is needed and
memory grows with the pictures, not with their square. Facts:
https://arxiv.org/abs/2410.07073 and the published weights.

Shapes: P patches of all pictures, C width, H heads, D head width, F frequencies (D/2), E numbers in a patch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from leafbeam.model.config import VISION_NORM_EPS, VisionConfig
from leafbeam.model.layers import Attention, GatedMLP, RMSNorm, attention, frequencies, rotate, turn


class Grid(NamedTuple):
    """The patches of one picture: rows and columns, both at least 1."""

    rows: int
    columns: int

    @property
    def patches(self) -> int:
        return self.rows * self.columns

    def merged(self, merge: int) -> Grid:
        """The grid of tokens. A row or column that is left over gives none, as in the published model."""
        return Grid(self.rows // merge, self.columns // merge)


def cut_patches(pixels_CHW: Tensor, patch_px: int) -> tuple[Tensor, Grid]:
    """The patches of one picture as rows, (P, E), and their grid: for kernels that multiply instead of convolving.

    ``patch_px`` divides the sides; E is channels * patch_px ** 2, in the order of the kernel's own numbers.
    """
    channels, height, width = pixels_CHW.shape
    grid = Grid(height // patch_px, width // patch_px)
    assert (grid.rows * patch_px, grid.columns * patch_px) == (height, width), (height, width, patch_px)
    cut_CRYSX = pixels_CHW.reshape(channels, grid.rows, patch_px, grid.columns, patch_px)
    return cut_CRYSX.permute(1, 3, 0, 2, 4).reshape(grid.patches, channels * patch_px**2), grid


def patch_angles(grids: Sequence[Grid], head_width: int, theta: float, device: torch.device) -> Tensor:
    """Rotary angles, (P, F): the even frequencies turn with a patch's row, the odd ones with its column."""
    frequency_F = frequencies(head_width, theta, device)
    angles = []
    for grid in grids:
        row_P = torch.arange(grid.rows, device=device).repeat_interleave(grid.columns)
        column_P = torch.arange(grid.columns, device=device).repeat(grid.rows)
        angles.append(torch.cat((torch.outer(row_P, frequency_F[0::2]), torch.outer(column_P, frequency_F[1::2])), -1))
    return torch.cat(angles)


class VisionAttention(nn.Module):
    """Every patch looks at every patch of its own picture."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.q_proj = nn.Linear(config.width, config.width, bias=False)
        self.k_proj = nn.Linear(config.width, config.width, bias=False)
        self.v_proj = nn.Linear(config.width, config.width, bias=False)
        self.o_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x_PC: Tensor, turns: tuple[Tensor, Tensor], lengths: list[int], attend: Attention) -> Tensor:
        """(P, C) to (P, C); ``lengths`` are the patches of each picture, which sum to P."""
        q_PHD = rotate(self.q_proj(x_PC).unflatten(-1, (self.heads, -1)), *turns)
        k_PHD = rotate(self.k_proj(x_PC).unflatten(-1, (self.heads, -1)), *turns)
        v_PHD = self.v_proj(x_PC).unflatten(-1, (self.heads, -1))
        pictures = zip(*(x_PHD.split_with_sizes(lengths) for x_PHD in (q_PHD, k_PHD, v_PHD)), strict=True)
        mixed_PHD = torch.cat([attend(q, k, v) for q, k, v in pictures])
        out_PC: Tensor = self.o_proj(mixed_PHD.flatten(-2))
        return out_PC


class VisionLayer(nn.Module):
    """Attention, then MLP, each on a normed copy that is added back."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.width, VISION_NORM_EPS)
        self.attention = VisionAttention(config)
        self.ffn_norm = RMSNorm(config.width, VISION_NORM_EPS)
        self.feed_forward = GatedMLP(config.width, config.mlp_width)

    def forward(self, x_PC: Tensor, turns: tuple[Tensor, Tensor], lengths: list[int], attend: Attention) -> Tensor:
        """(P, C) to (P, C)."""
        x_PC = x_PC + self.attention(self.attention_norm(x_PC), turns, lengths, attend)
        out_PC: Tensor = x_PC + self.feed_forward(self.ffn_norm(x_PC))
        return out_PC


class VisionLayers(nn.Module):
    """The stack; a module of its own because the published names have this level."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(VisionLayer(config) for _ in range(config.layers))


class VisionEncoder(nn.Module):
    """Patches to features. There is no norm after the last layer."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_conv = nn.Conv2d(config.channels, config.width, config.patch_px, stride=config.patch_px, bias=False)
        self.ln_pre = RMSNorm(config.width, VISION_NORM_EPS)
        self.transformer = VisionLayers(config)

    def grid(self, pixels_CHW: Tensor) -> Grid:
        """The patches of one picture, whose sides are multiples of a patch."""
        patch_px, (_, height, width) = self.config.patch_px, pixels_CHW.shape
        assert height % patch_px == width % patch_px == 0, pixels_CHW.shape
        return Grid(height // patch_px, width // patch_px)

    def forward(self, pictures: Sequence[Tensor], attend: Attention = attention) -> Tensor:
        """Features (P, C) of all patches of the pictures, each (3, height, width).

        ``attend`` may be replaced by a faster function of the same contract.
        """
        # A product of ``cut_patches`` with the kernel is the same sum in another order, which in bfloat16 is enough to
        # move the features by two hundredths.
        x_PC: Tensor = self.ln_pre(torch.cat([self.patch_conv(pixels_CHW).flatten(1).T for pixels_CHW in pictures]))
        grids = [self.grid(pixels_CHW) for pixels_CHW in pictures]
        config = self.config
        turns = turn(patch_angles(grids, config.head_width, config.rope_theta, x_PC.device), x_PC.dtype)
        lengths = [grid.patches for grid in grids]
        for layer in self.transformer.layers:
            x_PC = layer(x_PC, turns, lengths, attend)
        return x_PC
