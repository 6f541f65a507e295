"""What a tagged PDF says each piece of a page is: a heading of some level, a paragraph, a list item, an artifact."""

from __future__ import annotations

import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.textlayer import native

_KINDS = frozenset(
    ["H", "H1", "H2", "H3", "H4", "H5", "H6", "Title", "P", "LI", "TH", "TD", "Caption", "Note", "Code", "BlockQuote"]
) | {"TOCI", "BibEntry", "Formula", "Artifact"}
_OF_LIST = frozenset(["Lbl", "LBody"])
_MAX_DEPTH, _MAX_ELEMENTS = 32, 5000


def read_tags(page: pdfium.PdfPage) -> dict[int, str]:
    """The structure type (PDF 32000-1, 14.8.4) by marked-content identifier; empty for a document without tags.

    The innermost type of a block counts: "H1" to "H6", "P", "LI", "TD", ... A paragraph inside an item, a cell or a
    note belongs to that.
    """
    if not c.FPDFCatalog_IsTagged(page.pdf.raw):
        return {}
    tree = c.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return {}
    tags: dict[int, str] = {}
    try:
        roots = (c.FPDF_StructTree_GetChildAtIndex(tree, i) for i in range(c.FPDF_StructTree_CountChildren(tree)))
        stack = [(root, "", 0) for root in roots if root]
        for _ in range(_MAX_ELEMENTS):
            if not stack:
                break
            element, outer, depth = stack.pop()
            tag = _tag(_kind(element), outer)
            for i in range(max(0, c.FPDF_StructElement_GetMarkedContentIdCount(element))):
                mark = c.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i)
                if mark >= 0 and tag:
                    tags.setdefault(mark, tag)
            if depth < _MAX_DEPTH:
                count = max(0, c.FPDF_StructElement_CountChildren(element))
                children = (c.FPDF_StructElement_GetChildAtIndex(element, i) for i in range(count))
                stack.extend((child, tag, depth + 1) for child in children if child)
    finally:
        c.FPDF_StructTree_Close(tree)
    return tags


def tag_of(text_object: int, tags: dict[int, str]) -> str:
    """The structure type of the text object at this address; "" for none."""
    return tags.get(native.object_mcid(text_object), "") if tags else ""


def _tag(kind: str, outer: str) -> str:
    if kind in _OF_LIST:
        return "LI"
    if kind not in _KINDS or (kind == "P" and outer not in ("", "P", "BlockQuote")):
        return outer
    return kind


def _kind(element: object) -> str:
    size = c.FPDF_StructElement_GetType(element, None, 0)
    if not 2 < size <= 128:
        return ""
    buffer = ctypes.create_string_buffer(size)
    c.FPDF_StructElement_GetType(element, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
