"""LightOnOCR in this process, behind the questions and answers of a server: what the local reader asks.

One thread runs the engine. Pages come from an event loop and go back to it, so that everything that makes a reading
out of answers (attempts, tiles, formulas, boxes, evidence) is the remote reader's.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import queue
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from leafbeam.drafts import Alignment, Encoded, Proposer
from leafbeam.engine.engine import Engine
from leafbeam.engine.sequence import Completion, Request, Sampling
from leafbeam.errors import LimitError, ReaderError
from leafbeam.model.checkpoint import Checkpoint
from leafbeam.model.pictures import prepare
from leafbeam.model.tokens import Tokens
from leafbeam.remote.client import Answer, Question, Watch
from leafbeam.remote.trouble import RefusedError
from leafbeam.types import StopReason

_FAILURES = (RuntimeError, MemoryError)  # what PyTorch raises when memory, a kernel or a device fails


@dataclass(slots=True, eq=False)
class _Asked:
    """A page on its way, and who waits for it."""

    request: Request
    answer: asyncio.Future[Completion]
    loop: asyncio.AbstractEventLoop

    def tell(self, outcome: Completion | Exception) -> None:
        """From the engine's thread: the page's completion, or why there is none."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._set, outcome)

    def _set(self, outcome: Completion | Exception) -> None:
        if self.answer.done():  # nobody waits any more
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


@dataclass(slots=True)
class _Text:
    """The text of tokens as they come; a character cut in two waits for its rest."""

    tokens: Tokens
    text: str = ""
    seen: int = 0
    _pending: list[int] = field(default_factory=list)

    def upto(self, written: Sequence[int]) -> str:
        self._pending.extend(written[self.seen :])
        self.seen = len(written)
        fresh = self.tokens.decode(self._pending)
        if not fresh.endswith("\ufffd") or len(self._pending) > 8:
            self.text += fresh
            self._pending.clear()
        return self.text


class EngineClient:
    """Asks an engine in a thread of its own, as ``remote.client.Client`` asks a server. An async context manager."""

    def __init__(self, engine: Engine, checkpoint: Checkpoint) -> None:
        """The engine belongs to this client's thread from ``__aenter__`` on."""
        self._engine, self._checkpoint = engine, checkpoint
        self._asked: queue.SimpleQueue[_Asked | int | None] = queue.SimpleQueue()  # a page, one to cancel, or the end
        self._thread = threading.Thread(target=self._work, name="leafbeam-engine", daemon=True)
        self._keys = itertools.count(1)  # drawn from in several threads

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asked.put(None)
        await asyncio.to_thread(self._thread.join)

    async def models(self) -> tuple[str, ...]:
        """The one model that is loaded."""
        return (self._checkpoint.folder.name,)

    async def ask(self, question: Question, watch: Watch) -> Answer:
        """The answer; cut with stop LOOP as soon as ``watch`` says so. A page draws the same numbers in every run.

        Raises RefusedError for a page that cannot fit, ReaderError when the engine has failed.
        """
        start = time.monotonic()
        request = await asyncio.to_thread(self._request, question, watch)
        loop = asyncio.get_running_loop()
        asked = _Asked(request, loop.create_future(), loop)
        self._asked.put(asked)
        try:
            done = await asked.answer
        except asyncio.CancelledError:
            self._asked.put(request.key)
            raise
        except LimitError as error:
            raise RefusedError(str(error)) from error
        except _FAILURES as error:
            raise ReaderError(f"the local model failed: {error}. Try less --memory, or the offline reader") from error
        return _answer(done, self._checkpoint.tokens, time.monotonic() - start)

    def _request(self, question: Question, watch: Watch) -> Request:
        tokens = self._checkpoint.tokens
        with Image.open(io.BytesIO(question.picture)) as image:
            picture = prepare(np.asarray(image.convert("RGB")), self._checkpoint.rules)
        text = _Text(tokens)
        advice = self._checkpoint.generation
        return Request(
            key=next(self._keys),
            prompt=tokens.prompt([picture.tokens], question.family.prompt),
            pixels_CHW=picture.pixels_CHW,
            sampling=Sampling(
                question.temperature,
                question.family.top_p,
                advice.top_k,
                zlib.crc32(question.picture) if question.seed is None else question.seed,
                question.max_tokens,
            ),
            draft=drafted(question.draft, tokens) if question.draft else None,
            stopped=lambda written: StopReason.LOOP if watch(text.upto(written)) else None,
        )

    def _work(self) -> None:
        """The engine's thread: take what is asked, go a step, tell what has ended."""
        waiting: dict[int, _Asked] = {}
        failure: Exception | None = None
        while True:
            while not self._asked.empty() or failure is not None or not self._engine.pages:
                asked = self._asked.get()
                if asked is None:
                    return
                if isinstance(asked, int):
                    waiting.pop(asked, None)
                    self._engine.cancel(asked)
                    continue
                if failure is not None:
                    asked.tell(failure)
                    continue
                try:
                    self._engine.add(asked.request)
                    waiting[asked.request.key] = asked
                except LimitError as error:
                    asked.tell(error)
            try:
                ended = self._engine.step()
            except Exception as error:  # the thread's border: whoever waits is told
                failure = error
                for page in waiting.values():
                    page.tell(error)
                waiting.clear()
                continue
            for completion in ended:
                if completion.key in waiting:
                    waiting.pop(completion.key).tell(completion)


def drafted(text: str, tokens: Tokens) -> Proposer:
    """Proposals from what is known of a page, in the model's tokens."""

    def encode(part: str) -> Encoded:
        encoding = tokens.tokenizer.encode(part, add_special_tokens=False)
        return Encoded(encoding.ids, [start for start, _ in encoding.offsets])

    return Proposer(Alignment(text), encode, tokens.decode)


def _answer(done: Completion, tokens: Tokens, seconds: float) -> Answer:
    """The completion as a server would tell it; every token with its own text, joined where a character is cut."""
    pieces: list[tuple[str, float]] = []
    pending: list[int] = []
    worst = 0.0
    for token, logprob in zip(done.tokens, done.logprobs, strict=True):
        pending.append(token)
        worst = min(worst, logprob)
        text = tokens.decode(pending)
        if not text.endswith("\ufffd") or len(pending) > 8:
            pieces.append((text, worst))
            pending, worst = [], 0.0
    if pending:
        pieces.append((tokens.decode(pending), worst))
    return Answer(
        text=tokens.decode(done.tokens),
        stop=done.stop,
        tokens_in=done.prompt_tokens,
        tokens_out=len(done.tokens),
        seconds=seconds,
        tokens=tuple(pieces),
        drafted=done.drafted,
        accepted=done.accepted,
        steps=done.steps,
    )
