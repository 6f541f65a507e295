"""Rulings: from the page image by morphology, joined where they are drawn in pieces, and taken from filled cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Ruling, Shape
from leafbeam.types import PageImage

Pixels = npt.NDArray[np.uint8]
_THICK_PT = 4.0
_MIN_LENGTH_PT = 18.0
_CHECK_BOXES = "\u2610\u2611\u2612\u25a0\u25a1"
_AROUND = 0.25  # of a check box's type size, from its sign to its sides
_GAP_PT = 3.0  # pieces of one line, and the dashes of a dashed one


def find_rulings(image: PageImage) -> tuple[Ruling, ...]:
    """Horizontal and vertical lines drawn on the (straightened) page, in points.

    A line may lean by one pixel in fifty and have small gaps; strokes of letters are too short to count.
    """
    gray_HW = cv2.cvtColor(image.pixels_HWC, cv2.COLOR_RGB2GRAY)
    scale = image.dpi / 72.0
    block = max(15, round(12 * scale) | 1)
    ink_HW = cv2.adaptiveThreshold(gray_HW, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 18)
    return tuple(_lines(ink_HW, scale, horizontal=True) + _lines(ink_HW, scale, horizontal=False))


def _lines(ink_HW: Pixels, scale: float, *, horizontal: bool) -> list[Ruling]:
    """Opening with a long element after a small dilation across, which lets a leaning line through."""

    def element(length: int, across: int) -> Pixels:
        size = (length, across) if horizontal else (across, length)
        kernel: Pixels = cv2.getStructuringElement(cv2.MORPH_RECT, size)
        return kernel

    length = max(12, round(_MIN_LENGTH_PT * scale))
    thick_HW = cv2.dilate(ink_HW, element(max(1, round(0.6 * scale)), 3))
    long_HW = cv2.morphologyEx(thick_HW, cv2.MORPH_OPEN, element(length, 1))
    long_HW = cv2.morphologyEx(long_HW, cv2.MORPH_CLOSE, element(max(3, round(_GAP_PT * scale)), 1))
    found = []
    for x, y, width, height, area in _parts(long_HW, horizontal=horizontal):
        along, across = (width, height) if horizontal else (height, width)
        if across / scale > _THICK_PT + 0.02 * along / scale or along < 4 * across:
            continue
        if area / along > _THICK_PT * scale:
            continue
        box = Rect(x / scale, y / scale, (x + width) / scale, (y + height) / scale)
        found.append(Ruling(box, horizontal))
    return found


def _parts(mask_HW: Pixels, *, horizontal: bool) -> list[list[int]]:
    """Left, top, width, height and area of each connected part.

    Labelled in the bands of rows (columns, for vertical lines) that hold anything: most of a page holds no ruling.
    """
    inked_N = cv2.reduce(mask_HW, 1 if horizontal else 0, cv2.REDUCE_MAX).ravel() > 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked_N.astype(np.int8), [0])))).tolist()
    parts: list[list[int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        band_HW = mask_HW[start:end] if horizontal else mask_HW[:, start:end]
        _, _, stats, _ = cv2.connectedComponentsWithStats(band_HW, connectivity=8)
        stats[:, 1 if horizontal else 0] += start
        parts += stats[1:].tolist()
    return parts


def joined(rulings: Iterable[Ruling]) -> tuple[list[Ruling], list[Ruling]]:
    """Horizontals and verticals with collinear pieces that touch made one; double lines become one too."""
    items = list(rulings)
    flat = _join([r.box for r in items if r.horizontal])
    tall = _join([_turned(r.box) for r in items if not r.horizontal])
    horizontals = [Ruling(box, horizontal=True) for box in flat]
    verticals = [Ruling(_turned(box), horizontal=False) for box in tall]
    return horizontals, verticals


def _turned(box: Rect) -> Rect:
    return Rect(box.y0, box.x0, box.y1, box.x1)


def _join(boxes: Sequence[Rect]) -> list[Rect]:
    done: list[Rect] = []
    open_: list[Rect] = []
    for box in sorted(boxes, key=lambda b: (round(b.cy / 1.5), b.x0)):
        place = None
        for i, other in enumerate(open_):
            if abs(other.cy - box.cy) <= 2.2 and box.x0 <= other.x1 + _GAP_PT and other.x0 <= box.x1 + _GAP_PT:
                place = i
                break
        if place is None:
            open_.append(box)
        else:
            other = open_[place]
            y0, y1 = min(other.y0, box.y0), max(other.y1, box.y1)
            open_[place] = Rect(min(other.x0, box.x0), y0, max(other.x1, box.x1), y1)
        stale = [b for b in open_ if b.cy < box.cy - 6]
        done += stale
        open_ = [b for b in open_ if b.cy >= box.cy - 6]
    merged = done + open_
    return merged if len(merged) == len(boxes) else _join(merged)


def edges_of_shapes(shapes: Sequence[Shape], width_pt: float, height_pt: float) -> list[Ruling]:
    """Frames drawn as one path: the four sides of unfilled rectangles that could be cells."""
    found = []
    for shape in shapes:
        box = shape.box
        if shape.filled or box.width < 8 or box.height < 6 or box.area > 0.8 * width_pt * height_pt:
            continue
        found += [
            Ruling(Rect(box.x0, box.y0, box.x1, box.y0), horizontal=True),
            Ruling(Rect(box.x0, box.y1, box.x1, box.y1), horizontal=True),
            Ruling(Rect(box.x0, box.y0, box.x0, box.y1), horizontal=False),
            Ruling(Rect(box.x1, box.y0, box.x1, box.y1), horizontal=False),
        ]
    return found


def without_check_boxes(shapes: Sequence[Shape], lines: Sequence[Line]) -> list[Shape]:
    """The shapes without the squares of check boxes, which stand as signs in the lines: they are no cells."""
    signs = [
        span.box.grown(_AROUND * line.size_pt, _AROUND * line.size_pt)
        for line in lines
        for span in line.spans
        if span.text.strip() and not span.text.strip().strip(_CHECK_BOXES)
    ]

    def is_inside(box: Rect) -> bool:
        return any(s.contains(box.x0, box.y0) and s.contains(box.x1, box.y1) for s in signs)

    return [shape for shape in shapes if not is_inside(shape.box)]
