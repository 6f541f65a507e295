"""The decoder: Qwen3's, with shared key-value heads and norms on queries and keys.

The tokens of several pages, prompts and single steps alike, stand in one packed sequence. Who may look at whom, and
where keys and values are kept, is the business of a ``KeyValues``: the layers hand it what is new and get back what
attention found. Facts: https://arxiv.org/abs/2505.09388 and the published weights.

Shapes: N tokens of this pass, C width, H query heads, G key-value heads, D head width, V vocabulary, K keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from leafbeam.model.config import TextConfig
from leafbeam.model.layers import GatedMLP, RMSNorm, attention, frequencies, rotate, turn


class KeyValues(Protocol):
    """Keys and values of one or more sequences, and attention to them."""

    def attend(self, layer: int, q_NHD: Tensor, k_NGD: Tensor, v_NGD: Tensor) -> Tensor:
        """Keep this layer's new keys and values and answer its queries: (N, H, D).

        The N tokens are those of the pass, in its order; each sees what its sequence kept before, and of the new
        tokens those of its own sequence up to itself. Keys and queries are normed and rotated already.
        """
        ...


class TextAttention(nn.Module):
    """Attention whose neighbouring query heads share keys and values; both are normed per head before they turn."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.head_width = config.head_width
        self.q_proj = nn.Linear(config.width, config.heads * config.head_width, bias=False)
        self.k_proj = nn.Linear(config.width, config.kv_heads * config.head_width, bias=False)
        self.v_proj = nn.Linear(config.width, config.kv_heads * config.head_width, bias=False)
        self.o_proj = nn.Linear(config.heads * config.head_width, config.width, bias=False)
        self.q_norm = RMSNorm(config.head_width, config.norm_eps)
        self.k_norm = RMSNorm(config.head_width, config.norm_eps)

    def forward(self, x_NC: Tensor, turns: tuple[Tensor, Tensor], layer: int, memory: KeyValues) -> Tensor:
        """(N, C) to (N, C)."""
        heads = (-1, self.head_width)
        q_NHD = rotate(self.q_norm(self.q_proj(x_NC).unflatten(-1, heads)), *turns)
        k_NGD = rotate(self.k_norm(self.k_proj(x_NC).unflatten(-1, heads)), *turns)
        v_NGD = self.v_proj(x_NC).unflatten(-1, heads)
        out_NC: Tensor = self.o_proj(memory.attend(layer, q_NHD, k_NGD, v_NGD).flatten(-2))
        return out_NC


class TextLayer(nn.Module):
    """Attention, then MLP, each on a normed copy that is added back."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.norm_eps)
        self.self_attn = TextAttention(config)
        self.post_attention_layernorm = RMSNorm(config.width, config.norm_eps)
        self.mlp = GatedMLP(config.width, config.mlp_width)

    def forward(self, x_NC: Tensor, turns: tuple[Tensor, Tensor], layer: int, memory: KeyValues) -> Tensor:
        """(N, C) to (N, C)."""
        x_NC = x_NC + self.self_attn(self.input_layernorm(x_NC), turns, layer, memory)
        out_NC: Tensor = x_NC + self.mlp(self.post_attention_layernorm(x_NC))
        return out_NC


class Decoder(nn.Module):
    """Embeddings to hidden states; the embedding table is the output head as well."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(TextLayer(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)

    def forward(self, x_NC: Tensor, positions_N: Tensor, memory: KeyValues) -> Tensor:
        """Hidden states (N, C) of embedded tokens at ``positions_N``, each counted from 0 in its own sequence."""
        frequency_F = frequencies(self.config.head_width, self.config.rope_theta, x_NC.device)
        turns = turn(torch.outer(positions_N.float(), frequency_F), x_NC.dtype)
        for index, layer in enumerate(self.layers):
            x_NC = layer(x_NC, turns, index, memory)
        out_NC: Tensor = self.norm(x_NC)
        return out_NC

    def logits(self, hidden_NC: Tensor) -> Tensor:
        """(N, C) to (N, V). Give only the rows that are asked for: the head is a quarter of the decoder."""
        return functional.linear(hidden_NC, self.embed_tokens.weight)


@dataclass(slots=True)
class PlainMemory:
    """The plain ``KeyValues``: one growing tensor per layer and sequence. The slow twin of any paged memory.

    ``lengths`` are the new tokens of each sequence in the pass that follows, and sum to its N; set it before each.
    """

    layers: int
    sequences: int
    lengths: Sequence[int] = ()
    _kept: dict[tuple[int, int], tuple[Tensor, Tensor]] = field(default_factory=dict)  # by layer and sequence

    def attend(self, layer: int, q_NHD: Tensor, k_NGD: Tensor, v_NGD: Tensor) -> Tensor:
        """See KeyValues."""
        assert len(self.lengths) == self.sequences, (self.lengths, self.sequences)
        lengths = list(self.lengths)
        parts = zip(*(x.split_with_sizes(lengths) for x in (q_NHD, k_NGD, v_NGD)), strict=True)
        return torch.cat([self._one(layer, number, *part) for number, part in enumerate(parts)])

    def cut(self, sequence: int, length: int) -> None:
        """Forget what ``sequence`` kept beyond ``length`` tokens."""
        for layer in range(self.layers):
            keys, values = self._kept[layer, sequence]
            self._kept[layer, sequence] = keys[:length], values[:length]

    def length(self, sequence: int) -> int:
        """Tokens kept for ``sequence``."""
        kept = self._kept.get((0, sequence))
        return len(kept[0]) if kept else 0

    def _one(self, layer: int, sequence: int, q_NHD: Tensor, k_NGD: Tensor, v_NGD: Tensor) -> Tensor:
        kept = self._kept.get((layer, sequence))
        k_KGD = torch.cat((kept[0], k_NGD)) if kept else k_NGD
        v_KGD = torch.cat((kept[1], v_NGD)) if kept else v_NGD
        self._kept[layer, sequence] = k_KGD, v_KGD
        new, total = len(q_NHD), len(k_KGD)
        mask_NK = torch.ones(new, total, dtype=torch.bool, device=q_NHD.device).tril(total - new)
        return attention(q_NHD, k_KGD, v_KGD, mask_NK if new > 1 else None)
