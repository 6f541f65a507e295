"""Figures of any page: what belongs to one, what is said about it, and its crop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.blocks.escape import escape
from leafbeam.types import PageImage, WordOrigin

_PROSE_WORDS = 5  # a line of so many words is no label
_PART = re.compile(r"\(?[a-z]\)\s+\w\w")  # of a figure's parts, with their names
_TOLD_SHARE = 0.4  # of a figure that a description has to be about
_INSIDE = 0.7  # of a line's box: less, and the line only crosses the figure
_POWER = 1.9  # of the body's type: what recognition takes the height of a number with a power for
_NUMBER = re.compile(r"[-−–]?\d[\d.,^−–-]{0,6}")
_MOST_LABELS = 1000  # characters of a figure's labels


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in points. ``used`` are the lines (by index) that belong to it, ``labels`` what they say, as Markdown
    inline text; lines that only cross its box are text of the page."""

    box: Rect
    labels: str = ""
    used: frozenset[int] = frozenset()


def figure_of(box: Rect, lines: Sequence[Line], free: Sequence[int]) -> Figure:
    """The figure in ``box`` with the lines, among those with the indexes ``free``, that lie in it."""
    inside = [i for i in free if lines[i].text.strip() and box.intersection(lines[i].box) > _INSIDE * lines[i].box.area]
    order = sorted(inside, key=lambda i: (lines[i].baseline_pt, lines[i].box.x0))
    words = " ".join(" ".join(lines[i].text.split()) for i in order)
    if len(words) > _MOST_LABELS:
        words = words[:_MOST_LABELS].rsplit(" ", 1)[0] + " ..."
    return Figure(box, escape(words), frozenset(inside))


def described(box: Rect, layer: PageLayer) -> str:
    """What a tagged PDF says that the figure in ``box`` shows, as Markdown inline text; "" for nothing."""
    inside = [alt for alt in layer.alternatives if alt.box.intersection(box) > 0.7 * max(1.0, alt.box.area)]
    if not inside or union(alt.box for alt in inside).intersection(box) < _TOLD_SHARE * box.area:
        return ""
    inside.sort(key=lambda alt: (alt.box.y0, alt.box.x0))
    return escape(" ".join(dict.fromkeys(alt.text for alt in inside)))


def crop_png(image: PageImage, box: Rect, margin_pt: float = 2.0) -> bytes:
    """The part of the page image inside ``box`` (points), as PNG; at least one pixel."""
    scale = image.dpi / 72.0
    height, width = image.pixels_HWC.shape[:2]
    grown = box.grown(margin_pt, margin_pt)
    x0, y0 = max(0, int(grown.x0 * scale)), max(0, int(grown.y0 * scale))
    x1, y1 = min(width, int(grown.x1 * scale) + 1), min(height, int(grown.y1 * scale) + 1)
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    crop: npt.NDArray[np.uint8] = image.pixels_HWC[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    ok, encoded = cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
    assert ok, "PNG encoding of an RGB array does not fail"
    return bytes(encoded.tobytes())


def body_size(lines: Sequence[Line]) -> float:
    """The type size most of the text is set in; 10 pt when there is none."""
    weights: dict[float, int] = {}
    for line in lines:
        size = round(line.size_pt * 2) / 2
        weights[size] = weights.get(size, 0) + len(line.text)
    return max(weights, key=lambda size: weights[size]) if weights else 10.0


def with_labels(box: Rect, lines: Sequence[Line], body_pt: float) -> Rect:
    """The box grown over the short text lines that touch it: axis labels, tick marks, legends.

    Captions, titles, and lines of a column of text stay outside.
    """
    grown = box
    labels = [
        line
        for line in lines
        if line.box.width < 0.6 * box.width
        and len(line.text) < 40
        and line.size_pt <= (_POWER if _is_read_number(line) else 1.05) * body_pt
        and not starts_caption(line.text)
        and not in_column(line, lines)
    ]
    for _ in range(2):
        for line in labels:
            reach = (1.8 if _is_tick(line, grown, lines) else 0.9) * body_pt
            if _touches(grown, line.box, reach) and not _is_signature(line, grown, lines):
                grown = union((grown, line.box))
    return grown


def _is_read_number(line: Line) -> bool:
    return line.origin is not WordOrigin.TEXT_LAYER and _NUMBER.fullmatch(line.text.strip()) is not None


def in_column(line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line is one of a paragraph: a line of words set flush with it follows or goes before at its leading."""
    size = line.size_pt
    if line.angle or " " not in line.text.strip():
        return False
    return any(
        other is not line
        and not other.angle
        and abs(other.size_pt - size) < 0.1 * size
        and abs(other.box.x0 - line.box.x0) < 0.5 * size
        and 0.5 * size < abs(other.baseline_pt - line.baseline_pt) < 1.7 * size
        and len(other.text.split()) >= _PROSE_WORDS
        for other in lines
    )


def _is_signature(line: Line, box: Rect, lines: Sequence[Line]) -> bool:
    """Whether a line under a picture names it: "(b) Brown bear", or words under its middle with no tick marks between.

    What stands on the picture itself is a part of it.
    """
    if line.angle or box.grown(2, 2).intersection(line.box) > 0.5 * line.box.area or line.box.cy < box.cy:
        return False
    if _PART.match(line.text):
        return True
    words = len(line.text.split())
    centred = abs(line.box.cx - box.cx) < 0.06 * box.width
    ticks = [x for x in lines if abs(x.baseline_pt - line.baseline_pt) < 4 * line.size_pt and _is_tick(x, box, lines)]
    return words >= 2 and centred and not ticks


def _is_tick(line: Line, box: Rect, lines: Sequence[Line]) -> bool:
    """Whether a short line is one of a row or a stack along the box: tick marks, which may stand further off."""
    size = line.size_pt
    row = [other for other in lines if abs(other.baseline_pt - line.baseline_pt) < 0.2 * size]
    stack = [other for other in lines if box.y_overlap(other.box) > 0 and abs(other.box.x1 - line.box.x1) < 0.8 * size]
    along = [other for other in row if box.x_overlap(other.box) > 0]
    return any(
        len(group) >= 3 and all(len(other.text.strip()) <= 8 for other in group)
        for group in ((row if len(along) == len(row) else []), stack)
    )


def _touches(box: Rect, label: Rect, reach: float) -> bool:
    """Whether a label lies mostly on a drawing's edge, or beside its end, or under or over its middle, within reach."""
    if box.grown(reach, reach).intersection(label) > 0.6 * label.area:
        return True
    beside = box.y_overlap(label) > 0.4 * label.height and box.x_overlap(label) > -reach
    stacked = box.x_overlap(label) > 0.9 * label.width and box.y_overlap(label) > -0.5 * reach
    return beside or stacked


def merged(boxes: Sequence[Rect]) -> list[Rect]:
    """Boxes that overlap, as one."""
    out: list[Rect] = []
    for box in sorted(boxes, key=lambda r: -r.area):
        for i, other in enumerate(out):
            if box.intersection(other) > 0.1 * box.area:
                out[i] = union((box, other))
                break
        else:
            out.append(box)
    return out
