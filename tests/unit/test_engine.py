"""The engine: a page's text is that of plain decoding, whatever runs beside it, is drafted, or takes its memory."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

import numpy as np  # noqa: E402

from leafbeam.engine.blocks import BlockPool  # noqa: E402
from leafbeam.engine.engine import Engine, EngineOptions  # noqa: E402
from leafbeam.engine.sampler import agreed, choose, logprobs  # noqa: E402
from leafbeam.engine.scheduler import Limits  # noqa: E402
from leafbeam.engine.sequence import Request, Sampling  # noqa: E402
from leafbeam.errors import LimitError  # noqa: E402
from leafbeam.model.checkpoint import open_checkpoint  # noqa: E402
from leafbeam.model.pictures import prepare  # noqa: E402
from leafbeam.model.text import PlainMemory  # noqa: E402
from leafbeam.model.tiny import make_tiny  # noqa: E402
from leafbeam.model.weights import load_model  # noqa: E402
from leafbeam.types import StopReason  # noqa: E402

torch.set_num_threads(1)  # two threads on a busy machine are slower than one
SIZES = [(140, 168), (84, 200), (200, 56), (112, 112), (56, 84)]
TOKENS = 40


class Known:
    """A draft that knows what will be written, but for some tokens."""

    def __init__(self, truth, wrong, rng):
        self.truth = [token if rng.random() >= wrong else (token + 1) % 400 for token in truth]
        self.real = list(truth)
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
def checkpoint(tmp_path_factory):
    return open_checkpoint(make_tiny(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint.folder, checkpoint.config)


@pytest.fixture(scope="module")
def requests(checkpoint):
    rng = np.random.default_rng(1)
    made = []
    for key, (height, width) in enumerate(SIZES):
        picture = prepare(rng.integers(0, 255, (height, width, 3), dtype=np.uint8), checkpoint.rules)
        prompt = checkpoint.tokens.prompt([picture.tokens])
        made.append(Request(key, prompt, picture.pixels_CHW, Sampling(max_tokens=TOKENS)))
    return made


@pytest.fixture(scope="module")
def plain(model, requests, checkpoint):
    """The tokens of each page by the plainest loop: one page, one growing memory, one token at a time."""
    return [plainly(model, request, checkpoint.generation.end_tokens) for request in requests]


@torch.inference_mode()
def plainly(model, request, ends):
    images = model.encode_images([torch.from_numpy(request.pixels_CHW)])
    memory = PlainMemory(model.config.text.layers, 1)
    x = model.embed(torch.tensor(request.prompt), images[0])
    written, place = [], 0
    while len(written) < request.sampling.max_tokens:
        memory.lengths = [len(x)]
        hidden = model.decode(x, torch.arange(place, place + len(x)), memory)
        place += len(x)
        token = choose(model.logits(hidden[-1:]), request.sampling, [len(written)])[0]
        if token in ends:
            break
        written.append(token)
        x = model.embed(torch.tensor([token]))
    return tuple(written)


def changed(request, **fields):
    import dataclasses

    return dataclasses.replace(request, **fields)


def texts(model, checkpoint, requests, options):
    engine = Engine(model, checkpoint.generation.end_tokens, options)
    done = {completion.key: completion for completion in engine.run(requests)}
    assert engine.pages == 0
    assert engine._scheduler.pool.free == options.blocks
    return [done[request.key] for request in requests]


@pytest.mark.parametrize("pages", [1, 2, 5])
@pytest.mark.parametrize("block_tokens", [7, 64])
def test_pages_together_write_what_each_writes_alone(model, checkpoint, requests, plain, pages, block_tokens):
    options = EngineOptions(1200 // block_tokens, block_tokens, Limits(pages=pages))
    done = texts(model, checkpoint, requests, options)
    assert [completion.tokens for completion in done] == plain
    assert len({len(tokens) for tokens in plain}) >= 1
    assert all(len(completion.logprobs) == len(completion.tokens) for completion in done)
    assert all(value <= 0 for completion in done for value in completion.logprobs)


@pytest.mark.parametrize("pass_tokens", [5, 16, 50])
def test_a_prompt_in_chunks_gives_the_same(model, checkpoint, requests, plain, pass_tokens):
    done = texts(model, checkpoint, requests, EngineOptions(40, 32, Limits(pages=3, pass_tokens=pass_tokens)))
    assert [completion.tokens for completion in done] == plain


@pytest.mark.parametrize("wrong", [0.0, 0.3, 1.0])
def test_drafts_change_nothing_but_the_number_of_steps(model, checkpoint, requests, plain, wrong):
    rng = random.Random(2)
    drafted = [
        changed(request, draft=Known(tokens, wrong, rng)) for request, tokens in zip(requests, plain, strict=True)
    ]
    done = texts(model, checkpoint, drafted, EngineOptions(100, 16, Limits(pages=4)))
    assert [completion.tokens for completion in done] == plain
    steps = sum(completion.steps for completion in done)
    written = sum(len(tokens) for tokens in plain)
    if wrong == 0:
        assert steps <= written / 7
        assert all(completion.accepted > 0.8 * len(completion.tokens) for completion in done)
    if wrong == 1:
        assert all(completion.accepted == 0 for completion in done)


def test_drafts_change_nothing_of_what_is_sampled(model, checkpoint, requests):
    warm = [
        changed(request, sampling=Sampling(0.8, 0.95, 50, seed=request.key, max_tokens=TOKENS)) for request in requests
    ]
    truth = [plainly(model, request, checkpoint.generation.end_tokens) for request in warm]
    rng = random.Random(4)
    drafted = [changed(request, draft=Known(tokens, 0.2, rng)) for request, tokens in zip(warm, truth, strict=True)]
    done = texts(model, checkpoint, drafted, EngineOptions(100, 16, Limits(pages=4)))
    assert [completion.tokens for completion in done] == truth
    assert truth != [plainly(model, request, checkpoint.generation.end_tokens) for request in requests]


def test_pages_that_lose_their_memory_write_the_same_later(model, checkpoint, requests, plain):
    longest = max(len(request.prompt) for request in requests)
    blocks = (longest + TOKENS) // 8 + 12
    done = texts(model, checkpoint, requests, EngineOptions(blocks, 8, Limits(pages=5)))
    assert [completion.tokens for completion in done] == plain


def test_the_longest_answer_that_memory_holds_is_said_to_be_cut(model, checkpoint, requests, plain):
    request, tokens = requests[0], plain[0]
    blocks = -(-(len(request.prompt) + 10) // 4)
    done = texts(model, checkpoint, [request], EngineOptions(blocks, 4, Limits(pages=2)))[0]
    assert done.stop is StopReason.LENGTH
    assert 8 <= len(done.tokens) < len(tokens)
    assert tokens[: len(done.tokens)] == done.tokens


def test_a_page_that_can_never_fit_is_refused(model, checkpoint, requests):
    engine = Engine(model, checkpoint.generation.end_tokens, EngineOptions(2, 4))
    with pytest.raises(LimitError, match="--memory"):
        engine.add(requests[0])


def test_a_page_is_stopped_and_cancelled(model, checkpoint, requests, plain):
    looks = changed(requests[1], stopped=lambda tokens: StopReason.LOOP if len(tokens) >= 6 else None)
    done = texts(model, checkpoint, [requests[0], looks], EngineOptions(100, 16))
    assert done[1].stop is StopReason.LOOP
    assert done[1].tokens == plain[1][:6]
    assert done[0].tokens == plain[0]
    engine = Engine(model, checkpoint.generation.end_tokens, EngineOptions(100, 16))
    for request in requests[:2]:
        engine.add(request)
    for _ in range(5):
        engine.step()
    engine.cancel(0)
    ended = engine.step()
    assert [(completion.key, completion.stop) for completion in ended] == [(0, StopReason.CANCELLED)]
    assert plain[0][: len(ended[0].tokens)] == ended[0].tokens
    assert engine.pages == 1


def test_confidence_is_the_models_own(model, checkpoint, requests, plain):
    done = texts(model, checkpoint, requests[:1], EngineOptions(100, 16))[0]
    images = model.encode_images([torch.from_numpy(requests[0].pixels_CHW)])
    memory = PlainMemory(model.config.text.layers, 1)
    ids = torch.tensor([*requests[0].prompt, *plain[0]])
    memory.lengths = [len(ids)]
    scores = model.logits(model.decode(model.embed(ids, images[0]), torch.arange(len(ids)), memory)).log_softmax(-1)
    rows = scores[len(requests[0].prompt) - 1 : -1]
    expected = rows.gather(1, torch.tensor(plain[0])[:, None])[:, 0]
    assert torch.allclose(torch.tensor(done.logprobs), expected, atol=1e-4)


def test_samples_follow_the_distribution_that_top_p_and_top_k_leave():
    scores = torch.tensor([[2.0, 1.0, 0.0, -1.0, -8.0]])
    sampling = Sampling(temperature=0.5, top_p=0.95, top_k=3, seed=9)
    drawn = choose(scores.expand(4000, -1), sampling, range(4000))
    kept = (scores[0, :3] / 0.5).softmax(-1)
    expected = kept[:2] / kept[:2].sum() if kept[:2].sum() >= 0.95 else kept
    counts = torch.bincount(torch.tensor(drawn), minlength=5) / 4000
    assert counts[len(expected) :].sum() == 0
    assert torch.allclose(counts[: len(expected)], expected, atol=0.02)
    assert choose(scores, Sampling(), [0]) == [0]
    assert logprobs(scores, [1])[0] == pytest.approx(float(scores.log_softmax(-1)[0, 1]))


def test_a_proposal_is_kept_up_to_the_first_token_that_was_not_chosen():
    assert agreed([4, 5, 6], [4, 5, 7, 8]) == [4, 5, 7]
    assert agreed([4], [4, 9]) == [4, 9]
    assert agreed([], [3]) == [3]


def test_blocks_prefer_neighbours_and_are_never_given_twice():
    pool = BlockPool(10, 4)
    first, second = [], []
    assert pool.grow(first, 8)
    assert pool.grow(second, 8)
    assert first == [0, 1]
    assert second == [2, 3]
    assert pool.grow(second, 16)
    assert second == [2, 3, 4, 5]
    assert not pool.grow(first, 100)
    assert first == [0, 1]
    pool.give_back(first)
    assert pool.grow(first, 16)
    assert first == [6, 7, 8, 9]
    assert pool.free == 2
