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
    is the last page and ``-2:`` the last two. A page asked for twice is read once, where it comes first. Pages that the
    document does not have are left out (see ``pages_left_out``). None selects every page.

    Raises:
        UsageError: ``spec`` is not of that form, or names only pages that the document does not have.
    """
    if spec is None:
        return tuple(range(page_count))
    chosen: dict[int, None] = {}
    for first, last in _spans(spec):
        chosen.update(dict.fromkeys(_clipped(first, last, page_count)))
    if not chosen:
        first = next(_spans(spec))[0]
        what = f"no page {first}" if _SINGLE.fullmatch(spec.strip()) else f"none of the pages {spec}"
        raise UsageError(f"{name}: there is {what}, the document has {_count(page_count)}; choose others with --pages")
    return tuple(chosen)


def pages_left_out(spec: str | None, page_count: int) -> str:
    """What to tell when ``spec`` names pages that a document of ``page_count`` pages does not have; "" when not."""
    if spec is None or all(_has(first, page_count) and _has(last, page_count) for first, last in _spans(spec)):
        return ""
    return f"pages {spec} were asked for, the document has {_count(page_count)}: those it has were read"


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


def _has(page: int, page_count: int) -> bool:
    return 1 <= abs(page) <= page_count


def _clipped(first: int, last: int, page_count: int) -> range:
    """The indexes from one page to another, without those that the document does not have."""
    start, stop = (page - 1 if page > 0 else page_count + page for page in (first, last))
    outside = max(start, stop) < 0 or min(start, stop) >= page_count
    there = _has(first, page_count) and _has(last, page_count)
    if outside or (start > stop and (first > 0) != (last > 0) and not there):
        return range(0)  # "11:" of a document with ten pages runs to the end from behind it
    start, stop = (min(max(0, index), page_count - 1) for index in (start, stop))
    step = 1 if stop >= start else -1
    return range(start, stop + step, step)


def _count(page_count: int) -> str:
    return "1 page" if page_count == 1 else f"{page_count} pages"
