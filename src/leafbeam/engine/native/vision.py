"""The picture encoder by the compiled layers.

Shapes: P patches, C width, F angles (half a head's width), T tokens, A width of the decoder.
"""

from __future__ import annotations

import ctypes

import torch
from torch import Tensor, nn

from leafbeam.engine.native.arena import give_up
from leafbeam.engine.native.build import NotBuiltError
from leafbeam.model.config import VISION_NORM_EPS
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.vision import Grid, VisionLayer, cut_patches, patch_angles

_KEYS = 256  # kKeys in vision.cpp: keys and values are kept in blocks of so many
_COLUMNS = 64  # kColumns in tiles.h: two packed panels are a head
_PADDING = 16  # kPadding: rows read behind the last


class _Shape(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("width", "heads", "head_width", "inner")),
        ("eps", ctypes.c_float),
    )


class _Layer(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ("attention_norm", "qkv", "out", "mlp_norm", "gate_up", "down")
    )


class NativeVision:
    """Encodes pictures one at a time. Holds a packed copy of the layers' weights."""

    def __init__(self, model: LightOnOCR, library: ctypes.CDLL, threads: int, drop: bool = False) -> None:
        """``drop``: the model's own layers are given up as they are packed; it cannot encode by itself any more.

        Raises NotBuiltError when the model's type or shape is not the kernels'.
        """
        check_vision(model)
        config = model.config.vision
        self._model, self._library, self._threads = model, library, threads
        self._held: list[Tensor] = []
        layers = []
        for layer in model.vision_encoder.transformer.layers:
            layers.append(self._packed(layer))
            if drop:
                give_up(layer)
        self._layers = (_Layer * len(layers))(*layers)
        self._shape = _Shape(config.width, config.heads, config.head_width, config.mlp_width, VISION_NORM_EPS)

    def encode(self, pixels_CHW: Tensor) -> Tensor:
        """Embeddings (T, A) of one picture, as ``LightOnOCR.encode_images`` gives them but for rounding."""
        model, config = self._model, self._model.config.vision
        patches_PE, grid = cut_patches(pixels_CHW.to(model.dtype), config.patch_px)
        encoder = model.vision_encoder
        x_PC = encoder.ln_pre(patches_PE @ encoder.patch_conv.weight.flatten(1).T)
        embeddings_TA: Tensor = model.vision_projection(self._through(x_PC.contiguous(), grid), [grid])
        return embeddings_TA

    def _through(self, x_PC: Tensor, grid: Grid) -> Tensor:
        """All layers, in place."""
        config = self._model.config.vision
        angles_PF = patch_angles([grid], config.head_width, config.rope_theta, x_PC.device)
        cosine_PF, sine_PF = angles_PF.cos().contiguous(), angles_PF.sin().contiguous()
        kept, read = -(-grid.patches // _KEYS) * _KEYS, grid.patches + _PADDING
        queries, mixed = (torch.empty(read, config.width, dtype=x_PC.dtype) for _ in range(2))
        keys, values = (torch.zeros(kept, config.width, dtype=x_PC.dtype) for _ in range(2))
        self._library.leafbeam_vision(
            ctypes.byref(self._shape),
            self._layers,
            ctypes.c_int64(len(self._layers)),
            _pointer(x_PC),
            ctypes.c_int64(grid.patches),
            *(_pointer(part) for part in (cosine_PF, sine_PF, queries, keys, values, mixed)),
            ctypes.c_int64(self._threads),
        )
        return x_PC

    def _packed(self, layer: nn.Module) -> _Layer:
        assert isinstance(layer, VisionLayer), type(layer)
        attention, mlp = layer.attention, layer.feed_forward
        qkv = torch.cat([attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight])
        gate_up = torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])
        return _Layer(
            self._hold(layer.attention_norm.weight.detach().clone()),
            self._pack(qkv),
            self._pack(attention.o_proj.weight),
            self._hold(layer.ffn_norm.weight.detach().clone()),
            self._pack(gate_up, pairs=True),
            self._pack(mlp.down_proj.weight),
        )

    def _pack(self, weight: Tensor, pairs: bool = False) -> ctypes.c_void_p:
        weight = weight.detach().contiguous()
        columns, rows = weight.shape
        packed = torch.empty(columns * rows, dtype=weight.dtype)
        self._library.leafbeam_pack(
            _pointer(weight), ctypes.c_int64(columns), ctypes.c_int64(rows), ctypes.c_int64(pairs), _pointer(packed)
        )
        return self._hold(packed)

    def _hold(self, tensor: Tensor) -> ctypes.c_void_p:
        self._held.append(tensor)
        return _pointer(tensor)


def check_vision(model: LightOnOCR) -> None:
    """Raise NotBuiltError when the model's type or shape is not the kernels'."""
    config = model.config.vision
    if model.dtype is not torch.bfloat16 or model.device.type != "cpu":
        raise NotBuiltError("the kernels calculate in bf16 on the CPU")
    if config.head_width != _COLUMNS or config.width % _COLUMNS or config.mlp_width % _COLUMNS:
        raise NotBuiltError(f"the kernels want heads of {_COLUMNS} and widths that it divides")


def _pointer(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())
