"""The whole model by the compiled kernels, as the engine asks for it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from torch import Tensor

from leafbeam.engine.memory import Part
from leafbeam.engine.native.text import BLOCK_TOKENS, NativeOptions, NativeText, check_text
from leafbeam.engine.native.vision import NativeVision, check_vision
from leafbeam.model.lightonocr import LightOnOCR


class NativeRunner:
    """An ``engine.runner.Runner``. Packed copies of all layers are made when it is."""

    block_tokens = BLOCK_TOKENS

    def __init__(self, model: LightOnOCR, library: ctypes.CDLL, options: NativeOptions) -> None:
        """Raises NotBuiltError when the model's type or shape is not the kernels'."""
        check_vision(model)  # both, before the first weight is given up
        check_text(model.config.text, model.language_model.embed_tokens.weight)
        self.blocks = options.blocks
        self._vision = NativeVision(model, library, options.threads, options.drop)
        self._text = NativeText(model.language_model, library, options)

    def encode(self, pixels_CHW: Tensor) -> Tensor:
        """See Runner."""
        return self._vision.encode(pixels_CHW)

    def decode(self, x_NA: Tensor, parts: Sequence[Part]) -> Tensor:
        """See Runner."""
        return self._text.decode(x_NA, parts)

    def logits(self, hidden_RA: Tensor) -> Tensor:
        """See Runner."""
        return self._text.logits(hidden_RA)
