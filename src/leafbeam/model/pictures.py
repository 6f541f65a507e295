"""Page images to what the encoder takes: fitted to a size by a named rule, scaled, normalised.

Two rules exist for the same weights. The published processor files say 14, so that transformers makes each side a
multiple of a patch, and a last odd row or column of patches is seen by its neighbours but becomes no token. vLLM
makes each side a multiple of a token's 28 pixels, and loses nothing. The checkpoint's own rule is the default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image

from leafbeam.errors import ReaderError
from leafbeam.model.config import ModelConfig

# The defaults of the published processor files (CLIP's mean and deviation of natural pictures).
MEAN_C = (0.48145466, 0.4578275, 0.40821073)
DEVIATION_C = (0.26862954, 0.26130258, 0.27577711)


class SizeRule(StrEnum):
    """To what the sides of a picture are rounded up."""

    PATCH = "patch-14"  # a multiple of a patch: transformers with the published file
    TOKEN = "token-28"  # a multiple of a token's square of patches: vLLM


@dataclass(frozen=True, slots=True)
class PictureRules:
    """How a checkpoint wants its pictures. ``rule`` is the checkpoint's own; the pixels are those of one side."""

    rule: SizeRule = SizeRule.PATCH
    longest_px: int = 1540
    patch_px: int = 14
    merge: int = 2
    mean_C: tuple[float, float, float] = MEAN_C
    deviation_C: tuple[float, float, float] = DEVIATION_C


@dataclass(frozen=True, slots=True)
class Picture:
    """A page ready for the encoder: float32 (3, height, width), the tokens it becomes, and the rule that sized it."""

    pixels_CHW: npt.NDArray[np.float32]
    tokens: int
    rule: SizeRule


def fitted_size(height: int, width: int, rules: PictureRules, rule: SizeRule | None = None) -> tuple[int, int]:
    """Height and width in pixels that a picture is stretched to: never enlarged but for rounding up to the multiple.

    The arithmetic, floor of a float division included, is that of transformers' ``get_resize_output_image_size``.
    """
    ratio = max(height / rules.longest_px, width / rules.longest_px)
    if ratio > 1:
        height, width = max(1, math.floor(height / ratio)), max(1, math.floor(width / ratio))
    step = rules.patch_px * (rules.merge if (rule or rules.rule) is SizeRule.TOKEN else 1)
    # A picture thinner than a token would become none.
    least = rules.patch_px * rules.merge
    return max(least, -(-height // step) * step), max(least, -(-width // step) * step)


def prepare(pixels_HWC: npt.NDArray[np.uint8], rules: PictureRules, rule: SizeRule | None = None) -> Picture:
    """A page image (RGB, uint8) for the encoder; ``rule`` overrides the checkpoint's own."""
    assert pixels_HWC.dtype == np.uint8, pixels_HWC.dtype
    assert pixels_HWC.shape[2:] == (3,), pixels_HWC.shape
    height, width = fitted_size(pixels_HWC.shape[0], pixels_HWC.shape[1], rules, rule)
    image = Image.fromarray(np.ascontiguousarray(pixels_HWC)).resize((width, height), Image.Resampling.BICUBIC)
    scale_C = np.float32(1 / 255) / np.asarray(rules.deviation_C, np.float32)
    shift_C = np.asarray(rules.mean_C, np.float32) / np.asarray(rules.deviation_C, np.float32)
    ready_HWC = np.asarray(image, np.float32) * scale_C - shift_C
    token_px = rules.patch_px * rules.merge
    tokens = (height // token_px) * (width // token_px)
    return Picture(np.ascontiguousarray(ready_HWC.transpose(2, 0, 1)), tokens, rule or rules.rule)


def parse_rules(values: Mapping[str, object], config: ModelConfig, where: str) -> PictureRules:
    """The rules in a processor_config.json or preprocessor_config.json. Raises ReaderError where we do not follow."""
    nested = values.get("image_processor")
    own = nested if isinstance(nested, dict) else values
    patch_px, merge = config.vision.patch_px, config.merge
    step = _side(own.get("patch_size", patch_px))
    rules = {patch_px: SizeRule.PATCH, patch_px * merge: SizeRule.TOKEN}
    size = own.get("size")
    longest = size.get("longest_edge") if isinstance(size, dict) else config.vision.image_px
    if step not in rules or not isinstance(longest, int) or own.get("resample", 3) != 3:
        raise ReaderError(
            f"{where}: patch_size {own.get('patch_size')!r}, size {size!r}, resample {own.get('resample')!r}: leafbeam "
            f"knows a patch_size of {' or '.join(str(px) for px in rules)}, a size with longest_edge, and resample 3"
        )
    return PictureRules(
        rule=rules[step],
        longest_px=longest,
        patch_px=patch_px,
        merge=merge,
        mean_C=_triple(own.get("image_mean"), MEAN_C, where),
        deviation_C=_triple(own.get("image_std"), DEVIATION_C, where),
    )


def _side(value: object) -> object:
    """A square's side, which is written as a number or as height and width."""
    if isinstance(value, dict):
        return value.get("height") if value.get("height") == value.get("width") else value
    return value


def _triple(value: object, default: tuple[float, float, float], where: str) -> tuple[float, float, float]:
    if value is None:
        return default
    if isinstance(value, list) and len(value) == 3 and all(isinstance(part, int | float) for part in value):
        return float(value[0]), float(value[1]), float(value[2])
    raise ReaderError(f"{where}: {value!r} is not one number for each of red, green and blue")
