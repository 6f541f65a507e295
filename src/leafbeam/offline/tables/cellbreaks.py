"""Lines of one cell that were begun anew rather than wrapped: by the room that was left, or by the space between."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leafbeam.geometry import union
from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.records import Frag

_SPACE_EM = 0.3
_SPARE_EM = 1.0  # left over when the next word had stood behind the line: indents and measuring take less
_APART = 1.4  # of the table's leading: two paragraphs of one cell
_APART_EM = 1.9  # where nothing tells the leading
_GOES_ON = (",", "-", "\u00ad", "\u2010", "\u2013", "\u2014", "/", "\u00b1", "(", "[", "&", "=")


@dataclass(frozen=True, slots=True)
class Room:
    """What a cell gives its lines, in points: the width they could fill, and the usual distance of two baselines."""

    width_pt: float
    leading_pt: float | None = None


def rooms_of(grid: Grid) -> Callable[[GridCell], Room]:
    """Tells the room of each cell of the grid."""
    gaps = [gap for cell in grid.cells for gap in _gaps(lines_of(cell.frags))]
    wide = max(gaps, default=0.0)
    leading = min(gaps, default=0.0)
    told = leading if _APART * leading < wide else None

    def room(cell: GridCell) -> Room:
        return Room(_width(grid, cell), told)

    return room


def _width(grid: Grid, cell: GridCell) -> float:
    """From ink to ink; between rulings, from border to border less the column's own padding on both sides."""
    first, last = grid.columns[cell.col], grid.columns[cell.col + cell.col_span - 1]
    ink = last.ink1 - first.ink0
    if not grid.closed:
        return ink
    return max(ink, last.x1 - first.x0 - 2 * max(1.0, first.ink0 - first.x0))


def lines_of(frags: Sequence[Frag]) -> list[list[Frag]]:
    """The fragments of a cell, in their order, by visual line."""
    lines: list[list[Frag]] = []
    for frag in frags:
        if lines and abs(lines[-1][0].baseline_pt - frag.baseline_pt) <= 0.4 * frag.size_pt:
            lines[-1].append(frag)
        else:
            lines.append([frag])
    return lines


def _gaps(lines: Sequence[Sequence[Frag]]) -> list[float]:
    gaps = [b[0].baseline_pt - a[0].baseline_pt for a, b in itertools.pairwise(lines)]
    return [gap for gap, line in zip(gaps, lines, strict=False) if gap > 0.8 * line[0].size_pt]


def line_breaks(lines: Sequence[Sequence[Frag]], room: Room) -> set[int]:
    """The indexes of the lines that begin anew: their first word had room behind the line above, or space parts them.

    One in lower case, or behind a line that cannot end there, only goes on. Where no line goes on and half of them
    begin anew, all do: the long ones of an address leave no room.
    """
    pairs = list(enumerate(itertools.pairwise(lines), 1))
    able = [i for i, (above, line) in pairs if _may_begin(above, line)]
    begun = {i for i, (above, line) in pairs if i in able and _begins(above, line, room)}
    return set(able) if begun and len(able) == len(pairs) <= 2 * len(begun) else begun


def _may_begin(above: Sequence[Frag], line: Sequence[Frag]) -> bool:
    return not line[0].text[:1].islower() and not above[-1].text.endswith(_GOES_ON)


def _begins(above: Sequence[Frag], line: Sequence[Frag], room: Room) -> bool:
    em = line[0].size_pt
    gap = line[0].baseline_pt - above[0].baseline_pt
    if gap > (_APART_EM * em if room.leading_pt is None else max(_APART * room.leading_pt, 1.5 * em)):
        return True
    word = line[0].tokens[0].box.width
    for before, token in itertools.pairwise(line[0].tokens):
        if not token.glued:
            break
        word = token.box.x1 - min(before.box.x0, line[0].tokens[0].box.x0)
    return union(f.box for f in above).width + _SPACE_EM * em + word + _SPARE_EM * em < room.width_pt
