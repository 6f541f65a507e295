"""Reading order: a page cut into zones of one column by a recursive cut that allows for things across the gutters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Ruling
from leafbeam.offline.content import Item, PlacedBlock, Row, Zone, body_size, make_rows

_MIN_GUTTER = 0.7  # type sizes
_MIN_COLUMN = 5.0  # type sizes: median length of the lines of a column
_MIN_LINES = 2
_OVERRUN = 1.5  # type sizes that a line may run over the gutter without spanning it
_LABEL = re.compile(r".*[:：]$")
_AMOUNT = re.compile(r"[\s$€£¥%()\d.,:/+–−-]*\d[\s$€£¥%()\d.,:/+–−-]*(?:[A-Za-z]{1,3})?")


@dataclass(frozen=True, slots=True)
class _Band:
    """A gutter at ``x`` between ``top`` and ``bottom``; ``score`` is how much text it divides."""

    x: float
    top: float
    bottom: float
    score: float


def reading_order(items: Sequence[Item], rulings: Sequence[Ruling] = ()) -> list[Zone]:
    """The zones of a page in reading order; every item is in exactly one of them."""
    if not items:
        return []
    size = body_size([item for item in items if isinstance(item, Line)])
    walls = [r for r in rulings if not r.horizontal and r.box.height > 4 * size]
    zones: list[Zone] = []
    _cut(list(items), _Cutter(size, walls), zones, 0)
    return zones


@dataclass(frozen=True, slots=True)
class _Cutter:
    size: float
    walls: list[Ruling]


def _cut(items: list[Item], cutter: _Cutter, zones: list[Zone], depth: int) -> None:
    if not items:
        return
    band = _best_band(items, cutter) if depth < 24 and len(items) > 2 else None
    if band is None:
        zones.append(_zone(items))
        return
    above = [item for item in items if item.box.cy < band.top]
    below = [item for item in items if item.box.cy > band.bottom]
    inside = [item for item in items if band.top <= item.box.cy <= band.bottom]
    left = [item for item in inside if _side(item.box, band.x) < 0]
    right = [item for item in inside if _side(item.box, band.x) >= 0]
    for part in (above, left, right, below):
        _cut(part, cutter, zones, depth + 1)


def _side(box: Rect, x: float) -> int:
    return -1 if box.cx < x else 1


def _zone(items: list[Item]) -> Zone:
    rows: list[Row | PlacedBlock] = list(make_rows([item for item in items if isinstance(item, Line)]))
    rows.extend(item for item in items if isinstance(item, PlacedBlock))
    rows.sort(key=lambda item: (item.box.y0 if isinstance(item, PlacedBlock) else item.box.cy, item.box.x0))
    return Zone(tuple(rows), union(item.box for item in items))


def _best_band(items: list[Item], cutter: _Cutter) -> _Band | None:
    """The gutter that divides most text, over the longest stretch that nothing spans."""
    best: _Band | None = None
    for x in _candidates(items, cutter):
        for band in _bands(items, x, cutter):
            if (best is None or band.score > best.score) and _are_columns(items, band, cutter):
                best = band
    return best


def _candidates(items: list[Item], cutter: _Cutter) -> list[float]:
    """Places where many items begin right of a gap, from the gaps between neighbours."""
    least = _MIN_GUTTER * cutter.size
    starts = sorted({round(item.box.x0, 1) for item in items})
    clusters: list[list[float]] = []
    for start in starts:
        if clusters and start - clusters[-1][-1] < 0.3 * cutter.size:
            clusters[-1].append(start)
        else:
            clusters.append([start])
    result = []
    for cluster in clusters:
        start = cluster[0]
        ends = sorted(item.box.x1 for item in items if item.box.x1 <= start - least * 0.5)
        if not ends:
            continue
        # the gap's middle, judged by the items that end near it
        result.append(start - min(0.5 * (start - ends[-1]), 0.5 * cutter.size))
    return result


def _spans(box: Rect, x: float, size: float) -> bool:
    return box.x0 < x - _OVERRUN * size and box.x1 > x + _OVERRUN * size


def _bands(items: list[Item], x: float, cutter: _Cutter) -> list[_Band]:
    """The stretches that nothing spans at x, each from its first to its last item."""
    events = sorted(items, key=lambda item: item.box.cy)
    bands: list[_Band] = []
    stretch: list[Item] = []
    for item in [*events, None]:
        if item is not None and not _spans(item.box, x, cutter.size):
            stretch.append(item)
            continue
        if band := _band(stretch, x, cutter):
            bands.append(band)
        stretch = []
    return bands


def _band(stretch: list[Item], x: float, cutter: _Cutter) -> _Band | None:
    left = [item for item in stretch if _side(item.box, x) < 0]
    right = [item for item in stretch if _side(item.box, x) >= 0]
    if not left or not right:
        return None
    score = min(_mass(left), _mass(right)) - 3.0 * sum(_cost(item, x) for item in stretch)
    top = min(item.box.cy for item in stretch)
    bottom = max(item.box.cy for item in stretch)
    return _Band(x, top, bottom, score) if score > 0 else None


def _mass(items: Sequence[Item]) -> float:
    return sum(item.box.area for item in items)


def _cost(item: Item, x: float) -> float:
    """The area of an item that lies on the wrong side of x."""
    over = min(item.box.x1 - x, x - item.box.x0)
    return max(0.0, over) * item.box.height


def _are_columns(items: list[Item], band: _Band, cutter: _Cutter) -> bool:
    """True when both sides read as columns, not as the cells of rows (labels and values, items and prices)."""
    inside = [item for item in items if band.top <= item.box.cy <= band.bottom]
    left = [item for item in inside if _side(item.box, band.x) < 0]
    right = [item for item in inside if _side(item.box, band.x) >= 0]
    if any(band.x - cutter.size < wall.box.cx < band.x + cutter.size for wall in cutter.walls):
        return True
    for side in (left, right):
        if any(isinstance(item, PlacedBlock) for item in side):
            continue
        if len(side) < _MIN_LINES or median(item.box.width for item in side) < _MIN_COLUMN * cutter.size:
            return False
    if _gutter_width(left, right) < _MIN_GUTTER * cutter.size:
        return False
    return not _are_rows([i for i in left if isinstance(i, Line)], [i for i in right if isinstance(i, Line)])


def _gutter_width(left: list[Item], right: list[Item]) -> float:
    """The gap between the sides where they stand side by side; the tenth percentile forgives single overruns."""
    gaps = []
    for item in left:
        near = [other.box.x0 for other in right if other.box.y_overlap(item.box) > 0]
        if near:
            gaps.append(min(near) - item.box.x1)
    if not gaps:
        return 1e9
    gaps.sort()
    return gaps[len(gaps) // 10]


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
