"""Weights from safetensors into the model: memory-mapped, every name and shape accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from leafbeam.errors import ReaderError
from leafbeam.model.config import ModelConfig, read_json
from leafbeam.model.lightonocr import LightOnOCR

PREFIX = "model."  # before every published name
HEAD = "lm_head.weight"  # the embedding table under a second name, where a file has it
_EMBEDDING = "language_model.embed_tokens.weight"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_MOST_NAMES = 6  # named in a complaint; the rest is counted


def load_model(
    folder: Path, config: ModelConfig, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> LightOnOCR:
    """The model of a checkpoint's folder, for inference: no gradients.

    Without ``dtype`` the weights stay in the type they are stored in, and on the CPU they stay in the mapped file, so
    that processes share them; otherwise each is converted as it is read. Raises ReaderError when a name is missing,
    unexpected or of another shape.
    """
    model = _skeleton(config)
    wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
    found = _found(folder)
    _check_names(folder, found, wanted)
    kept = {name: weight.to(device=device, dtype=dtype) for name, weight in found.items()}
    model.load_state_dict(kept, strict=True, assign=True)
    return model.requires_grad_(False).eval()


def check_weights(folder: Path, config: ModelConfig) -> None:
    """Raise ReaderError when the stored names and shapes are not the model's; the values are not read."""
    wanted = {name: parameter.shape for name, parameter in _skeleton(config).named_parameters()}
    _check_names(folder, _found(folder), wanted)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a checkpoint, in the order of their names. Raises ReaderError when there is none."""
    if (folder / INDEX).is_file():
        places = read_json(folder / INDEX).get("weight_map")
        if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
            raise ReaderError(f"{folder / INDEX}: has no weight_map. 'leafbeam models pull' fetches it again")
        files = tuple(folder / name for name in sorted(set(places.values())))
    else:
        files = (folder / SINGLE,)
    for path in files:
        if path.parent != folder or not path.is_file():
            raise ReaderError(f"{path}: not found. 'leafbeam models pull' fetches what a checkpoint lacks")
    return files


def _skeleton(config: ModelConfig) -> LightOnOCR:
    """The model with shapes only."""
    with torch.device("meta"):
        return LightOnOCR(config)


def _found(folder: Path) -> dict[str, Tensor]:
    """The weights of all files by name, without a head that is the embedding table."""
    found: dict[str, Tensor] = {}
    for name, weight in _stored(folder):
        if name in found:
            raise ReaderError(f"{folder}: {name} is stored twice. 'leafbeam models pull' fetches the checkpoint again")
        found[name] = weight
    _check_head(folder, found)
    return found


def _stored(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """Names without the prefix, and weights that lie in the mapped files."""
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118  not a dictionary
                    yield name.removeprefix(PREFIX) if name != HEAD else HEAD, file.get_tensor(name)
        except SafetensorError as error:
            raise ReaderError(f"{path}: {error}. 'leafbeam models verify' checks the file, 'pull' mends it") from error


def _check_head(folder: Path, found: dict[str, Tensor]) -> None:
    """Drop the head where it is the embedding table; a head of its own would be another model."""
    head, table = found.pop(HEAD, None), found.get(_EMBEDDING)
    if head is not None and (table is None or not torch.equal(head, table)):
        raise ReaderError(f"{folder}: {HEAD} is not the embedding table: this is no LightOnOCR 1B checkpoint")


def _check_names(folder: Path, found: dict[str, Tensor], wanted: dict[str, torch.Size]) -> None:
    faults = [
        _listed("missing", sorted(wanted.keys() - found.keys())),
        _listed("not of this model", sorted(found.keys() - wanted.keys())),
        _listed(
            "of another shape than config.json says",
            [
                f"{name} {tuple(found[name].shape)} for {tuple(shape)}"
                for name, shape in wanted.items()
                if name in found and found[name].shape != shape
            ],
        ),
    ]
    if any(faults):
        raise ReaderError(
            f"{folder}: the weights do not fit config.json: {'; '.join(fault for fault in faults if fault)}. "
            "'leafbeam models list' names the checkpoints that can be read, 'leafbeam models pull' fetches one"
        )


def _listed(what: str, names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{what}: {', '.join(names[:_MOST_NAMES])}{more}" if names else ""
