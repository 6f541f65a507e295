"""What a PDF says about itself as a whole: title, author and the like, and its outline."""

from __future__ import annotations

from collections.abc import Mapping

import pypdfium2 as pdfium

from leafbeam.textlayer import read_outline
from leafbeam.types import OutlineEntry, Source, SourceKind

_KEYS = {"Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords"}


def document_facts(source: Source) -> tuple[Mapping[str, str], tuple[OutlineEntry, ...]]:
    """The non-empty entries of the document information (``title``, ``author``, ...) and the outline, or nothing."""
    if source.kind is not SourceKind.PDF:
        return {}, ()
    try:
        with pdfium.PdfDocument(source.path, password=source.password) as pdf:
            told = {ours: " ".join(pdf.get_metadata_value(theirs).split()) for theirs, ours in _KEYS.items()}
            outline = read_outline(pdf)
    except pdfium.PdfiumError:  # the pages came out all the same: what is said about them is no loss
        return {}, ()
    return {key: value for key, value in told.items() if value}, outline
