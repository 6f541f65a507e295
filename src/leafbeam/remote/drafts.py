"""Drafts of pages for a server that verifies them: what the offline reader makes of each."""

from __future__ import annotations

from collections import OrderedDict
from types import TracebackType
from typing import Self

from leafbeam.options import Furniture, TableFormat, WriteOptions
from leafbeam.remote.witness import Witness
from leafbeam.types import Document, Page, PageRef, Reading
from leafbeam.write import to_markdown

# As the models write: tables as HTML, running heads and feet like other text
_LIKE_MODELS = WriteOptions(tables=TableFormat.HTML, furniture=Furniture.KEEP)


def draft_of(reading: Reading | None) -> str | None:
    """The page's text as a model may write it; None when nothing is known about it."""
    if reading is None or not reading.blocks:
        return None
    return to_markdown(Document(reading.ref.source, (Page(reading.ref, reading.blocks),)), _LIKE_MODELS) or None


class Remembering:
    """A witness that reads a page once, though it is asked for its draft and again for its words.

    Remembers the last ``most`` pages.
    """

    def __init__(self, witness: Witness, most: int) -> None:
        self._witness = witness
        self._most = most
        self._seen: OrderedDict[tuple[str, int], Reading | None] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._witness.__exit__(kind, error, trace)

    def __call__(self, ref: PageRef) -> Reading | None:
        """The page as the witness sees it."""
        key = ref.source.sha256, ref.index
        if key not in self._seen:
            self._seen[key] = self._witness(ref)
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return self._seen[key]
