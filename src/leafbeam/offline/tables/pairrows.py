"""From lines of labels and texts to a grid, where they are a table."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables.columns import Column
from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.pairs import MARKER, PairLine, PairTable
from leafbeam.offline.tables.records import Frag

_LEAST_ROWS = 3
_MOST_LABEL_WORDS = 6


def pair_grid(table: PairTable, prose: set[int], bars: Sequence[Ruling], shades: Sequence[Rect]) -> Grid | None:
    """The grid of such a table; None when it reads like something else: text in columns, a list, notes."""
    cuts = _cuts(table, bars, shades)
    rows = _rows(table, cuts)
    if len(rows) < _LEAST_ROWS or not _is_table(table, rows, prose, cuts):
        return None
    count = len(table.edges)
    columns = _columns(table)
    cells = []
    for r, row in enumerate(rows):
        heading = row[0].over_all
        if heading is not None:
            cells.append(GridCell(r, 0, 1, count, [heading]))
            continue
        for c in range(count):
            cells.append(GridCell(r, c, 1, 1, [line.cells[c] for line in row if c in line.cells]))
    borders = [rows[0][0].baseline_pt - table.em]
    borders += [below[0].baseline_pt - 0.9 * table.em for below in rows[1:]]
    borders.append(rows[-1][-1].baseline_pt + 0.3 * table.em)
    return Grid(columns, borders, cells, _head_rows(rows, borders, cuts), table.em, closed=False)


def _columns(table: PairTable) -> list[Column]:
    ends = [max((line.cells[c].box.x1 for line in table.lines if c in line.cells), default=x) for c, x in _each(table)]
    xs = [*table.edges, max(ends)]
    return [Column(x0, x1, x0, max(end, x0 + 1)) for x0, x1, end in zip(xs, xs[1:], ends, strict=False)]


def _each(table: PairTable) -> list[tuple[int, float]]:
    return list(enumerate(table.edges))


def _cuts(table: PairTable, bars: Sequence[Ruling], shades: Sequence[Rect]) -> list[float]:
    """The y of rulings under the labels and of the borders of filled bands behind them."""
    x0, top, bottom = table.edges[0], table.lines[0].baseline_pt, table.lines[-1].baseline_pt
    middle = (table.edges[0] + table.edges[1]) / 2
    ys = [r.box.cy for r in bars if r.box.x0 < x0 + table.em and r.box.x1 > middle]
    for shade in shades:
        if shade.x0 < x0 + table.em and shade.x1 > middle and shade.height > 0.8 * table.em:
            ys += [shade.y0, shade.y1]
    return sorted(y for y in ys if top < y < bottom)


def _rows(table: PairTable, cuts: Sequence[float]) -> list[list[PairLine]]:
    """The lines of each row: a row begins at a label with text beside it, unless the lines are clearly closer there."""
    banded = _bands(table, cuts)
    if banded is not None:
        return banded
    limit = _row_gap(table, cuts)
    rows: list[list[PairLine]] = []
    begin = next(i for i, line in enumerate(table.lines) if line.is_start)
    for line in table.lines[begin:]:
        above = rows[-1][-1] if rows else None
        if above is None or line.over_all is not None or above.over_all is not None:
            rows.append([line])
            continue
        step = line.baseline_pt - above.baseline_pt
        cut = any(above.baseline_pt - 0.3 * table.em < y < line.baseline_pt - 0.3 * table.em for y in cuts)
        if cut or (line.is_start and step > limit) or _stands_alone(line, rows[-1], table):
            rows.append([line])
        else:
            rows[-1].append(line)
    return rows


def _stands_alone(line: PairLine, row: Sequence[PairLine], table: PairTable) -> bool:
    """Whether a line without a label fills columns, one of whose lines above had room for its words: an own row."""
    return 0 not in line.cells and len(line.cells) > 1 and _fits_above(line, row, table)


def _had_room(table: PairTable, index: int) -> bool:
    """Whether a text of the line would have had room in the last line of its column above: it begins a cell."""
    return _fits_above(table.lines[index], table.lines[:index], table)


def _fits_above(line: PairLine, lines: Sequence[PairLine], table: PairTable) -> bool:
    for column, frag in line.cells.items():
        above = next((other.cells[column] for other in reversed(lines) if column in other.cells), None)
        end = max(other.cells[column].box.x1 for other in table.lines if column in other.cells)
        word = frag.tokens[0].box.width + 0.25 * table.em
        if above is None or above.box.x1 + word < end - 0.05 * table.em:
            return True
    return False


def _bands(table: PairTable, cuts: Sequence[float]) -> list[list[PairLine]] | None:
    """The rows by space: in no column do the lines of one cell stand as far apart as those of two rows; or None.

    It tells rows whatever their cells are aligned to (top, middle, bottom), where space tells at all.
    """
    leading = _leading(table)
    if leading is None:
        return None
    linked: set[int] = set()  # lines that belong to the row of the line above
    begins = {i for i in range(1, len(table.lines)) if len(table.lines[i].cells) > 1 and _had_room(table, i)}
    for column in range(len(table.edges)):
        mine = [i for i, line in enumerate(table.lines) if column in line.cells]
        for a, b in itertools.pairwise(mine):
            top, bottom = (table.lines[i].cells[column].baseline_pt for i in (a, b))
            cut = any(top - 0.3 * table.em < y < bottom - 0.3 * table.em for y in cuts)
            if not cut and bottom - top <= 1.12 * leading and not any(table.lines[i].over_all for i in range(a, b)):
                linked.update(range(a + 1, b + 1))
    if any(i in linked for i in begins):
        return None  # rows follow as close as lines
    rows: list[list[PairLine]] = []
    for i, line in enumerate(table.lines):
        if i in linked:
            rows[-1].append(line)
        else:
            rows.append([line])
    rows = _gathered(rows, table, cuts)
    if _breaks(rows, table) > 0.1 * len(rows):
        return None
    full = [row for row in rows if row[0].over_all is None]
    whole = sum(
        any(0 in line.cells for line in row) and any(len(line.cells) > (0 in line.cells) for line in row)
        for row in full
    )
    return rows if len(rows) >= _LEAST_ROWS and whole >= 0.9 * len(full) else None


def _breaks(rows: Sequence[Sequence[PairLine]], table: PairTable) -> int:
    """How many lines inside rows begin with a label that would have had room behind the label line above."""
    room = table.edges[1] - 0.4 * table.em
    count = 0
    for row in rows:
        labels = [line.cells[0] for line in row if 0 in line.cells]
        starts = {id(line.cells[0]) for line in row[1:] if line.is_start}
        for above, label in itertools.pairwise(labels):
            word = label.tokens[0].box.width + 0.25 * table.em
            count += id(label) in starts and above.box.x1 + word < room - 0.3 * table.em
    return count


def _gathered(rows: list[list[PairLine]], table: PairTable, cuts: Sequence[float]) -> list[list[PairLine]]:
    """Rows that only hold labels, or none, joined with the nearer of their neighbours: set about its middle."""
    done: list[list[PairLine]] = []
    for i, row in enumerate(rows):
        if row[0].over_all is None and done and done[-1][0].over_all is None:
            mine, above = _columns_in(row), _columns_in(done[-1])
            down = rows[i + 1][0].baseline_pt - row[-1].baseline_pt if i + 1 < len(rows) else 1e9
            up = row[0].baseline_pt - done[-1][-1].baseline_pt
            cut = any(done[-1][-1].baseline_pt - 0.3 * table.em < y < row[0].baseline_pt - 0.3 * table.em for y in cuts)
            if not cut and not mine & above and up <= down and up < 1.2 * table.em:
                done[-1] += row
                continue
        done.append(list(row))
    return done


def _columns_in(row: Sequence[PairLine]) -> set[int]:
    return {column for line in row for column in line.cells}


def _leading(table: PairTable) -> float | None:
    """The distance of two lines of one cell: the usual one of lines whose row begins in no other column."""
    gaps: list[float] = []
    for column in range(len(table.edges)):
        mine = [line.cells[column].baseline_pt for line in table.lines if column in line.cells]
        gaps += [b - a for a, b in itertools.pairwise(mine)]
    close = sorted(gap for gap in gaps if 0.9 * table.em < gap < 1.7 * table.em)
    if len(close) < 2:
        return None
    leading = close[len(close) // 10]
    return leading if sum(gap > 1.2 * leading for gap in gaps) >= 2 else None


def _row_gap(table: PairTable, cuts: Sequence[float]) -> float:
    """The least distance of the first line of a row from the line above it; 0 where rows follow as close as lines."""
    pairs = list(itertools.pairwise(table.lines))
    inner = [b.baseline_pt - a.baseline_pt for a, b in pairs if 0 not in b.cells and b.over_all is None]
    outer = [b.baseline_pt - a.baseline_pt for a, b in pairs if b.is_start]
    if not inner or not outer:
        return 0.0
    leading = statistics.median(inner)
    wide = sum(gap > 1.15 * leading for gap in outer)
    return 1.1 * leading if wide >= 0.6 * len(outer) else 0.0


def _head_rows(rows: Sequence[Sequence[PairLine]], borders: Sequence[float], cuts: Sequence[float]) -> int:
    """1 when the first row heads the columns: set in bold unlike the others, or alone above a ruling or on a band."""
    first = [f for line in rows[0] for f in line.frags]
    rest = [f for row in rows[1:] for line in row for c, f in line.cells.items() if c > 0]
    if len(first) < 2 or not rest:
        return 0
    if all(f.bold for f in first) and sum(f.bold for f in rest) < 0.3 * len(rest):
        return 1
    below = [sum(borders[i] - 4 < y < rows[i][0].baseline_pt for y in cuts) > 0 for i in range(1, len(rows))]
    return int(below[0] and not any(below[1:]))


def _is_table(table: PairTable, rows: Sequence[Sequence[PairLine]], prose: set[int], cuts: Sequence[float]) -> bool:
    full = [row for row in rows if row[0].over_all is None]
    labels = [[line.cells[0] for line in row if 0 in line.cells] for row in full]
    labels = [label for label in labels if label]
    values = [next((line.cells[1] for line in row if 1 in line.cells), None) for row in full]
    texts = [" ".join(f.text for f in label) for label in labels]
    if len(labels) < max(_LEAST_ROWS, 0.8 * len(full)) or len(set(texts)) < 0.7 * len(texts):
        return False
    if statistics.mean(len(text.split()) for text in texts) > _MOST_LABEL_WORDS:
        return False
    if sum(id(f) in prose for label in labels for f in label) > 0.25 * len(labels):
        return False
    if sum(bool(MARKER.fullmatch(text)) for text in texts) > 0.4 * len(texts) or _is_contents(table, full):
        return False
    if any(f.mono or f.mathy for label in labels for f in label):
        return False
    if _lower(texts) > 0.15 or _lower([v.text for v in values if v is not None]) > 0.45:
        return False
    if sum(id(f) not in prose for f in table.beside) > 0.5 * sum(line.is_start for line in table.lines):
        return False  # more columns stand beside it: another kind of table
    wraps = sum(len(row) > 1 if _bands(table, cuts) else any(0 not in line.cells for line in row[1:]) for row in full)
    narrow = table.edges[1] - table.edges[0] < 0.8 * (_right(table) - table.edges[1])
    evidence = _is_styled(labels, [v for v in values if v is not None])
    if wraps and narrow and len(full) > _LEAST_ROWS and statistics.mean(len(text.split()) for text in texts) <= 2:
        return True
    return evidence or (wraps >= max(2, 0.25 * len(full)) and narrow) or len(cuts) >= len(full) - 1


def _is_contents(table: PairTable, rows: Sequence[Sequence[PairLine]]) -> bool:
    """Whether the texts lead to page numbers."""
    last = [next((line.cells[c].text for line in row for c in sorted(line.cells)[::-1][:1] if c), "") for row in rows]
    pages = sum(text.isdigit() or bool(re.search(r"\s\d{1,4}$", text)) for text in last)
    leads = sum(f.leads for f in table.frags)
    return 2 * leads > len(rows) or pages > 0.6 * len(rows)


def _right(table: PairTable) -> float:
    return max(f.box.x1 for line in table.lines for f in line.frags)


def _lower(texts: Sequence[str]) -> float:
    """The share of texts that begin in the middle of a sentence."""
    return sum(text[:1].islower() for text in texts) / len(texts) if texts else 1.0


def _is_styled(labels: Sequence[Sequence[Frag]], values: Sequence[Frag]) -> bool:
    """Whether the labels, and not the texts, are set in bold, or nearly all end in a colon."""
    bold = sum(all(f.bold for f in label) for label in labels)
    if bold >= 0.8 * len(labels) and sum(f.bold for f in values) < 0.25 * len(values):
        return True
    colons = sum(label[-1].text.rstrip().endswith((":", "\uff1a")) for label in labels)
    return colons >= 0.8 * len(labels)
