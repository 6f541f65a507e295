"""A checkpoint's folder as one record: configuration, picture rules, tokenizer, advice for generation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leafbeam.errors import ReaderError
from leafbeam.model.config import ModelConfig, parse_config, read_json
from leafbeam.model.pictures import PictureRules, parse_rules
from leafbeam.model.tokens import Generation, Tokens, parse_generation, read_tokens

PROCESSOR_FILES = ("processor_config.json", "preprocessor_config.json")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All of a checkpoint but its weights, which ``weights.load_model(folder, config)`` reads."""

    folder: Path
    config: ModelConfig
    rules: PictureRules
    tokens: Tokens
    generation: Generation


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint's small files. Raises ReaderError that names the file and what is wrong with it."""
    if not folder.is_dir():
        raise ReaderError(f"{folder}: no such folder. 'leafbeam models list' tells which checkpoints are here")
    values = read_json(folder / "config.json")
    config = parse_config(values, str(folder / "config.json"))
    path = folder / "generation_config.json"
    generation = parse_generation(read_json(path) if path.is_file() else {}, values, str(path))
    return Checkpoint(folder, config, _rules(folder, config), read_tokens(folder, config.image_token), generation)


def _rules(folder: Path, config: ModelConfig) -> PictureRules:
    """From the file that describes pictures: newer checkpoints nest it in the processor's."""
    for name in PROCESSOR_FILES:
        path = folder / name
        values = read_json(path) if path.is_file() else {}
        if isinstance(values.get("image_processor"), dict) or "image_mean" in values:
            return parse_rules(values, config, str(path))
    raise ReaderError(
        f"{folder}: neither {' nor '.join(PROCESSOR_FILES)} says how pictures are prepared. "
        "'leafbeam models pull' fetches what a checkpoint lacks"
    )
