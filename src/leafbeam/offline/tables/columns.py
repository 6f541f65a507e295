"""The columns of a table: from vertical rulings, and from the gaps that the rows' fragments leave."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import is_numeric

_LEAST_SUPPORT = 2
Floats = npt.NDArray[np.float64]
# Dimensions: G gaps, F fragments, S spaces between words, X places of a cut, N spans, 2 left and right.


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``x0``..``x1`` reach from border to border, ``ink0``..``ink1`` around the text of plain cells."""

    x0: float
    x1: float
    ink0: float
    ink1: float

    @property
    def ink_width(self) -> float:
        return max(0.1, self.ink1 - self.ink0)


def find_columns(rows: Sequence[Row], verticals: Sequence[Ruling], box: Rect, em: float) -> list[Column]:
    """The columns of the rows inside ``box``, left to right; fragments over several columns do not join them."""
    frags = [frag for row in rows for frag in row.frags]
    bars = column_bars(verticals, box)
    gaps = _Gaps(rows, em)
    inside = [f for f in frags if not _crosses(f, bars, em)]
    whole = [lane for lane in _lanes(inside, bars) if len(bars) >= 2 and _stays_whole(lane, rows)]
    kept = {id(frag) for lane in whole for frag in lane}
    plain = [f for f in inside if id(f) not in kept and not gaps.parted_under(f)]
    groups: list[list[Frag]] = list(whole)
    for lane in _lanes(plain, bars):
        for group in _components(lane, em):
            groups += _cut(group, rows, em)
    return _bounded(_under_heads(groups, rows, bars), bars, box)


def column_bars(verticals: Sequence[Ruling], box: Rect) -> list[float]:
    """The x of inner vertical rulings that could part columns, joined where nearly equal."""
    xs: list[float] = []
    for bar in sorted(verticals, key=lambda r: r.box.cx):
        inside = box.x0 + 3 < bar.box.cx < box.x1 - 3
        if inside and (not xs or bar.box.cx - xs[-1] > 4.0):
            xs.append(bar.box.cx)
    return xs


def _crosses(frag: Frag, bars: Sequence[float], em: float) -> bool:
    return any(frag.box.x0 + 0.3 * em < bar < frag.box.x1 - 0.3 * em for bar in bars)


class _Gaps:
    """The gaps between neighbouring fragments of every row, and the words that stand in the way, as arrays."""

    def __init__(self, rows: Sequence[Row], em: float) -> None:
        pairs = [(i, a.box, b.box) for i, row in enumerate(rows) for a, b in itertools.pairwise(row.frags)]
        self._row = {id(f): i for i, row in enumerate(rows) for f in row.frags}
        self._rows_G = np.array([i for i, _, _ in pairs])
        self._gaps_G2 = np.array([(a.x1, b.x0) for _, a, b in pairs]).reshape(-1, 2)
        self._least_G2 = np.array([[min(0.3 * em, 0.5 * box.width) for box in (a, b)] for _, a, b in pairs]).reshape(
            -1, 2
        )
        self._way = _Way([f for row in rows for f in row.frags], em)

    def parted_under(self, frag: Frag) -> bool:
        """Whether the fragment lies over several columns: more rows are parted under it than are filled there."""
        if not len(self._gaps_G2):
            return False
        left = self._gaps_G2[:, 0] - frag.box.x0 > self._least_G2[:, 0]
        right = frag.box.x1 - self._gaps_G2[:, 1] > self._least_G2[:, 1]
        under = self._gaps_G2[left & right & (self._rows_G != self._row[id(frag)])]
        if not len(under):
            return False
        _, support, against = self._way.best_cut(under)
        if len(frag.tokens) == 1 and is_numeric(frag.text):  # a number lies over columns only as a year above many
            return support > against and support >= _LEAST_SUPPORT
        return support > against or (support >= 1 and against <= 1)


class _Way:
    """How much stands in the way of a vertical cut: 1 for a word, less for the space between two words."""

    def __init__(self, frags: Sequence[Frag], em: float) -> None:
        self._frags_F2 = np.array([(f.box.x0 + 0.1 * em, f.box.x1 - 0.1 * em) for f in frags]).reshape(-1, 2)
        spaces = [
            (a.box.x1, b.box.x0)
            for f in frags
            for a, b in itertools.pairwise(f.tokens)
            if not b.glued and a.box.x1 > f.box.x0 + 0.1 * em and b.box.x0 < f.box.x1 - 0.1 * em
        ]
        self._spaces_S2 = np.array(spaces).reshape(-1, 2)

    def best_cut(self, gaps_G2: Floats) -> tuple[float, float, float]:
        """Where most gaps lie one over the other: (x, gaps there, weight in the way)."""
        sides = (gaps_G2.mean(axis=1), gaps_G2[:, 0] + 0.1, gaps_G2[:, 1] - 0.1)
        x_X = np.unique(np.concatenate(sides).round(1))
        support_X = _covers(gaps_G2, x_X)
        against_X = _covers(self._frags_F2, x_X) - 0.6 * _covers(self._spaces_S2, x_X)
        best = int((support_X - against_X).argmax())
        return float(x_X[best]), float(support_X[best]), float(against_X[best])


def _covers(spans_N2: Floats, x_X: Floats) -> Floats:
    """How many of the spans each x lies in."""
    inside_XN = (spans_N2[None, :, 0] <= x_X[:, None]) & (x_X[:, None] <= spans_N2[None, :, 1])
    counts_X: Floats = inside_XN.sum(axis=1).astype(np.float64)
    return counts_X


def _lanes(frags: Sequence[Frag], bars: Sequence[float]) -> list[list[Frag]]:
    lanes: list[list[Frag]] = [[] for _ in range(len(bars) + 1)]
    for frag in frags:
        lanes[sum(frag.box.cx > bar for bar in bars)].append(frag)
    return lanes


def _stays_whole(lane: Sequence[Frag], rows: Sequence[Row]) -> bool:
    """Whether the space between two rulings is one column: few of its rows hold more than one fragment."""
    members = {id(frag) for frag in lane}
    counts = [sum(id(f) in members for f in row.frags) for row in rows]
    filled = sum(count > 0 for count in counts)
    return filled > 0 and sum(count > 1 for count in counts) < 0.65 * filled


def _components(frags: Sequence[Frag], em: float) -> list[list[Frag]]:
    """Fragments whose horizontal extents overlap, directly or through others."""
    groups: list[list[Frag]] = []
    reach = -1e9
    for frag in sorted(frags, key=lambda f: f.box.x0):
        if frag.box.x0 < reach - 0.12 * em:
            groups[-1].append(frag)
        else:
            groups.append([frag])
        reach = max(reach, frag.box.x1)
    return groups


def _cut(group: list[Frag], rows: Sequence[Row], em: float) -> list[list[Frag]]:
    """Cuts a group where many of its rows hold two fragments: columns whose texts interlock sideways."""
    members = {id(frag) for frag in group}
    gaps = []
    filled = 0
    for row in rows:
        mine = [f for f in row.frags if id(f) in members]
        filled += bool(mine)
        gaps += [(a.box.x1, b.box.x0) for a, b in itertools.pairwise(mine)]
    if len(gaps) < max(2, 0.3 * filled):
        return [group]
    x, support, against = _Way(group, em).best_cut(np.array(gaps))
    if support <= against:
        return [group]
    left = [f for f in group if f.box.cx <= x]
    right = [f for f in group if f.box.cx > x]
    if not left or not right:
        return [group]
    return _cut(left, rows, em) + _cut(right, rows, em)


def _under_heads(groups: list[list[Frag]], rows: Sequence[Row], bars: Sequence[float]) -> list[list[Frag]]:
    """Joins a head with the column beside it that lacks one: a head at the left over numbers at the right."""
    place = {id(frag): i for i, row in enumerate(rows) for frag in row.frags}
    order = sorted(groups, key=lambda group: sum(f.box.cx for f in group) / len(group))
    found: list[list[Frag]] = []
    for group in order:
        if found and not _apart(found[-1], group, bars):
            mine, other = {place[id(f)] for f in group}, {place[id(f)] for f in found[-1]}
            first, last = (mine, other) if min(mine) < min(other) else (other, mine)
            if max(first) < min(last) and max(first) <= 3 and len(first) <= 3 and len(last) > len(first):
                found[-1] = found[-1] + group
                continue
        found.append(group)
    return found


def _apart(left: Sequence[Frag], right: Sequence[Frag], bars: Sequence[float]) -> bool:
    """Whether a vertical ruling stands between two groups."""
    x0 = sum(f.box.cx for f in left) / len(left)
    x1 = sum(f.box.cx for f in right) / len(right)
    return any(x0 < bar < x1 for bar in bars)


def _bounded(groups: Sequence[Sequence[Frag]], bars: Sequence[float], box: Rect) -> list[Column]:
    """The groups as columns with borders in the middle of the gaps, or at the vertical ruling there.

    Two rulings with nothing between them bound an empty column.
    """
    inks = [(min(f.box.x0 for f in group), max(f.box.x1 for f in group)) for group in groups]
    inks.sort(key=lambda ink: ink[0] + ink[1])
    borders = [*bars]
    for (_, a1), (b0, _) in itertools.pairwise(inks):
        low, high = min(a1, b0), max(a1, b0)
        if not any(low - 2.5 <= bar <= high + 2.5 for bar in bars):
            borders.append((a1 + b0) / 2)
    xs = [box.x0, *sorted(borders), box.x1]
    columns = []
    for x0, x1 in itertools.pairwise(xs):
        mine = [ink for ink in inks if x0 <= (ink[0] + ink[1]) / 2 <= x1]
        ink0 = min((ink[0] for ink in mine), default=x0)
        ink1 = max((ink[1] for ink in mine), default=x1)
        columns.append(Column(x0, x1, ink0, ink1))
    return columns


def columns_of(frag: Frag, columns: Sequence[Column]) -> tuple[int, int]:
    """First and last column a fragment stands in: those it covers by half or more, else the one it overlaps most."""
    covered = []
    best, best_overlap = 0, -1e9
    for i, column in enumerate(columns):
        ink0, ink1 = column.ink0, column.ink1
        overlap = min(frag.box.x1, ink1) - max(frag.box.x0, ink0)
        reach = min(frag.box.x1, column.x1) - max(frag.box.x0, column.x0)
        if overlap >= 0.5 * min(column.ink_width, frag.box.width) and overlap >= 0.3 * frag.box.height:
            covered.append(i)
        if reach > best_overlap:
            best, best_overlap = i, reach
    if not covered:
        return best, best
    if len(covered) == 1 and covered[0] != best:
        return best, best
    return min(covered), max(covered)
