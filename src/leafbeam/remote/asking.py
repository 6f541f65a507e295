"""One page asked of a model until the answer is good or the ladder of attempts ends."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Protocol, TypeVar

from leafbeam.answers.clean import cleaned
from leafbeam.answers.families import Family
from leafbeam.answers.loops import LoopGuard, without_loop
from leafbeam.errors import ReaderError
from leafbeam.options import RemoteOptions
from leafbeam.packed import PackedImage, Pixels, encoded, fitted, turned
from leafbeam.remote.attempts import FIRST, Attempt, Step, fault_of, next_step
from leafbeam.remote.client import Answer, Question, Watch
from leafbeam.remote.pace import Pace
from leafbeam.remote.tiles import halves, joined, on_page
from leafbeam.remote.trouble import RefusedError, TroubleError
from leafbeam.remote.witness import Redraw
from leafbeam.types import PageImage, PageRef, StopReason

_T = TypeVar("_T")


class Model(Protocol):
    """Whatever answers questions about pictures: a client of a server, or an engine in this process."""

    async def ask(self, question: Question, watch: Watch) -> Answer:
        """The answer, cut with stop LOOP as soon as ``watch`` says so. Raises as ``remote.client.Client.ask`` does."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that is ready, how it wants to be asked, and whether it verifies drafts."""

    model: Model
    family: Family
    drafts: bool = False


class InThread(Protocol):
    """Runs work that takes long beside the event loop."""

    async def __call__(self, work: Callable[[], _T], /) -> _T: ...


class Asking:
    """Asks a model about pages; belongs to one event loop."""

    def __init__(
        self,
        opened: Opened,
        options: RemoteOptions,
        in_thread: InThread,
        redraw: Redraw | None,
        drafted: Callable[[PageRef], Awaitable[str | None]],
    ) -> None:
        """``redraw`` draws a page again for attempts that look closer; ``drafted`` gives a page's draft."""
        self._opened, self._options, self._in_thread = opened, options, in_thread
        self._family = opened.family
        self._pace = Pace(options.concurrency)
        self._redraw, self._redraw_turn = redraw, threading.Lock()
        self._drafted = drafted

    async def attempts(self, sheet: PackedImage) -> tuple[list[Attempt], str | None]:
        """What was tried, the last one good unless all were bad; and why the model refused the page, if it did."""
        tried: list[Attempt] = []
        while (step := next_step(tried, self._options.attempts)) is not None:
            try:
                tried.append(await self._attempt(sheet, step))
            except RefusedError as refused:
                return tried, str(refused)
            if tried[-1].fault is None:
                break
        return tried, None

    async def _attempt(self, sheet: PackedImage, step: Step) -> Attempt:
        if not step.tiles:
            draft = await self._drafted(sheet.ref) if self._opened.drafts and step == FIRST else None
            answer = await self._ask(*await self._picture(sheet, step), step.warmer, draft)
            text = cleaned(answer.text, self._family.prompt)
            return Attempt(step, answer, text, fault_of(text, answer.stop))
        tiles = await self._in_thread(lambda: halves(turned(self._finest(sheet).pixels_HWC, step.rotation)))
        answers = []
        for tile in tiles:
            picture, mime = await self._in_thread(partial(self._encoded, tile.pixels_HWC, step.scale))
            answers.append(await self._ask(picture, mime, step.warmer))
        texts = [cleaned(answer.text, self._family.prompt) for answer in answers]
        faults = [fault_of(text, answer.stop) for text, answer in zip(texts, answers, strict=True)]
        texts = [on_page(text, tile) for text, tile in zip(texts, tiles, strict=True)]
        fault = next((fault for fault in faults if fault is not None), None)
        text = joined(*(without_loop(text) if fault else text for text in texts))
        return Attempt(step, _sum(answers), text, fault)

    def _finest(self, sheet: PackedImage) -> PageImage:
        """The page as fine as can be: drawn again where it was drawn no finer than the model sees it."""
        if not sheet.data and self._redraw is not None and sheet.picture:
            with self._redraw_turn:
                finer = self._redraw(sheet.ref)
            if finer is not None:
                return finer
        return sheet.image()

    async def _picture(self, sheet: PackedImage, step: Step) -> tuple[bytes, str]:
        if step.rotation == 0 and step.scale == 1:
            return sheet.picture, sheet.mime
        return await self._in_thread(lambda: self._encoded(turned(sheet.image().pixels_HWC, step.rotation), step.scale))

    def _encoded(self, pixels_HWC: Pixels, scale: float) -> tuple[bytes, str]:
        edge = round(self._family.longest_edge_px * scale)
        return encoded(fitted(pixels_HWC, edge), self._options.image_format)

    async def _ask(self, picture: bytes, mime: str, warmer: float, draft: str | None = None) -> Answer:
        """One answer, however often the connection breaks, for as long as ``patience_s`` allows."""
        temperature = min(1.0, self._family.temperature + warmer)
        question = Question(picture, mime, self._family, temperature, self._family.max_tokens, draft=draft)
        deadline = time.monotonic() + self._options.patience_s
        while True:
            async with self._pace:
                try:
                    answer = await self._opened.model.ask(question, LoopGuard().sees_loop)
                except TroubleError as trouble:
                    self._pace.trouble(trouble.busy, trouble.wait_s)
                    if time.monotonic() > deadline:
                        raise ReaderError(
                            f"{trouble}, for {self._options.patience_s:.0f} s now. "
                            "Start the server again, then go on with --resume"
                        ) from trouble
                    continue
                self._pace.went(answer.tokens_out, answer.seconds)
                return answer


def _sum(answers: list[Answer]) -> Answer:
    """The answers of tiles as one; the worst stop counts."""
    worst = next((answer.stop for answer in answers if answer.stop is not StopReason.END), StopReason.END)
    return Answer(
        "\n\n".join(answer.text for answer in answers),
        worst,
        sum(answer.tokens_in for answer in answers),
        sum(answer.tokens_out for answer in answers),
        sum(answer.seconds for answer in answers),
        answers[0].first_token_s,
        tuple(itertools.chain(answers[0].tokens, *((("\n\n", 0.0), *answer.tokens) for answer in answers[1:])))
        if all(answer.tokens for answer in answers)
        else (),
        sum(answer.drafted for answer in answers),
        sum(answer.accepted for answer in answers),
        sum(answer.steps for answer in answers),
    )
