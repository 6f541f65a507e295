"""Takes titles above and notes below out of a grid, and rows and columns in which nothing stands."""

from __future__ import annotations

from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.marks import CAPTION

_MOST_WORDS = 12  # of a last line over all columns; more are a note
_MOST_FRAMED_WORDS = 40


def trimmed(grid: Grid) -> Grid | None:
    """The grid without first and last rows that are one cell over all columns; None when under two rows remain."""
    first, last = 0, grid.row_count - 1
    while first <= last and _is_outside(grid, first, top=True):
        first += 1
    while last >= first and _is_outside(grid, last, top=False):
        last -= 1
    if last - first < 1:
        return None
    cells = [cell for cell in grid.cells if first <= cell.row <= last]
    for cell in cells:
        cell.row -= first
        cell.row_span = min(cell.row_span, last - first + 1 - cell.row)
    borders = grid.borders[first : last + 2]
    slim = Grid(grid.columns, borders, cells, max(0, grid.head_rows - first), grid.em, grid.closed)
    return _without_empty(slim)


def _is_outside(grid: Grid, row: int, *, top: bool) -> bool:
    """Whether a row at the edge is empty, or one text over the whole width: a title, or notes."""
    cells = grid.row(row)
    filled = [cell for cell in cells if cell.frags]
    if not filled:
        return not any(c.row < row < c.row + c.row_span and c.frags for c in grid.cells)
    if len(filled) > 1 or any(c.row < row < c.row + c.row_span and c.frags for c in grid.cells):
        return False
    cell = filled[0]
    if cell.row_span > 1:
        return False
    if row in grid.framed and len(cell.text.split()) <= _MOST_FRAMED_WORDS and not CAPTION.match(cell.text):
        return False
    if cell.col_span == len(grid.columns):
        return True
    if top and _is_title(grid, cell, row):
        return True
    words = len(cell.text.split())
    return not top and words > _MOST_WORDS and cell.col == 0


def _is_title(grid: Grid, cell: GridCell, row: int) -> bool:
    """Whether a lone first line is set in larger type, or is a phrase centred above rows that fill other columns."""
    below = [c for c in grid.row(row + 1) if c.frags]
    larger = cell.frags[0].size_pt > 1.15 * grid.em
    x0, x1 = grid.columns[0].x0, grid.columns[-1].x1
    middle = sum(f.box.cx for f in cell.frags) / len(cell.frags)
    centred = abs(middle - (x0 + x1) / 2) < 0.04 * (x1 - x0)
    return larger or (centred and len(below) == 1) or (centred and cell.col_span > 1 and len(grid.columns) > 2)


def _without_empty(grid: Grid) -> Grid | None:
    """Drops rows and columns that hold no text at all."""
    rows = [r for r in range(grid.row_count) if any(c.row <= r < c.row + c.row_span and c.frags for c in grid.cells)]
    cols = [k for k in range(len(grid.columns)) if any(c.col <= k < c.col + c.col_span and c.frags for c in grid.cells)]
    starts_r = {c.row for c in grid.cells if c.frags}
    starts_c = {c.col for c in grid.cells if c.frags}
    rows = [r for r in rows if r in starts_r] or rows
    cols = [k for k in cols if k in starts_c] or cols
    if len(rows) < 2 or len(cols) < 2:
        return None
    cells = []
    for cell in grid.cells:
        own_rows = [i for i, r in enumerate(rows) if cell.row <= r < cell.row + cell.row_span]
        own_cols = [i for i, k in enumerate(cols) if cell.col <= k < cell.col + cell.col_span]
        if own_rows and own_cols:
            cells.append(GridCell(own_rows[0], own_cols[0], len(own_rows), len(own_cols), cell.frags))
    borders = [grid.borders[r] for r in rows] + [grid.borders[rows[-1] + 1]]
    head = sum(r < grid.head_rows for r in rows)
    return Grid([grid.columns[k] for k in cols], borders, cells, min(head, len(rows) - 1), grid.em, grid.closed)
