"""What a finished page holds besides its blocks, kept in a file until the document is written.

Words, raw readings and the bytes of pictures are most of what a page weighs (150 kB and more): over thousands of pages
they would fill the memory. Headings and running heads need all pages at once, but only their blocks.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from leafbeam.types import Box, Page, PageRef, Reading, Word, WordOrigin
from leafbeam.write.flow import words_for_text

_Row = tuple[str, float, float, float, float, float, WordOrigin]  # pickle is many times faster with these than records


@dataclass(frozen=True, slots=True)
class _Kept:
    """The parts of one page that lie in the file; ``pictures`` holds the bytes of its assets by name."""

    words: tuple[_Row, ...]
    reading: Reading | None
    pictures: dict[str, bytes]


@dataclass(slots=True)
class PageSpool:
    """The heavy parts of one document's pages, in a file in ``folder``, which is made when it is needed.

    The file has no name: nothing of it is left however this process ends. ``close`` it when the document is written.
    """

    folder: Path
    _file: int | None = field(default=None, init=False)
    _places: dict[int, tuple[int, int]] = field(default_factory=dict, init=False)  # offset and size, by page
    _end: int = field(default=0, init=False)

    def close(self) -> None:
        """Give the disk space back."""
        if self._file is not None:
            os.close(self._file)
        self._places.clear()
        self._file = None

    def put(self, place: int, page: Page) -> Page:
        """The page, at this place in the document, without what only ``whole`` brings back.

        Where the disk takes no more, the page stays as it is: that costs memory, and writing will tell why.
        """
        pictures = {asset.name: asset.data for asset in page.assets if asset.data}
        few = words_for_text(page)
        if page.words == few and not pictures and (page.reading is None or not page.reading.text):
            return page
        reading = page.reading and replace(page.reading, ref=_alone(page.ref))
        data = pickle.dumps(_Kept(tuple(map(_row, page.words)), reading, pictures), pickle.HIGHEST_PROTOCOL)
        with contextlib.suppress(OSError):
            self._append(data)
            self._places[place] = self._end, len(data)
            self._end += len(data)
            assets = tuple(replace(asset, data=b"") for asset in page.assets)
            return replace(page, words=few, reading=None, assets=assets)
        return page

    def whole(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The document's pages, all and in order, as they were put but for their blocks. Raises OSError."""
        for place, page in enumerate(pages):
            kept = self._read(place)
            if kept is None:
                yield page
                continue
            assets = tuple(replace(asset, data=kept.pictures.get(asset.name, b"")) for asset in page.assets)
            reading = kept.reading and replace(kept.reading, ref=page.ref)
            yield replace(page, words=tuple(map(_word, kept.words)), reading=reading, assets=assets)

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file, name = tempfile.mkstemp(prefix=".leafbeam-tmp-", dir=self.folder)
            os.unlink(name)
        at = self._end
        while data:  # one write may take a part only
            written = os.pwrite(self._file, data, at)
            data, at = data[written:], at + written

    def _read(self, place: int) -> _Kept | None:
        if place not in self._places:
            return None
        assert self._file is not None
        offset, size = self._places[place]
        kept = pickle.loads(os.pread(self._file, size, offset))
        assert isinstance(kept, _Kept)
        return kept


def _row(word: Word) -> _Row:
    box = word.box
    return word.text, box.left, box.top, box.right, box.bottom, word.score, word.origin


def _word(row: _Row) -> Word:
    text, left, top, right, bottom, score, origin = row
    return Word(text, Box(left, top, right, bottom), score, origin)


def _alone(ref: PageRef) -> PageRef:
    """The reference without the list of the document's pages, which would be written with every page."""
    return replace(ref, source=replace(ref.source, pages=()))
