"""Random checkpoints for the tests of the model, and greedy decoding in its plainest form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from leafbeam.model.checkpoint import Checkpoint
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.pictures import Picture
from leafbeam.model.text import PlainMemory
from leafbeam.model.tiny import RandomOptions, make_tiny


def tiny(folder: Path, options: RandomOptions) -> Path:
    """The checkpoint for these options under ``folder``, made when it is asked for first."""
    path = folder / f"{options.form}-{options.rule}-{options.dtype}-{options.seed}"
    return path if path.is_dir() else make_tiny(path, options)


def noise(height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """A picture that has detail everywhere: blocks of random colour."""
    coarse = np.random.default_rng([seed, height, width]).integers(
        0, 256, (-(-height // 5), -(-width // 5), 3), np.uint8
    )
    return np.ascontiguousarray(coarse.repeat(5, axis=0).repeat(5, axis=1)[:height, :width])


def prompt_embeddings(model: LightOnOCR, checkpoint: Checkpoint, pictures: list[Picture]) -> torch.Tensor:
    """Embeddings (N, A) of the prompt that asks for these pictures."""
    ids_N = torch.tensor(checkpoint.tokens.prompt([picture.tokens for picture in pictures]))
    images = model.encode_images([torch.from_numpy(picture.pixels_CHW) for picture in pictures])
    return model.embed(ids_N, torch.cat(images))


def prompt_logits(model: LightOnOCR, checkpoint: Checkpoint, pictures: list[Picture]) -> torch.Tensor:
    """Scores (N, V), float32, after every token of the prompt."""
    return logits_after(model, prompt_embeddings(model, checkpoint, pictures))


def logits_after(model: LightOnOCR, x_NA: torch.Tensor, last: int | None = None) -> torch.Tensor:
    """Scores, float32, after the tokens of one sequence from its beginning, or after its ``last`` ones."""
    memory = PlainMemory(model.config.text.layers, 1, [len(x_NA)])
    hidden_NA = model.decode(x_NA, torch.arange(len(x_NA)), memory)
    return model.logits(hidden_NA[-last:] if last else hidden_NA).float()


def greedy(model: LightOnOCR, checkpoint: Checkpoint, prompts: list[torch.Tensor], most: int) -> list[list[int]]:
    """The ``most`` likeliest tokens that follow each prompt's embeddings, end tokens included, all prompts together."""
    lengths = [len(x_NA) for x_NA in prompts]
    memory = PlainMemory(checkpoint.config.text.layers, len(prompts), lengths)
    hidden_NA = model.decode(torch.cat(prompts), torch.cat([torch.arange(length) for length in lengths]), memory)
    last_B = torch.tensor(lengths).cumsum(0) - 1
    written_B = model.logits(hidden_NA[last_B]).argmax(-1)
    answers = [written_B]
    memory.lengths = [1] * len(prompts)
    for step in range(most - 1):
        positions_B = torch.tensor(lengths) + step
        written_B = model.logits(model.decode(model.embed(written_B), positions_B, memory)).argmax(-1)
        answers.append(written_B)
    return torch.stack(answers, dim=1).tolist()


def relative_error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The norm of the difference over the norm of what is expected."""
    return float((ours.float() - theirs.float()).norm() / theirs.float().norm())
