"""Tables of text without rulings: short labels on one left edge, and beside each a text that may wrap.

Such are boxes of facts, explained terms and forms. Their texts read like paragraphs, so rows of fragments do not show
them; two left edges that keep together over many lines do.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import visual_rows

_EDGE_EM = 0.35
_LEAST_ROWS = 3
_MOST_COLUMNS = 6
_BEGIN_SHARE = 0.75  # of the texts beside labels begin like a text; of the lines of a paragraph a quarter do
_FIRST_EM = 1.0  # from a line to the label beside the middle of its text
_CUT_EM = 1.2
_NEAR_EM = 10.0
_HEAD_EM = 2.6  # from the heads of columns to the first row
_SPACE_EM = 3.0  # between two words of a justified line
_FAR_EM = 3.2  # between two lines of one table
MARKER = re.compile(
    r"[^\w\s]|(§+|Art\.?|Nr\.?|No\.?)?\s?\(?((\d{1,4}|[A-Z])(\.\d+)*|[ivxlc]{1,5}|[A-Za-z])[.:)\]]?|\[[^\]]*\]|\(\d+\)",
    re.I,
)
"""A list mark, a clause or section number, a reference: what follows it is an item, not a fact."""


@dataclass(frozen=True, slots=True)
class PairLine:
    """One visual line of such a table: its fragments by column, or one fragment over all columns."""

    cells: dict[int, Frag]
    over_all: Frag | None = None

    @property
    def frags(self) -> list[Frag]:
        return [self.over_all] if self.over_all is not None else list(self.cells.values())

    @property
    def baseline_pt(self) -> float:
        return statistics.median(f.baseline_pt for f in self.frags)

    @property
    def is_start(self) -> bool:
        """Whether a row can begin here: a label with something beside it."""
        return 0 in self.cells and len(self.cells) > 1


@dataclass(frozen=True, slots=True)
class PairTable:
    """Lines from top to bottom under the left edges of the columns."""

    edges: tuple[float, ...]
    lines: tuple[PairLine, ...]
    em: float
    beside: tuple[Frag, ...] = ()  # what stands left or right of it, one for each line that begins a row

    @property
    def frags(self) -> list[Frag]:
        return [frag for line in self.lines for frag in line.frags]

    @property
    def wraps(self) -> bool:
        """Whether some line only goes on with a text."""
        return any(line.cells and 0 not in line.cells for line in self.lines)


def pair_tables(frags: Sequence[Frag], accept: Callable[[PairTable], bool]) -> None:
    """Offers the places where labels and texts keep to two left edges or more, those with most columns first.

    What is accepted is not offered again as a part of another one.
    """
    rows = visual_rows(frags)
    taken: set[int] = set()
    for edges, em in _edges(rows):
        for stretch in _stretches(rows, edges, em, taken):
            starts = [line for line in stretch if line.is_start]
            if len(starts) < _LEAST_ROWS:
                continue
            lines = [*_heads(rows, stretch, edges, em), *stretch]
            table = PairTable(edges, tuple(lines), em, tuple(_beside(rows, stretch, edges)))
            if accept(table):
                taken.update(id(f) for line in lines for f in line.frags)


def _heads(rows: Sequence[Row], lines: Sequence[PairLine], edges: tuple[float, ...], em: float) -> Iterator[PairLine]:
    """The line right above when it holds one text over each column, off their edges: heads about the middle."""
    right = max(f.box.x1 for line in lines for f in line.frags)
    top = lines[0].baseline_pt
    above = [row for row in rows if 0.9 * em < top - row.baseline_pt < _HEAD_EM * em]
    if not above:
        return
    frags = [f for f in above[-1].frags if f.box.x1 > edges[0] - em and f.box.x0 < right + em]
    bounds = [*edges[1:], right + em]
    fits = len(frags) == len(edges) and all(
        edge - em < f.box.x0 and f.box.x1 < bound + 0.3 * em
        for f, edge, bound in zip(frags, edges, bounds, strict=True)
    )
    if fits:
        yield PairLine(dict(enumerate(frags)))


def _beside(rows: Sequence[Row], lines: Sequence[PairLine], edges: tuple[float, ...]) -> Iterator[Frag]:
    """What stands next to the lines that begin rows, at their left and at their right."""
    mine = {id(f) for line in lines for f in line.frags}
    right = max(f.box.x1 for line in lines for f in line.frags)
    levels = [line.baseline_pt for line in lines if line.is_start]
    for row in rows:
        em = row.size_pt
        if not any(abs(row.baseline_pt - y) < 0.3 * em for y in levels):
            continue
        near = [f for f in row.frags if edges[0] - _NEAR_EM * em < f.box.x1 and f.box.x0 < right + _NEAR_EM * em]
        yield from [f for f in near if id(f) not in mine and not edges[0] <= f.box.cx <= right][:1]


def _edges(rows: Sequence[Row]) -> list[tuple[tuple[float, ...], float]]:
    """Left edges that stand side by side in three lines or more, most columns first, and the type size there."""
    found: list[list[tuple[Frag, Frag]]] = []
    for row in rows:
        for a, b in zip(row.frags, row.frags[1:], strict=False):
            em = a.size_pt
            if b.box.x0 - a.box.x1 < 0.3 * em or MARKER.fullmatch(a.text):
                continue
            home = next((group for group in found if _same_edges(group[-1], (a, b))), None)
            if home is None:
                found.append([(a, b)])
            else:
                home.append((a, b))
    groups = sorted((g for g in found if len(g) >= _LEAST_ROWS), key=len, reverse=True)
    result = []
    for group in groups:
        em = statistics.median(a.size_pt for a, _ in group)
        edges = [statistics.median(a.box.x0 for a, _ in group), statistics.median(b.box.x0 for _, b in group)]
        result.append((tuple(_further(edges, group, groups, em)), em))
    return sorted(result, key=lambda item: -len(item[0]))


def _same_edges(one: tuple[Frag, Frag], other: tuple[Frag, Frag]) -> bool:
    em = one[0].size_pt
    return (
        abs(one[0].box.x0 - other[0].box.x0) < _EDGE_EM * em
        and abs(one[1].box.x0 - other[1].box.x0) < _EDGE_EM * em
        and abs(em - other[0].size_pt) < 0.2 * em
    )


def _further(
    edges: list[float], group: Sequence[tuple[Frag, Frag]], groups: Sequence[Sequence[tuple[Frag, Frag]]], em: float
) -> list[float]:
    """The edges of more columns at the right: they are filled where rows begin, with text that begins there too."""
    seconds = {id(b) for _, b in group}
    while len(edges) < _MOST_COLUMNS:
        last = edges[-1]
        beside = [g for g in groups if abs(g[0][0].box.x0 - last) < _EDGE_EM * em and len(g) >= 0.3 * len(group)]
        following = max(beside, key=len, default=[])
        level = [b for a, b in following if id(a) in seconds]
        least = _BEGIN_SHARE if len(level) > 1 else 0.5  # texts about the middle of their rows are seldom level
        begins = level if len(level) > 1 else [b for _, b in following]
        if not begins or sum(not b.text[:1].islower() for b in begins) < least * len(begins):
            break
        edges = [*edges, statistics.median(b.box.x0 for _, b in following)]
        seconds = {id(b) for b in level}
    return edges


def _stretches(rows: Sequence[Row], edges: tuple[float, ...], em: float, taken: set[int]) -> Iterator[list[PairLine]]:
    """Lines in a row, from one that begins a row, in which nothing stands but what keeps to the edges."""
    right = _right_end(rows, edges, em)
    lines: list[PairLine] = []
    for row in rows:
        inside = [f for f in row.frags if f.box.x1 > edges[0] - em and f.box.x0 < right]
        if not inside:
            continue
        line = None if any(id(f) in taken for f in inside) else _line(inside, edges, right, em)
        near = not lines or row.baseline_pt - lines[-1].baseline_pt < _FAR_EM * em
        if line is None or not near:
            yield _trimmed(lines)
            lines = []
        if line is not None and line.over_all is not None and not lines:
            continue
        if line is not None:
            lines.append(line)
    yield _trimmed(lines)


def _right_end(rows: Sequence[Row], edges: tuple[float, ...], em: float) -> float:
    """Where the texts of the last column end, from the first line with text in the first column too to the last."""
    ends: list[tuple[bool, float]] = []
    for row in rows:
        first = any(abs(f.box.x0 - edges[0]) < _EDGE_EM * em for f in row.frags)
        last = next((f for f in row.frags if abs(f.box.x0 - edges[-1]) < _EDGE_EM * em), None)
        if last is not None:
            ends.append((first, last.box.x1))
    full = [i for i, (first, _) in enumerate(ends) if first]
    return max((x for _, x in ends[full[0] : full[-1] + 1]), default=edges[-1]) if full else edges[-1]


def _line(frags: Sequence[Frag], edges: tuple[float, ...], right: float, em: float) -> PairLine | None:
    """The line by columns; None when something stands there that keeps to no edge."""
    cells: dict[int, Frag] = {}
    for frag in frags:
        for column, part in _cut(frag, edges, em):
            last = max(cells, default=None)
            if column is None and last is not None and part.box.x0 - cells[last].box.x1 < _SPACE_EM * em:
                cells[last] = _joined(cells[last], part)
                continue
            if column is None or column in cells:
                return _heading(frags, edges, right, em)
            cells[column] = part
    for column, frag in cells.items():
        limit = edges[column + 1] - 0.2 * em if column + 1 < len(edges) else right + 3 * em
        if frag.box.x1 > limit:
            return _heading(frags, edges, right, em)
    return PairLine(cells)


def _cut(frag: Frag, edges: tuple[float, ...], em: float) -> list[tuple[int | None, Frag]]:
    """The fragment by column, cut where one of its words begins at a further edge."""

    def column_of(x: float) -> int | None:
        return next((i for i, edge in enumerate(edges) if abs(edge - x) < _EDGE_EM * em), None)

    parts: list[tuple[int | None, Frag]] = []
    start, column = 0, column_of(frag.box.x0)
    for i in range(1, len(frag.tokens)):
        before, token = frag.tokens[i - 1], frag.tokens[i]
        at = column_of(token.box.x0)
        if at is not None and column is not None and at > column and token.box.x0 - before.box.x1 > 0.3 * em:
            parts.append((column, frag.part(frag.tokens[start:i])))
            start, column = i, at
    parts.append((column, frag.part(frag.tokens[start:]) if start else frag))
    return _cut_near(frag, edges, em) if len(parts) == 1 and column == 0 else parts


def _cut_near(frag: Frag, edges: tuple[float, ...], em: float) -> list[tuple[int | None, Frag]]:
    """A label and the text beside it read as one line: cut at the space nearest to the edge of the text.

    Where words stand in a recognised line is only estimated.
    """
    edge = edges[1]
    if len(frag.tokens) < 2 or frag.box.x1 < edge + 2 * em:
        return [(0, frag)]
    off, at = min((abs(frag.tokens[i].box.x0 - edge), i) for i in range(1, len(frag.tokens)))
    if off > _CUT_EM * em:
        return [(0, frag)]
    label, text = frag.part(frag.tokens[:at]), frag.part(frag.tokens[at:])
    moved = Rect(edge, text.box.y0, max(edge, text.box.x1), text.box.y1)
    return [
        (0, replace(label, box=Rect(label.box.x0, label.box.y0, min(label.box.x1, edge), label.box.y1))),
        (1, replace(text, box=moved)),
    ]


def _joined(left: Frag, right: Frag) -> Frag:
    """Two pieces of a justified line, which wide spaces parted."""
    tokens = (*left.tokens, *right.tokens)
    return replace(left, tokens=tokens, box=union(token.box for token in tokens))


def _heading(frags: Sequence[Frag], edges: tuple[float, ...], right: float, em: float) -> PairLine | None:
    """A short line about the middle of the table: it heads the rows below."""
    if len(frags) != 1:
        return None
    frag = frags[0]
    centred = abs(frag.box.cx - (edges[0] + right) / 2) < 1.5 * em
    fits = frag.box.x0 > edges[0] + em and frag.box.x1 < right + em and len(frag.tokens) <= 6
    return PairLine({}, frag) if centred and fits else None


def _trimmed(lines: list[PairLine]) -> list[PairLine]:
    """The lines from just before the first that begins a row up to the last one that belongs to a row."""
    start = next((i for i, line in enumerate(lines) if line.is_start), None)
    if start is None:
        return []
    while start and _FIRST_EM * lines[start].frags[0].size_pt > lines[start].baseline_pt - lines[start - 1].baseline_pt:
        start -= 1
    lines = lines[start:]
    end = len(lines)
    while end and lines[end - 1].over_all is not None:
        end -= 1
    return lines[:end]
