"""A LightOnOCR model of the true architecture with a million random weights, and what transformers makes of pictures.

Run with the Python of an environment that has torch and transformers:
    tiny_model.py make FOLDER                 writes configuration, processor, tokenizer and weights
    tiny_model.py read FOLDER TOKENS PNG...   greedy answers, a JSON line each: {"tokens": [...], "ended": bool}

The tokenizer knows single bytes only, and the model can say nothing but printable ASCII and the end of a turn: text
and tokens are the same thing, so that answers compared as text are compared token by token. Values and names of the
published files are those of LightOnOCR-2-1B's configuration, made small.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from PIL import Image
from tokenizers import AddedToken
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    GenerationConfig,
    LightOnOcrConfig,
    LightOnOcrForConditionalGeneration,
    LightOnOcrProcessor,
    PixtralImageProcessor,
    Qwen2TokenizerFast,
)

_SPECIALS = (  # Qwen's, in Qwen's order
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
_IMAGE_NAMES = {
    "image_token": "<|image_pad|>",
    "image_break_token": "<|vision_pad|>",
    "image_end_token": "<|vision_end|>",
}
_TEMPLATE = (  # an empty system turn, then the user's turn
    "{%- if messages[0]['role'] != 'system' %}{{- '<|im_start|>system<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' }}"
    "{%- for part in message['content'] %}"
    "{%- if part['type'] in ('image', 'image_url') %}{{- '<|image_pad|>' }}"
    "{%- elif part['type'] == 'text' %}{{- part['text'] }}{%- endif %}{%- endfor %}"
    "{{- '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
_LONGEST_PX = 224
_VOCABULARY = 288
_END_LIKE = "?"  # the end of a turn stands where the model would say this, so that some answers end and some do not


def make(folder: Path) -> None:
    """Write the model, the same for the same torch."""
    tokenizer = _tokenizer()
    image, end, padding = tokenizer.convert_tokens_to_ids(["<|image_pad|>", "<|im_end|>", "<|endoftext|>"])
    torch.manual_seed(0)
    model = LightOnOcrForConditionalGeneration(_config(image, end, padding))
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() == 1:  # norms
                weights.copy_(1 + 0.1 * torch.randn(weights.shape))
            elif "embed_tokens" in name:  # small: tied weights must not just echo the last token
                weights.normal_(0, 0.02)
                said = [tokenizer.convert_tokens_to_ids(chr(code)) for code in range(33, 127)]
                said += tokenizer.convert_tokens_to_ids(["Ġ", "Ċ"])  # the blank and the line break, as bytes are named
                weights[[row for row in range(_VOCABULARY) if row not in {*said, end}]] = 0
                weights[end] = 1.01 * weights[tokenizer.convert_tokens_to_ids(_END_LIKE)]
            else:
                weights.normal_(0, 1.2 / weights[0].numel() ** 0.5)
    model.generation_config = GenerationConfig(
        eos_token_id=[end, padding], pad_token_id=padding, bos_token_id=padding, do_sample=True, temperature=0.2
    )
    model.save_pretrained(folder)
    pictures = PixtralImageProcessor(size={"longest_edge": _LONGEST_PX}, patch_size={"height": 28, "width": 28})
    LightOnOcrProcessor(
        image_processor=pictures, tokenizer=tokenizer, patch_size=14, spatial_merge_size=2, chat_template=_TEMPLATE
    ).save_pretrained(folder)
    # The published config.json says mistral3 and has names of its own; vLLM wants the image tokens named twice
    _add(
        folder / "config.json",
        {
            "model_type": "mistral3",
            "architectures": ["LightOnOCRForConditionalGeneration"],
            "image_token_index": image,
            "multimodal_projector_bias": False,
            "projector_hidden_act": "gelu",
            "vision_feature_layer": -1,
        },
    )
    _add(folder / "processor_config.json", _IMAGE_NAMES)


def read(folder: Path, most_tokens: int, pictures: list[Path]) -> None:
    """Print the greedy answer to each picture."""
    processor = LightOnOcrProcessor.from_pretrained(folder)
    model = LightOnOcrForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    ends = set(model.generation_config.eos_token_id)
    for picture in pictures:
        messages = [{"role": "user", "content": [{"type": "image", "image": Image.open(picture).convert("RGB")}]}]
        given = processor.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        made = model.generate(**given, max_new_tokens=most_tokens, do_sample=False)
        ids = made[0, given["input_ids"].shape[1] :].tolist()
        ended = ids[-1] in ends
        tokens = [processor.tokenizer.decode([one]) for one in (ids[:-1] if ended else ids)]
        print(json.dumps({"tokens": tokens, "ended": ended}), flush=True)


def _tokenizer() -> Qwen2TokenizerFast:
    alphabet = sorted(ByteLevel.alphabet())
    tokenizer = Qwen2TokenizerFast(
        vocab={character: number for number, character in enumerate(alphabet)},
        merges=[],
        unk_token=None,
        bos_token=None,
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.add_tokens([AddedToken(name, special=True, normalized=False) for name in _SPECIALS])
    assert tokenizer.convert_tokens_to_ids("<|video_pad|>") == len(alphabet) + len(_SPECIALS) - 1
    tokenizer.eos_token = "<|im_end|>"  # only now: a token named above takes the first free number
    tokenizer._set_model_specific_special_tokens(_IMAGE_NAMES)
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def _config(image: int, end: int, padding: int) -> LightOnOcrConfig:
    vision = {
        "model_type": "pixtral",
        "hidden_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "head_dim": 64,
        "intermediate_size": 256,
        "image_size": _LONGEST_PX,
        "patch_size": 14,
        "num_channels": 3,
        "hidden_act": "silu",
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    }
    text = {
        "model_type": "qwen3",
        "architectures": ["Qwen3ForCausalLM"],
        "vocab_size": _VOCABULARY,
        "hidden_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "intermediate_size": 256,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 16384,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
        "eos_token_id": end,
        "pad_token_id": padding,
    }
    return LightOnOcrConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=image,
        spatial_merge_size=2,
        tie_word_embeddings=True,
        eos_token_id=end,
        pad_token_id=padding,
    )


def _add(path: Path, entries: dict[str, object]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}, indent=2))


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(folder)
    else:
        read(folder, int(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
