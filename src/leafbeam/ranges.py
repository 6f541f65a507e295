"""Page ranges as people write them: ``1-3,7,-2:``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leafbeam.errors import UsageError

_SYNTAX = "such as 1-3,7,10: or -2: (1 is the first page, -1 the last)"
_SINGLE = re.compile(r"-?\d+")
_SPAN = re.compile(r"(-?\d+)[-:](-?\d+)")
_OPEN_END = re.compile(r"(-?\d+):")
_OPEN_START = re.compile(r":(-?\d+)")


def parse_pages(spec: str | None, page_count: int, name: str) -> tuple[int, ...]:
    """The 0-based page indexes that ``spec`` selects in a document of ``page_count`` pages, in the order asked for.

    ``spec`` is a comma-separated list of pages (``7``), ranges (``1-3``, also ``1:3``; ``3-1`` runs backwards) and open
    ranges (``10:`` to the end, ``:3`` from the start). Pages count from 1; negative pages count from the end, so ``-1``
    is the last page and ``-2:`` the last two. A page asked for twice is read once, where it comes first. None selects
    every page.

    Raises:
        UsageError: ``spec`` is not of that form, or names a page that the document does not have.
    """
    if spec is None:
        return tuple(range(page_count))
    chosen: dict[int, None] = {}
    for first, last in _spans(spec):
        start, stop = (_index(page, page_count, name) for page in (first, last))
        step = 1 if stop >= start else -1
        chosen.update(dict.fromkeys(range(start, stop + step, step)))
    return tuple(chosen)


def check_pages(spec: str | None) -> None:
    """Raise UsageError when ``spec`` is not a range list, before any document is opened."""
    if spec is not None:
        for _ in _spans(spec):
            pass


def _spans(spec: str) -> Iterator[tuple[int, int]]:
    """The (first, last) pages of each part as written: 1-based or negative, never 0."""
    for part in spec.split(","):
        text = re.sub(r"\s+", "", part)
        if _SINGLE.fullmatch(text):
            span = int(text), int(text)
        elif match := _SPAN.fullmatch(text):
            span = int(match[1]), int(match[2])
        elif match := _OPEN_END.fullmatch(text):
            span = int(match[1]), -1
        elif match := _OPEN_START.fullmatch(text):
            span = 1, int(match[1])
        else:
            raise UsageError(f"--pages {spec!r}: cannot read {part.strip()!r}; write pages {_SYNTAX}")
        if 0 in span:
            raise UsageError(f"--pages {spec!r}: there is no page 0; write pages {_SYNTAX}")
        yield span


def _index(page: int, page_count: int, name: str) -> int:
    index = page - 1 if page > 0 else page_count + page
    if not 0 <= index < page_count:
        has = "1 page" if page_count == 1 else f"{page_count} pages"
        raise UsageError(f"{name}: there is no page {page}, the document has {has}; choose others with --pages")
    return index
