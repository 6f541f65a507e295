"""What a tagged PDF says each piece of a page is: a heading of some level, a paragraph, a list item, an artifact."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.geometry import Rect, union
from leafbeam.layer import AltText, Glyph
from leafbeam.textlayer import native

_KINDS = frozenset(
    ["H", "H1", "H2", "H3", "H4", "H5", "H6", "Title", "P", "LI", "TH", "TD", "Caption", "Note", "Code", "BlockQuote"]
) | {"TOCI", "BibEntry", "Formula", "Artifact"}
_OF_LIST = frozenset(["Lbl", "LBody"])
_HEADINGS = frozenset(["H", "H1", "H2", "H3", "H4", "H5", "H6", "Title"])
_MAX_DEPTH, _MAX_ELEMENTS = 32, 5000
_ARTIFACT = "Artifact".encode("utf-16-le")
_ENOUGH, _MOST_SHARE = 300, 0.6  # characters; of those that are tagged
_MAX_ALT_BYTES = 2000
_AUTOMATIC = re.compile(r"\.?\s*\(?(?:Description|Beschreibung|Description générée) automat\w+(?: \w+)?\)?\.?$", re.I)
_EMPTY_ALT = re.compile(
    r"\W*(?:picture|image|figure|graphi[ck]s?|photo|shape|object|chart|diagram|bild|grafik|abbildung|img)?[\W\d_]*"
    r"|[\w .()-]+\.(?:png|jpe?g|gif|tiff?|bmp|svg|emf|wmf|pdf|eps)|https?://\S+",
    re.I,
)


class Tags(NamedTuple):
    """What the structure tree says of one page: types by marked-content identifier, and what figures show."""

    kinds: dict[int, str]
    alternatives: tuple[tuple[frozenset[int], str], ...] = ()


def read_tags(page: pdfium.PdfPage) -> Tags:
    """The structure types (PDF 32000-1, 14.8.4) and alternative descriptions; nothing for a document without tags.

    The innermost type of a block counts: "H1" to "H6", "P", "LI", "TD", ... A paragraph inside an item, a cell or a
    note belongs to that.
    """
    if not c.FPDFCatalog_IsTagged(page.pdf.raw):
        return Tags({})
    tree = c.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return Tags({})
    tags: dict[int, str] = {}
    alternatives: list[tuple[frozenset[int], str]] = []
    try:
        roots = (c.FPDF_StructTree_GetChildAtIndex(tree, i) for i in range(c.FPDF_StructTree_CountChildren(tree)))
        stack = [(root, "", 0) for root in roots if root]
        for _ in range(_MAX_ELEMENTS):
            if not stack:
                break
            element, outer, depth = stack.pop()
            kind = _kind(element)
            tag = _tag(kind, outer)
            marks = _marks(element)
            for mark in marks if tag else ():
                tags.setdefault(mark, tag)
            if kind == "Figure" and marks and (told := _description(element)):
                alternatives.append((frozenset(marks), told))
            if depth < _MAX_DEPTH:
                stack.extend((child, tag, depth + 1) for child in _children(element))
    finally:
        c.FPDF_StructTree_Close(tree)
    return Tags(tags, tuple(alternatives))


def tag_of(text_object: int, tags: Tags) -> str:
    """The structure type of the text object at this address, "Artifact" for what is marked as none; "" for unknown."""
    if not tags.kinds:
        return ""
    return tags.kinds.get(native.object_mcid(text_object), "") or ("Artifact" if _is_artifact(text_object) else "")


def read_alternatives(tags: Tags, handles: Iterable[tuple[int, Rect]]) -> tuple[AltText, ...]:
    """What figures show, with the place of what is drawn for each; ``handles`` are the page's objects."""
    if not tags.alternatives:
        return ()
    boxes: dict[int, list[Rect]] = {}
    for handle, box in handles:
        boxes.setdefault(native.object_mcid(handle), []).append(box)
    found = (
        (union([box for mark in marks for box in boxes.get(mark, ())]), told)
        for marks, told in tags.alternatives
        if any(mark in boxes for mark in marks)
    )
    return tuple(AltText(box, told) for box, told in found)


def sane(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs without the tags that cannot be meant: headings, or artifacts, that are most of a page's text."""
    told = [glyph.tag for glyph in glyphs if glyph.tag and not glyph.text.isspace()]
    bad = {
        tag
        for group in (_HEADINGS, frozenset({"Artifact"}))
        for tag in group
        if len(told) >= _ENOUGH and sum(other in group for other in told) > _MOST_SHARE * len(told)
    }
    return [replace(glyph, tag="") if glyph.tag in bad else glyph for glyph in glyphs] if bad else list(glyphs)


def _is_artifact(page_object: int) -> bool:
    buffer, size = (ctypes.c_ushort * 32)(), ctypes.c_ulong()
    for i in range(native.object_mark_count(page_object)):
        mark = native.object_mark(page_object, i)
        named = mark and native.mark_name(mark, ctypes.addressof(buffer), 64, ctypes.addressof(size))
        if named and bytes(buffer)[: max(0, size.value - 2)] == _ARTIFACT:
            return True
    return False


def _marks(element: object) -> list[int]:
    count = max(0, c.FPDF_StructElement_GetMarkedContentIdCount(element))
    marks = (c.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i) for i in range(count))
    return [mark for mark in marks if mark >= 0]


def _children(element: object) -> list[object]:
    count = max(0, c.FPDF_StructElement_CountChildren(element))
    children = (c.FPDF_StructElement_GetChildAtIndex(element, i) for i in range(count))
    return [child for child in children if child]


def _description(element: object) -> str:
    """The alternative description, "" for one that says nothing: "Picture 3", a file's name."""
    size = c.FPDF_StructElement_GetAltText(element, None, 0)
    if not 2 < size <= _MAX_ALT_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    c.FPDF_StructElement_GetAltText(element, buffer, size)
    text = " ".join(buffer.raw[: size - 2].decode("utf-16-le", "replace").split())
    text = _AUTOMATIC.sub("", text).strip()
    return "" if _EMPTY_ALT.fullmatch(text) else text


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
