"""What the engine asks of a model: pictures to embeddings, passes of tokens to hidden states, those to scores.

Shapes: N tokens of a pass, R rows whose next token is wanted, A width of the decoder, T tokens of a picture,
V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from leafbeam.engine.memory import PagedMemory, Part
from leafbeam.model.lightonocr import LightOnOCR


class Runner(Protocol):
    """A model with memory for keys and values: ``blocks`` of ``block_tokens`` tokens."""

    blocks: int
    block_tokens: int

    def encode(self, pixels_CHW: Tensor) -> Tensor:
        """Embeddings (T, A) of one picture; pixels as ``LightOnOCR.encode_images`` wants them."""
        ...

    def decode(self, x_NA: Tensor, parts: Sequence[Part]) -> Tensor:
        """Hidden states (N, A) of embedded tokens; ``parts`` tell whose they are, in order, and sum to N.

        Keys and values are kept in the parts' blocks.
        """
        ...

    def logits(self, hidden_RA: Tensor) -> Tensor:
        """Scores (R, V) for the token that follows each row; good until the next call."""
        ...


class PlainRunner:
    """The model as PyTorch runs it, on any device and in any type: the slow twin of every other runner."""

    def __init__(self, model: LightOnOCR, blocks: int, block_tokens: int) -> None:
        self.blocks, self.block_tokens = blocks, block_tokens
        self._model = model
        like = model.language_model.embed_tokens.weight
        self._memory = PagedMemory(model.config.text, blocks, block_tokens, like)

    def encode(self, pixels_CHW: Tensor) -> Tensor:
        """See Runner."""
        return self._model.encode_images([pixels_CHW])[0]

    def decode(self, x_NA: Tensor, parts: Sequence[Part]) -> Tensor:
        """See Runner."""
        self._memory.prepare(parts)
        positions_N = torch.cat([torch.arange(part.kept, part.kept + part.new) for part in parts])
        return self._model.decode(x_NA, positions_N.to(x_NA.device), self._memory)

    def logits(self, hidden_RA: Tensor) -> Tensor:
        """See Runner."""
        return self._model.logits(hidden_RA)
