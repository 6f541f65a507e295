"""No word is lost: a line that gave a table some of its words gives it all of them."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.records import Frag, Token


def with_rests(grids: Sequence[Grid], frags: Sequence[Frag]) -> None:
    """Adds to the grids what is left of lines that stand in them in part: to the nearest cell of that line's row.

    ``frags`` are all fragments of the page. A line is taken from the running text as a whole, so that words of it in
    no cell would be in no block at all.
    """
    homes: dict[int, tuple[Grid, GridCell, Frag]] = {}
    placed: set[tuple[int, int, float]] = set()
    for grid in grids:
        for cell in grid.cells:
            for frag in cell.frags:
                for token in frag.tokens:
                    homes.setdefault(token.line, (grid, cell, frag))
                    placed.update(_places(token))
    for frag in frags:
        left = [t for t in frag.tokens if t.line in homes and not _places(t) <= placed]
        if not left:
            continue
        rest = frag if len(left) == len(frag.tokens) else frag.part(left)
        grid, cell, beside = homes[left[0].line]
        home = _nearest([c for c in grid.row(cell.row) if c.frags], rest.box) or cell
        home.frags.append(rest)
        if home is cell and abs(beside.baseline_pt - rest.baseline_pt) < 0.4 * rest.size_pt:
            home.frags.sort(key=lambda f: (round(f.baseline_pt / (0.5 * rest.size_pt)), f.box.x0))


def _places(token: Token) -> set[tuple[int, int, float]]:
    """What tells each character of a word from all others on the page: words may have been cut meanwhile."""
    if token.chars:
        return {(token.line, id(token.span), round(x, 2)) for x, _ in token.chars}
    return {(token.line, id(token.span), round(token.box.x0, 2))}


def _nearest(cells: Sequence[GridCell], box: Rect) -> GridCell | None:
    def distance(cell: GridCell) -> float:
        around = union(f.box for f in cell.frags)
        return max(around.x0 - box.x1, box.x0 - around.x1)

    return min(cells, key=distance, default=None)
