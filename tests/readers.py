"""Readers that go wrong on purpose, opened in worker processes by the tests of whole runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from leafbeam.options import Options
from leafbeam.recognise import ScriptedReader
from leafbeam.types import Block, BlockKind, PageImage, Reading


class TroubledReader:
    """Reads page n as "page n", but dies on page 3 and hangs on page 5 of documents named "troubled"; else slowly."""

    name = "troubled"

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def read(self, images: Iterable[PageImage]) -> Iterator[Reading]:
        for image in images:
            number = image.ref.index + 1
            if "troubled" in image.ref.source.name and number == 3:
                os._exit(1)
            if "troubled" in image.ref.source.name and number == 5:
                time.sleep(600)
            time.sleep(self._pause_s)
            block = Block(BlockKind.PARAGRAPH, f"page {number} of {image.ref.source.name}")
            yield from ScriptedReader({image.ref.index: (block,)}).read([image])


def open_troubled(options: Options) -> TroubledReader:
    """Without pauses."""
    return TroubledReader(0.0)


def open_slow(options: Options) -> TroubledReader:
    """A quarter of a second a page: long enough to be killed in the middle."""
    return TroubledReader(0.25)


def open_noting(folder: Path, options: Options) -> NotingReader:
    """Leaves a file in the folder for every page that it reads."""
    folder.mkdir(exist_ok=True)
    return NotingReader(folder)


class NotingReader(TroubledReader):
    """Reads as ``TroubledReader`` without pauses, and notes the numbers of its pages."""

    def __init__(self, folder: Path) -> None:
        super().__init__(0.0)
        self._folder = folder

    def read(self, images: Iterable[PageImage]) -> Iterator[Reading]:
        for image in images:
            (self._folder / str(image.ref.index + 1)).touch()
            yield from super().read([image])
