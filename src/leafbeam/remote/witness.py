"""The offline reader as a witness: what it makes of a page that a model read badly, in a process aside."""

from __future__ import annotations

import functools
from types import TracebackType
from typing import Protocol, Self

from leafbeam.aside import Aside, CallLost
from leafbeam.errors import LeafbeamError
from leafbeam.offline.reader import OfflineReader
from leafbeam.options import OfflineOptions, Options
from leafbeam.render import render_page
from leafbeam.types import PageImage, PageRef, Reading

_DPI = 200.0


class Witness(Protocol):
    """Reads a page independently of the server. A context manager; belongs to one thread at a time."""

    def __call__(self, ref: PageRef) -> Reading | None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class OfflineWitness:
    """The offline reader, opened at its first page, in one process that is replaced when a page kills it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._aside = Aside(options.run.page_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._aside.__exit__(kind, error, trace)

    def __call__(self, ref: PageRef) -> Reading | None:
        """The page as the offline reader sees it; None when it cannot read it either."""
        try:
            return self._aside(_read, ref, self._options)
        except (CallLost, LeafbeamError):
            return None


class Redraw:
    """Draws a page again, as fine as the offline reader has it, in a process aside."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._aside = Aside(options.run.page_timeout_s)

    def __call__(self, ref: PageRef) -> PageImage | None:
        """The page's image; None when it cannot be drawn."""
        try:
            return self._aside(render_page, ref, self._options.input, _DPI)
        except (CallLost, LeafbeamError):
            return None

    def close(self) -> None:
        """End the process."""
        self._aside.__exit__(None, None, None)


def _read(ref: PageRef, options: Options) -> Reading:
    (reading,) = _opened(options.offline).read([render_page(ref, options.input, _DPI)])
    return reading


@functools.cache
def _opened(options: OfflineOptions) -> OfflineReader:
    return OfflineReader(options).__enter__()  # the process ends with it
