"""How sure it is that a grid is a table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from leafbeam.geometry import Rect
from leafbeam.offline.tables.cells import numeric_share
from leafbeam.offline.tables.grid import Area, Grid, GridCell

_MARKER = re.compile(r"[•●▪◦■□*·–—-]|\(?(\d{1,3}|[ivxlc]{1,5}|[A-Za-z])[.:)\]]|\[\d+\]|\(\d+\)")
_EQUATION_NUMBER = re.compile(r"\((\d{1,3}|[A-Z]\.?\d{1,2}|\d{1,2}[.-]\d{1,3})[a-z]?\)")

_LEAST_BARS = 4
_LEAST_STROKES = 12  # fewer rulings make no drawing
_STRAY = 0.5  # of the rulings' length
_STRAY_PT = 4.0
_BAND_PT = 1.0
_GRID_LINES = 3  # upright ones without any level one: of a chart
_PROSE_ROWS = 10
_PROSE_WORDS = 4


def confidence_of(grid: Grid, area: Area, prose: set[int], *, ruled: bool) -> float:
    """0..1: rulings, numbers and alignment speak for a table; running text, list marks and formulas against it."""
    frags = [frag for cell in grid.cells for frag in cell.frags]
    mathy = sum(frag.mathy for frag in frags)
    if not frags or mathy > (0.6 if ruled else 0.3) * len(frags):
        return 0.0
    if _is_chart(area):
        return 0.0
    if mathy and not ruled and any(_EQUATION_NUMBER.fullmatch(cell.text) for cell in grid.cells if cell.col > 0):
        return 0.0
    running = sum(id(frag) in prose for frag in frags) / len(frags)
    filled = [cell for cell in grid.cells if cell.frags]
    fill = sum(cell.row_span * cell.col_span for cell in filled) / (grid.row_count * len(grid.columns))
    words = sum(len(cell.text.split()) for cell in filled) / len(filled)
    if _is_list(grid, ruled=ruled) or _is_contents(grid) or _is_program(grid):
        return 0.0
    if not grid.closed and _is_columns_of_prose(grid):
        return 0.0
    if ruled:
        if _is_drawing(grid, area):
            return 0.0
        if running > (0.5 if grid.closed else 0.25) and (not grid.closed or words > 40):
            return 0.0
        return 0.9 if fill > 0.2 else 0.3
    return _score_unruled(grid, area, fill, words)


def _is_chart(area: Area) -> bool:
    """Whether more filled shapes stand beside the texts than behind them: a chart with its labels."""
    bars = [box for box in area.bars if box.intersection(area.box) > 0]
    behind = [box for box in area.shades if box.intersection(area.box) > 0.5 * box.area and box not in bars]
    bars = [box for box in bars if not any(_same_band(box, other) for other in behind)]
    return len(bars) >= _LEAST_BARS and len(bars) > len(behind)


def _same_band(box: Rect, other: Rect) -> bool:
    """Whether two shades end at the same heights, as those of the cells of one row do."""
    return max(abs(box.y0 - other.y0), abs(box.y1 - other.y1)) < _BAND_PT


def _is_drawing(grid: Grid, area: Area) -> bool:
    """Whether most of what is ruled bounds neither rows nor columns: a plan or a sketch with labels."""
    rulings = (*area.horizontals, *area.verticals)
    if len(rulings) < _LEAST_STROKES:
        return False
    sides = [x for column in grid.columns for x in (column.x0, column.x1)]

    def strays(box: Rect, *, level: bool) -> bool:
        return (
            min(abs(box.cy - y) for y in grid.borders) > _STRAY_PT
            if level
            else (min(abs(box.cx - x) for x in sides) > _STRAY_PT)
        )

    lengths = [max(r.box.width, r.box.height) for r in rulings]
    stray = sum(n for n, r in zip(lengths, rulings, strict=True) if strays(r.box, level=r.horizontal))
    return stray > _STRAY * sum(lengths)


def _score_unruled(grid: Grid, area: Area, fill: float, words: float) -> float:
    numbers = numeric_share(grid)
    frags = [frag for cell in grid.cells for frag in cell.frags]
    if sum(frag.mono for frag in frags) > 0.7 * len(frags) and numbers < 0.5:
        return 0.0  # program text
    aligned = _alignment(grid)
    rules = sum(r.box.width > 0.6 * area.box.width for r in area.horizontals)
    full = sum(len([c for c in grid.row(r) if c.frags]) >= 2 for r in range(grid.row_count))
    if fill < 0.5 and len(area.verticals) >= _GRID_LINES and not area.horizontals:
        return 0.0
    if full < 2 or fill < 0.25 or words > 12 or _drawn_over(area) or _runs_on(grid):
        return 0.0
    score = 0.1 + 0.35 * aligned + 0.3 * min(1.0, numbers / 0.5) + 0.15 * min(1.0, (full - 1) / 4)
    score += 0.2 * (rules >= 1) + 0.15 * (rules >= 2) + 0.05 * (len(grid.columns) >= 4)
    if full < 3 and rules < 2 and (numbers < 0.4 or len(grid.columns) < 3):
        score -= 0.35
    if len(grid.columns) == 2 and full < 4 and rules < 1:
        score -= 0.25
    if len(grid.columns) == 2 and numbers < 0.5 and rules < 2:
        score -= 0.1 if rules else 0.2
    return max(0.0, min(1.0, score))


def _runs_on(grid: Grid) -> bool:
    """Whether most rows hold a cell over several columns that goes on in the next row: prose set with wide spaces."""
    body = range(grid.head_rows, grid.row_count)
    wide = [[c for c in grid.row(r) if c.frags and c.col_span >= 2 and len(c.text.split()) >= 2] for r in body]
    lower = [any(c.text[:1].islower() for c in grid.row(r) if c.frags) for r in body]
    return len(wide) >= 3 and sum(map(bool, wide)) > 0.5 * len(wide) and sum(lower) > 0.5 * len(lower)


def _is_columns_of_prose(grid: Grid) -> bool:
    """Whether the long columns hold lines of running text, each going on in the next, as between column rules."""
    columns = [[c for c in grid.cells if c.col == col and c.frags] for col in range(len(grid.columns))]
    long = [cells for cells in columns if len(cells) >= _PROSE_ROWS]
    if not long:
        return False

    def runs(cells: list[GridCell]) -> bool:
        words = sorted(len(cell.text.split()) for cell in cells)
        lower = sum(cell.text[:1].islower() for cell in cells)
        return words[len(words) // 2] >= _PROSE_WORDS and lower > 0.4 * len(cells)

    return all(runs(cells) for cells in long) and 2 * sum(map(len, long)) > sum(map(len, columns))


def _drawn_over(area: Area) -> bool:
    """Whether curves or outlines fill much of the area: a drawing with labels. A frame around it all is none."""
    inside = [box for box in area.drawings if box.intersection(area.box) < 0.9 * area.box.area]
    return sum(box.intersection(area.box) for box in inside) > 0.3 * area.box.area


def _alignment(grid: Grid) -> float:
    """The mean over columns of the share of body cells on the column's most common left, right or middle."""
    shares = []
    tolerance = 0.35 * grid.em
    for col in range(len(grid.columns)):
        cells = [c for c in grid.cells if c.col == col and c.col_span == 1 and c.row >= grid.head_rows and c.frags]
        if len(cells) < 2:
            continue
        best = 0.0
        for edges in (
            [min(f.box.x0 for f in c.frags) for c in cells],
            [max(f.box.x1 for f in c.frags) for c in cells],
            [(min(f.box.x0 for f in c.frags) + max(f.box.x1 for f in c.frags)) / 2 for c in cells],
        ):
            best = max(best, max(sum(abs(e - o) <= tolerance for o in edges) for e in edges) / len(edges))
        shares.append(best)
    return sum(shares) / len(shares) if shares else 0.5


def _column(grid: Grid, col: int) -> list[GridCell]:
    return [c for c in grid.cells if c.col == col and c.frags]


def _is_list(grid: Grid, *, ruled: bool) -> bool:
    """Whether the first column only holds list marks, and what follows is not numbers."""
    if len(grid.columns) > 2 and (ruled or numeric_share(grid) > 0.4):
        return False
    first = _column(grid, 0)
    numbered = all(re.fullmatch(r"\d{1,3}", c.text) for c in first)
    if numbered and sum(len(c.text.split()) for c in _column(grid, 1)) > 5 * len(first):
        return True
    return sum(bool(_MARKER.fullmatch(c.text)) for c in first) >= 0.6 * len(first)


def _is_program(grid: Grid) -> bool:
    """Whether the grid is program text with numbered lines: a first column that counts, and type of one width."""
    numbers = [cell.text for cell in _column(grid, 0)]
    if len(numbers) < 2 or not all(re.fullmatch(r"\d{1,5}[.:]?", text) for text in numbers):
        return False
    counted = [int(text.rstrip(".:")) for text in numbers]
    frags = [frag for cell in grid.cells if cell.col > 0 for frag in cell.frags]
    if any(b - a != 1 for a, b in itertools.pairwise(counted)) or not frags:
        return False
    return sum(frag.mono for frag in frags) > 0.7 * len(frags) and numeric_share(grid) < 0.5


def _is_contents(grid: Grid) -> bool:
    """Whether the grid is a table of contents: titles, and page numbers that never fall."""
    if not 2 <= len(grid.columns) <= 5:
        return False
    last: Sequence[str] = [c.text for c in _column(grid, len(grid.columns) - 1)]
    if len(last) < 3 or not all(re.fullmatch(r"\d{1,4}|[ivxlc]+", t) for t in last):
        return False
    numbers = [int(t) for t in last if t.isdigit()]
    if any(a > b for a, b in itertools.pairwise(numbers)):
        return False
    titles = [cell for col in range(len(grid.columns) - 1) for cell in _column(grid, col)]
    led = sum(frag.leads for cell in titles for frag in cell.frags)
    words = sum(len(c.text.split()) for c in _column(grid, len(grid.columns) - 2))
    return 2 * led > len(last) or words >= 2 * len(_column(grid, len(grid.columns) - 2))
