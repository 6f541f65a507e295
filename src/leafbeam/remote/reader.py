"""The remote reader: page pictures to readings through a model, many at once, none silently wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from leafbeam.answers.families import Family, family_named, family_of
from leafbeam.answers.formulas import FormulaRepair
from leafbeam.errors import ReaderError
from leafbeam.katex import Katex
from leafbeam.offline.blank import is_blank
from leafbeam.options import RemoteOptions
from leafbeam.packed import PackedImage, Packing, packed
from leafbeam.remote.asking import Asking, Opened
from leafbeam.remote.client import Client, Server
from leafbeam.remote.drafts import Remembering, draft_of
from leafbeam.remote.launch import DRAFTS_MODEL
from leafbeam.remote.readings import Readings
from leafbeam.remote.trouble import RefusedError, TroubleError
from leafbeam.remote.witness import Redraw, Witness
from leafbeam.types import PageImage, PageRef, Reading

_T = TypeVar("_T")
_AHEAD = 8  # pages beyond those in flight: pictures ready to be sent, or readings that wait for an earlier one
_ENCODERS = 2  # threads for pictures and layout


async def open_server(options: RemoteOptions) -> Opened:
    """A client of the server that the options name, and the family of its model.

    Raises ReaderError when the server is not there, refuses the key, or lacks the model; UsageError for an unknown
    family.
    """
    if options.family:
        family_named(options.family)  # an unknown one is told before the server is asked
    url = _url(options.server or "")
    server = Server(
        url,
        options.model or "",
        options.api_key,
        idle_timeout_s=options.idle_timeout_s,
        answer_timeout_s=options.answer_timeout_s,
    )
    client = await Client(server, options.concurrency + 1).__aenter__()
    try:
        if not options.model:
            server = dataclasses.replace(server, model=await _first_model(client, url))
            await client.__aexit__(None, None, None)
            client = await Client(server, options.concurrency + 1).__aenter__()
        drafts = options.drafts and await _takes_drafts(client)
    except BaseException:
        await client.__aexit__(None, None, None)
        raise
    return Opened(client, adjusted_family(server.model, options), drafts)


class RemoteReader:
    """Reads pages with a model behind an OpenAI-compatible server, or with what ``open_model`` gives.

    A context manager. Requests run on an event loop in a thread of its own; ``read`` draws page images as slots get
    free and gives the readings in the order of the images. ``witness`` reads a page without the model: what is kept
    when every attempt failed.

    Raises as ``open_server`` does.
    """

    name = "remote"

    def __init__(
        self, options: RemoteOptions, witness: Witness | None = None, words: bool = False, redraw: Redraw | None = None
    ) -> None:
        """``words``: also give the words that the witness sees on each page, for formats that place them.

        ``redraw`` draws a page again for attempts that look closer.
        """
        self._options, self._witness, self._words, self._redraw = options, witness, words, redraw
        self._most = options.concurrency + _AHEAD  # pages in hand
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"leafbeam-{self.name}", daemon=True)
        self._work = ThreadPoolExecutor(_ENCODERS, "leafbeam-page")
        self._katex: Katex | None = None
        self._opened: Opened | None = None
        self._asking: Asking | None = None
        self._readings: Readings | None = None

    async def open_model(self) -> Opened:
        """The model to ask. A reader of another model replaces this alone."""
        return await open_server(self._options)

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
        if self._opened is not None:
            self._run(self._opened.model.__aexit__(None, None, None))
        self._stop()

    @property
    def packing(self) -> Packing:
        """How pictures are to be packed for ``read``."""
        assert self._opened is not None, "the reader is not open"
        family = self._opened.family
        return Packing(family.longest_edge_px, self._options.image_format, family.figures)

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
        self._opened = opened = await self.open_model()
        repair = None
        if self._options.check_formulas:
            self._katex = Katex()
            repair = FormulaRepair(self._katex.refusal, frozenset(self._options.formula_rules_off))
        if opened.drafts and self._witness is not None:
            self._witness = Remembering(self._witness, self._most)
        elif opened.drafts:
            self._opened = opened = dataclasses.replace(opened, drafts=False)
        words = self._words or opened.drafts  # the witness has read each page then
        self._readings = Readings(self.name, opened.family, self._witness, words, repair)
        self._asking = Asking(opened, self._options, self._in_thread, self._redraw, self._draft)

    # -- one page ---------------------------------------------------------------------------------------------------

    def _started(self, image: PageImage | PackedImage) -> Future[Reading]:
        """The page on its way; packed, so that no page waits for its turn with all its pixels."""
        assert self._readings is not None, "the reader is not open"
        start = time.monotonic()
        if isinstance(image, PageImage):
            image = packed(image, self.packing, is_blank(image.pixels_HWC))
        if image.blank:
            blank: Future[Reading] = Future()
            blank.set_result(self._readings.blank(image, time.monotonic() - start))
            return blank
        return asyncio.run_coroutine_threadsafe(self._read_page(image, start), self._loop)

    async def _read_page(self, sheet: PackedImage, start: float) -> Reading:
        assert self._asking is not None
        assert self._readings is not None
        readings = self._readings
        tried, refusal = await self._asking.attempts(sheet)
        seconds = time.monotonic() - start
        return await self._in_thread(lambda: readings.of(sheet, tried, refusal, seconds))

    async def _draft(self, ref: PageRef) -> str | None:
        """The page as the offline reader writes it, made in threads of their own: pages wait for each other."""
        assert self._readings is not None
        return draft_of(await self._loop.run_in_executor(None, self._readings.witnessed, ref))

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


async def _first_model(client: Client, url: str) -> str:
    try:
        models = await client.models()
    except TroubleError as trouble:
        raise ReaderError(f"{trouble}. Is the server running? Look at --server") from trouble
    if not models:
        raise ReaderError(f"{url} names no model: give --model")
    return models[0]


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


def adjusted_family(model: str, options: RemoteOptions) -> Family:
    """The family that the options name or the model's name tells, with what the options set themselves."""
    family = family_named(options.family) if options.family else family_of(model)
    return dataclasses.replace(
        family,
        prompt=family.prompt if options.prompt is None else options.prompt,
        temperature=family.temperature if options.temperature is None else options.temperature,
        max_tokens=options.max_tokens or family.max_tokens,
        longest_edge_px=options.longest_edge_px or family.longest_edge_px,
    )
