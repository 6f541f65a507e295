"""The remote reader: page pictures to readings through a server, many at once, none silently wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from leafbeam.answers.clean import cleaned
from leafbeam.answers.families import Family, family_named, family_of
from leafbeam.answers.formulas import FormulaRepair
from leafbeam.answers.loops import LoopGuard, without_loop
from leafbeam.answers.page import lay_out
from leafbeam.errors import ReaderError
from leafbeam.katex import Katex
from leafbeam.offline.blank import is_blank
from leafbeam.options import RemoteOptions
from leafbeam.packed import PackedImage, Packing, Pixels, encoded, fitted, packed, turned
from leafbeam.remote.attempts import FIRST, Attempt, Step, best_of, fault_of, next_step
from leafbeam.remote.client import Answer, Client, Question, Server
from leafbeam.remote.confidence import with_confidence
from leafbeam.remote.drafts import Remembering, draft_of
from leafbeam.remote.launch import DRAFTS_MODEL
from leafbeam.remote.located import located, shown_words, with_figures
from leafbeam.remote.pace import Pace
from leafbeam.remote.tiles import halves, joined, on_page
from leafbeam.remote.trouble import RefusedError, TroubleError
from leafbeam.remote.witness import Redraw, Witness
from leafbeam.types import Block, BlockKind, Frame, PageImage, PageRef, Problem, Reading, StopReason, Usage, Word

_T = TypeVar("_T")
_AHEAD = 8  # pages beyond those in flight: pictures ready to be sent, or readings that wait for an earlier one
_ENCODERS = 2  # threads for pictures and layout


class RemoteReader:
    """Reads pages with a model behind an OpenAI-compatible server.

    A context manager. Requests run on an event loop in a thread of its own; ``read`` draws page images as slots get
    free and gives the readings in the order of the images. ``witness`` reads a page without the server: what is kept
    when every attempt failed.

    Raises ReaderError when the server is not there, refuses the key, or lacks the model.
    """

    name = "remote"

    def __init__(
        self, options: RemoteOptions, witness: Witness | None = None, words: bool = False, redraw: Redraw | None = None
    ) -> None:
        """``words``: also give the words that the witness sees on each page, for formats that place them.

        ``redraw`` draws a page again for attempts that look closer.
        """
        self._options = options
        self._witness = witness
        self._most = options.concurrency + _AHEAD  # pages in hand
        self._words = words and witness is not None
        self._family = Family("generic")
        self._drafts = False  # whether the server verifies them
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="leafbeam-remote", daemon=True)
        self._work = ThreadPoolExecutor(_ENCODERS, "leafbeam-page")
        self._witness_turn = threading.Lock()
        self._redraw_turn = threading.Lock()
        self._redraw = redraw
        self._formulas_turn = threading.Lock()
        self._katex: Katex | None = None
        self._repair: FormulaRepair | None = None
        self._client: Client | None = None
        self._pace: Pace | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._run(self._open())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._run(self._client.__aexit__(None, None, None))
        self._stop()

    @property
    def packing(self) -> Packing:
        """How pictures are to be packed for ``read``."""
        return Packing(self._family.longest_edge_px, self._options.image_format, self._family.figures)

    def read(self, images: Iterable[PageImage | PackedImage]) -> Iterator[Reading]:
        """One reading per image, in order; at most ``concurrency`` plus a few images are drawn ahead."""
        waiting: deque[Future[Reading]] = deque()
        source = iter(images)
        try:
            while True:
                while waiting and waiting[0].done():
                    yield waiting.popleft().result()
                if len(waiting) < self._most and (image := next(source, None)) is not None:
                    waiting.append(self._started(image))
                    del image
                elif waiting:
                    yield waiting.popleft().result()
                else:
                    return
        finally:
            for future in waiting:
                future.cancel()

    def read_as_done(self, images: Iterable[PageImage | PackedImage]) -> Iterator[tuple[int, Reading]]:
        """The readings with the numbers of their images, from 0, each as soon as it is done: none waits for another."""
        done: SimpleQueue[Future[Reading]] = SimpleQueue()
        numbers: dict[Future[Reading], int] = {}
        source = enumerate(images)
        exhausted = False
        try:
            while True:
                if not exhausted and len(numbers) < self._most:
                    number, image = next(source, (0, None))
                    exhausted = image is None
                    if image is not None:
                        future = self._started(image)
                        numbers[future] = number
                        future.add_done_callback(done.put)
                    del image
                elif numbers:
                    future = done.get()
                    yield numbers.pop(future), future.result()
                else:
                    return
                while not done.empty():
                    future = done.get()
                    yield numbers.pop(future), future.result()
        finally:
            for future in numbers:
                future.cancel()

    async def _open(self) -> None:
        options = self._options
        known = family_named(options.family) if options.family else None
        url = _url(options.server or "")
        server = Server(
            url,
            options.model or "",
            options.api_key,
            idle_timeout_s=options.idle_timeout_s,
            answer_timeout_s=options.answer_timeout_s,
        )
        client = await Client(server, options.concurrency + 1).__aenter__()
        if not options.model:
            models = await self._first_models(client, url)
            await client.__aexit__(None, None, None)
            client = await Client(dataclasses.replace(server, model=models[0]), options.concurrency + 1).__aenter__()
            server = dataclasses.replace(server, model=models[0])
        self._client = client
        if options.drafts and self._witness is not None and await _takes_drafts(client):
            self._drafts = True
            self._witness = Remembering(self._witness, self._most)
        self._pace = Pace(options.concurrency)
        self._family = _adjusted(known or family_of(server.model), options)
        if options.check_formulas:
            self._katex = Katex()
            self._repair = FormulaRepair(self._katex.refusal, frozenset(options.formula_rules_off))

    async def _first_models(self, client: Client, url: str) -> tuple[str, ...]:
        try:
            models = await client.models()
        except TroubleError as trouble:
            await client.__aexit__(None, None, None)
            raise ReaderError(f"{trouble}. Is the server running? Look at --server") from trouble
        if not models:
            await client.__aexit__(None, None, None)
            raise ReaderError(f"{url} names no model: give --model")
        return models

    # -- one page ---------------------------------------------------------------------------------------------------

    def _started(self, image: PageImage | PackedImage) -> Future[Reading]:
        """The page on its way; packed, so that no page waits for its turn with all its pixels."""
        start = time.monotonic()
        if isinstance(image, PageImage):
            image = packed(image, self.packing, is_blank(image.pixels_HWC))
        if image.blank:
            blank: Future[Reading] = Future()
            blank.set_result(self._blank(image, time.monotonic() - start))
            return blank
        return asyncio.run_coroutine_threadsafe(self._read_page(image, start), self._loop)

    async def _read_page(self, sheet: PackedImage, start: float) -> Reading:
        attempts: list[Attempt] = []
        refusal: str | None = None
        while (step := next_step(attempts, self._options.attempts)) is not None:
            try:
                attempts.append(await self._attempt(sheet, step))
            except RefusedError as refused:
                refusal = str(refused)
                break
            if attempts[-1].fault is None:
                break
        seconds = time.monotonic() - start
        if attempts and attempts[-1].fault is None:
            return await self._in_thread(lambda: self._reading(sheet, attempts, attempts[-1], seconds))
        return await self._in_thread(lambda: self._rescued(sheet, attempts, refusal, seconds))

    async def _attempt(self, sheet: PackedImage, step: Step) -> Attempt:
        if not step.tiles:
            draft = await self._draft(sheet.ref) if self._drafts and step == FIRST else None
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

    async def _draft(self, ref: PageRef) -> str | None:
        """The page as the offline reader writes it, made in threads of their own: pages wait for each other."""
        return draft_of(await self._loop.run_in_executor(None, self._witnessed, ref))

    async def _ask(self, picture: bytes, mime: str, warmer: float, draft: str | None = None) -> Answer:
        """One answer, however often the connection breaks, for as long as ``patience_s`` allows."""
        assert self._client is not None
        assert self._pace is not None
        temperature = min(1.0, self._family.temperature + warmer)
        question = Question(picture, mime, self._family, temperature, self._family.max_tokens, draft=draft)
        deadline = time.monotonic() + self._options.patience_s
        while True:
            async with self._pace:
                try:
                    answer = await self._client.ask(question, LoopGuard().sees_loop)
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

    def _blank(self, sheet: PackedImage, seconds: float) -> Reading:
        usage = Usage(seconds=seconds, attempts=0)
        frame = frame_of_sheet(sheet)
        return Reading(sheet.ref, "", StopReason.END, usage, self.name, blocks=(), frame=frame, blank=True)

    def _reading(self, sheet: PackedImage, attempts: list[Attempt], kept: Attempt, seconds: float) -> Reading:
        """The reading of the attempt that is kept; more than one attempt is told."""
        rotation = kept.step.rotation
        frame = _turned_frame(frame_of_sheet(sheet), rotation)
        ref = sheet.ref
        text = kept.text if kept.fault is None else without_loop(kept.text)
        with self._formulas_turn:  # KaTeX's engine belongs to one thread at a time
            laid = lay_out(
                text,
                self._family.form,
                lambda: turned(sheet.image().pixels_HWC, rotation),
                ref.index,
                self._repair,
            )
        tokens = kept.answer.tokens
        blocks = with_confidence(laid.blocks, tokens)
        witness = self._beside(ref, rotation, blocks)
        blocks, figures, unfound = with_figures(blocks, witness, ref.index, len(laid.assets))
        words: tuple[Word, ...] = ()
        if witness is not None and self._words:
            blocks, words = located(blocks, shown_words(witness))
        problems = [*laid.problems, *unfound]
        if len(attempts) > 1 and kept.fault is None:
            first = attempts[0].fault
            message = f"the first answer was bad ({first}); attempt {len(attempts)} is kept: compare it with the page"
            problems.append(Problem("read", "retried", message, ref.index))
        return Reading(
            ref=ref,
            text=kept.answer.text,
            stop=kept.answer.stop,
            usage=_usage(attempts, seconds),
            reader=self.name,
            token_logprobs=tuple(value for _, value in tokens) or None,
            blocks=blocks,
            words=words,
            assets=(*laid.assets, *figures),
            problems=tuple(problems),
            frame=frame,
        )

    def _beside(self, ref: PageRef, rotation: int, blocks: Sequence[Block]) -> Reading | None:
        """The witness's page, where words or figures want their places; None when ours was turned."""
        lacking = any(block.kind is BlockKind.FIGURE and block.box is None for block in blocks)
        return self._witnessed(ref) if (self._words or lacking) and not rotation else None

    def _rescued(self, sheet: PackedImage, attempts: list[Attempt], refusal: str | None, seconds: float) -> Reading:
        """What is kept when no attempt was good: the offline reader's page, and the best attempt where it says more."""
        fault = attempts[0].fault if attempts else None
        reason = refusal or f"the model failed {len(attempts)} times on this page ({fault})"
        witness = self._witnessed(sheet.ref)
        best = best_of(attempts) if attempts else None
        if best is not None and (witness is None or len(without_loop(best.text)) > 1.5 * len(witness.text)):
            reading = self._reading(sheet, attempts, best, seconds)
            what = "its best answer is kept, without what it repeated"
        elif witness is not None:
            reading = dataclasses.replace(witness, reader=f"{self.name}+{witness.reader}")
            what = "the offline reader's page is kept"
        else:
            reading = self._blank(sheet, seconds)
            reading = dataclasses.replace(reading, blank=False)
            what = "nothing is kept"
        stop = best.answer.stop if best is not None else StopReason.CANCELLED
        problem = Problem("read", f"model-{fault or 'refused'}", f"{reason}; {what}: compare it", sheet.ref.index)
        return dataclasses.replace(
            reading, stop=stop, usage=_usage(attempts, seconds), problems=(*reading.problems, problem)
        )

    def _witnessed(self, ref: PageRef) -> Reading | None:
        if self._witness is None:
            return None
        with self._witness_turn:  # it belongs to one thread at a time
            return self._witness(ref)

    # -- threads ----------------------------------------------------------------------------------------------------

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await self._loop.run_in_executor(self._work, work)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._work.shutdown(cancel_futures=True)
        if self._witness is not None:
            self._witness.__exit__(None, None, None)
        if self._katex is not None:
            self._katex.__exit__(None, None, None)
        if self._redraw is not None:
            self._redraw.close()


async def _takes_drafts(client: Client) -> bool:
    """Whether the server says so; one that lists no models, or is not there yet, will do without."""
    try:
        return DRAFTS_MODEL in await client.models()
    except (TroubleError, RefusedError, ReaderError):
        return False


def _url(server: str) -> str:
    """The address as it is used: without a slash at its end, with ``/v1`` when no path is given."""
    url = server.rstrip("/")
    return url if url.count("/") > 2 else f"{url}/v1"


def _adjusted(family: Family, options: RemoteOptions) -> Family:
    """The family with what the options set themselves."""
    return dataclasses.replace(
        family,
        prompt=family.prompt if options.prompt is None else options.prompt,
        temperature=family.temperature if options.temperature is None else options.temperature,
        max_tokens=options.max_tokens or family.max_tokens,
        longest_edge_px=options.longest_edge_px or family.longest_edge_px,
    )


def frame_of_sheet(sheet: PackedImage) -> Frame:
    """The frame that the sheet's picture shows."""
    image, scale = sheet.empty, 72.0 / sheet.empty.dpi
    return Frame(sheet.width_px * scale, sheet.height_px * scale, image.rotation, image.skew_deg, image.corners)


def _turned_frame(frame: Frame, rotation: int) -> Frame:
    width, height = frame.width_pt, frame.height_pt
    if rotation in (90, 270):
        width, height = height, width
    return dataclasses.replace(frame, width_pt=width, height_pt=height, rotation=(frame.rotation + rotation) % 360)


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
        tuple(token for answer in answers for token in answer.tokens),
    )


def _usage(attempts: list[Attempt], seconds: float) -> Usage:
    return Usage(
        sum(attempt.answer.tokens_in for attempt in attempts),
        sum(attempt.answer.tokens_out for attempt in attempts),
        seconds,
        len(attempts),
    )
