"""The engine asked as a server is: answers, loops, cancelled pages, pages that cannot fit."""

from __future__ import annotations

import asyncio
import dataclasses
import io

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the local reader's extra is not installed")

from PIL import Image  # noqa: E402

from leafbeam.answers.families import FAMILIES  # noqa: E402
from leafbeam.engine.engine import Engine, EngineOptions  # noqa: E402
from leafbeam.errors import ReaderError  # noqa: E402
from leafbeam.local.client import EngineClient  # noqa: E402
from leafbeam.model.checkpoint import open_checkpoint  # noqa: E402
from leafbeam.model.tiny import make_tiny  # noqa: E402
from leafbeam.model.weights import load_model  # noqa: E402
from leafbeam.remote.client import Question  # noqa: E402
from leafbeam.remote.trouble import RefusedError  # noqa: E402
from leafbeam.types import StopReason  # noqa: E402


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return open_checkpoint(make_tiny(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="module")
def model(checkpoint):
    torch.set_num_threads(1)
    return load_model(checkpoint.folder, checkpoint.config)


def question(seed: int, **fields) -> Question:
    pixels = np.random.default_rng(seed).integers(0, 255, (112, 84, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    family = dataclasses.replace(FAMILIES["v2"], top_p=1.0)
    return dataclasses.replace(Question(buffer.getvalue(), "image/png", family, 0.0, 24), **fields)


def asked(model, checkpoint, questions, watch=lambda text: False, blocks=64):
    async def run():
        engine = Engine(model, checkpoint.generation.end_tokens, EngineOptions(blocks, 16))
        async with EngineClient(engine, checkpoint) as client:
            return await asyncio.gather(*(client.ask(one, watch) for one in questions), return_exceptions=True)

    return asyncio.run(run())


def test_pages_asked_at_once_are_answered_each_with_its_own_text(model, checkpoint):
    questions = [question(seed) for seed in range(4)]
    together = asked(model, checkpoint, questions)
    alone = [asked(model, checkpoint, [one])[0] for one in questions]
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    assert len({answer.text for answer in together}) > 1
    for answer in together:
        assert answer.stop in (StopReason.LENGTH, StopReason.END)
        assert answer.tokens_out <= 24
        assert "".join(text for text, _ in answer.tokens) == answer.text
        assert all(logprob <= 0 for _, logprob in answer.tokens)


def test_a_draft_changes_no_answer(model, checkpoint):
    plain = asked(model, checkpoint, [question(3)])[0]
    drafted = asked(model, checkpoint, [question(3, draft=plain.text)])[0]
    assert drafted.text == plain.text


def test_an_answer_counts_the_tokens_of_its_draft(model, checkpoint):
    plain = asked(model, checkpoint, [question(3)])[0]
    followed = asked(model, checkpoint, [question(3, draft=plain.text)])[0]
    assert (plain.drafted, plain.accepted) == (0, 0)
    assert 0 < followed.accepted <= min(followed.drafted, followed.tokens_out)
    assert followed.steps < plain.steps == plain.tokens_out + (plain.stop is StopReason.END)


def test_a_page_is_sampled_alike_in_every_run(model, checkpoint):
    warm = [question(seed, temperature=1.0) for seed in range(3)]
    first, again = asked(model, checkpoint, warm), asked(model, checkpoint, warm[::-1])[::-1]
    assert [answer.text for answer in first] == [answer.text for answer in again]
    other = asked(model, checkpoint, [dataclasses.replace(warm[0], seed=1)])[0]
    assert other.text != first[0].text


def test_an_engine_that_fails_says_so_to_every_page_also_to_later_ones(model, checkpoint):
    class Failing(Engine):
        def step(self):
            raise RuntimeError("out of memory")

    async def run():
        engine = Failing(model, checkpoint.generation.end_tokens, EngineOptions(64, 16))
        async with EngineClient(engine, checkpoint) as client:
            together = [client.ask(question(seed), lambda text: False) for seed in range(2)]
            told = await asyncio.gather(*together, return_exceptions=True)
            with pytest.raises(ReaderError, match="out of memory"):
                await asyncio.wait_for(client.ask(question(3), lambda text: False), 20)
            return told

    assert all(isinstance(error, ReaderError) for error in asyncio.run(run()))


def test_an_answer_is_cut_when_the_watch_sees_a_loop(model, checkpoint):
    whole = asked(model, checkpoint, [question(1)])[0]
    cut = asked(model, checkpoint, [question(1)], watch=lambda text: len(text) > len(whole.text) // 2)[0]
    assert cut.stop is StopReason.LOOP
    assert whole.text.startswith(cut.text)
    assert len(cut.text) < len(whole.text)


def test_a_page_that_cannot_fit_is_refused_alone(model, checkpoint):
    refused = asked(model, checkpoint, [question(1), question(2)], blocks=1)
    assert all(isinstance(error, RefusedError) and "--memory" in str(error) for error in refused)


def test_a_page_nobody_waits_for_any_more_is_cancelled(model, checkpoint):
    async def run():
        engine = Engine(model, checkpoint.generation.end_tokens, EngineOptions(64, 16))
        async with EngineClient(engine, checkpoint) as client:
            lost = asyncio.ensure_future(client.ask(question(1, max_tokens=100_000), lambda text: False))
            await asyncio.sleep(0.2)
            lost.cancel()
            answer = await client.ask(question(2), lambda text: False)
            for _ in range(100):
                if not engine.pages:
                    break
                await asyncio.sleep(0.05)
            return answer, engine.pages

    answer, pages = asyncio.run(run())
    assert answer.text
    assert pages == 0
