"""Whether what stands left and right of a gutter reads as two columns, as side heads with their text, or as rows."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from statistics import median

from leafbeam.layer import Line, Ruling
from leafbeam.offline.blocks.content import Item, make_rows
from leafbeam.types import BlockKind, WordOrigin

_MIN_GUTTER = 0.7  # type sizes
_TIGHT_GUTTER = 0.1  # type sizes: between long columns, as on warped scans
_SPARSE = 0.5  # of the other side's density
_LONG_COLUMN = 8  # lines
_MIN_COLUMN = 5.0  # type sizes: median length of the rows of a column
_MIN_LINES = 2
_BESIDE = 0.25  # of a column's lines that have something of the other column at their side
_LABEL = re.compile(r".*[:：]$")
_AMOUNT = re.compile(r"[\s$€£¥%()\d.,:/+–−-]*\d[\s$€£¥%()\d.,:/+–−-]*(?:[A-Za-z]{1,3})?")


@dataclass(frozen=True, slots=True)
class Cutter:
    """What a page's gutters are judged by: the body's type size, the vertical rulings and the horizontal ones."""

    size: float
    walls: list[Ruling]
    floors: list[Ruling]


def _are_beside(left: list[Item], right: list[Item]) -> bool:
    """True when a good part of each side's things have something at their side: else they stand below each other."""
    for side, other in ((left, right), (right, left)):
        beside = [item for item in side if _level(item, other) > 0.2 * item.box.height]
        if sum(i.box.height for i in beside) < _BESIDE * min(
            sum(i.box.height for i in side), sum(i.box.height for i in other)
        ):
            return False
    return True


def _level(item: Item, other: list[Item]) -> float:
    """How much height of the other side's things is level with the item: a figure stands beside many lines."""
    return sum(max(0.0, item.box.y_overlap(o.box)) for o in other)


def are_columns(left: list[Item], right: list[Item], x: float, cutter: Cutter) -> bool:
    """True when both sides read as columns, not as the cells of rows (labels and values, items and prices)."""
    if not left or not right or not _are_beside(left, right):
        return False
    if any(x - cutter.size < wall.box.cx < x + cutter.size for wall in cutter.walls):
        return True
    for side in (left, right):
        text = [item for item in side if isinstance(item, Line)]
        if any(not isinstance(item, Line) and item.block.kind is not BlockKind.FORMULA for item in side):
            continue
        if len(text) < _MIN_LINES or _usual_length(text) < _MIN_COLUMN * cutter.size:
            return False
    if _is_sparse(left, right) or _is_sparse(right, left):
        return False
    narrow, usual = _gutter_widths(left, right)
    long = min(len(left), len(right)) >= _LONG_COLUMN
    if narrow < _MIN_GUTTER * cutter.size and not (long and usual > _TIGHT_GUTTER * cutter.size):
        return False
    return not _are_rows([i for i in left if isinstance(i, Line)], [i for i in right if isinstance(i, Line)])


def _usual_length(text: list[Line]) -> float:
    """The median width of the lines. Recognition gives the words of a stretched line one by one: rows tell then."""
    recognised = all(line.origin is WordOrigin.DETECTOR for line in text)
    return median(item.box.width for item in (make_rows(text) if recognised else text))


def are_side_heads(left: list[Item], right: list[Item], cutter: Cutter) -> bool:
    """True for short heads, bold or in capitals, beside the beginnings of the sections that they name."""
    if len(left) < _MIN_LINES or len(right) < 2 * len(left) or not _is_sparse(left, right):
        return False
    lines = [item for item in left if isinstance(item, Line)]
    marked = sum(line.bold or line.text.isupper() for line in lines)
    narrow = max(line.box.width for line in lines) < 0.5 * max(item.box.width for item in right)
    edge = min(item.box.x0 for item in right)
    clear = all(line.box.x1 < edge - 0.5 * cutter.size for line in lines)
    return marked >= 0.8 * len(lines) and narrow and clear


def sections(left: list[Item], right: list[Item], cutter: Cutter) -> list[tuple[list[Item], list[Item]]]:
    """Each side head (of one or more lines) with the text from its top down to the next one's."""
    tops: list[float] = []
    reached = -1e9
    for item in sorted(left, key=lambda item: item.box.y0):
        if item.box.y0 - reached > 0.8 * cutter.size:
            tops.append(item.box.y0 - 0.5 * cutter.size)
        reached = max(reached, item.box.y1)
    edges = [-1e9, *tops, 1e9]
    return [
        ([i for i in left if low <= i.box.cy < high], [i for i in right if low <= i.box.cy < high])
        for low, high in itertools.pairwise(edges)
    ]


def _is_sparse(side: list[Item], other: list[Item]) -> bool:
    """True for heads or dates at the side of the text they belong to: few, far apart, level with lines of the text."""
    if _fill(side) > _SPARSE * _fill(other) or any(not isinstance(item, Line) for item in side):
        return False
    lines = [item for item in side if isinstance(item, Line)]
    text = [item for item in other if isinstance(item, Line)]
    level = sum(any(abs(a.baseline_pt - b.baseline_pt) < 0.25 * max(a.size_pt, b.size_pt) for b in text) for a in lines)
    return level >= 0.6 * len(lines)


def _fill(items: list[Item]) -> float:
    """How much of their own height the items cover."""
    covered, reached = 0.0, -1e9
    for top, bottom in sorted((item.box.y0, item.box.y1) for item in items):
        covered += max(0.0, bottom - max(top, reached))
        reached = max(reached, bottom)
    return covered / max(reached - min(item.box.y0 for item in items), 1.0)


def _gutter_widths(left: list[Item], right: list[Item]) -> tuple[float, float]:
    """The gap between the sides where they stand side by side: its tenth percentile, which forgives single overruns,
    and its median."""
    gaps = []
    boxes = [item.box for item in right]
    for item in left:
        middle = item.box.cy
        near = [box.x0 for box in boxes if box.y0 < middle < box.y1]
        if near:
            gaps.append(min(near) - item.box.x1)
    if not gaps:
        return 1e9, 1e9
    gaps.sort()
    return gaps[len(gaps) // 10], gaps[len(gaps) // 2]


def _are_rows(left: list[Line], right: list[Line]) -> bool:
    """True when nearly every line on one side has its partner on the other, and they read as label and value."""
    if not left or not right:
        return False
    pairs = [
        (a, b) for a in left for b in right if abs(a.baseline_pt - b.baseline_pt) < 0.25 * max(a.size_pt, b.size_pt)
    ]
    matched = len({id(a) for a, _ in pairs}), len({id(b) for _, b in pairs})
    if max(matched[0] / len(left), matched[1] / len(right)) < 0.7 or not pairs:
        return False
    labels = sum(1 for a, _ in pairs if _LABEL.match(a.text.strip()))
    amounts = sum(1 for _, b in pairs if _AMOUNT.fullmatch(b.text.strip()))
    return max(labels, amounts) >= 0.5 * len(pairs)
