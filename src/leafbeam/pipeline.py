"""The story: a document is loaded, each page rendered and read, the pages put together, and the result written.

``read_page`` runs in worker processes (pool.py); the rest in the caller's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from leafbeam.aside import Aside, Caller, CallLost
from leafbeam.batch import Batch
from leafbeam.errors import NothingToDoError, UsageError
from leafbeam.facts import document_facts
from leafbeam.frame import page_of
from leafbeam.ledger import Ledger
from leafbeam.load import LoadFailure, find_sources
from leafbeam.options import Options, OutputFormat, WriteOptions
from leafbeam.packed import PackedImage, Packing, packed
from leafbeam.pool import Pool, PoolOptions, worker_count
from leafbeam.recognise import TOGETHER, Reader, open_reader, open_together
from leafbeam.render import MAX_EDGE_PX, render_page
from leafbeam.report import OnEvent, RunSummary
from leafbeam.structure import finish_document
from leafbeam.together import read_together
from leafbeam.types import Document, Page, PageRef, Source
from leafbeam.worker import PageFunction
from leafbeam.write.files import check_out_dir, is_own_figure, write_outputs
from leafbeam.write.flow import words_for_text
from leafbeam.write.spool import PageSpool

RENDER_DPI = 200.0
_WINDOW_PAGES = 64  # how far a streamed page may be ahead of the oldest unfinished one
_WITH_EVIDENCE = frozenset({OutputFormat.HTML, OutputFormat.JSON, OutputFormat.PDF, OutputFormat.HOCR})

ReaderFactory = Callable[[Options], Reader]


def read_page(ref: PageRef, reader: Reader, options: Options) -> Page:
    """One page: rendered and read. Raises InputError when it cannot be rendered."""
    image = render_page(ref, options.input, RENDER_DPI)
    (reading,) = reader.read([image])
    page = page_of(reading, image)
    of_source = tuple(problem for problem in ref.source.problems if problem.page_index == ref.index)
    return dataclasses.replace(page, problems=(*of_source, *image.problems, *page.problems))


def iter_pages(path: str | Path, options: Options, reader: ReaderFactory = open_reader) -> Iterator[Page]:
    """The pages of one document in the order asked for, each as soon as it and those before it are read.

    What only shows over the whole document (running headers, heading levels) is not worked out: see ``read_document``.
    """
    with _spool_and_aside(options) as (spool, aside):
        source = _only_source(path, options, spool, aside)
        yield from _read_in_order(source, options, reader)


def read_document(path: str | Path, options: Options, reader: ReaderFactory = open_reader) -> Document:
    """One document, whole: ``path`` is a file, a URL or "-". Raises LeafbeamError; a bad page has ``Page.problems``."""
    with _spool_and_aside(options) as (spool, aside):
        source = _only_source(path, options, spool, aside)
        return make_document(source, tuple(_read_in_order(source, options, reader)), aside)


def make_document(source: Source, pages: tuple[Page, ...], call: Caller) -> Document:
    """The pages put together, with what the file says of itself and what only shows over the whole document."""
    try:
        meta, outline = call(document_facts, source)
    except CallLost:  # the pages came out all the same: what is said about them is no loss
        meta, outline = {}, ()
    return finish_document(Document(source, pages, meta, outline))


def convert(
    inputs: Sequence[str], out_dir: Path, options: Options, on_event: OnEvent, reader: ReaderFactory = open_reader
) -> RunSummary:
    """Every document the inputs name, written below ``out_dir``; what fails is in the summary, the rest is converted.

    Raises LeafbeamError (UsageError, ReaderError, ...) when nothing can go on.
    """
    check_out_dir(out_dir)
    with _spool_and_aside(options) as (spool, aside):
        ledger = Ledger(out_dir, options)
        ledger.sweep()
        sources = find_sources(inputs, options.input, spool, aside, _results(inputs, ledger))
        first = list(itertools.islice(sources, 2))
        pages = len(first[0].pages) if len(first) == 1 and isinstance(first[0], Source) else None
        batch = Batch(
            itertools.chain(first, sources),
            functools.partial(_finish, out_dir, options.write, aside),
            ledger,
            on_event,
        )
        evidence = not _WITH_EVIDENCE.isdisjoint(options.write.to)
        with contextlib.closing(batch), _reading(options, reader, evidence, pages) as read:
            for place, page in read(batch.refs(), None):
                batch.take(place, page)
        return batch.summary()


def _finish(
    out_dir: Path, options: WriteOptions, call: Caller, source: Source, pages: tuple[Page, ...], spool: PageSpool
) -> tuple[Path, ...]:
    return write_outputs(make_document(source, pages, call), out_dir, options, spool.whole)


def _results(inputs: Sequence[str], ledger: Ledger) -> Callable[[str], bool]:
    """Whether a file in an input folder was written by an earlier run.

    Figures beside their document are, and what the output folder's ledger lists; and everything in the output folder,
    unless an input lies in it or is it.
    """
    home = Path(os.path.realpath(ledger.out_dir))
    places = [Path(os.path.realpath(item)) for item in inputs if os.path.exists(item)]
    apart = not any(place.is_relative_to(home) for place in places)

    def is_result(path: str) -> bool:
        place = Path(os.path.realpath(path))
        return is_own_figure(place) or ledger.wrote(place) or (apart and place.is_relative_to(home))

    return is_result


@contextlib.contextmanager
def _spool_and_aside(options: Options) -> Iterator[tuple[Path, Aside]]:
    """A folder for downloads and repaired files, and a process in which files are opened."""
    with tempfile.TemporaryDirectory(prefix="leafbeam-") as spool, Aside(options.run.page_timeout_s) as aside:
        yield Path(spool), aside


def _only_source(path: str | Path, options: Options, spool: Path, call: Caller) -> Source:
    found = list(find_sources([str(path)], options.input, spool, call))
    if len(found) > 1:
        raise UsageError(f"{path} holds {len(found)} documents: read them one by one, or convert the folder")
    if not found:
        raise NothingToDoError(f"{path} holds no document")
    (source,) = found
    if isinstance(source, LoadFailure):
        raise source.error
    return source


def _read_in_order(source: Source, options: Options, reader: ReaderFactory) -> Iterator[Page]:
    refs = [PageRef(source, index) for index in source.pages]
    early: dict[int, Page] = {}
    place = 0
    with _reading(options, reader, evidence=True, pages=len(refs)) as read:
        for key, page in read(refs, _WINDOW_PAGES):
            early[key] = page
            while place in early:
                yield early.pop(place)
                place += 1


OpenWork = Callable[[Options], contextlib.AbstractContextManager[PageFunction]]
ReadPages = Callable[[Iterable[PageRef], int | None], Iterator[tuple[int, Page]]]


@contextlib.contextmanager
def _reading(options: Options, open_: ReaderFactory, evidence: bool, pages: int | None) -> Iterator[ReadPages]:
    """What reads pages: each in a worker, or, for a reader that takes many at once, all here from workers' pictures.

    It takes the pages and the window of ``Pool.run``, and gives finished pages with their places.
    """
    if options.reader not in TOGETHER:
        with _pool(options, functools.partial(_open_page_function, open_, evidence), pages) as pool:
            yield lambda refs, window: (_whole(place, page) for place, page in pool.run(refs, window))
        return
    with (
        open_together(options) as reader,
        _pool(options, functools.partial(_open_pictures, reader.packing), pages) as pool,
    ):

        def read(refs: Iterable[PageRef], window: int | None) -> Iterator[tuple[int, Page]]:
            for place, page in read_together(reader, pool.run(refs, window), in_order=window is not None):
                yield place, page if evidence else _without_evidence(page)

        yield read


def _whole(place: int, page: Page | PackedImage) -> tuple[int, Page]:
    assert isinstance(page, Page)
    return place, page


@contextlib.contextmanager
def _open_pictures(packing: Packing, options: Options) -> Iterator[PageFunction]:
    """What a worker does for a reader that stays with the caller: renders and packs page after page."""
    from leafbeam.offline.blank import is_blank  # a run of another reader does without it

    edge_px = MAX_EDGE_PX if packing.figures else packing.longest_edge_px

    def work(ref: PageRef) -> PackedImage:
        image = render_page(ref, options.input, RENDER_DPI, edge_px)
        return packed(image, packing, is_blank(image.pixels_HWC))

    yield work


def _pool(options: Options, open_work: OpenWork, pages: int | None) -> Pool:
    """Workers for a run of ``pages`` pages, None for unknown; cores without a page of their own help the others."""
    workers = worker_count(options.run.jobs)
    threads = options.offline.threads
    if pages is not None and pages < workers:
        if not options.run.jobs:
            threads = max(threads, workers // pages)
        workers = pages
    options = dataclasses.replace(options, offline=dataclasses.replace(options.offline, threads=threads))
    return Pool(functools.partial(open_work, options), PoolOptions(workers, threads, options.run.page_timeout_s))


@contextlib.contextmanager
def _open_page_function(open_: ReaderFactory, evidence: bool, options: Options) -> Iterator[PageFunction]:
    """What a worker does: opens the reader once and reads page after page.

    Without ``evidence`` the raw reading and most words are left out: nothing to be written needs them.
    """
    with open_(options) as reader:

        def work(ref: PageRef) -> Page:
            page = read_page(ref, reader, options)
            return page if evidence else _without_evidence(page)

        yield work


def _without_evidence(page: Page) -> Page:
    reading = page.reading and dataclasses.replace(page.reading, text="", blocks=None, words=(), assets=())
    return dataclasses.replace(page, words=words_for_text(page), reading=reading)
