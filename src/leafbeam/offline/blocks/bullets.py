"""List bullets and check boxes that a page draws as shapes instead of setting them as characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Shape, Span

_SMALLEST, _LARGEST = 0.13, 0.75  # type sizes: the diameter of a bullet
_OBLONG = 1.4  # a bullet is about as wide as high
_NEAR, _FAR = 0.15, 2.6  # type sizes between a bullet and its text
_OPEN = 0.35  # type sizes: an outline smaller than this is no circle but a stroke


def with_bullets(lines: Sequence[Line], shapes: Sequence[Shape], taken: Sequence[Rect]) -> list[Line]:
    """The lines, "• " (or "◦ " for an outline) put before those that a small shape stands in front of.

    ``taken`` are the boxes of tables, figures and formulas: their shapes are no bullets. A shape serves one line, the
    nearest on its right that it is level with, and none when other text stands between or before it on that line.
    """
    small = [shape for shape in shapes if _is_small(shape.box) and not _inside(shape.box, taken)]
    if not small:
        return list(lines)
    return [_with_bullet(line, small, lines) for line in lines]


def _is_small(box: Rect) -> bool:
    longer, shorter = max(box.width, box.height), min(box.width, box.height)
    return shorter > 0.8 and longer < _OBLONG * shorter and longer < 24


def _inside(box: Rect, areas: Sequence[Rect]) -> bool:
    return any(area.contains(box.cx, box.cy) for area in areas)


def _with_bullet(line: Line, shapes: Sequence[Shape], lines: Sequence[Line]) -> Line:
    size = line.size_pt
    if line.angle or not line.text.strip():
        return line
    for shape in shapes:
        box = shape.box
        fits = (_SMALLEST if shape.filled else _OPEN) * size < box.width < _LARGEST * size
        level = line.baseline_pt - 0.75 * size < box.cy < line.baseline_pt + 0.05 * size
        if not fits or not level or not _NEAR * size < line.box.x0 - box.x1 < _FAR * size:
            continue
        if any(_is_beside(other, line, box) for other in lines):
            continue
        first = Span("• " if shape.filled else "◦ ", box)
        return replace(line, spans=(first, *line.spans), box=union((line.box, box)))
    return line


def _is_beside(other: Line, line: Line, box: Rect) -> bool:
    """True for text between the shape and its line, or close before the shape."""
    if other is line or other.box.y_overlap(line.box) < 0.3 * line.box.height:
        return False
    return line.box.x0 - 4 * line.size_pt < other.box.x1 <= line.box.x0 + 0.5 * line.size_pt and other.box.x1 > (
        box.x0 - 1.2 * line.size_pt
    )
