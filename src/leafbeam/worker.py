"""A worker process: opens what its factory makes once, then answers one page after the other. Run by pool.py.

``main`` talks over an inherited socket: it receives the factory, answers ``Ready`` or ``Fatal``, then receives ``Task``
and answers ``Done`` until the socket closes.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from leafbeam.errors import LeafbeamError
from leafbeam.packed import PackedImage
from leafbeam.process import serve
from leafbeam.types import Page, PageRef, Problem

Made = Page | PackedImage  # a page, or its picture for a reader that reads many at once
PageFunction = Callable[[PageRef], Made]
WorkerFactory = Callable[[], AbstractContextManager[PageFunction]]


@dataclass(frozen=True, slots=True)
class Task:
    """One page to do; ``key`` comes back with the answer."""

    key: int
    ref: PageRef


@dataclass(frozen=True, slots=True)
class Ready:
    """The factory's context is open."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """The factory's context could not be opened, and another attempt would not help."""

    error: LeafbeamError


@dataclass(frozen=True, slots=True)
class Done:
    """What the task with this key has come to."""

    key: int
    page: Made


def main() -> None:
    """The life of a worker."""
    serve(_work)


def _work(connection: Connection, threads: int) -> None:
    factory: WorkerFactory = connection.recv()
    _bound_opencv_threads(threads)
    with contextlib.ExitStack() as stack:
        try:
            work = stack.enter_context(factory())
        except LeafbeamError as error:
            connection.send(Fatal(error))
            return
        connection.send(Ready())
        while True:
            task: Task = connection.recv()
            connection.send(Done(task.key, _page(work, task.ref)))
            _give_back_memory()


def _page(work: PageFunction, ref: PageRef) -> Made:
    """What the work gives, or an empty page with the error as its problem. MemoryError passes: it ends the worker."""
    try:
        return work(ref)
    except LeafbeamError as error:
        kind = type(error).__name__.removesuffix("Error").lower()
        return failed_page(ref, Problem("page", kind, str(error), ref.index))
    except MemoryError:
        raise
    except Exception as error:  # a worker border: a defect met on one page must not take the others with it
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno}"
        message = f"{type(error).__name__} in {where}: {error}. This is a defect of leafbeam: please report it"
        return failed_page(ref, Problem("worker", "defect", message, ref.index))


def failed_page(ref: PageRef, problem: Problem) -> Page:
    """What stands for a page that could not be read."""
    return Page(ref, problems=(problem,))


def _give_back_memory() -> None:
    """Return to the system what the last page freed: glibc keeps the gaps that page images leave between other data."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def _bound_opencv_threads(threads: int) -> None:
    """OpenCV starts one thread per core whatever the environment says."""
    if importlib.util.find_spec("cv2"):
        import cv2

        cv2.setNumThreads(threads)
