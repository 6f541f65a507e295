"""Gutters: the stretches of a pile of items that a vertical line divides and nothing spans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leafbeam.layer import Line
from leafbeam.offline.blocks.columns import Cutter
from leafbeam.offline.blocks.content import Item
from leafbeam.offline.blocks.stripes import stripes_at

_OVERRUN = 1.5  # type sizes that a line may run over the gutter without spanning it
_OVERHANG = 0.25  # of its width that a thing may stick out into the next column
_TOUCH = 0.3  # type sizes by which a line crosses a gutter
_CROSSED_COST = 2.0  # how much a line that crosses a gutter counts against it
FLOOR = 8.0  # type sizes by which a rule runs on both sides of a gutter that it ends

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """A gutter at ``x`` between ``top`` and ``bottom``; ``score`` is how much text it divides, in square points.

    ``heads`` says that what stands left of it are the side heads of the text on its right.
    """

    x: float
    top: float
    bottom: float
    score: float
    heads: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pile:
    """Items from top to bottom by their middles, and their measures; shapes (N,)."""

    items: list[Item]
    x0_N: Floats
    x1_N: Floats
    cx_N: Floats
    cy_N: Floats
    area_N: Floats


def pile_of(items: list[Item]) -> Pile:
    ordered = sorted(items, key=lambda item: item.box.cy)
    boxes = np.array([item.box for item in ordered], dtype=np.float64)
    x0_N, y0_N, x1_N, y1_N = boxes.T
    area_N = np.maximum(0.0, x1_N - x0_N) * np.maximum(0.0, y1_N - y0_N)
    return Pile(ordered, x0_N, x1_N, (x0_N + x1_N) / 2, (y0_N + y1_N) / 2, area_N)


def sides(pile: Pile, band: Band) -> tuple[list[Item], list[Item]]:
    """The items left and right of the gutter."""
    inside = [item for item in pile.items if band.top <= item.box.cy <= band.bottom]
    return [i for i in inside if i.box.cx < band.x], [i for i in inside if i.box.cx >= band.x]


def bands_at(pile: Pile, x: float, cutter: Cutter) -> list[Band]:
    """The stretches that nothing spans at x, each from its first to its last item, where text stands on both sides."""
    over = _OVERRUN * cutter.size
    spans_N = (pile.x0_N < x - over) & (pile.x1_N > x + over)
    for index in np.nonzero(spans_N)[0]:
        spans_N[index] = not _overhangs(pile, int(index), x)
    _add_last_lines(pile, spans_N)
    left_N = pile.cx_N < x
    crossed_N = (pile.x0_N < x - _TOUCH * cutter.size) & (pile.x1_N > x + _TOUCH * cutter.size)
    mass_N = [np.where(mask_N, pile.area_N, 0.0) for mask_N in (left_N, ~left_N, crossed_N)]
    sums = [np.concatenate(([0.0], np.cumsum(values_N))) for values_N in mass_N]
    bands = []
    cuts = [
        int(np.searchsorted(pile.cy_N, y)) for y in (*_floors_at(pile, x, cutter), *stripes_at(pile.items, x, cutter))
    ]
    for start, end in _stretches(np.nonzero(spans_N)[0].tolist(), cuts, len(pile.items)):
        left, right, wrong = (float(total[end] - total[start]) for total in sums)
        score = min(left, right) - _CROSSED_COST * wrong
        if end - start > 1 and score > 0:
            bands.append(Band(x, float(pile.cy_N[start]), float(pile.cy_N[end - 1]), score))
    return bands


def _stretches(spanning: list[int], floors: list[int], count: int) -> list[tuple[int, int]]:
    """Half-open ranges of items between those that span the gutter; ``floors`` count the items above a rule over it."""
    result: list[tuple[int, int]] = []
    start = 0
    for stop, is_item in sorted([(index, True) for index in spanning] + [(index, False) for index in floors]):
        if stop > start:
            result.append((start, stop))
        start = max(start, stop + is_item)
    return [*result, (start, count)] if start < count else result


def _add_last_lines(pile: Pile, spans_N: npt.NDArray[np.bool_]) -> None:
    """Mark the short last line of a text that spans the gutter as spanning too, where nothing stands beside it."""
    for index in range(1, len(pile.items)):
        line, above = pile.items[index], pile.items[index - 1]
        if spans_N[index] or not spans_N[index - 1] or not isinstance(line, Line) or not isinstance(above, Line):
            continue
        step = line.baseline_pt - above.baseline_pt
        alike = abs(line.size_pt - above.size_pt) < 0.05 * line.size_pt and line.bold == above.bold
        flush = abs(line.box.x0 - above.box.x0) < line.size_pt or abs(line.box.cx - above.box.cx) < line.size_pt
        if not (alike and flush and 0.8 * line.size_pt < step < 1.6 * line.size_pt):
            continue
        below_N = pile.cy_N[index + 1 :] - line.box.cy
        spans_N[index] = not below_N.size or float(below_N.min()) > 1.25 * step


def _floors_at(pile: Pile, x: float, cutter: Cutter) -> list[float]:
    """The y of each rule that runs on far to both sides of the gutter and through none of the items."""
    reach = FLOOR * cutter.size
    result = []
    for rule in cutter.floors:
        if not rule.box.x0 < x - reach < x + reach < rule.box.x1:
            continue
        through = any(item.box.y0 < rule.box.cy - 2 and item.box.y1 > rule.box.cy + 2 for item in pile.items)
        if not through:
            result.append(rule.box.cy)
    return result


def _overhangs(pile: Pile, index: int, x: float) -> bool:
    """True for a thing of one column that only sticks out into the other, where text gives way to it."""
    box = pile.items[index].box
    left, right = x - box.x0, box.x1 - x
    if min(left, right) > _OVERHANG * box.width:
        return False
    beside_N = (pile.cy_N > box.y0) & (pile.cy_N < box.y1)
    beside_N &= pile.x0_N > box.x1 if left > right else pile.x1_N < box.x0
    return bool(beside_N.any())
