"""Where the figures of a born-digital page are, from the PDF's pictures and drawings.

A plain rectangle (a fill, a frame) is no drawing: text stands on it or in it, or it is a field of a form. Such
rectangles make a figure only as the bars or the tiles of a chart, or as the boxes that arrows lead to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.figures import Figure, body_size, figure_of, in_column, merged, with_labels
from leafbeam.offline.sketches import sketches

_MIN_SIDE_PT = 24.0  # smaller graphics are icons, bullets and ornaments
_JOIN_PT = 10.0  # parts of one drawing lie closer than this
_PAGE_SHARE = 0.85  # a graphic over more of the page than this is its background or a scan
_CORNER_PT = 6.0  # the largest piece of a frame's corner
_ARROW_PT = 14.0  # the largest head of an arrow
_TOUCH_PT = 3.5
_BARS = 3  # of a chart, at least
_STROKES = 12  # small ones make a chart with numbers on it
_TILES, _COLOURS = 9, 3  # of a mosaic, at least
_DOTS, _DOT_PT = 40, 7.0  # of a pattern such as a QR code: how many at least, and how large at most
_PALE = 0xF0  # each channel at least this: white
_LEVEL_PT = 1.5
_NUMBER = re.compile(r"[-−+]?[\d.,  ]+\s?[%€$kM]?")


class _Kind(Enum):
    PICTURE = "picture"
    DRAWING = "drawing"  # curves, slanted strokes, polygons
    PLAIN = "plain"  # a level rectangle
    BOX = "box"  # a level rectangle with a short text in it
    GROUND = "ground"  # a level rectangle on which a chart is drawn


@dataclass(frozen=True, slots=True)
class _Atom:
    """A graphic that may be a part of a figure."""

    box: Rect
    kind: _Kind
    color: int = 0x000000
    filled: bool = False


def figures_of_layer(
    layer: PageLayer, lines: Sequence[Line], taken: Sequence[Rect], used: frozenset[int] = frozenset()
) -> tuple[Figure, ...]:
    """The figures of a born-digital page, top to bottom.

    ``taken`` are the tables and formulas: their rulings and shadings make no figure; ``used`` are the lines in them.
    Text labels in or beside a drawing (axis labels, legends) belong to it; running text, headings and captions do not.
    """
    free = [i for i in range(len(lines)) if i not in used]
    text = [lines[i] for i in free]
    body_pt = body_size(lines)
    rulings = [ruling.box for ruling in layer.rulings if not _inside_any(ruling.box, taken)]
    atoms = _atoms(layer, text, taken, body_pt)
    boxes: list[Rect] = []
    parts: list[list[Rect]] = []
    fills = [a for a in atoms if _is_fill(a)]
    bars = [_Atom(box, _Kind.GROUND) for box in dict.fromkeys(_bars(fills, rulings, text))]
    for cluster in _clusters([*atoms, *bars, *_edges(atoms, rulings)]):
        parts.append([a.box for a in cluster if a.kind is _Kind.DRAWING])
        box = _drawn(cluster, rulings, text)
        if box is None or _is_text_box(box, text, body_pt):
            continue
        boxes.append(with_labels(_trimmed(box, cluster, text, body_pt), text, body_pt))
    found = sorted(merged([*boxes, *sketches(parts, text, body_pt)]), key=lambda r: (r.y0, r.x0))
    inside = [i for i in free if any(box.intersection(lines[i].box) > 0 for box in found)]
    belonging = [i for i in inside if not _is_foreign(lines[i], text, body_pt)]
    return tuple(figure_of(box, lines, belonging) for box in found)


def _atoms(layer: PageLayer, text: Sequence[Line], taken: Sequence[Rect], body_pt: float) -> list[_Atom]:
    """The page's graphics without backgrounds, what lies in tables, frames and grounds of text."""
    page = Rect(0, 0, layer.width_pt, layer.height_pt)
    atoms = [_Atom(picture.box, _Kind.PICTURE) for picture in layer.pictures]
    for shape in layer.shapes:
        kind = _Kind.PLAIN if shape.plain else _Kind.DRAWING
        atoms.append(_Atom(shape.box, kind, shape.color, shape.filled))
    kept = []
    for atom in atoms:
        visible = atom.box.intersection(page)
        if visible <= 0 or visible > _PAGE_SHARE * max(1.0, page.area) or _inside_any(atom.box, taken):
            continue
        if atom.kind is _Kind.PLAIN:
            holds = _held(atom.box, text)
            if not holds or (_is_fill(atom) and _is_value(atom.box, holds)):
                kept.append(atom)
            elif _is_ground(atom.box, atoms, holds) and not _is_text_box(atom.box, text, body_pt):
                kept.append(_Atom(atom.box, _Kind.GROUND, atom.color, atom.filled))
            elif all(len(line.text.split()) <= 4 for line in holds) and atom.box.width < 0.45 * page.width:
                kept.append(_Atom(atom.box, _Kind.BOX, atom.color, atom.filled))
        elif atom.kind is _Kind.PICTURE or not _is_text_box(atom.box, text, body_pt):
            kept.append(atom)
    return kept


def _is_ground(box: Rect, atoms: Sequence[_Atom], holds: Sequence[Line]) -> bool:
    """Whether a chart is drawn on a rectangle: much of it is drawn over, and all its text is short."""
    if any(len(line.text.split()) > 4 or starts_caption(line.text) for line in holds):
        return False
    inside = [a for a in atoms if a.kind is _Kind.DRAWING and box.grown(1, 1).contains(a.box.cx, a.box.cy)]
    numbers = sum(_NUMBER.fullmatch(line.text.strip()) is not None for line in holds)
    if not any(not _is_small(a, 2 * _ARROW_PT) for a in inside) and (len(inside) < _STROKES or numbers < _BARS):
        return False
    return union(a.box for a in inside).intersection(box) > 0.2 * box.area


def _inside_any(box: Rect, taken: Sequence[Rect]) -> bool:
    return any(other.grown(3, 3).contains(box.cx, box.cy) for other in taken)


def _held(box: Rect, text: Sequence[Line]) -> list[Line]:
    """The lines that stand in a rectangle or lie mostly on it."""
    return [line for line in text if box.grown(1, 1).intersection(line.box) > 0.5 * line.box.area]


def _is_value(box: Rect, holds: Sequence[Line]) -> bool:
    """Whether all that stands in a rectangle is one number, as in the bar of a chart: no wider than half of it."""
    return (
        len(holds) == 1 and _NUMBER.fullmatch(holds[0].text.strip()) is not None and holds[0].box.width < box.width / 2
    )


def _edges(atoms: Sequence[_Atom], rulings: Sequence[Rect]) -> list[_Atom]:
    """The rules that lead to the head of an arrow: they tie the boxes of a flow chart together."""
    heads = [
        a.box for a in atoms if a.kind is _Kind.DRAWING and a.filled and max(a.box.width, a.box.height) < _ARROW_PT
    ]
    if not heads:
        return []
    near = [head.grown(_TOUCH_PT, _TOUCH_PT) for head in heads]

    def led_to(rule: Rect) -> list[Rect]:
        level = rule.width > rule.height
        ends = ((rule.x0, rule.cy), (rule.x1, rule.cy)) if level else ((rule.cx, rule.y0), (rule.cx, rule.y1))
        return [head for head in near if any(head.contains(x, y) for x, y in ends)]

    level = {head for rule in rulings if rule.width > rule.height for head in led_to(rule)}
    upright = {head for rule in rulings if rule.width <= rule.height for head in led_to(rule)}
    corners = level & upright  # of a frame: rules of both directions end there
    return [_Atom(rule, _Kind.DRAWING) for rule in rulings if set(led_to(rule)) - corners]


def _clusters(atoms: Sequence[_Atom]) -> list[list[_Atom]]:
    """Atoms that touch or nearly touch, grouped: connected components on a coarse grid of half the joining distance.

    Boxes with a text in them join what an arrow ties them to; else they are alone.
    """
    heads = [
        a.box for a in atoms if a.kind is _Kind.DRAWING and a.filled and max(a.box.width, a.box.height) < _ARROW_PT
    ]

    def counts(atom: _Atom) -> bool:
        near = atom.box.grown(_TOUCH_PT, _TOUCH_PT)
        return atom.kind is not _Kind.BOX or any(
            near.intersection(head) > 0 and not atom.box.contains(head.cx, head.cy) for head in heads
        )

    atoms = [atom for atom in atoms if counts(atom)]
    if not atoms:
        return []
    cell = _JOIN_PT / 2
    right = max(a.box.x1 for a in atoms) + 2 * cell
    bottom = max(a.box.y1 for a in atoms) + 2 * cell
    grid = np.zeros((int(bottom / cell) + 2, int(right / cell) + 2), np.uint8)
    for atom in atoms:
        x0, y0 = max(0, int((atom.box.x0 - cell / 2) / cell)), max(0, int((atom.box.y0 - cell / 2) / cell))
        x1, y1 = int((atom.box.x1 + cell / 2) / cell), int((atom.box.y1 + cell / 2) / cell)
        grid[y0 : y1 + 1, x0 : x1 + 1] = 1
    _, labels = cv2.connectedComponents(grid, connectivity=8)
    groups: dict[int, list[_Atom]] = {}
    for atom in atoms:
        row = min(grid.shape[0] - 1, max(0, int(atom.box.cy / cell)))
        col = min(grid.shape[1] - 1, max(0, int(atom.box.cx / cell)))
        groups.setdefault(int(labels[row, col]), []).append(atom)
    return list(groups.values())


def _drawn(cluster: Sequence[_Atom], rulings: Sequence[Rect], text: Sequence[Line]) -> Rect | None:
    """The extent of what is drawn in a cluster, with its axes; None where nothing is but rectangles and ornaments."""
    pictures = [a for a in cluster if a.kind is _Kind.PICTURE]
    strokes = [a for a in cluster if a.kind is _Kind.DRAWING]
    plain = [a for a in cluster if a.kind is _Kind.PLAIN]
    if len(strokes) < _DOTS and (pictures or all(_is_small(a, _CORNER_PT) for a in strokes)):
        strokes = [a for a in strokes if not _is_small(a, _CORNER_PT)]  # the others are corners of a frame
    drawn = [*pictures, *strokes]
    if drawn:
        core = union(a.box for a in drawn)
        # a field or a band beside a logo is no part of it
        tied = [a for a in cluster if a.kind in (_Kind.BOX, _Kind.GROUND)]
        near = [a for a in plain if core.grown(_LEVEL_PT, _LEVEL_PT).intersection(a.box) > 0]
        if pictures or len(plain) <= 2 * len(drawn) or _is_chart(plain, rulings, text):
            tied += [a for a in near if a.box.area < 4 * core.area]
        core = union((core, *(a.box for a in tied)))
    elif _is_chart(plain, rulings, text):
        core = union(a.box for a in plain)
    else:
        return None
    box = core if pictures and not strokes else _with_rulings(core, rulings)
    return box if min(box.width, box.height) >= _MIN_SIDE_PT else None


def _is_fill(atom: _Atom) -> bool:
    """Whether a rectangle is filled with another colour than white."""
    darkest = min(atom.color >> 16, atom.color >> 8 & 0xFF, atom.color & 0xFF)
    return atom.kind is _Kind.PLAIN and atom.filled and darkest < _PALE


def _is_small(atom: _Atom, side: float) -> bool:
    return max(atom.box.width, atom.box.height) < side


def _is_chart(plain: Sequence[_Atom], rulings: Sequence[Rect], text: Sequence[Line]) -> bool:
    """Whether rectangles without text are the bars of a chart, the tiles of a mosaic or the dots of a code."""
    fills = [a for a in plain if _is_fill(a)]
    dots = [a for a in fills if _is_small(a, _DOT_PT)]
    if len(dots) >= _DOTS:
        return True
    large = [a for a in fills if not _is_small(a, _DOT_PT)]
    if len(large) >= _TILES and len({a.color for a in large}) >= _COLOURS:
        return True
    return bool(_bars(large, rulings, text))


def _bars(fills: Sequence[_Atom], rulings: Sequence[Rect], text: Sequence[Line]) -> list[Rect]:
    """The extents of three or more rectangles of different lengths on one axis, with a rule or numbers along it."""
    return [
        extent
        for upright in (True, False)
        for first in fills
        if (extent := _row_of(first.box, [a.box for a in fills], upright)) is not None
        and _has_axis(extent, upright, rulings, text)
    ]


def _row_of(first: Rect, boxes: Sequence[Rect], upright: bool) -> Rect | None:
    """The extent of the bars that stand on the same axis as this one; None when they are no bars."""
    at = first.y1 if upright else first.x0
    row = [b for b in boxes if abs((b.y1 if upright else b.x0) - at) < _LEVEL_PT]
    lengths = [b.height if upright else b.width for b in row]
    thick = [b.width if upright else b.height for b in row]
    if len(row) < _BARS or max(lengths) - min(lengths) < 4 or max(thick) > 1.6 * min(thick):
        return None
    return union(row)


def _has_axis(extent: Rect, upright: bool, rulings: Sequence[Rect], text: Sequence[Line]) -> bool:
    def is_axis(rule: Rect) -> bool:
        if upright:
            return (
                rule.width > 0.8 * extent.width and abs(rule.cy - extent.y1) < _TOUCH_PT and rule.x_overlap(extent) > 0
            )
        return rule.height > 0.8 * extent.height and abs(rule.cx - extent.x0) < _TOUCH_PT and rule.y_overlap(extent) > 0

    near = extent.grown(40, 40)
    numbers = [x for x in text if near.contains(x.box.cx, x.box.cy) and _NUMBER.fullmatch(x.text.strip())]
    return any(is_axis(rule) for rule in rulings) or len(numbers) >= _BARS


def _with_rulings(box: Rect, rulings: Sequence[Rect]) -> Rect:
    """The box grown over the rulings that belong to the drawing: axes and grid lines, never a page's column rules."""
    for _ in range(3):
        near = box.grown(_JOIN_PT, _JOIN_PT)
        axes = [
            ruling
            for ruling in rulings
            if ruling.width <= 1.5 * box.width
            and ruling.height <= 1.5 * box.height
            and near.contains(ruling.cx, ruling.cy)
        ]
        grown = union((box, *axes))
        if grown == box:
            break
        box = grown
    return box


def _is_text_box(box: Rect, text: Sequence[Line], body_pt: float) -> bool:
    """Whether a graphic only frames text: sentences, a list of lines set flush, or text over much of its area."""
    inside = [
        line
        for line in text
        if box.contains(line.box.cx, line.box.cy) and line.size_pt >= 0.7 * body_pt and not starts_caption(line.text)
    ]
    if not inside:
        return False
    share = sum(box.intersection(line.box) for line in inside) / max(1.0, box.area)
    sentences = sum(len(line.text.split()) >= 5 for line in inside)
    flush = max(sum(abs(line.box.x0 - other.box.x0) < 2 for other in inside) for line in inside)
    return share > 0.25 or sentences >= 2 or (sentences == 1 and share > 0.15) or (flush >= 4 and share > 0.12)


def _trimmed(box: Rect, cluster: Sequence[_Atom], text: Sequence[Line], body_pt: float) -> Rect:
    """The box cut back from lines of the page's text at its upper and lower side, as far as nothing is drawn there."""
    solid = [a.box for a in cluster if a.kind in (_Kind.PICTURE, _Kind.DRAWING)]
    for line in text:
        if not _is_foreign(line, text, body_pt) or box.intersection(line.box) <= 0:
            continue
        above = box._replace(y1=max(box.y0, line.box.y0 - 1))
        below = box._replace(y0=min(box.y1, line.box.y1 + 1))
        rest = above if line.box.cy > box.cy else below
        if rest.height >= _MIN_SIDE_PT and all(s.y_overlap(rest) > 0.5 * s.height for s in solid):
            box = rest
    return box


def _is_foreign(line: Line, text: Sequence[Line], body_pt: float) -> bool:
    """Whether a line is the page's text wherever it stands: a caption, a paragraph's line, a long line of words."""
    return (
        starts_caption(line.text)
        or in_column(line, text)
        or (not line.angle and line.size_pt >= 0.9 * body_pt and len(line.text.split()) >= 9)
    )
