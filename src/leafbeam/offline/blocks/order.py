"""Reading order: a page cut into zones of one column by a recursive cut that allows for things across the gutters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leafbeam.geometry import union
from leafbeam.layer import Line, Ruling
from leafbeam.offline.blocks.columns import Cutter, are_columns, are_side_heads, sections
from leafbeam.offline.blocks.content import Item, PlacedBlock, Row, Zone, body_size, make_rows
from leafbeam.types import BlockKind

_MIN_GUTTER = 0.7  # type sizes
_MIN_LINES = 2
_OVERRUN = 1.5  # type sizes that a line may run over the gutter without spanning it
_OVERHANG = 0.25  # of its width that a thing may stick out into the next column
_TOUCH = 0.3  # type sizes by which a line crosses a gutter
_CROSSED_COST = 2.0  # how much a line that crosses a gutter counts against it
_FLOOR = 8.0  # type sizes by which a rule runs on both sides of a gutter that it ends
_HEAD_ROWS = 8  # lines side by side under a title: authors, senders
_MAX_DEPTH = 24

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Band:
    """A gutter at ``x`` between ``top`` and ``bottom``; ``score`` is how much text it divides, in square points.

    ``heads`` says that what stands left of it are the side heads of the text on its right.
    """

    x: float
    top: float
    bottom: float
    score: float
    heads: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Pile:
    """Items from top to bottom by their middles, and their measures; shapes (N,)."""

    items: list[Item]
    x0_N: Floats
    x1_N: Floats
    cx_N: Floats
    cy_N: Floats
    area_N: Floats


def reading_order(items: Sequence[Item], rulings: Sequence[Ruling] = ()) -> list[Zone]:
    """The zones of a page in reading order; every item is in exactly one of them."""
    if not items:
        return []
    size = body_size([item for item in items if isinstance(item, Line)])
    walls = [r for r in rulings if not r.horizontal and r.box.height > 4 * size]
    floors = [r for r in rulings if r.horizontal and r.box.width > 2 * _FLOOR * size]
    zones: list[Zone] = []
    _cut(list(items), Cutter(size, walls, floors), zones, 0)
    return zones


def _cut(items: list[Item], cutter: Cutter, zones: list[Zone], depth: int) -> None:
    if not items:
        return
    band = _best_band(_pile(items), cutter) if depth < _MAX_DEPTH and len(items) > 2 else None
    if band is None:
        zones.append(_zone(items))
        return
    above = [item for item in items if item.box.cy < band.top]
    below = [item for item in items if item.box.cy > band.bottom]
    inside = [item for item in items if band.top <= item.box.cy <= band.bottom]
    left = [item for item in inside if item.box.cx < band.x]
    right = [item for item in inside if item.box.cx >= band.x]
    pairs = sections(left, right, cutter) if band.heads else [(left, right)]
    parts = [above, *(side for pair in pairs for side in pair), below]
    for part in parts:
        _cut(part, cutter, zones, depth + 1)


def _zone(items: list[Item]) -> Zone:
    rows: list[Row | PlacedBlock] = list(make_rows([item for item in items if isinstance(item, Line)]))
    rows.extend(item for item in items if isinstance(item, PlacedBlock))
    rows.sort(key=lambda item: (item.box.cy if _is_row(item) else item.box.y0, item.box.x0))
    return Zone(tuple(rows), union(item.box for item in items))


def _is_row(item: Row | PlacedBlock) -> bool:
    """True for what is ordered by its middle: rows, and formulas, which stand among them."""
    return isinstance(item, Row) or item.block.kind is BlockKind.FORMULA


def _pile(items: list[Item]) -> _Pile:
    ordered = sorted(items, key=lambda item: item.box.cy)
    boxes = np.array([item.box for item in ordered], dtype=np.float64)
    x0_N, y0_N, x1_N, y1_N = boxes.T
    area_N = np.maximum(0.0, x1_N - x0_N) * np.maximum(0.0, y1_N - y0_N)
    return _Pile(ordered, x0_N, x1_N, (x0_N + x1_N) / 2, (y0_N + y1_N) / 2, area_N)


def _best_band(pile: _Pile, cutter: Cutter) -> _Band | None:
    """The gutter that divides most text, over the longest stretch that nothing spans."""
    bands = [band for x in _candidates(pile, cutter) for band in _bands(pile, x, cutter)]
    for band in sorted(bands, key=lambda band: -band.score):
        trimmed = _without_heads(pile, _without_tail(pile, band, cutter), cutter)
        trimmed = trimmed and _without_pair(pile, trimmed, cutter)
        if trimmed is not None and are_columns(*_inside(pile, trimmed), trimmed.x, cutter):
            return trimmed
        if trimmed is not None and are_side_heads(*_inside(pile, trimmed), cutter):
            return replace(trimmed, heads=True)
    return None


def _candidates(pile: _Pile, cutter: Cutter) -> list[float]:
    """Places just left of where items begin, behind the end of others."""
    least = 0.5 * _MIN_GUTTER * cutter.size
    ends_N = np.sort(pile.x1_N)
    result: list[float] = []
    last = -1e9
    for start in np.unique(np.round(pile.x0_N, 1)):
        if start - last < 0.4 * cutter.size:
            continue
        last = float(start)
        before = int(np.searchsorted(ends_N, start - least, side="right"))
        if before:
            result.append(float(start - min(0.5 * (start - ends_N[before - 1]), 0.5 * cutter.size)))
    return result


def _bands(pile: _Pile, x: float, cutter: Cutter) -> list[_Band]:
    """The stretches that nothing spans at x, each from its first to its last item, where text stands on both sides."""
    over = _OVERRUN * cutter.size
    spans_N = (pile.x0_N < x - over) & (pile.x1_N > x + over)
    for index in np.nonzero(spans_N)[0]:
        spans_N[index] = not _overhangs(pile, int(index), x)
    left_N = pile.cx_N < x
    crossed_N = (pile.x0_N < x - _TOUCH * cutter.size) & (pile.x1_N > x + _TOUCH * cutter.size)
    mass_N = [np.where(mask_N, pile.area_N, 0.0) for mask_N in (left_N, ~left_N, crossed_N)]
    sums = [np.concatenate(([0.0], np.cumsum(values_N))) for values_N in mass_N]
    bands = []
    for start, end in _stretches(np.nonzero(spans_N)[0].tolist(), _floors_at(pile, x, cutter), len(pile.items)):
        left, right, wrong = (float(total[end] - total[start]) for total in sums)
        score = min(left, right) - _CROSSED_COST * wrong
        if end - start > 1 and score > 0:
            bands.append(_Band(x, float(pile.cy_N[start]), float(pile.cy_N[end - 1]), score))
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


def _floors_at(pile: _Pile, x: float, cutter: Cutter) -> list[int]:
    """How many items stand above each rule that runs on far to both sides of the gutter and through none of them."""
    reach = _FLOOR * cutter.size
    result = []
    for rule in cutter.floors:
        if not rule.box.x0 < x - reach < x + reach < rule.box.x1:
            continue
        through = any(item.box.y0 < rule.box.cy - 2 and item.box.y1 > rule.box.cy + 2 for item in pile.items)
        if not through:
            result.append(int(np.searchsorted(pile.cy_N, rule.box.cy)))
    return result


def _overhangs(pile: _Pile, index: int, x: float) -> bool:
    """True for a thing of one column that only sticks out into the other, where text gives way to it."""
    box = pile.items[index].box
    left, right = x - box.x0, box.x1 - x
    if min(left, right) > _OVERHANG * box.width:
        return False
    beside_N = (pile.cy_N > box.y0) & (pile.cy_N < box.y1)
    beside_N &= pile.x0_N > box.x1 if left > right else pile.x1_N < box.x0
    return bool(beside_N.any())


def _inside(pile: _Pile, band: _Band) -> tuple[list[Item], list[Item]]:
    """The items left and right of the gutter."""
    inside = [item for item in pile.items if band.top <= item.box.cy <= band.bottom]
    return [i for i in inside if i.box.cx < band.x], [i for i in inside if i.box.cx >= band.x]


def _without_tail(pile: _Pile, band: _Band, cutter: Cutter) -> _Band:
    """The band without a heading at its foot that stands below both columns: it belongs to what spans them below."""
    left, right = _inside(pile, band)
    if not left or not right or band.bottom >= float(pile.cy_N[-1]):
        return band
    last = max([*left, *right], key=lambda item: item.box.cy)
    others = [item for item in [*left, *right] if item is not last]
    heading = isinstance(last, Line) and (last.bold or last.size_pt > 1.1 * cutter.size)
    if not heading or len(others) < 2 or any(other.box.y1 > last.box.y0 + 0.3 * cutter.size for other in others):
        return band
    return _Band(band.x, band.top, max(other.box.cy for other in others), band.score)


def _without_heads(pile: _Pile, band: _Band, cutter: Cutter) -> _Band | None:
    """The band without large lines on top that stand in the middle above all columns: a title shorter than a column."""
    left, right = _inside(pile, band)
    everything = sorted([*left, *right], key=lambda item: item.box.y0)
    centre = (float(pile.x0_N.min()) + float(pile.x1_N.max())) / 2
    for place, item in enumerate(everything[:4]):
        rest = everything[place + 1 :]
        is_head = (
            isinstance(item, Line)
            and item.size_pt > 1.3 * cutter.size
            and abs(item.box.cx - centre) < 2 * cutter.size
            and rest
            and all(other.box.y0 > item.box.y1 - 0.3 * item.size_pt for other in rest)
        )
        if not is_head:
            return band if place == 0 else _Band(band.x, item.box.cy, band.bottom, band.score)
    return None


def _without_pair(pile: _Pile, band: _Band, cutter: Cutter) -> _Band:
    """The band without short lines on top that stand side by side and apart from the columns: authors, senders."""
    left, right = _inside(pile, band)
    ordered = sorted([*left, *right], key=lambda item: item.box.y0)
    reached = -1e9
    for place, item in enumerate(ordered[: 2 * _HEAD_ROWS + 1]):
        if place and item.box.y0 - reached > 1.8 * cutter.size:
            break
        reached = max(reached, item.box.y1)
    else:
        return band
    head, rest = ordered[:place], ordered[place:]
    lines = [item for item in head if isinstance(item, Line)]
    if len(rest) < 2 * _MIN_LINES or len(lines) < len(head):
        return band
    sides = [[i for i in lines if i.box.cx < band.x], [i for i in lines if i.box.cx >= band.x]]
    widths = [max((i.box.width for i in side), default=0.0) for side in (left, right)]
    short = all(
        side and max(i.box.width for i in side) < 0.7 * width for side, width in zip(sides, widths, strict=True)
    )
    level = sum(any(abs(a.baseline_pt - b.baseline_pt) < 0.3 * a.size_pt for b in sides[1]) for a in sides[0])
    if not short or 2 * level < min(len(side) for side in sides):
        return band
    return _Band(band.x, min(item.box.cy for item in rest), band.bottom, band.score)
