"""The decoder by the compiled layers, over its own pool of keys and values.

Shapes: N tokens of a pass, R rows whose next token is wanted, A width, F angles (half a head's width), V vocabulary.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leafbeam.engine.memory import Part
from leafbeam.engine.native.arena import Arena, forget_pages, give_up, rounded
from leafbeam.engine.native.build import NotBuiltError
from leafbeam.model.config import TextConfig
from leafbeam.model.layers import frequencies
from leafbeam.model.text import Decoder, TextLayer
from leafbeam.options import Quantize

BLOCK_TOKENS = 64  # kBlock in text.cpp: tokens of a block of keys and values
_PANEL = 32  # kPanel in tiles.h: columns that are packed together
_COLUMNS = 64  # kColumns: columns that are worked off together
_PADDING = 16  # kPadding: rows read behind the last
_TOGETHER = 256  # kTogether: rows of a pass that share out columns
_WIDEST_HEAD = 256
_GROUP, _GROUP_BYTES = 64, 32 + 16 * 64  # kGroup, kGroupBytes: rows of int4, and what 32 columns of them take
_BITS = {Quantize.NONE: 16, Quantize.INT8: 8, Quantize.INT4: 4}


@dataclass(frozen=True, slots=True)
class NativeOptions:
    """``blocks`` of 64 tokens hold keys and values; ``quantize`` is for the decoder's matrices.

    ``drop``: the model's own weights are given up as soon as they are packed, so that they are in memory once; the
    model is then of use to this runner only.
    """

    threads: int
    blocks: int
    quantize: Quantize = Quantize.NONE
    drop: bool = False


class _Shape(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("width", "heads", "kv_heads", "head_width", "inner", "blocks")),
        ("eps", ctypes.c_float),
    )


class _Packed(ctypes.Structure):
    _fields_ = (("panels", ctypes.c_void_p), ("scales", ctypes.c_void_p), ("bits", ctypes.c_int64))


class _Layer(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("input_norm", "q_norm", "k_norm", "mlp_norm")),
        *((name, _Packed) for name in ("qkv", "out", "gate_up", "down")),
    )


class _Part(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_int64) for name in ("start", "count", "kept", "table"))


class _Pass(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("rows", "parts")),
        ("part", ctypes.POINTER(_Part)),
        *(
            (name, ctypes.c_void_p)
            for name in ("tables", "x", "cosine", "sine", "keys", "values", "q", "mixed", "active", "norm")
        ),
    )


class PackedEmbedding(nn.Embedding):
    """Embeddings out of the packed head, so that the table is in memory once. ``weight`` tells type and device only."""

    def __init__(self, panels: Tensor, width: int) -> None:
        super().__init__(0, width, dtype=panels.dtype)
        self.requires_grad_(False)
        self._panels = panels

    def forward(self, input: Tensor) -> Tensor:
        """(N,) to (N, width)."""
        return self._panels[input // _PANEL, :, input % _PANEL].flatten(1)


class NativeText:
    """Decodes passes of several sequences. Holds a packed copy of the weights."""

    def __init__(self, decoder: Decoder, library: ctypes.CDLL, options: NativeOptions) -> None:
        """Raises NotBuiltError when the model's type or shape is not the kernels'."""
        config, like = decoder.config, decoder.embed_tokens.weight
        check_text(config, like)
        self._library, self._options, self._config = library, options, config
        self._frequency_F = frequencies(config.head_width, config.rope_theta, like.device)
        self._arena = Arena(sum(rounded(size) for size in _sizes(config, options.quantize)))
        self._held: list[Tensor] = []
        layers = [self._layer(layer) for layer in decoder.layers if isinstance(layer, TextLayer)]
        self._layers = (_Layer * len(layers))(*layers)
        spare = -len(like) % _PANEL
        bits = max(8, _BITS[options.quantize])  # four would be spent on the scores themselves
        self._head = self._pack(functional.pad(like.detach(), (0, 0, 0, spare)) if spare else like, bits)
        if options.drop:
            forget_pages(like)
            if options.quantize is Quantize.NONE:  # the head holds the table's very numbers
                decoder.embed_tokens = PackedEmbedding(self._head_panels, config.width)
        self._norm = self._hold(decoder.norm.weight)
        kept = config.layers * config.kv_heads * options.blocks * BLOCK_TOKENS * config.head_width
        pool = Arena(2 * rounded(2 * kept))
        self._keys, self._values = pool.take(kept, torch.bfloat16), pool.take(kept, torch.bfloat16)
        self._logits = torch.empty(0)

    def decode(self, x_NA: Tensor, parts: Sequence[Part]) -> Tensor:
        """Hidden states (N, A) of embedded tokens, whose sequences follow each other as ``parts`` tell."""
        config, rows = self._config, len(x_NA)
        assert rows == sum(part.new for part in parts), (rows, parts)
        x_NA = functional.pad(x_NA, (0, 0, 0, _PADDING))  # a copy, with the rows that the head may read
        positions_N = torch.cat([torch.arange(part.kept, part.kept + part.new) for part in parts])
        angles_NF = torch.outer(positions_N.float(), self._frequency_F)
        cosine_NF, sine_NF = angles_NF.cos(), angles_NF.sin()
        wide = config.heads * config.head_width
        queries, mixed = (torch.empty(rows + _PADDING, wide, dtype=x_NA.dtype) for _ in range(2))
        active = torch.empty(min(rows, _TOGETHER) + _PADDING, config.mlp_width, dtype=x_NA.dtype)
        tables, shares = _tables(parts)
        told = _Pass(
            rows,
            len(parts),
            shares,
            *(_at(part) for part in (tables, x_NA, cosine_NF, sine_NF, self._keys, self._values)),
            *(_at(part) for part in (queries, mixed, active)),
            self._norm,
        )
        shape = _Shape(
            config.width,
            config.heads,
            config.kv_heads,
            config.head_width,
            config.mlp_width,
            self._options.blocks,
            config.norm_eps,
        )
        self._library.leafbeam_text(
            ctypes.byref(shape),
            self._layers,
            ctypes.c_int64(len(self._layers)),
            ctypes.byref(told),
            ctypes.c_int64(self._options.threads),
        )
        return x_NA[:rows]

    def logits(self, hidden_RA: Tensor) -> Tensor:
        """(R, A) to (R, V), float32. The next call writes over it."""
        rows, vocabulary = len(hidden_RA), self._config.vocabulary
        hidden_RA = functional.pad(hidden_RA, (0, 0, 0, _PADDING))
        if self._logits.numel() < rows * vocabulary:
            self._logits = torch.empty(rows * vocabulary)
        self._library.leafbeam_head(
            _at(hidden_RA),
            ctypes.c_int64(rows),
            ctypes.c_int64(self._config.width),
            ctypes.byref(self._head),
            ctypes.c_int64(vocabulary),
            _at(self._logits),
            ctypes.c_int64(self._options.threads),
        )
        return self._logits[: rows * vocabulary].view(rows, vocabulary)

    def _layer(self, layer: TextLayer) -> _Layer:
        bits = _BITS[self._options.quantize]
        attention, mlp = layer.self_attn, layer.mlp
        norms = (layer.input_layernorm, attention.q_norm, attention.k_norm, layer.post_attention_layernorm)
        packed = _Layer(
            *(self._hold(norm.weight) for norm in norms),
            self._pack(torch.cat([attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight]), bits),
            self._pack(attention.o_proj.weight, bits),
            self._pack(torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]), bits, pairs=True),
            self._pack(mlp.down_proj.weight, bits),
        )
        if self._options.drop:
            give_up(layer)
        return packed

    def _pack(self, weight: Tensor, bits: int, pairs: bool = False) -> _Packed:
        weight = weight.detach().contiguous()
        columns, rows = weight.shape
        told = (_at(weight), ctypes.c_int64(columns), ctypes.c_int64(rows), ctypes.c_int64(pairs))
        panels = self._arena.take(_panel_bytes(columns, rows, bits), torch.uint8)
        if bits == 16:
            self._library.leafbeam_pack(*told, _at(panels))
            return _Packed(_at(panels), None, bits)
        scales = self._arena.take(columns, torch.float32)
        pack = self._library.leafbeam_pack_int8 if bits == 8 else self._library.leafbeam_pack_int4
        pack(*told, _at(panels), _at(scales))
        return _Packed(_at(panels), _at(scales), bits)

    @property
    def _head_panels(self) -> Tensor:
        """The head's panels as (panels, width / 2, 32, 2), in bf16: the last piece of the arena."""
        panels = -(-self._config.vocabulary // _PANEL)
        return self._arena.last(panels * _PANEL * self._config.width, torch.bfloat16).view(panels, -1, _PANEL, 2)

    def _hold(self, tensor: Tensor) -> ctypes.c_void_p:
        self._held.append(tensor.detach().clone())
        return _at(self._held[-1])


def check_text(config: TextConfig, like: Tensor) -> None:
    """Raise NotBuiltError when the model's type, which is that of ``like``, or its shape is not the kernels'."""
    if like.dtype is not torch.bfloat16 or like.device.type != "cpu":
        raise NotBuiltError("the kernels calculate in bf16 on the CPU")
    widths = (config.width, config.mlp_width, config.head_width)
    if any(width % _COLUMNS for width in widths) or config.head_width > _WIDEST_HEAD:
        raise NotBuiltError(f"the kernels want widths that {_COLUMNS} divides, and heads of at most {_WIDEST_HEAD}")


def packed_bytes(config: TextConfig, quantize: Quantize) -> int:
    """Bytes of all packed matrices, the head's among them."""
    return sum(_sizes(config, quantize))


def _sizes(config: TextConfig, quantize: Quantize) -> Iterator[int]:
    """Bytes of every piece that is packed."""
    heads = config.heads * config.head_width
    matrices = [
        (heads + 2 * config.kv_heads * config.head_width, config.width),
        (config.width, heads),
        (2 * config.mlp_width, config.width),
        (config.width, config.mlp_width),
    ]
    table = (-(-config.vocabulary // _PANEL) * _PANEL, config.width)
    bits = _BITS[quantize]
    for columns, rows, width in [*((*matrix, bits) for matrix in matrices * config.layers), (*table, max(8, bits))]:
        yield _panel_bytes(columns, rows, width)
        yield columns * 4 if width < 16 else 0


def _panel_bytes(columns: int, rows: int, bits: int) -> int:
    """Bytes of a packed matrix without its scales."""
    if bits == 4:
        return columns // _PANEL * (rows // _GROUP) * _GROUP_BYTES
    return columns * rows * bits // 8


def _tables(parts: Sequence[Part]) -> tuple[Tensor, ctypes.Array[_Part]]:
    """The numbers of all blocks in one row, and each part with the place where its own begin."""
    shares: list[_Part] = []
    tables: list[int] = []
    start = 0
    for part in parts:
        used = -(-(part.kept + part.new) // BLOCK_TOKENS)
        shares.append(_Part(start, part.new, part.kept, len(tables)))
        tables.extend(part.blocks[:used])
        start += part.new
    return torch.tensor(tables, dtype=torch.int32), (_Part * len(shares))(*shares)


def _at(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())
