"""Finished pages in a file until their document is written: for flat memory, and so that a killed run can go on.

Words, raw readings and the bytes of pictures are most of what a page weighs (150 kB and more): over thousands of pages
they would fill the memory. Headings and running heads need all pages at once, but only their blocks.

The file is a row of records: header, the light part of a page, its heavy part. A record counts only when its checksum
holds, so that a kill in the middle of writing costs no more than that page; the latest record of a page counts.
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import io
import os
import pickle
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Final, cast

from leafbeam import types
from leafbeam.types import Box, Page, PageRef, Reading, Source, Word, WordOrigin
from leafbeam.write.flow import words_for_text

SPOOL_FOLDER: Final = ".leafbeam-pages"  # in the output folder
_HEADER: Final = struct.Struct("<4sIIII")  # mark, place of the page, bytes of both parts, CRC-32 of place and parts
_MARK: Final = b"lbp1"
_Row = tuple[str, float, float, float, float, float, WordOrigin]  # pickle is many times faster with these than records
_Heavy = tuple[tuple[_Row, ...], Reading | None, dict[str, bytes]]  # words, reading, bytes of the assets by name


@dataclass(slots=True)
class PageSpool:
    """One document's pages, in a file in ``folder``, which is made when it is needed.

    Without a ``name`` the file has none on the disk either: nothing of it is left however this process ends. With one
    it stays until ``discard``, and ``saved`` gives back what an earlier process left in it.
    """

    folder: Path
    name: str = ""
    _file: int | None = field(default=None, init=False)
    _places: dict[int, tuple[int, int, int]] = field(default_factory=dict, init=False)  # offset, sizes of both parts
    _end: int = field(default=0, init=False)

    def close(self) -> None:
        """Let go of the file; one with a name stays."""
        if self._file is not None:
            os.close(self._file)
        self._places.clear()
        self._file = None

    def discard(self) -> None:
        """Give the disk space back: the document is written."""
        if self._file is not None and self.name:
            with contextlib.suppress(OSError):
                (self.folder / self.name).unlink(missing_ok=True)
                self.folder.rmdir()  # when this was the last one
        self.close()

    def put(self, place: int, page: Page) -> Page:
        """The page, at this place in the document, without what only ``whole`` brings back.

        Where the disk takes no more, the page stays as it is: that costs memory, and writing will tell why.
        """
        small = light(page)
        pictures = {asset.name: asset.data for asset in page.assets if asset.data}
        heavy = page.words != small.words or pictures or (page.reading is not None and page.reading.text)
        if not heavy and not self.name:
            return page
        reading = page.reading and replace(page.reading, ref=_nowhere())
        parts = [_packed(replace(small, ref=_nowhere())), _packed((tuple(map(_row, page.words)), reading, pictures))]
        few, many = map(len, parts)
        data = b"".join(parts)
        with contextlib.suppress(OSError):
            self._append(_HEADER.pack(_MARK, place, few, many, _sum(place, data)) + data)
            self._places[place] = self._end + _HEADER.size, few, many
            self._end += _HEADER.size + len(data)
            return small
        return page

    def saved(self, source: Source) -> Iterator[tuple[int, Page]]:
        """The pages of this document that the file holds already, whole, with their places; before the first ``put``.

        A file that another process writes to is left alone: then there are none, and ours gets no name.
        """
        if self.name and (self.folder / self.name).exists():
            with contextlib.suppress(OSError):
                self._open(keep=True)
                self._index()
        for place in sorted(self._places):
            page = self._page(place, source) if place < len(source.pages) else None
            if page is None:
                del self._places[place]
            else:
                yield place, page

    def whole(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The document's pages, all and in order, as they were put but for their blocks. Raises OSError."""
        for place, page in enumerate(pages):
            yield self._completed(place, page) if place in self._places else page

    # -- the file ---------------------------------------------------------------------------------------------------

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self._open(keep=False)
        assert self._file is not None
        at = self._end
        while data:  # one write may take a part only
            written = os.pwrite(self._file, data, at)
            data, at = data[written:], at + written

    def _open(self, keep: bool) -> None:
        """Open the file; without its name when another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._end = 0
        if self.name:
            descriptor = _locked(self.folder / self.name)
            if descriptor is not None:
                self._file = descriptor
                if not keep:
                    os.truncate(descriptor, 0)
                return
            self.name = ""
        self._file, name = tempfile.mkstemp(prefix=".leafbeam-tmp-", dir=self.folder)
        os.unlink(name)

    def _index(self) -> None:
        """Find the sound records of a file that was there."""
        assert self._file is not None
        at = 0
        while len(header := os.pread(self._file, _HEADER.size, at)) == _HEADER.size:
            mark, place, few, many, checksum = _HEADER.unpack(header)
            at += _HEADER.size
            data = os.pread(self._file, few + many, at) if mark == _MARK else b""
            if len(data) < few + many or _sum(place, data) != checksum:
                break
            self._places[place] = at, few, many
            at += few + many
            self._end = at

    def _page(self, place: int, source: Source) -> Page | None:
        """The page as it was put; None for one that is not as we write it."""
        assert self._file is not None
        at, few, _ = self._places[place]
        try:
            page = cast(Page, _unpacked(os.pread(self._file, few, at)))
            return self._completed(place, replace(page, ref=PageRef(source, source.pages[place])))
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError):
            return None

    def _completed(self, place: int, page: Page) -> Page:
        assert self._file is not None
        at, few, many = self._places[place]
        words, reading, pictures = cast(_Heavy, _unpacked(os.pread(self._file, many, at + few)))
        assets = tuple(replace(asset, data=pictures.get(asset.name, b"")) for asset in page.assets)
        reading = reading and replace(reading, ref=page.ref)
        return replace(page, words=tuple(map(_word, words)), reading=reading, assets=assets)


def light(page: Page) -> Page:
    """The page as it waits in memory: with its blocks, without what is heavy."""
    assets = tuple(replace(asset, data=b"") for asset in page.assets)
    return replace(page, words=words_for_text(page), reading=None, assets=assets)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in ``folder``; files that a running process has stay."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            descriptor = _locked(path)
            if descriptor is not None:
                path.unlink()
                os.close(descriptor)
        folder.rmdir()


def _locked(path: Path) -> int | None:
    """The file, made when it is not there, for us alone until it is closed; None when another process has it.

    Links are not followed: the folder may be others' to write to. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # its last owner may just have removed it
            return descriptor
    except BlockingIOError:
        pass
    os.close(descriptor)
    return None


_CLASSES = {
    name: found
    for name, found in vars(types).items()
    if isinstance(found, type) and (is_dataclass(found) or issubclass(found, enum.Enum))
}


class _Records(pickle.Unpickler):
    """Unpickles records and nothing else: a file in an output folder may come from anybody."""

    def find_class(self, module: str, name: str) -> type:
        if module != types.__name__ or name not in _CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is no record")
        return _CLASSES[name]


def _packed(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _unpacked(data: bytes) -> object:
    return _Records(io.BytesIO(data)).load()


def _sum(place: int, data: bytes) -> int:
    return zlib.crc32(data, place)


def _row(word: Word) -> _Row:
    box = word.box
    return word.text, box.left, box.top, box.right, box.bottom, word.score, word.origin


def _word(row: _Row) -> Word:
    text, left, top, right, bottom, score, origin = row
    return Word(text, Box(left, top, right, bottom), score, origin)


def _nowhere() -> PageRef:
    """What stands in the file for a page's reference: its document is known to who reads it."""
    return cast(PageRef, None)
