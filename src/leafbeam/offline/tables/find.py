"""Finds the tables of a page: ruled ones by their lines, the others by rows of fragments that line up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import RegionKind, Ruling
from leafbeam.offline.tables.aligned import aligned_areas
from leafbeam.offline.tables.cells import table_of
from leafbeam.offline.tables.frames import without_frames
from leafbeam.offline.tables.grid import Area, Grid, build
from leafbeam.offline.tables.judge import confidence_of
from leafbeam.offline.tables.level import leaned, levelled, slope_of
from leafbeam.offline.tables.marks import is_dots
from leafbeam.offline.tables.pairrows import pair_grid
from leafbeam.offline.tables.pairs import PairTable, pair_tables
from leafbeam.offline.tables.prose import prose_of
from leafbeam.offline.tables.records import FoundTable, Frag, TablePage
from leafbeam.offline.tables.rests import with_rests
from leafbeam.offline.tables.ruled import ruled_boxes, with_heads_above
from leafbeam.offline.tables.rulings import edges_of_shapes, joined, without_check_boxes
from leafbeam.offline.tables.trim import trimmed
from leafbeam.offline.tables.turned import turned_pages
from leafbeam.offline.tables.words import fragments

_LEAST_CONFIDENCE = 0.62
_PAIRS_CONFIDENCE = 0.8
_LEAST_BAR_PT = 3.0
_SURE_FIGURE = 0.9  # score of a region


def find_tables(page: TablePage) -> tuple[FoundTable, ...]:
    """The tables of the page, from top to bottom, also those set sideways.

    Text that only looks columnar (prose, lists) is left alone.
    """
    slope = slope_of(page) if page.scanned else 0.0
    if slope:
        page = levelled(page, slope)
    sideways = [turned.back(table) for turned in turned_pages(page) for table in _find(turned.page)]
    taken = {i for table in sideways for i in table.used}
    kept = [i for i in range(len(page.lines)) if i not in taken]
    rest = dataclasses.replace(page, lines=tuple(page.lines[i] for i in kept)) if taken else page
    upright = [dataclasses.replace(table, used=tuple(kept[i] for i in table.used)) for table in _find(rest)]
    found = [leaned(table, slope) for table in (*sideways, *upright)]
    return tuple(sorted(found, key=lambda table: (table.box.y0, table.box.x0)))


def _find(page: TablePage) -> list[FoundTable]:
    """The tables whose lines run from left to right."""
    framing = without_check_boxes(page.shapes, page.lines)
    drawn = [*page.rulings, *edges_of_shapes(framing, page.width_pt, page.height_pt)]
    bars, posts = joined(drawn)
    shades = tuple(s.box for s in page.shapes if s.filled)
    drawings = tuple(s.box for s in page.shapes if not s.filled)
    apart = [*_pictures(page), *_figures(page, bars, posts)]
    frags = [f for f in fragments(page.lines, posts) if not any(box.contains(f.box.cx, f.box.cy) for box in apart)]
    if len(frags) < 4:
        return []
    prose = prose_of(frags)
    bars, posts = joined(without_frames(drawn, frags, prose, [p.box for p in page.pictures]))
    filled = _bars_of_charts(page, frags)
    found: list[tuple[Grid, float]] = []
    for drawn_box in ruled_boxes(bars, posts):
        box = with_heads_above(drawn_box, frags, prose)
        area = dataclasses.replace(_area(box, frags, bars, posts, shades), bars=filled)
        judged = _judged(area, prose, ruled=True)
        if judged:
            bars, posts = _outside(bars, box), _outside(posts, box)
        found += judged
        frags = _left(frags, found)
    found += _of_pairs(frags, prose, bars, shades, wrapped=True)
    frags = _left(frags, found)
    areas = aligned_areas([f for f in frags if id(f) not in prose], [f for f in frags if id(f) in prose], bars, shades)
    for box in areas:
        inside = _without_prose([f for f in frags if box.contains(f.box.cx, f.box.cy)], prose)
        area = dataclasses.replace(_area(box, inside, bars, posts, shades), drawings=drawings, bars=filled)
        found += _judged(area, prose, ruled=False)
        frags = _left(frags, found)
    found += _of_pairs(frags, prose, bars, shades, wrapped=False)
    with_rests([grid for grid, _ in found], fragments(page.lines, posts))
    return [_found(grid, confidence, page) for grid, confidence in found]


def _without_prose(frags: Sequence[Frag], prose: set[int]) -> list[Frag]:
    """The fragments without running text; a lone long line that stands level with two cells or more is none."""
    plain = [f for f in frags if id(f) not in prose]
    running = [f for f in frags if id(f) in prose]

    def is_cell(frag: Frag) -> bool:
        em = frag.size_pt
        beside = sum(abs(p.baseline_pt - frag.baseline_pt) < 0.3 * em for p in plain)
        near = [p for p in running if p is not frag and abs(p.baseline_pt - frag.baseline_pt) < 2.5 * em]
        return beside >= 2 and not any(p.box.x_overlap(frag.box) > 0 for p in near)

    return [*plain, *(f for f in running if is_cell(f))]


def _of_pairs(
    frags: Sequence[Frag], prose: set[int], bars: Sequence[Ruling], shades: Sequence[Rect], *, wrapped: bool
) -> list[tuple[Grid, float]]:
    """Tables of labels and texts: with ``wrapped`` only those whose texts wrap, which do not show as aligned rows."""
    found: list[tuple[Grid, float]] = []

    def accept(pairs: PairTable) -> bool:
        if wrapped and not pairs.wraps and not any(id(f) in prose for f in pairs.frags):
            return False
        grid = pair_grid(pairs, prose, bars, shades)
        if grid is not None:
            found.append((grid, _PAIRS_CONFIDENCE))
        return grid is not None

    pair_tables(frags, accept)
    return found


def _pictures(page: TablePage) -> list[Rect]:
    size = page.width_pt * page.height_pt
    return [p.box for p in page.pictures if p.box.area < 0.6 * size]


def _figures(page: TablePage, bars: Sequence[Ruling], posts: Sequence[Ruling]) -> list[Rect]:
    """Regions of a scan that are figures for sure: the words in them are labels of a chart or a plan.

    One with rulings over its whole width and none upright is a table that was taken for a figure.
    """
    tables = [r.box for r in page.regions if r.kind is RegionKind.TABLE]
    sure = [r.box for r in page.regions if r.kind is RegionKind.FIGURE and r.score >= _SURE_FIGURE]
    free = [box for box in sure if not any(box.intersection(t) > 0.3 * min(box.area, t.area) for t in tables)]
    return [box for box in free if not _is_ruled(box, bars, posts)]


def _is_ruled(box: Rect, bars: Sequence[Ruling], posts: Sequence[Ruling]) -> bool:
    reach = box.grown(3, 3)
    across = [b for b in bars if b.box.x_overlap(box) > 0.8 * box.width and reach.contains(b.box.cx, b.box.cy)]
    upright = any(p.box.y_overlap(box) > 0.5 * box.height and reach.contains(p.box.cx, p.box.cy) for p in posts)
    return len(across) >= 2 and not upright


def _bars_of_charts(page: TablePage, frags: Sequence[Frag]) -> tuple[Rect, ...]:
    """Filled shapes, not white, in which no text stands: bars of a chart, or empty cells of a shaded table."""
    found = []
    for shape in page.shapes:
        box = shape.box
        pale = min(shape.color >> 16, shape.color >> 8 & 0xFF, shape.color & 0xFF) > 0xF6
        solid = shape.filled and not pale and min(box.width, box.height) > _LEAST_BAR_PT
        if solid and not any(box.contains(f.box.cx, f.box.cy) for f in frags):
            found.append(box)
    return tuple(found)


def _outside(rulings: Sequence[Ruling], box: Rect) -> list[Ruling]:
    """The rulings that do not belong to the table in the box: the text beside it has no share in them."""
    reach = box.grown(3, 3)
    return [r for r in rulings if not reach.contains(r.box.cx, r.box.cy)]


def _area(
    box: Rect, frags: Sequence[Frag], bars: Sequence[Ruling], posts: Sequence[Ruling], shades: tuple[Rect, ...]
) -> Area:
    reach = box.grown(3, 3)

    def touching(rulings: Sequence[Ruling]) -> tuple[Ruling, ...]:
        return tuple(r for r in rulings if r.box.x_overlap(reach) >= 0 and r.box.y_overlap(reach) >= 0)

    inside = tuple(f for f in frags if box.contains(f.box.cx, f.box.cy))
    return Area(box, inside, touching(bars), touching(posts), tuple(s for s in shades if s.intersection(reach) > 0))


def _judged(area: Area, prose: set[int], *, ruled: bool) -> list[tuple[Grid, float]]:
    grid = build(area)
    if grid is None:
        return []
    grid = trimmed(grid)
    if grid is None:
        return []
    confidence = confidence_of(grid, area, prose, ruled=ruled)
    return [(grid, confidence)] if confidence >= _LEAST_CONFIDENCE else []


def _left(frags: Sequence[Frag], found: Sequence[tuple[Grid, float]]) -> list[Frag]:
    used = {token.line for grid, _ in found for cell in grid.cells for frag in cell.frags for token in frag.tokens}
    return [frag for frag in frags if not any(token.line in used for token in frag.tokens)]


def _found(grid: Grid, confidence: float, page: TablePage) -> FoundTable:
    frags = [frag for cell in grid.cells for frag in cell.frags]
    box = union(f.box for f in frags)
    used = {token.line for frag in frags for token in frag.tokens}
    used.update(i for i, line in enumerate(page.lines) if is_dots(line.text) and box.contains(line.box.cx, line.box.cy))
    return FoundTable(box, table_of(grid), tuple(sorted(used)), round(confidence, 3))


__all__ = ["find_tables"]
