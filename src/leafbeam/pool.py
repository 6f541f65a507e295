"""Pages in worker processes: all cores busy, memory flat, and a page that crashes or hangs costs only itself.

Each worker is a fresh interpreter that opens its reader once (worker.py). PDFium and the model engines may crash, hang
or eat memory on a hostile page: the worker is then replaced and the page tried once more, in a fresh one.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from types import TracebackType
from typing import Self

from leafbeam import machine
from leafbeam.errors import ReaderError
from leafbeam.packed import PackedImage
from leafbeam.process import LEAVE_S, Child, ended, spawn
from leafbeam.types import PageRef, Problem
from leafbeam.worker import Done, Fatal, Made, Ready, Task, WorkerFactory, failed_page

_DEPTH = 2  # tasks a worker holds: the one it does and the next, so that it never waits for us
_ATTEMPTS = 2
_START_FAILURES = 3
_START_TIMEOUT_S = 180.0
_WORKER_BYTES = 1 << 30  # what one worker with its models and one page may need


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """``workers`` processes, ``threads`` model threads in each; ``page_timeout_s`` bounds one page."""

    workers: int
    threads: int = 1
    page_timeout_s: float = 300.0


def worker_count(jobs: int) -> int:
    """Workers for a ``--jobs`` value: itself, or for 0 one per usable core as far as the free memory carries them."""
    if jobs:
        return jobs
    cores, memory = machine.usable_cores(), machine.available_memory()
    return cores if memory is None else max(1, min(cores, memory // _WORKER_BYTES))


@dataclass(slots=True)
class _Job:
    """A page on its way. ``key`` counts from 0 in the order of the pages; ``lost`` counts the workers it has cost."""

    key: int
    ref: PageRef
    lost: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    """A worker process; the head of ``jobs`` is what it works on, since ``since`` (monotonic seconds)."""

    child: Child
    since: float
    jobs: deque[_Job] = field(default_factory=deque)
    ready: bool = False


class Pool:
    """Worker processes for ``run``. A context manager; leaving it ends the workers, whatever they do."""

    def __init__(self, factory: WorkerFactory, options: PoolOptions) -> None:
        """``factory`` is picklable and opens, in each worker, the function that turns a page reference into a page."""
        self._factory = factory
        self._options = options
        self._workers: list[_Worker] = []
        self._retries: deque[_Job] = deque()
        self._start_failures = 0
        self._started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.child.connection.close()  # all at once, so that they end side by side
        for worker in self._workers:
            worker.child.end(LEAVE_S if kind is None and not worker.jobs else 0.0)
        self._workers.clear()

    def run(self, refs: Iterable[PageRef], window: int | None = None) -> Iterator[tuple[int, Made]]:
        """The finished pages with their places in ``refs``, each as soon as it is done: not in order.

        ``refs`` is drawn from only when a worker has room. With ``window``, no page is started that is so far ahead of
        the oldest unfinished one: the bound for a caller that puts them in order. Raises ReaderError (or the error the
        factory raised) when workers cannot be started. Use one ``run`` of a pool.
        """
        waiting = enumerate(refs)
        while True:
            self._fill(waiting, window)
            busy = [worker for worker in self._workers if worker.jobs]
            if not busy:
                return
            next_deadline = min(self._deadline(worker) for worker in busy)
            pause = max(0.0, next_deadline - time.monotonic())
            heard = connection.wait([worker.child.connection for worker in busy], pause)
            for worker in busy:
                if worker.child.connection in heard or worker.child.connection.poll():
                    yield from self._listen(worker)
                elif time.monotonic() > self._deadline(worker):
                    yield from self._lose(worker, timed_out=True)

    def _fill(self, waiting: Iterator[tuple[int, PageRef]], window: int | None) -> None:
        """Hand out pages, those of lost workers first, until every worker has its fill."""
        while self._has_room():
            job = self._next_job(waiting, window)
            if job is None:
                return
            self._give(self._choose(fresh=job.lost > 0), job)

    def _has_room(self) -> bool:
        spare = len(self._workers) < self._options.workers
        return spare or any(len(worker.jobs) < _DEPTH for worker in self._workers)

    def _next_job(self, waiting: Iterator[tuple[int, PageRef]], window: int | None) -> _Job | None:
        if self._retries:
            return self._retries.popleft()
        keys = [job.key for worker in self._workers for job in worker.jobs]
        if window is not None and keys and self._started - min(keys) >= window:
            return None
        item = next(waiting, None)
        if item is None:
            return None
        self._started = item[0] + 1
        return _Job(*item)

    def _choose(self, fresh: bool) -> _Worker:
        """An idle worker, else a new one, else the one with the most room."""
        spare = len(self._workers) < self._options.workers
        least = min(self._workers, key=lambda worker: len(worker.jobs), default=None)
        if least is None or (spare and (fresh or least.jobs)):
            return self._start()
        return least

    def _start(self) -> _Worker:
        child = spawn("leafbeam.worker", self._options.threads, machine.available_memory())
        worker = _Worker(child, time.monotonic())
        self._workers.append(worker)
        with contextlib.suppress(OSError):  # a worker that is gone already is noticed when it is listened to
            worker.child.connection.send(self._factory)
        return worker

    def _give(self, worker: _Worker, job: _Job) -> None:
        if not worker.jobs:
            worker.since = time.monotonic()
        worker.jobs.append(job)
        source = replace(job.ref.source, pages=(job.ref.index,))  # the list of 10,000 pages stays here
        with contextlib.suppress(OSError):
            worker.child.connection.send(Task(job.key, replace(job.ref, source=source)))

    def _deadline(self, worker: _Worker) -> float:
        return worker.since + (self._options.page_timeout_s if worker.ready else _START_TIMEOUT_S)

    def _listen(self, worker: _Worker) -> Iterator[tuple[int, Made]]:
        try:
            message: Ready | Fatal | Done = worker.child.connection.recv()
        except (EOFError, OSError):
            yield from self._lose(worker, timed_out=False)
            return
        worker.since = time.monotonic()
        match message:
            case Ready():
                worker.ready, self._start_failures = True, 0
            case Fatal(error):
                raise error
            case Done(key, page):
                job = worker.jobs.popleft()
                assert job.key == key
                yield key, _as_of(page, job)

    def _lose(self, worker: _Worker, timed_out: bool) -> Iterator[tuple[int, Made]]:
        """Replace a worker that died or hangs: its page is tried once more, then given up; the one waiting moves on."""
        self._workers.remove(worker)
        code = worker.child.end(0.0 if timed_out else LEAVE_S)
        cause = self._cause(code, timed_out)
        if not worker.ready:
            self._start_failures += 1
            if self._start_failures >= _START_FAILURES:
                raise ReaderError(f"the reader cannot be opened: its worker process {cause}. Run `leafbeam doctor`")
        else:
            worker.jobs[0].lost += 1
        for job in worker.jobs:
            if job.lost < _ATTEMPTS:
                self._retries.append(job)
            else:
                yield job.key, failed_page(job.ref, _given_up(job.ref, cause, timed_out))

    def _cause(self, code: int, timed_out: bool) -> str:
        if timed_out:
            return f"took longer than {self._options.page_timeout_s:g} s"
        return ended(code)


def _given_up(ref: PageRef, cause: str, timed_out: bool) -> Problem:
    """The problem of a page that has cost two workers; the message names the remedy."""
    remedy = "give it more time with --page-timeout" if timed_out else "try fewer --jobs or a lower --max-megapixels"
    message = (
        f"page {ref.index + 1} was given up: its worker process {cause}, twice; {remedy}, or leave it out with --pages"
    )
    return Problem("worker", "timeout" if timed_out else "crash", message, ref.index)


def _as_of(page: Made, job: _Job) -> Made:
    """The page with its attempts and the caller's own reference: all pages of a document share one ``Source``."""
    if isinstance(page, PackedImage):
        return replace(page, empty=replace(page.empty, ref=job.ref))
    reading = page.reading
    if reading:
        reading = replace(
            reading, ref=job.ref, usage=replace(reading.usage, attempts=reading.usage.attempts + job.lost)
        )
    return replace(page, ref=job.ref, reading=reading)
