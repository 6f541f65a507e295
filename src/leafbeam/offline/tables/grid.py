"""From the fragments, rulings and shading inside one area to a grid of cells with spans."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables import head
from leafbeam.offline.tables.columns import Column, columns_of, find_columns
from leafbeam.offline.tables.groups import LabelSpan, label_spans
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.rows import RowContext, group_rows, leading_of, pitch_of, shade_cuts
from leafbeam.offline.tables.spans import Merger
from leafbeam.offline.tables.splits import split_joined
from leafbeam.offline.tables.words import is_numeric, visual_rows

_NEAR_PT = 4.5
_MOST_OF_ROW = 0.85  # of a ruled row's height


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the page that may be a table: its box and what lies in it (rulings already joined)."""

    box: Rect
    frags: tuple[Frag, ...]
    horizontals: tuple[Ruling, ...] = ()
    verticals: tuple[Ruling, ...] = ()
    shades: tuple[Rect, ...] = ()
    drawings: tuple[Rect, ...] = ()
    bars: tuple[Rect, ...] = ()  # filled shapes in which nothing stands


@dataclass(slots=True)
class GridCell:
    """A cell under construction: its place and the fragments in it, in reading order."""

    row: int
    col: int
    row_span: int = 1
    col_span: int = 1
    frags: list[Frag] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(frag.text for frag in self.frags)


@dataclass(slots=True)
class Grid:
    """The cells, row by row, with the borders they came from. ``head_rows`` of them are column heads."""

    columns: list[Column]
    borders: list[float]  # y of the row borders: one more than rows
    cells: list[GridCell]
    head_rows: int
    em: float
    closed: bool
    framed: frozenset[int] = frozenset()  # rows with rulings on all four sides of the table's width

    @property
    def row_count(self) -> int:
        return len(self.borders) - 1

    def row(self, index: int) -> list[GridCell]:
        """The cells that start in a row."""
        return sorted((cell for cell in self.cells if cell.row == index), key=lambda cell: cell.col)


def build(area: Area) -> Grid | None:
    """The grid of an area; None when it has fewer than two columns or rows."""
    if len(area.frags) < 3:
        return None
    em = statistics.median(frag.size_pt for frag in area.frags)
    rows = visual_rows(area.frags)
    columns = find_columns(rows, area.verticals, area.box, em)
    if len(columns) < 2:
        return None
    rows = visual_rows(split_joined(rows, columns, em))
    columns = _filled_columns(find_columns(rows, area.verticals, area.box, em), rows, area.verticals)
    if len(columns) < 2 or len(rows) < 2:
        return None
    covers = [_covered(r.box, columns) for r in area.horizontals]
    cuts = sorted(r.box.cy for r, cover in zip(area.horizontals, covers, strict=True) if cover)
    wide = sorted(
        r.box.cy for r, cover in zip(area.horizontals, covers, strict=True) if len(cover) >= 0.6 * len(columns)
    )
    wide = _joined_pieces(wide, area, columns)
    closed = _is_closed(rows, wide)
    shades = shade_cuts(area.shades, area.box)
    full = [r.box.cy for r, cover in zip(area.horizontals, covers, strict=True) if len(cover) == len(columns)]
    head_end = head.find_end(rows, columns, wide, sorted(full), shades, closed=closed)
    gridded = closed and head_end is not None and _is_gridded(columns, area, cuts, head_end)
    if gridded and head_end is not None:  # Word shades the cells of a head line by line
        shades = [y for y in shades if y > head_end]
    context = RowContext(
        columns, sorted([*cuts, *wide, *shades]), closed, head_end, pitch_of(rows), leading_of(rows, columns), gridded
    )
    groups = group_rows(rows, context)
    if len(groups) < 2:
        return None
    head_rows = sum(group[-1].baseline_pt < head_end for group in groups) if head_end is not None else 0
    head_rows = min(head_rows, len(groups) - 1)
    rules = [(r.box.cy, set(cover)) for r, cover in zip(area.horizontals, covers, strict=True)]
    groups, labels = label_spans(groups, columns, head_rows, rules)
    if len(groups) < 2:
        return None
    borders = _borders([_beside(group, labels) for group in groups], area, context.cuts)
    merger = Merger(columns, borders, area.horizontals, area.verticals, area.box, em)
    merger.labels(labels)
    cells = _cells(groups, columns, merger, head_rows)
    framed = frozenset(r for r in range(len(groups)) if merger.is_framed(r))
    return Grid(columns, borders, cells, head_rows, em, closed, framed)


def _is_gridded(columns: Sequence[Column], area: Area, cuts: Sequence[float], head_end: float) -> bool:
    """Whether rulings stand between all columns in the lowest ruled row of the head, and no text lies over them."""
    bottom = max((y for y in cuts if abs(y - head_end) < _NEAR_PT), default=head_end)
    top = max((y for y in cuts if y < bottom - _NEAR_PT), default=area.box.y0)
    band = Rect(area.box.x0, top, area.box.x1, bottom)
    for left in columns[:-1]:
        bars = [r.box for r in area.verticals if abs(r.box.cx - left.x1) < _NEAR_PT]
        if sum(bar.y_overlap(band) for bar in bars) < _MOST_OF_ROW * band.height:
            return False
    inside = [f.box for f in area.frags if band.contains(f.box.cx, f.box.cy)]
    return not any(box.x0 + 1 < left.x1 < box.x1 - 1 for box in inside for left in columns[:-1])


def _beside(group: Sequence[Row], labels: Sequence[LabelSpan]) -> list[Row]:
    """A row without the labels that stand beside several rows: they say nothing about where it ends."""
    away = {id(f) for label in labels for f in label.frags}
    lines = [Row([f for f in row.frags if id(f) not in away]) for row in group]
    return [line for line in lines if line.frags] or list(group)


def _walled(column: Column, bars: Sequence[Ruling], rows: Sequence[Row]) -> bool:
    """Whether rulings stand along most of both sides of a column."""
    height = rows[-1].box.y1 - rows[0].box.y0

    def cover(x: float) -> float:
        return sum(r.box.height for r in bars if abs(r.box.cx - x) < 3) / max(1.0, height)

    return cover(column.x0) > 0.6 and cover(column.x1) > 0.6


def _filled_columns(columns: Sequence[Column], rows: Sequence[Row], bars: Sequence[Ruling]) -> list[Column]:
    """Leaves out columns in which nothing stands, unless rulings make them."""
    keep = []
    for column in columns:
        filled = any(column.x0 <= f.box.cx <= column.x1 for row in rows for f in row.frags)
        if filled or (column.x1 - column.x0 > 14 and _walled(column, bars, rows)):
            keep.append(column)
    if not keep:
        return []
    fixed = []
    for i, column in enumerate(keep):
        x0 = columns[0].x0 if i == 0 else keep[i - 1].x1
        fixed.append(Column(min(x0, column.x0), column.x1, column.ink0, column.ink1))
    return fixed


def _covered(rule: Rect, columns: Sequence[Column]) -> list[int]:
    """The columns a horizontal ruling runs over."""
    found = []
    for i, column in enumerate(columns):
        over = min(rule.x1, column.ink1) - max(rule.x0, column.ink0)
        if over >= 0.5 * column.ink_width:
            found.append(i)
    return found


def _joined_pieces(wide: Sequence[float], area: Area, columns: Sequence[Column]) -> list[float]:
    """Adds the y where several short rulings side by side make up a full one."""
    found = list(wide)
    levels: dict[int, set[int]] = {}
    places: dict[int, float] = {}
    for rule in area.horizontals:
        key = next((k for k in (round(rule.box.cy / 2) + d for d in (0, -1, 1)) if k in levels), round(rule.box.cy / 2))
        levels.setdefault(key, set()).update(_covered(rule.box, columns))
        places[key] = rule.box.cy
    for key, covered in levels.items():
        if len(covered) == len(columns) and not any(abs(y - places[key]) < 3 for y in found):
            gaps_tight = _tight(area, places[key], columns)
            if gaps_tight:
                found.append(places[key])
    return sorted(found)


def _tight(area: Area, y: float, columns: Sequence[Column]) -> bool:
    """Whether the pieces at this height leave no gap wide enough to mean groups of columns."""
    pieces = sorted((r.box for r in area.horizontals if abs(r.box.cy - y) < 3), key=lambda b: b.x0)
    return len(pieces) >= len(columns) - 1 or all(b.x0 - a.x1 < 3 for a, b in itertools.pairwise(pieces))


def _is_closed(rows: Sequence[Row], wide: Sequence[float]) -> bool:
    """Whether full rulings part (nearly) every row of the body.

    Between two of them may stand wrapped text, but not many lines that each begin at the left and fill two columns.
    """
    bands: dict[int, list[Row]] = {}
    for row in rows:
        bands.setdefault(sum(y < row.baseline_pt - 0.3 * row.size_pt for y in wide), []).append(row)
    if len(bands) < 3:
        return False
    left = min(row.frags[0].box.x0 for row in rows)
    extra = 0
    for band in bands.values():
        full = [row for row in band if len(row.frags) >= 2 and row.frags[0].box.x0 < left + 2 * row.size_pt]
        numbers = [row for row in full if any(is_numeric(f.text) for f in row.frags[1:])]
        extra += max(0, len(full) - 1) if len(band) > 3 else max(0, len(numbers) - 1)
    return extra <= 0.3 * len(rows)


def _borders(groups: Sequence[Sequence[Row]], area: Area, cuts: Sequence[float]) -> list[float]:
    borders = [area.box.y0]
    for above, below in itertools.pairwise(groups):
        low = max(row.baseline_pt for row in above)
        high = min(row.baseline_pt for row in below)
        size = below[0].size_pt
        between = [y for y in cuts if above[0].baseline_pt - 0.3 * size < y < high - 0.3 * size]
        borders.append(between[-1] if between else max(low + 0.25 * size, high - 0.9 * size))
    borders.append(area.box.y1)
    return borders


def _cells(
    groups: Sequence[Sequence[Row]], columns: Sequence[Column], merger: Merger, head_rows: int
) -> list[GridCell]:
    placed: dict[tuple[int, int], list[Frag]] = {}
    for r, group in enumerate(groups):
        for row in group:
            for frag in row.frags:
                first, last = columns_of(frag, columns)
                if last > first and not head.may_span(frag, row, columns, in_head=r < head_rows):
                    last = first = first if frag.box.x0 < columns[first].x1 else last
                placed.setdefault((r, first), []).append(frag)
                merger.frag_spans(r, first, last)
    filled = {place: frags for place, frags in placed.items() if frags}
    merger.by_rulings(filled, head_rows)
    merger.by_head(filled, head_rows)
    merger.by_middle(filled, head_rows)
    cells = []
    for (top, left), (row_span, col_span) in sorted(merger.boxes().items()):
        frags = [
            frag
            for r in range(top, top + row_span)
            for c in range(left, left + col_span)
            for frag in placed.get((r, c), ())
        ]
        ordered = [frag for line in visual_rows(frags) for frag in line.frags]
        cells.append(GridCell(top, left, row_span, col_span, ordered))
    return cells
