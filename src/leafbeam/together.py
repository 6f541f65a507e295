"""Pages for a reader that takes many at once: workers make the pictures, the reader stays in the caller's process."""

from __future__ import annotations

import dataclasses
import itertools
from collections import deque
from collections.abc import Iterable, Iterator

from leafbeam.frame import page_of
from leafbeam.packed import PackedImage
from leafbeam.recognise import TogetherReader
from leafbeam.types import Page, PageImage


def read_together(
    reader: TogetherReader, made: Iterable[tuple[int, Page | PackedImage]], in_order: bool = False
) -> Iterator[tuple[int, Page]]:
    """The pages with their places in ``made``: those whose picture failed as they are, the others read.

    Pages come as they are done, or ``in_order`` of their pictures: a slow one then holds up those after it, which
    bounds what a caller has to keep who wants them so. ``made`` is drawn from only as the reader asks for pictures, so
    that no more pages are in memory than it wants.
    """
    failed: deque[tuple[int, Page]] = deque()
    waiting: dict[int, tuple[int, PageImage]] = {}  # by the number of the picture

    def pictures() -> Iterator[PackedImage]:
        for place, page in made:
            if isinstance(page, Page):
                failed.append((place, page))
            else:
                waiting[next(numbers)] = place, page.empty
                yield page

    numbers = itertools.count()
    readings = enumerate(reader.read(pictures())) if in_order else reader.read_as_done(pictures())
    for number, reading in readings:
        while failed:
            yield failed.popleft()
        place, bare = waiting.pop(number)
        assert reading.frame is not None
        page = page_of(reading, bare)
        of_source = tuple(problem for problem in bare.ref.source.problems if problem.page_index == bare.ref.index)
        yield place, dataclasses.replace(page, problems=(*of_source, *bare.problems, *page.problems))
    yield from failed
