"""leafbeam: documents to clean, structured Markdown on your own machine.

>>> import leafbeam
>>> document = leafbeam.read("paper.pdf")
>>> print(leafbeam.to_markdown(document))

The names below are imported when they are first used: ``import leafbeam`` itself loads nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leafbeam.errors import LeafbeamError
    from leafbeam.options import InputOptions, Options
    from leafbeam.types import Block, BlockKind, Document, Page, Problem, Table
    from leafbeam.write import to_markdown

__version__ = "0.1.0"

__all__ = [
    "Block",
    "BlockKind",
    "Document",
    "InputOptions",
    "LeafbeamError",
    "Options",
    "Page",
    "Problem",
    "Table",
    "read",
    "read_pages",
    "to_markdown",
]

_HOMES = {
    "Block": "leafbeam.types",
    "BlockKind": "leafbeam.types",
    "Document": "leafbeam.types",
    "InputOptions": "leafbeam.options",
    "LeafbeamError": "leafbeam.errors",
    "Options": "leafbeam.options",
    "Page": "leafbeam.types",
    "Problem": "leafbeam.types",
    "Table": "leafbeam.types",
    "to_markdown": "leafbeam.write",
}


def read(path: str | Path, options: Options | None = None) -> Document:
    """One document, whole: ``path`` is a file, an http(s) URL or "-" for standard input.

    A page that could not be read is in the document all the same, with its reason in ``Page.problems``. Raises a
    ``LeafbeamError`` when the document cannot be read at all.

    >>> read("secret.pdf", Options(input=InputOptions(password="open sesame", pages="1-3")))
    """
    from leafbeam.options import Options
    from leafbeam.pipeline import read_document

    return read_document(path, options or Options())


def read_pages(path: str | Path, options: Options | None = None) -> Iterator[Page]:
    """The pages of one document, in order, each as soon as it is read.

    What only shows over the whole document (running headers, heading levels) is left as each page has it. Errors, as
    ``read`` raises them, come with the first page asked for. The worker processes stay until the iterator is at its end
    or closed: wrap it in ``contextlib.closing`` when you may stop early.
    """
    from leafbeam.options import Options
    from leafbeam.pipeline import iter_pages

    return iter_pages(path, options or Options())


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'leafbeam' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
