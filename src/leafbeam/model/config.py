"""config.json of a checkpoint as records, from both forms in use.

Checkpoints are published as ``model_type: mistral3`` and written by transformers as ``lighton_ocr``; weights and names
are the same. What the architecture fixes (no biases, SiLU, exact GELU, q/k norms, tied head) is checked, not offered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leafbeam.errors import ReaderError

MODEL_TYPES = ("mistral3", "lighton_ocr")
VISION_NORM_EPS = 1e-5  # no key of the configuration: Pixtral's own value


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """The picture encoder. ``image_px`` is the longest edge of its table of positions, in pixels."""

    width: int = 1024
    layers: int = 24
    heads: int = 16
    head_width: int = 64
    mlp_width: int = 4096
    patch_px: int = 14
    image_px: int = 1540
    channels: int = 3
    rope_theta: float = 10_000.0


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The decoder. ``heads`` queries share ``kv_heads`` keys and values; ``positions`` bounds prompt and answer."""

    width: int = 1024
    layers: int = 28
    heads: int = 16
    kv_heads: int = 8
    head_width: int = 128
    mlp_width: int = 3072
    vocabulary: int = 151_936
    positions: int = 16_384
    norm_eps: float = 1e-6
    rope_theta: float = 1_000_000.0


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The whole model. ``merge`` x ``merge`` patches become one token; ``stored_dtype`` is what the file says."""

    vision: VisionConfig = VisionConfig()
    text: TextConfig = TextConfig()
    merge: int = 2
    image_token: int = 151_655
    stored_dtype: str = "bfloat16"


class _Keys:
    """One JSON object with the reads that a configuration needs; every complaint names the file and the key."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self.values, self.where = values, where

    def part(self, key: str) -> _Keys:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, value, "an object")
        return _Keys(value, f"{self.where}: {key}")

    def whole(self, *keys: str) -> int:
        """The first of ``keys`` that is there, as a whole number above zero."""
        value = next((self.values[key] for key in keys if self.values.get(key) is not None), None)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(keys[0], value, "a whole number above zero")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise self.wrong(key, value, "a number above zero")
        return float(value)

    def fixed(self, key: str, *allowed: object) -> None:
        """Where ``key`` is given it must be one of ``allowed``: the code has no other way."""
        if key in self.values and self.values[key] not in allowed:
            raise self.wrong(key, self.values[key], " or ".join(repr(value) for value in allowed))

    def rope_theta(self, default: float) -> float:
        """The base of the rotary frequencies, at either place it is written."""
        if not isinstance(self.values.get("rope_parameters"), dict):
            return self.number("rope_theta", default)
        rope = self.part("rope_parameters")
        rope.fixed("rope_type", "default", "axial")  # "axial": how transformers names the picture's rotation
        return rope.number("rope_theta", self.number("rope_theta", default))

    def wrong(self, key: str, value: object, wanted: str) -> ReaderError:
        return ReaderError(
            f"{self.where}: {key} is {value!r}, leafbeam's LightOnOCR needs {wanted}. "
            "Is this a LightOnOCR 1B checkpoint? 'leafbeam models list' names those that can be read"
        )


def parse_config(values: Mapping[str, object], where: str = "config.json") -> ModelConfig:
    """The records for a parsed config.json. Raises ReaderError naming the key that does not fit."""
    keys = _Keys(values, where)
    kind = values.get("model_type")
    if kind not in MODEL_TYPES:
        raise keys.wrong("model_type", kind, " or ".join(MODEL_TYPES))
    keys.fixed("multimodal_projector_bias", False)
    keys.fixed("projector_hidden_act", "gelu")
    keys.fixed("vision_feature_layer", -1)
    vision, text = keys.part("vision_config"), keys.part("text_config")
    tied = values.get("tie_word_embeddings", text.values.get("tie_word_embeddings", True))
    if tied is not True:
        raise keys.wrong("tie_word_embeddings", tied, "true")
    dtype = values.get("dtype", values.get("torch_dtype", "bfloat16"))
    return ModelConfig(
        vision=_vision(vision),
        text=_text(text),
        merge=keys.whole("spatial_merge_size"),
        image_token=keys.whole("image_token_id", "image_token_index"),
        stored_dtype=dtype if isinstance(dtype, str) else "bfloat16",
    )


def _vision(keys: _Keys) -> VisionConfig:
    keys.fixed("model_type", "pixtral")
    keys.fixed("hidden_act", "silu")
    width, heads = keys.whole("hidden_size"), keys.whole("num_attention_heads")
    if width % heads or width // heads % 4:
        raise keys.wrong("hidden_size", width, f"{heads} heads of a width that four divides")
    keys.fixed("head_dim", width // heads, None)
    return VisionConfig(
        width=width,
        layers=keys.whole("num_hidden_layers"),
        heads=heads,
        head_width=width // heads,
        mlp_width=keys.whole("intermediate_size"),
        patch_px=keys.whole("patch_size"),
        image_px=keys.whole("image_size"),
        channels=keys.whole("num_channels"),
        rope_theta=keys.rope_theta(10_000.0),
    )


def _text(keys: _Keys) -> TextConfig:
    keys.fixed("model_type", "qwen3")
    keys.fixed("hidden_act", "silu")
    keys.fixed("attention_bias", False)
    keys.fixed("use_qk_norm", True)
    keys.fixed("use_sliding_window", False)
    keys.fixed("rope_scaling", None)
    heads, kv_heads = keys.whole("num_attention_heads"), keys.whole("num_key_value_heads")
    if heads % kv_heads:
        raise keys.wrong("num_key_value_heads", kv_heads, f"a divisor of {heads} heads")
    return TextConfig(
        width=keys.whole("hidden_size"),
        layers=keys.whole("num_hidden_layers"),
        heads=heads,
        kv_heads=kv_heads,
        head_width=keys.whole("head_dim"),
        mlp_width=keys.whole("intermediate_size"),
        vocabulary=keys.whole("vocab_size"),
        positions=keys.whole("max_position_embeddings"),
        norm_eps=keys.number("rms_norm_eps", 1e-6),
        rope_theta=keys.rope_theta(1_000_000.0),
    )


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file of a checkpoint. Raises ReaderError when it is missing or is none."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ReaderError(f"{path}: not found. 'leafbeam models verify' tells what a checkpoint lacks") from error
    except (OSError, ValueError) as error:
        raise ReaderError(f"{path}: {error}. 'leafbeam models pull' fetches it again") from error
    if not isinstance(values, dict):
        raise ReaderError(f"{path}: not a JSON object. 'leafbeam models pull' fetches it again")
    return values
