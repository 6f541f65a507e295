"""What a PDF says about itself as a whole: title, author and the like, and its outline."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from leafbeam.textlayer import read_outline
from leafbeam.types import OutlineEntry, Source, SourceKind

_KEYS = {"Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords"}


def document_facts(source: Source) -> tuple[Mapping[str, str], tuple[OutlineEntry, ...]]:
    """The non-empty entries of the document information (``title``, ``author``, ``language``, ...) and the outline."""
    if source.kind is not SourceKind.PDF:
        return {}, ()
    try:
        with pdfium.PdfDocument(source.path, password=source.password) as pdf:
            told = {ours: " ".join(pdf.get_metadata_value(theirs).split()) for theirs, ours in _KEYS.items()}
            told["language"] = _language(pdf)
            outline = read_outline(pdf)
    except pdfium.PdfiumError:  # the pages came out all the same: what is said about them is no loss
        return {}, ()
    return {key: value for key, value in told.items() if value}, outline


def _language(pdf: pdfium.PdfDocument) -> str:
    """The catalogue's ``/Lang``, such as "en-GB", or ""."""
    size = pdfium_c.FPDFCatalog_GetLanguage(pdf.raw, None, 0)
    buffer = (ctypes.c_ushort * max(1, size // 2 + 1))()
    pdfium_c.FPDFCatalog_GetLanguage(pdf.raw, buffer, size)
    return bytes(buffer)[:size].decode("utf-16-le", "replace").rstrip("\0").strip()
