"""Headings that stand in a white stripe over all columns: text above the stripe ends there in every column."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.layer import Line
from leafbeam.offline.blocks.columns import Cutter
from leafbeam.offline.blocks.content import Item

_LEAST_WHITE = 2.0  # type sizes: more than the white of a blank line between two paragraphs
_LEVEL = 3.0  # type sizes by which the columns below the heading begin at different heights
_HEADING = 1.1  # of the body's size


def stripes_at(items: Sequence[Item], x: float, cutter: Cutter) -> list[float]:
    """The tops of the headings left of x whose stripe runs on white right of it, with text above and below it.

    A page cut there is read stripe by stripe: the columns of one article, then the next headline and its columns.
    """
    return [line.box.y0 for line in items if isinstance(line, Line) and _heads_stripe(line, items, x, cutter)]


def _heads_stripe(line: Line, items: Sequence[Item], x: float, cutter: Cutter) -> bool:
    box = line.box
    size = cutter.size
    large = line.size_pt > _HEADING * size and (line.bold or line.size_pt > 1.3 * size)
    if not large or box.x1 > x or line.text[-1:] in ".,;-":
        return False
    if any(wall.box.y0 < box.cy < wall.box.y1 for wall in cutter.walls):
        return False
    others = [item for item in items if item is not line]
    if any(item.box.y_overlap(box) > 0.2 * min(item.box.height, box.height) for item in others):
        return False
    left = [item for item in others if item.box.cx < x]
    right = [item for item in others if item.box.cx >= x]
    edge = min((item.box.x0 for item in left), default=box.x0)
    here, beside = _white(left, box.cy), _white(right, box.cy)
    if box.x0 > edge + size or here is None or beside is None:
        return False
    (_, below), (end, start) = here, beside
    if any(isinstance(i, Line) and i.box.y0 == start and i.size_pt > _HEADING * size for i in right):
        return False  # two sections that happen to begin beside each other
    white = start - end > max(_LEAST_WHITE * size, box.height + 0.8 * size)
    return white and abs(below - start) < _LEVEL * size


def _white(items: Sequence[Item], y: float) -> tuple[float, float] | None:
    """Where the last item above y ends and the first one below it begins; None unless both are there."""
    above = [item.box.y1 for item in items if item.box.cy < y]
    below = [item.box.y0 for item in items if item.box.cy > y]
    return (max(above), min(below)) if above and below else None
