"""The columns of a table: from vertical rulings, and from the gaps that the rows' fragments leave."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag, Row


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
    bars = column_bars(verticals, box)
    frags = [frag for row in rows for frag in row.frags]
    plain = [f for f in frags if not _crosses(f, bars, em) and not _spans(f, rows, em)]
    groups: list[list[Frag]] = []
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


def _gaps_under(frag: Frag, rows: Sequence[Row], em: float) -> list[tuple[float, float]]:
    """In other rows, the gaps between neighbouring fragments that both lie (partly) under this fragment."""
    gaps = []
    for row in rows:
        if any(other is frag for other in row.frags):
            continue
        under = [f for f in row.frags if f.box.x_overlap(frag.box) > min(0.4 * em, 0.5 * f.box.width)]
        gaps += [(a.box.x1, b.box.x0) for a, b in itertools.pairwise(under)]
    return gaps


def _best_cut(gaps: Sequence[tuple[float, float]], frags: Sequence[Frag], em: float) -> tuple[float, float, float]:
    """Where most gaps lie one over the other: (x, gaps there, fragments in the way)."""
    best = (0.0, 0.0, 1e9)
    for mid in sorted(
        {round((a + b) / 2, 1) for a, b in gaps} | {a + 0.1 for a, _ in gaps} | {b - 0.1 for _, b in gaps}
    ):
        support = float(sum(a <= mid <= b for a, b in gaps))
        against = sum(_weight_against(f, mid, em) for f in frags)
        if support - against > best[1] - best[2]:
            best = (mid, support, against)
    return best


def _weight_against(frag: Frag, x: float, em: float) -> float:
    """1 when ``x`` lies in the fragment's words, less between two words, 0 outside it."""
    if not frag.box.x0 + 0.1 * em < x < frag.box.x1 - 0.1 * em:
        return 0.0
    for a, b in zip(frag.tokens, frag.tokens[1:], strict=False):
        if a.box.x1 <= x <= b.box.x0 and not b.glued:
            return 0.4
    return 1.0


def _spans(frag: Frag, rows: Sequence[Row], em: float) -> bool:
    """Whether the fragment lies over several columns: more rows are parted under it than are filled there."""
    gaps = _gaps_under(frag, rows, em)
    if not gaps:
        return False
    frags = [f for row in rows for f in row.frags]
    _, support, against = _best_cut(gaps, frags, em)
    return support > against or (support >= 1 and against <= 1)


def _lanes(frags: Sequence[Frag], bars: Sequence[float]) -> list[list[Frag]]:
    lanes: list[list[Frag]] = [[] for _ in range(len(bars) + 1)]
    for frag in frags:
        lanes[sum(frag.box.cx > bar for bar in bars)].append(frag)
    return lanes


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
    x, support, against = _best_cut(gaps, group, em)
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
