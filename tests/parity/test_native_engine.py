"""The engine over the compiled kernels: a page's text is the same alone, beside others, in chunks, and drafted."""

from __future__ import annotations

import dataclasses
import random

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

import numpy as np  # noqa: E402

from leafbeam.engine.engine import Engine, EngineOptions  # noqa: E402
from leafbeam.engine.native.build import NotBuiltError, library  # noqa: E402
from leafbeam.engine.native.runner import NativeRunner  # noqa: E402
from leafbeam.engine.native.text import NativeOptions  # noqa: E402
from leafbeam.engine.scheduler import Limits  # noqa: E402
from leafbeam.engine.sequence import Request, Sampling  # noqa: E402
from leafbeam.model.config import ModelConfig, TextConfig, VisionConfig  # noqa: E402
from leafbeam.model.lightonocr import LightOnOCR  # noqa: E402
from leafbeam.options import Quantize  # noqa: E402

IMAGE = 7
SHAPE = ModelConfig(
    VisionConfig(width=128, layers=2, heads=2, mlp_width=192, image_px=560),
    TextConfig(width=128, layers=2, heads=4, kv_heads=2, head_width=64, mlp_width=192, vocabulary=500),
    image_token=IMAGE,
)
TOKENS = 40
SIZES = [(140, 168), (84, 196), (196, 56), (112, 112)]
BLOCKS = 16


class Known:
    """A draft that knows what will be written, but for some tokens."""

    def __init__(self, truth, wrong, rng):
        self.truth = [token if rng.random() >= wrong else (token + 1) % 400 for token in truth]
        self.at = self.proposed = self.accepted = 0
        self.last = []

    def propose(self, most=None):
        self.last = self.truth[self.at : self.at + min(most or 8, 8)]
        return list(self.last)

    def advance(self, tokens):
        self.proposed += len(self.last)
        self.accepted += len(tokens) - 1 if self.last else 0
        self.at += len(tokens)


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    try:
        return library(tmp_path_factory.mktemp("kernels"))
    except NotBuiltError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = LightOnOCR(SHAPE).requires_grad_(False)
    for parameter in made.parameters():
        if parameter.dim() == 1:
            parameter.uniform_(0.5, 1.5)
        else:
            parameter.normal_(0, 2 * parameter[0].numel() ** -0.5)
    return made.bfloat16()


@pytest.fixture(scope="module")
def requests():
    rng = np.random.default_rng(1)
    made = []
    for key, (height, width) in enumerate(SIZES):
        pixels = rng.standard_normal((3, height, width), dtype=np.float32)
        prompt = (1, 2, *[IMAGE] * (height // 28 * (width // 28)), 3 + key)
        made.append(Request(key, prompt, pixels, Sampling(max_tokens=TOKENS)))
    return made


@pytest.fixture(scope="module", params=list(Quantize))
def run(request, kernels, model):
    def texts(requests, limits):
        runner = NativeRunner(model, kernels, NativeOptions(2, BLOCKS, request.param))
        engine = Engine(model, [0], EngineOptions(BLOCKS, 64, limits), runner)
        done = {completion.key: completion for completion in engine.run(requests)}
        return [done[one.key] for one in requests]

    return texts


@pytest.fixture(scope="module")
def alone(run, requests):
    return [run([request], Limits(pages=1))[0].tokens for request in requests]


def test_pages_write_something(alone):
    assert all(len(set(tokens)) > 8 for tokens in alone)
    assert len(set(alone)) == len(alone)


@pytest.mark.parametrize("limits", [Limits(pages=4), Limits(pages=3, pass_tokens=16), Limits(pages=2, pass_tokens=50)])
def test_pages_together_and_in_chunks_write_the_same(run, requests, alone, limits):
    assert [completion.tokens for completion in run(requests, limits)] == alone


@pytest.mark.parametrize("wrong", [0.0, 0.3, 1.0])
def test_drafts_change_nothing_but_the_number_of_steps(run, requests, alone, wrong):
    rng = random.Random(2)
    drafted = [
        dataclasses.replace(one, draft=Known(tokens, wrong, rng)) for one, tokens in zip(requests, alone, strict=True)
    ]
    done = run(drafted, Limits(pages=4))
    assert [completion.tokens for completion in done] == alone
    if wrong == 0:
        assert sum(completion.steps for completion in done) <= sum(map(len, alone)) / 6
