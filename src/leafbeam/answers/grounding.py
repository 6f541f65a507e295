"""The boxed blocks of LightOnOCR-3's grounding mode, ``![label](x1,y1,x2,y2) text``, as pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from leafbeam.answers.markdown import pieces_of_markdown
from leafbeam.answers.pieces import Piece, RawBox
from leafbeam.types import BlockKind

_BLOCK = re.compile(
    r"^!\[([a-z_]+)(\+?)\]\(\s*(-?\d{1,5})\s*,\s*(-?\d{1,5})\s*,\s*(-?\d{1,5})\s*,\s*(-?\d{1,5})\s*\)[ \t]*",
    re.MULTILINE,
)
_KINDS = {
    "caption": BlockKind.CAPTION,
    "footnote": BlockKind.FOOTNOTE,
    "header": BlockKind.HEADER,
    "footer": BlockKind.FOOTER,
    "page_number": BlockKind.PAGE_NUMBER,
}
_LEVELS = {"title": 1, "section": 2}
_NOTE_MARK = re.compile(r"(?:\[\^?|<sup>|\$\^\{?)?([\d*†‡§a-z]{1,3})(?:\]:?|</sup>|\}?\$|[.)])?\s+")


def is_grounded(text: str) -> bool:
    """True when the answer is made of boxed blocks."""
    return _BLOCK.search(text) is not None


def pieces_of_blocks(text: str) -> tuple[Piece, ...]:
    """The pieces of all blocks in their order. What stands before the first is read as Markdown."""
    found = list(_BLOCK.finditer(text))
    pieces = list(pieces_of_markdown(text[: found[0].start()] if found else text))
    for block, following in zip(found, [*found[1:], None], strict=True):
        body = text[block.end() : following.start() if following else len(text)].strip()
        x1, y1, x2, y2 = (int(number) for number in block.groups()[2:])
        pieces += _labelled(block.group(1), body, (x1, y1, x2, y2), bool(block.group(2)))
    return tuple(pieces)


def _labelled(label: str, body: str, box: RawBox, continues: bool) -> Iterator[Piece]:
    if label in ("image", "chart"):
        yield Piece(BlockKind.FIGURE, text="" if "<table" in body else " ".join(body.split()), box=box)
        if "<table" in body:
            yield from (replace(piece, box=box) for piece in pieces_of_markdown(body))
    elif label == "formula":
        inner = pieces_of_markdown(body if "$$" in body or "\\begin" in body else f"$$\n{body.strip('$ ')}\n$$")
        yield from (replace(piece, box=box) for piece in inner)
    elif label == "code":
        yield Piece(BlockKind.CODE, text=re.sub(r"\A```[^\n]*\n|\n?```\Z", "", body), box=box, continues=continues)
    elif label in _LEVELS:
        marks = re.match(r"(#{1,6})\s+", body)
        level = len(marks.group(1)) if marks else _LEVELS[label]
        text = " ".join(body[marks.end() if marks else 0 :].split())
        yield Piece(BlockKind.HEADING, text=text, level=level, box=box)
    elif label in _KINDS:
        text = " ".join(body.split())
        marker = ""
        if label == "footnote" and (mark := _NOTE_MARK.match(text)):
            marker, text = mark.group(1), text[mark.end() :]
        yield Piece(_KINDS[label], text=text, marker=marker, box=box, continues=continues)
    else:  # text, list, table, aside_text and what later models may add
        for index, piece in enumerate(pieces_of_markdown(body)):
            yield replace(piece, box=box, continues=continues and index == 0)
