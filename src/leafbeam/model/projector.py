"""From patches to the decoder's tokens: norm, four neighbours into one, two linear layers with GELU between.

Shapes: P patches, T tokens, C width of the encoder, A width of the decoder, J = C * merge**2.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from leafbeam.model.config import ModelConfig
from leafbeam.model.layers import RMSNorm
from leafbeam.model.vision import Grid


class PatchMerger(nn.Module):
    """The squares of ``merge`` x ``merge`` patches, side by side, through one linear layer."""

    def __init__(self, width: int, merge: int) -> None:
        super().__init__()
        self.merge = merge
        self.merging_layer = nn.Linear(width * merge**2, width, bias=False)

    def forward(self, x_PC: Tensor, grids: Sequence[Grid]) -> Tensor:
        """(P, C) to (T, C)."""
        pictures = x_PC.split_with_sizes([grid.patches for grid in grids])
        squares = [self._squares(picture, grid) for picture, grid in zip(pictures, grids, strict=True)]
        out_TC: Tensor = self.merging_layer(torch.cat(squares))
        return out_TC

    def _squares(self, x_PC: Tensor, grid: Grid) -> Tensor:
        """(P, C) of one picture to (T, J). Within J the channel counts slowest, then row and column in the square."""
        merge, small = self.merge, grid.merged(self.merge)
        x_RSC = x_PC.view(grid.rows, grid.columns, -1)[: small.rows * merge, : small.columns * merge]
        x_RYSXC = x_RSC.reshape(small.rows, merge, small.columns, merge, -1)
        return x_RYSXC.permute(0, 2, 4, 1, 3).reshape(small.patches, -1)


class Projector(nn.Module):
    """Features of patches to embeddings of tokens."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm = RMSNorm(config.vision.width, config.text.norm_eps)
        self.patch_merger = PatchMerger(config.vision.width, config.merge)
        self.linear_1 = nn.Linear(config.vision.width, config.text.width, bias=False)
        self.linear_2 = nn.Linear(config.text.width, config.text.width, bias=False)

    def forward(self, x_PC: Tensor, grids: Sequence[Grid]) -> Tensor:
        """(P, C) to (T, A)."""
        x_TC = self.patch_merger(self.norm(x_PC), grids)
        out_TA: Tensor = self.linear_2(functional.gelu(self.linear_1(x_TC)))  # the exact GELU, not its tanh form
        return out_TA
