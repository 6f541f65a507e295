# ruff: noqa: E402  what needs torch is imported once it is known to be there
"""A checkpoint's files as records, and what is said when they do not fit."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'leafbeam[local]'")

from safetensors.torch import load_file, save_file
from tiny_models import tiny

from leafbeam.errors import ReaderError, UsageError
from leafbeam.model.checkpoint import open_checkpoint
from leafbeam.model.config import ModelConfig, TextConfig, VisionConfig, parse_config
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.pictures import SizeRule
from leafbeam.model.tiny import RandomOptions, make_tiny
from leafbeam.model.weights import check_weights, load_model

# The published configuration of LightOnOCR-2-1B, without what only training or other programs read.
PUBLISHED = {
    "architectures": ["LightOnOCRForConditionalGeneration"],
    "dtype": "bfloat16",
    "image_token_id": 151655,
    "model_type": "mistral3",
    "multimodal_projector_bias": False,
    "projector_hidden_act": "gelu",
    "spatial_merge_size": 2,
    "vision_feature_layer": -1,
    "text_config": {
        "attention_bias": False,
        "head_dim": 128,
        "hidden_act": "silu",
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "max_position_embeddings": 16384,
        "model_type": "qwen3",
        "num_attention_heads": 16,
        "num_hidden_layers": 28,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {"rope_theta": 1000000, "rope_type": "default"},
        "rope_theta": 1000000,
        "sliding_window": None,
        "tie_word_embeddings": True,
        "use_qk_norm": True,
        "use_sliding_window": False,
        "vocab_size": 151936,
    },
    "vision_config": {
        "head_dim": 64,
        "hidden_act": "silu",
        "hidden_size": 1024,
        "image_size": 1540,
        "intermediate_size": 4096,
        "model_type": "pixtral",
        "num_attention_heads": 16,
        "num_channels": 3,
        "num_hidden_layers": 24,
        "patch_size": 14,
        "rope_theta": 10000,
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("made"), RandomOptions())


@pytest.fixture
def folder(made, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(made, tmp_path / "spoilt")


def spoil(path, **changes):
    values = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(values | changes), "utf-8")


def test_the_published_configuration():
    assert parse_config(PUBLISHED) == ModelConfig(VisionConfig(), TextConfig())


def test_the_first_generation():
    """Small vocabularies have another image token under another key, and the older name for the type."""
    values = {key: value for key, value in PUBLISHED.items() if key not in ("image_token_id", "dtype")}
    text = {**PUBLISHED["text_config"], "vocab_size": 16384, "max_position_embeddings": 8192}
    config = parse_config({**values, "image_token_index": 7, "torch_dtype": "bfloat16", "text_config": text})
    assert (config.image_token, config.text.vocabulary, config.text.positions) == (7, 16384, 8192)
    assert config.vision == VisionConfig()


def test_the_model_has_the_published_size():
    with torch.device("meta"):
        model = LightOnOCR(ModelConfig())
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    assert sizes == {"vision_encoder": 403_305_472, "vision_projection": 6_292_480, "language_model": 596_049_920}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model_type", "qwen2_vl"),
        ("projector_hidden_act", "relu"),
        ("vision_feature_layer", -2),
        ("tie_word_embeddings", False),
        ("spatial_merge_size", 0),
        ("image_token_id", None),
        ("text_config", None),
        ("vision_config", {**PUBLISHED["vision_config"], "hidden_act": "gelu"}),
        ("vision_config", {**PUBLISHED["vision_config"], "hidden_size": 1000}),
        ("text_config", {**PUBLISHED["text_config"], "attention_bias": True}),
        ("text_config", {**PUBLISHED["text_config"], "num_key_value_heads": 5}),
        ("text_config", {**PUBLISHED["text_config"], "rope_parameters": {"rope_type": "yarn"}}),
        ("text_config", {**PUBLISHED["text_config"], "rms_norm_eps": "small"}),
    ],
)
def test_another_architecture_is_refused_by_name(key, value):
    with pytest.raises(ReaderError, match="needs"):
        parse_config({**PUBLISHED, key: value})


def test_a_checkpoint_opens(made):
    checkpoint = open_checkpoint(made)
    assert checkpoint.rules.rule is SizeRule.PATCH
    assert checkpoint.rules.longest_px == 224
    assert checkpoint.generation.temperature == 0.2
    ends = [checkpoint.tokens.tokenizer.id_to_token(token) for token in checkpoint.generation.end_tokens]
    assert ends == ["<|im_end|>", "<|endoftext|>"]


def test_an_older_preprocessor_file_is_read_as_well(folder):
    nested = json.loads((folder / "processor_config.json").read_text("utf-8")).pop("image_processor")
    (folder / "processor_config.json").write_text('{"processor_class": "PixtralProcessor"}', "utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps({**nested, "patch_size": 28}), "utf-8")
    assert open_checkpoint(folder).rules.rule is SizeRule.TOKEN


@pytest.mark.parametrize("name", ["config.json", "processor_config.json", "tokenizer.json", "chat_template.jinja"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ReaderError, match=name):
        open_checkpoint(folder)


@pytest.mark.parametrize("name", ["config.json", "processor_config.json", "tokenizer.json", "generation_config.json"])
def test_a_damaged_file_is_named(folder, name):
    (folder / name).write_text("{", "utf-8")
    with pytest.raises(ReaderError, match=name):
        open_checkpoint(folder)


def test_values_that_are_not_followed_are_refused(folder):
    spoil(folder / "generation_config.json", eos_token_id=None)
    with pytest.raises(ReaderError, match="no answer would end"):
        open_checkpoint(folder)
    spoil(folder / "generation_config.json", eos_token_id=5)
    assert open_checkpoint(folder).generation.end_tokens == (5,)
    spoil(folder / "processor_config.json", image_processor={"patch_size": 16, "size": {"longest_edge": 1540}})
    with pytest.raises(ReaderError, match="patch_size of 14 or 28"):
        open_checkpoint(folder)


def test_weights_load_in_any_type(made):
    config = open_checkpoint(made).config
    stored = load_model(made, config)
    assert stored.dtype is torch.float32
    assert not any(parameter.requires_grad for parameter in stored.parameters())
    half = load_model(made, config, torch.bfloat16)
    assert half.dtype is torch.bfloat16
    name = "vision_projection.linear_1.weight"
    assert torch.equal(half.get_parameter(name), stored.get_parameter(name).bfloat16())


def test_weights_in_several_files(folder):
    config = open_checkpoint(folder).config
    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    shards = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for file, part in shards.items():
        save_file({name: weights[name] for name in part}, folder / file)
    places = {name: file for file, part in shards.items() for name in part}
    (folder / "model.safetensors").unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}), "utf-8")
    model = load_model(folder, config)
    assert torch.equal(model.language_model.norm.weight, weights["model.language_model.norm.weight"])
    (folder / "model-2.safetensors").unlink()
    with pytest.raises(ReaderError, match=r"model-2\.safetensors: not found"):
        load_model(folder, config)
    index.write_text(json.dumps({"weight_map": {"a": "../model-1.safetensors"}}), "utf-8")
    with pytest.raises(ReaderError, match="not found"):
        load_model(folder, config)


def change_weights(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")


NORM = "model.language_model.norm.weight"
TABLE = "model.language_model.embed_tokens.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: weights.pop(NORM), r"missing: language_model\.norm\.weight"),
        (lambda weights: weights.update(extra=torch.zeros(2)), "not of this model: extra"),
        (lambda weights: weights.update({NORM: torch.zeros(7)}), r"norm\.weight \(7,\) for \(128,\)"),
        (lambda weights: weights.update({"lm_head.weight": weights[TABLE] + 1}), "not the embedding table"),
        (lambda weights: weights.clear() or weights.update(a=torch.zeros(1)), "and 53 more"),
    ],
)
def test_weights_that_do_not_fit_are_named(folder, change, said):
    change_weights(folder, change)
    config = open_checkpoint(folder).config
    with pytest.raises(ReaderError, match=said):
        load_model(folder, config)
    with pytest.raises(ReaderError, match=said):
        check_weights(folder, config)


def test_a_head_that_is_the_embedding_table_is_welcome(folder):
    change_weights(folder, lambda weights: weights.update({"lm_head.weight": weights[TABLE].clone()}))
    load_model(folder, open_checkpoint(folder).config)


def test_a_file_that_was_cut_off(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReaderError, match=r"model\.safetensors"):
        load_model(folder, open_checkpoint(folder).config)


def test_random_checkpoints_repeat_and_differ(tmp_path, made):
    again = make_tiny(tmp_path / "again")
    other = make_tiny(tmp_path / "other", RandomOptions(seed=1))
    for path in made.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    assert (other / "model.safetensors").read_bytes() != (made / "model.safetensors").read_bytes()


def test_random_checkpoints_of_other_shapes(tmp_path):
    shape = RandomOptions().shape
    small = replace(shape, text=replace(shape.text, vocabulary=1024, heads=2, kv_heads=1))
    folder = make_tiny(tmp_path / "small", RandomOptions(shape=small, dtype=torch.bfloat16, rule=SizeRule.TOKEN))
    checkpoint = open_checkpoint(folder)
    assert (checkpoint.config.text, checkpoint.rules.rule) == (small.text, SizeRule.TOKEN)
    assert load_model(folder, checkpoint.config).dtype is torch.bfloat16


def test_nothing_of_others_is_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="not empty"):
        make_tiny(tmp_path)
    with pytest.raises(UsageError, match="unknown form"):
        make_tiny(tmp_path / "new", RandomOptions(form="llava"))
    assert not (tmp_path / "new").exists()
