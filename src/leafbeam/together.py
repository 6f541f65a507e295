"""Pages for a reader that takes many at once: workers make the pictures, the reader stays in the caller's process."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Iterator

from leafbeam.frame import page_of
from leafbeam.packed import PackedImage
from leafbeam.recognise import TogetherReader
from leafbeam.types import Page, PageImage


def read_together(reader: TogetherReader, made: Iterable[tuple[int, Page | PackedImage]]) -> Iterator[tuple[int, Page]]:
    """The pages with their places in ``made``: those whose picture failed as they are, the others read.

    The reader gives its readings in the order of the pictures, with their frames; ``made`` is drawn from only as the
    reader asks for pictures, so that no more pages are in memory than it wants.
    """
    failed: deque[tuple[int, Page]] = deque()
    waiting: deque[tuple[int, PageImage]] = deque()

    def pictures() -> Iterator[PackedImage]:
        for place, page in made:
            if isinstance(page, Page):
                failed.append((place, page))
            else:
                waiting.append((place, page.empty))
                yield page

    for reading in reader.read(pictures()):
        while failed:
            yield failed.popleft()
        place, bare = waiting.popleft()
        assert reading.frame is not None
        page = page_of(reading, bare)
        of_source = tuple(problem for problem in bare.ref.source.problems if problem.page_index == bare.ref.index)
        yield place, dataclasses.replace(page, problems=(*of_source, *bare.problems, *page.problems))
    yield from failed
