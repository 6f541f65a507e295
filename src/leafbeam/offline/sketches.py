"""Drawings made of small parts with letters between them, as chemical formulas are: figures, not labels in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect, union
from leafbeam.layer import Line
from leafbeam.offline.figures import in_column

_STROKES, _SHAPES = 4, 3  # of a part: at least so many, of so many different sizes; stars and icons are alike
_SIGN = 6  # characters: "OTBS", "Ph", "2aa"
_SIGNS = 3  # such labels, at least, and half of all
_WORDS = 6  # of a label, at most: "THF, -78 °C, 10 min"
_REACH = 0.9  # type sizes between the parts of one drawing
_APART = 3.0  # type sizes between drawings that are shown together
_MOST_PARTS = 400  # of a page: more are a map's
_MIN_SIDE_PT = 24.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """Strokes that touch, or a label (then without strokes)."""

    box: Rect
    strokes: tuple[Rect, ...] = ()
    text: str = ""


def sketches(parts: Sequence[Sequence[Rect]], lines: Sequence[Line], body_pt: float) -> list[Rect]:
    """The extents of drawings whose parts are joined by short labels.

    ``parts`` are the boxes of strokes that touch, part by part, in points. Lines of paragraphs and captions are no
    labels.
    """
    pieces = [_Piece(union(strokes), tuple(strokes)) for strokes in parts if len(strokes) > 1]
    if len(pieces) > _MOST_PARTS or not any(_is_drawn(piece) for piece in pieces):
        return []
    labels = [line for line in lines if _is_label(line, lines, body_pt)]
    pieces += [_Piece(line.box, text=line.text.strip()) for line in labels]
    texts = [line.box for line in lines if line.text.strip() and not any(line is label for label in labels)]
    found: list[Rect] = []
    for group in _joined(pieces, _REACH * body_pt):
        box = union(piece.box for piece in group)
        if _is_sketch(group) and min(box.width, box.height) >= _MIN_SIDE_PT:
            found.append(box)
    return _grouped(found, texts, _APART * body_pt)


def _grouped(boxes: Sequence[Rect], texts: Sequence[Rect], reach: float) -> list[Rect]:
    """The boxes, those within ``reach`` of each other with no line of text between them as one: a row of formulas."""
    result: list[Rect] = []
    for box in sorted(boxes, key=lambda b: (b.y0, b.x0)):
        grown, merging = box, True
        while merging:
            merging = False
            for other in result:
                both = union((grown, other))
                near = grown.grown(reach, reach).intersection(other) > 0
                if near and not any(both.intersection(text) > 0 for text in texts) and not _parted(grown, other, texts):
                    result.remove(other)
                    grown, merging = both, True
                    break
        result.append(grown)
    return result


def _parted(a: Rect, b: Rect, texts: Sequence[Rect]) -> bool:
    """Whether a gutter lies between two boxes side by side: lines of the page's text end there, and others begin."""
    left, right = (a, b) if a.cx < b.cx else (b, a)
    slack = 0.25 * max(0.0, right.x0 - left.x1) + 1
    ends = any(left.x1 - slack < text.x1 < right.x0 for text in texts)
    return ends and any(left.x1 < text.x0 < right.x0 + slack for text in texts)


def _is_drawn(piece: _Piece) -> bool:
    sizes = {(round(stroke.width), round(stroke.height)) for stroke in piece.strokes}
    return len(piece.strokes) >= _STROKES and len(sizes) >= _SHAPES


def _is_label(line: Line, lines: Sequence[Line], body_pt: float) -> bool:
    words = line.text.split()
    short = 0 < len(words) <= _WORDS and line.size_pt <= 1.05 * body_pt
    return short and not starts_caption(line.text) and not in_column(line, lines)


def _is_sketch(group: Sequence[_Piece]) -> bool:
    signs = [piece.text for piece in group if piece.text]
    short = sum(len(text) <= _SIGN for text in signs)
    return any(_is_drawn(piece) for piece in group) and short >= _SIGNS and 2 * short >= len(signs)


def _joined(pieces: Sequence[_Piece], reach: float) -> list[list[_Piece]]:
    """The pieces in groups of those that lie within ``reach`` of each other; two labels join only through strokes."""
    left = list(pieces)
    groups = []
    while left:
        group, near = [], [left.pop()]
        while near:
            piece = near.pop()
            group.append(piece)
            around = piece.box.grown(reach, reach)
            for other in [x for x in left if (piece.strokes or x.strokes) and around.intersection(x.box) > 0]:
                near.append(other)
                left = [x for x in left if x is not other]
        groups.append(group)
    return groups
