"""Link annotations of a page and the outline (bookmarks) of a document."""

from __future__ import annotations

import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.layer import Link
from leafbeam.textlayer.frame import Frame
from leafbeam.types import OutlineEntry

_MAX_LINKS = 2000
_MAX_OUTLINE_DEPTH = 12
_MAX_OUTLINE = 5000


def read_links(page: pdfium.PdfPage, frame: Frame) -> tuple[Link, ...]:
    """The link annotations that lead to a URI; links inside the document are left out."""
    links: list[Link] = []
    position, link, box = ctypes.c_int(0), c.FPDF_LINK(), c.FS_RECTF()
    while len(links) < _MAX_LINKS and c.FPDFLink_Enumerate(page.raw, position, link):
        uri = _uri(page.pdf, link)
        if uri and c.FPDFLink_GetAnnotRect(link, box):
            links.append(Link(frame.rect(box.left, box.bottom, box.right, box.top), uri))
    return tuple(links)


def _uri(pdf: pdfium.PdfDocument, link: c.FPDF_LINK) -> str:
    action = c.FPDFLink_GetAction(link)
    if not action or c.FPDFAction_GetType(action) != c.PDFACTION_URI:
        return ""
    size = c.FPDFAction_GetURIPath(pdf.raw, action, None, 0)
    buffer = ctypes.create_string_buffer(max(1, size))
    c.FPDFAction_GetURIPath(pdf.raw, action, buffer, size)
    return buffer.value.decode("utf-8", "replace").strip()


def read_outline(pdf: pdfium.PdfDocument) -> tuple[OutlineEntry, ...]:
    """The document's outline, depth first; empty when it has none. Titles have their white space normalised."""
    entries: list[OutlineEntry] = []
    for bookmark in pdf.get_toc(max_depth=_MAX_OUTLINE_DEPTH):
        dest = bookmark.get_dest()
        index = dest.get_index() if dest is not None else None
        title = " ".join(bookmark.get_title().split())
        entries.append(OutlineEntry(title, bookmark.level + 1, index))
        if len(entries) >= _MAX_OUTLINE:
            break
    return tuple(entries)
