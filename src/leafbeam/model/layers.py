"""What encoder and decoder have in common: norm, rotary positions, gated MLP, and attention itself.

Shapes: N tokens, C model width, H heads, D head width, K keys, F frequencies (D/2), M MLP width.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

# q_NHD, k_KGD, v_KGD -> out_NHD; see attention() for the contract.
Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


class RMSNorm(nn.Module):
    """Divide by the root of the mean square, then scale (https://arxiv.org/abs/1910.07467).

    The mean is taken in float32 and the result rounded before it is scaled, as the weights were trained.
    """

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x_NC: Tensor) -> Tensor:
        """Any shape whose last axis is the norm's width; the same shape and type come back."""
        x32_NC = x_NC.float()
        scale_N1 = torch.rsqrt(x32_NC.square().mean(-1, keepdim=True) + self.eps)
        return self.weight * (x32_NC * scale_N1).to(x_NC.dtype)


class GatedMLP(nn.Module):
    """SwiGLU (https://arxiv.org/abs/2002.05202): ``down(silu(gate(x)) * up(x))``, no biases."""

    def __init__(self, width: int, mlp_width: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, mlp_width, bias=False)
        self.up_proj = nn.Linear(width, mlp_width, bias=False)
        self.down_proj = nn.Linear(mlp_width, width, bias=False)

    def forward(self, x_NC: Tensor) -> Tensor:
        """(N, C) to (N, C)."""
        gate_NM = functional.silu(self.gate_proj(x_NC))
        out_NC: Tensor = self.down_proj(gate_NM * self.up_proj(x_NC))
        return out_NC


def frequencies(head_width: int, theta: float, device: torch.device) -> Tensor:
    """Angle per step of position, ``theta ** (-2i / head_width)`` for i below D/2: (F,), float32."""
    exponent_F = torch.arange(0, head_width, 2, dtype=torch.float32, device=device) / head_width
    return 1.0 / theta**exponent_F


def turn(angle_NF: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosine and sine for ``rotate``, both (N, 1, D): angles in float32, the result in the model's type."""
    angle_N1D = torch.cat((angle_NF, angle_NF), dim=-1)[:, None, :]
    return angle_N1D.cos().to(dtype), angle_N1D.sin().to(dtype)


def rotate(x_NHD: Tensor, cos_N1D: Tensor, sin_N1D: Tensor) -> Tensor:
    """Rotary position embedding (https://arxiv.org/abs/2104.09864): element i turns with element i + D/2."""
    first_NHF, second_NHF = x_NHD.chunk(2, dim=-1)
    return x_NHD * cos_N1D + torch.cat((-second_NHF, first_NHF), dim=-1) * sin_N1D


def attention(q_NHD: Tensor, k_KGD: Tensor, v_KGD: Tensor, mask_NK: Tensor | None = None) -> Tensor:
    """Softmax attention of N queries to K keys, (N, H, D). ``mask_NK`` is True where a query may look, None everywhere.

    G, the heads of keys and values, divides H: neighbouring query heads share one.
    """
    heads, shared = q_NHD.shape[1], k_KGD.shape[1]
    out_1HND = functional.scaled_dot_product_attention(
        q_NHD.transpose(0, 1)[None],
        k_KGD.transpose(0, 1)[None],
        v_KGD.transpose(0, 1)[None],
        attn_mask=mask_NK,
        enable_gqa=heads != shared,
    )
    return out_1HND[0].transpose(0, 1)
