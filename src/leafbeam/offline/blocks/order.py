"""Reading order: a page cut into zones of one column by a recursive cut that allows for things across the gutters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leafbeam.geometry import union
from leafbeam.layer import Line, Ruling
from leafbeam.offline.blocks.columns import Cutter, are_columns, are_side_heads, sections
from leafbeam.offline.blocks.content import Item, PlacedBlock, Row, Zone, body_size, make_rows
from leafbeam.offline.blocks.piles import FLOOR, Band, Pile, bands_at, pile_of, sides
from leafbeam.offline.blocks.trims import without_heads, without_pair, without_tail
from leafbeam.types import BlockKind

_MIN_GUTTER = 0.7  # type sizes
_MAX_DEPTH = 24


def reading_order(items: Sequence[Item], rulings: Sequence[Ruling] = ()) -> list[Zone]:
    """The zones of a page in reading order; every item is in exactly one of them."""
    if not items:
        return []
    size = body_size([item for item in items if isinstance(item, Line)])
    walls = [r for r in rulings if not r.horizontal and r.box.height > 4 * size]
    floors = [r for r in rulings if r.horizontal and r.box.width > 2 * FLOOR * size]
    zones: list[Zone] = []
    _cut(list(items), Cutter(size, walls, floors), zones, 0)
    return zones


def _cut(items: list[Item], cutter: Cutter, zones: list[Zone], depth: int) -> None:
    if not items:
        return
    band = _best_band(pile_of(items), cutter) if depth < _MAX_DEPTH and len(items) > 2 else None
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


def _best_band(pile: Pile, cutter: Cutter) -> Band | None:
    """The gutter that divides most text, over the longest stretch that nothing spans."""
    bands = [band for x in _candidates(pile, cutter) for band in bands_at(pile, x, cutter)]
    for band in sorted(bands, key=lambda band: -band.score):
        trimmed = without_heads(pile, without_tail(pile, band, cutter), cutter)
        trimmed = trimmed and without_pair(pile, trimmed, cutter)
        if trimmed is not None and are_columns(*sides(pile, trimmed), trimmed.x, cutter):
            return trimmed
        if trimmed is not None and are_side_heads(*sides(pile, trimmed), cutter):
            return replace(trimmed, heads=True)
    return None


def _candidates(pile: Pile, cutter: Cutter) -> list[float]:
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
