"""Checkpoints with random weights, in the published layout: for tests, demonstrations and measurements.

They answer nonsense, the same each time. Every file that a published checkpoint has is written, so that other programs
open them too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from leafbeam.errors import UsageError
from leafbeam.model.config import MODEL_TYPES, ModelConfig, TextConfig, VisionConfig
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.pictures import DEVIATION_C, MEAN_C, SizeRule
from leafbeam.model.weights import PREFIX

# In the order of the published tokenizer, where they follow the 151643 ordinary tokens.
_SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
_PAD, _END, _IMAGE = "<|endoftext|>", "<|im_end|>", "<|image_pad|>"
_BREAK, _IMAGE_END = "<|vision_pad|>", "<|vision_end|>"
# How Qwen cuts text into words before the merges.
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# An empty system turn, the user's pictures and words, then the answer's beginning: what the published template renders.
CHAT_TEMPLATE = (
    "{%- if messages[0]['role'] != 'system' %}{{- '<|im_start|>system<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' }}"
    "{%- if message['content'] is string %}{{- message['content'] }}"
    "{%- else %}{%- for part in message['content'] %}"
    "{%- if part['type'] in ('image', 'image_url') %}{{- '<|image_pad|>' }}"
    "{%- elif part['type'] == 'text' %}{{- part['text'] + '\\n' }}{%- endif %}{%- endfor %}{%- endif %}"
    "{{- '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
# Enough for a few hundred merges, so that tokens are of several lengths.
_CORPUS = (
    "The quick brown fox jumps over the lazy dog, and the page is read from the top to the end of the column. ",
    "Invoice No. 2024-117  Total: 1,234.56 EUR  VAT 19 %  Date 2024-05-31  Amount due within thirty days. ",
    "# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$$E = mc^2$$\n\n<table><tr><td>cell</td></tr></table>\n\n",
    "Optical character recognition turns page images into text; tables, formulas, columns and notes remain. ",
)
_MERGES = 240
_TINY = ModelConfig(
    VisionConfig(width=128, layers=2, heads=2, head_width=64, mlp_width=256, image_px=224),
    TextConfig(width=128, layers=3, heads=4, kv_heads=2, head_width=64, mlp_width=256, vocabulary=512, positions=4096),
)


@dataclass(frozen=True, slots=True)
class RandomOptions:
    """What to write. ``shape``'s image token is replaced by the tokenizer's; its vocabulary must hold the tokenizer,
    which learns as many ``merges`` from ``corpus``."""

    shape: ModelConfig = field(default_factory=lambda: _TINY)
    form: str = "mistral3"  # config.json as published, or "lighton_ocr", as transformers writes it
    dtype: torch.dtype = torch.float32
    rule: SizeRule = SizeRule.PATCH
    seed: int = 0
    corpus: tuple[str, ...] = _CORPUS
    merges: int = _MERGES


def make_tiny(folder: Path, options: RandomOptions | None = None) -> Path:
    """Write a random checkpoint into ``folder`` (made when missing; files of the same names are replaced).

    Raises UsageError when the folder holds something else.
    """
    options = options or RandomOptions()
    if options.form not in MODEL_TYPES:
        raise UsageError(f"unknown form {options.form!r}: one of {', '.join(MODEL_TYPES)}")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / "config.json").is_file()):
        raise UsageError(f"{folder}: is not empty. Name a new folder, or one that holds a checkpoint to replace")
    folder.mkdir(parents=True, exist_ok=True)
    ordinary = options.shape.text.vocabulary - 64  # the special ones and some that no text reaches, as published
    tokenizer = make_tokenizer(ordinary, options.corpus, options.merges)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, "utf-8")
    for name, values in (
        ("config.json", _config(options, tokenizer)),
        ("generation_config.json", _generation(tokenizer)),
        ("processor_config.json", _processor(options)),
        ("tokenizer_config.json", _tokenizer_config(options)),
    ):
        (folder / name).write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    weights = folder / "model.safetensors"
    save_file(random_weights(options), weights, metadata={"format": "pt"})
    weights.chmod((folder / "config.json").stat().st_mode)  # safetensors writes for its owner alone
    return folder


def make_tokenizer(ordinary: int, corpus: Sequence[str] = _CORPUS, most: int = _MERGES) -> Tokenizer:
    """Byte-level BPE of Qwen's kind: learnt merges, then names that no text reaches up to ``ordinary`` tokens, then the
    special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    size = min(ordinary, len(alphabet) + most)
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text * 3 for text in corpus], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary: dict[str, int] = model["vocab"]
    unreached = {f"\u0120unreached{number}": number for number in range(len(vocabulary), ordinary)}
    merges = [(pair[0], pair[1]) for pair in model["merges"]]
    tokenizer.model = models.BPE(vocab=vocabulary | unreached, merges=merges)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in _SPECIAL])
    return tokenizer


def random_weights(options: RandomOptions) -> dict[str, torch.Tensor]:
    """Weights under their published names, the same for the same options.

    Small embeddings under large layers: with a tied head and the usual 0.02 everywhere, a random model repeats its last
    token, and greedy decoding would test nothing.
    """
    with torch.device("meta"):
        shapes = {name: parameter.shape for name, parameter in LightOnOCR(options.shape).named_parameters()}
    generator = torch.Generator().manual_seed(options.seed)
    weights = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator)
        if len(shape) == 1:
            values = 1 + 0.1 * values
        elif "embed_tokens" in name:
            values *= 0.02
        else:
            values *= 1.2 / shape[1:].numel() ** 0.5
        weights[PREFIX + name] = values.to(options.dtype)
    return weights


def _config(options: RandomOptions, tokenizer: Tokenizer) -> dict[str, object]:
    vision, text = options.shape.vision, options.shape.text
    published = options.form == "mistral3"
    dtype = str(options.dtype).removeprefix("torch.")
    image = tokenizer.token_to_id(_IMAGE)
    values: dict[str, object] = {
        "architectures": ["LightOnOCRForConditionalGeneration" if published else "LightOnOcrForConditionalGeneration"],
        "dtype": dtype,
        "eos_token_id": tokenizer.token_to_id(_END),
        "image_token_id": image,
        "model_type": options.form,
        "pad_token_id": tokenizer.token_to_id(_PAD),
        "spatial_merge_size": options.shape.merge,
        "tie_word_embeddings": True,
        "text_config": {
            "architectures": ["Qwen3ForCausalLM"],
            "attention_bias": False,
            "attention_dropout": 0.0,
            "dtype": dtype,
            "head_dim": text.head_width,
            "hidden_act": "silu",
            "hidden_size": text.width,
            "intermediate_size": text.mlp_width,
            "max_position_embeddings": text.positions,
            "model_type": "qwen3",
            "num_attention_heads": text.heads,
            "num_hidden_layers": text.layers,
            "num_key_value_heads": text.kv_heads,
            "rms_norm_eps": text.norm_eps,
            "rope_parameters": {"rope_theta": text.rope_theta, "rope_type": "default"},
            "rope_theta": text.rope_theta,
            "sliding_window": None,
            "tie_word_embeddings": True,
            "use_cache": True,
            "vocab_size": text.vocabulary,
        },
        "vision_config": {
            "attention_dropout": 0.0,
            "dtype": dtype,
            "head_dim": vision.head_width,
            "hidden_act": "silu",
            "hidden_size": vision.width,
            "image_size": vision.image_px,
            "intermediate_size": vision.mlp_width,
            "model_type": "pixtral",
            "num_attention_heads": vision.heads,
            "num_channels": vision.channels,
            "num_hidden_layers": vision.layers,
            "patch_size": vision.patch_px,
            "rope_parameters": {"rope_theta": vision.rope_theta, "rope_type": "default"},
            "rope_theta": vision.rope_theta,
        },
    }
    if published:
        values |= {
            "image_token_index": image,
            "multimodal_projector_bias": False,
            "projector_hidden_act": "gelu",
            "vision_feature_layer": -1,
        }
    return values


def _generation(tokenizer: Tokenizer) -> dict[str, object]:
    pad, end = tokenizer.token_to_id(_PAD), tokenizer.token_to_id(_END)
    return {
        "bos_token_id": pad,
        "do_sample": True,
        "eos_token_id": [end, pad],
        "pad_token_id": pad,
        "temperature": 0.2,
        "top_k": 0,
        "top_p": 0.9,
    }


def _processor(options: RandomOptions) -> dict[str, object]:
    patch_px, merge = options.shape.vision.patch_px, options.shape.merge
    step = patch_px * (merge if options.rule is SizeRule.TOKEN else 1)
    return {
        "image_processor": {
            "do_convert_rgb": True,
            "do_normalize": True,
            "do_pad": None,
            "do_rescale": True,
            "do_resize": True,
            "image_mean": list(MEAN_C),
            "image_processor_type": "PixtralImageProcessorFast",
            "image_std": list(DEVIATION_C),
            "patch_size": {"height": step, "width": step},
            "resample": 3,
            "rescale_factor": 1 / 255,
            "size": {"longest_edge": options.shape.vision.image_px},
        },
        "image_break_token": _BREAK,
        "image_end_token": _IMAGE_END,
        "image_token": _IMAGE,
        "patch_size": patch_px,
        "processor_class": "LightOnOcrProcessor" if options.form == "lighton_ocr" else "PixtralProcessor",
        "spatial_merge_size": merge,
    }


def _tokenizer_config(options: RandomOptions) -> dict[str, object]:
    return {
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": _END,
        "image_break_token": _BREAK,
        "image_end_token": _IMAGE_END,
        "image_token": _IMAGE,
        "model_max_length": options.shape.text.positions,
        "model_specific_special_tokens": {
            "image_break_token": _BREAK,
            "image_end_token": _IMAGE_END,
            "image_token": _IMAGE,
        },
        "pad_token": _PAD,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }
