"""Labels of the first columns that stand about the middle of several rows: each is one cell beside all of them."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.offline.tables.columns import Column, columns_of
from leafbeam.offline.tables.records import Frag, Row

_MOST_LINES = 4  # of one label
_OFF_EM = 0.28  # from the middle of its rows
_MOST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class LabelSpan:
    """A label beside the rows first..last, in one column; ``frags`` are its lines."""

    column: int
    first: int
    last: int
    frags: tuple[Frag, ...]


@dataclass(frozen=True, slots=True)
class _Body:
    """The rows beside the labels: the baselines that bound each, and the borders below which a new group must begin."""

    top: Sequence[float]
    bottom: Sequence[float]
    walls: frozenset[int]  # border i stands above row i: a ruling runs there under the labels
    marks: frozenset[int]  # borders with a ruling under any column, or with more space than between other rows
    em: float

    def middle(self, first: int, last: int) -> float:
        return (self.top[first] + self.bottom[last]) / 2


def label_spans(
    groups: Sequence[Sequence[Row]], columns: Sequence[Column], head_rows: int, rules: Sequence[tuple[float, set[int]]]
) -> tuple[list[list[Row]], list[LabelSpan]]:
    """The rows without those that only hold a label of their neighbours, and the labels over several rows.

    ``rules`` are the horizontal rulings: y, and the columns under which each runs. Nothing is changed unless the labels
    share out all rows of the body between them.
    """
    found: list[LabelSpan] = []
    rows = [list(group) for group in groups]
    for column in range(min(_MOST_COLUMNS, len(columns) - 2)):
        step = _spans_of(rows, columns, column, head_rows, rules)
        if step is None:
            break
        rows, spans = step
        found += spans
    return rows, found


def _spans_of(
    groups: Sequence[Sequence[Row]],
    columns: Sequence[Column],
    column: int,
    head_rows: int,
    rules: Sequence[tuple[float, set[int]]],
) -> tuple[list[list[Row]], list[LabelSpan]] | None:
    labels: list[Frag] = []
    bare: set[int] = set()  # groups that hold nothing but labels
    tops, bottoms = [], []
    for g in range(head_rows, len(groups)):
        others = [f for row in groups[g] for f in row.frags if columns_of(f, columns)[0] > column]
        mine = [f for row in groups[g] for f in row.frags if columns_of(f, columns) == (column, column)]
        labels += mine
        if others:
            tops.append(min(f.baseline_pt for f in others))
            bottoms.append(max(f.baseline_pt for f in others))
        elif mine:
            bare.add(g)
    if not labels or not 2 <= len(labels) < len(tops) + len(bare) or len(tops) < 3:
        return None
    em = statistics.median(f.size_pt for f in labels)
    body = _body_of(tops, bottoms, column, rules, em)
    labels.sort(key=lambda f: f.baseline_pt)
    shared = _shared_out(labels, body)
    if shared is None or not _is_sure(shared, body):
        return None
    kept = [list(group) for g, group in enumerate(groups) if g not in bare]
    return _moved(kept, shared, head_rows, column), [
        LabelSpan(column, head_rows + s.first, head_rows + s.last, s.frags) for s in shared if s.last > s.first
    ]


def _body_of(
    tops: Sequence[float], bottoms: Sequence[float], column: int, rules: Sequence[tuple[float, set[int]]], em: float
) -> _Body:
    gaps = [top - bottom for bottom, top in zip(bottoms, tops[1:], strict=False)]
    usual = statistics.median(gaps)
    walls, marks = set(), set()
    for i, gap in enumerate(gaps, 1):
        here = [under for y, under in rules if bottoms[i - 1] < y < tops[i] - 0.3 * em]
        if any(column in under for under in here):
            walls.add(i)
        if here or gap > 1.15 * usual:
            marks.add(i)
    return _Body(tops, bottoms, frozenset(walls), frozenset(marks), em)


def _shared_out(labels: Sequence[Frag], body: _Body) -> list[LabelSpan] | None:
    """Every row of the body with one label each, in order, each label about the middle of its rows; None if not so."""
    count = len(body.top)
    dead: set[tuple[int, int]] = set()

    def from_(row: int, label: int) -> list[LabelSpan] | None:
        if row == count or label == len(labels):
            return [] if row == count and label == len(labels) else None
        if (row, label) in dead:
            return None
        for lines in range(1, min(_MOST_LINES, len(labels) - label) + 1):
            frags = labels[label : label + lines]
            if lines > 1 and not _is_one_text(frags[-2], frags[-1]):
                break
            middle = (frags[0].baseline_pt + frags[-1].baseline_pt) / 2
            for last in range(row, count):
                if last > row and last in body.walls:
                    break
                if abs(body.middle(row, last) - middle) > _OFF_EM * body.em:
                    continue
                rest = from_(last + 1, label + lines)
                if rest is not None:
                    return [LabelSpan(0, row, last, tuple(frags)), *rest]
        dead.add((row, label))
        return None

    return from_(0, 0)


def _is_one_text(above: Frag, below: Frag) -> bool:
    em = below.size_pt
    a, b = above.box, below.box
    level = min(abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.cx - b.cx)) < 0.4 * em
    return level and below.baseline_pt - above.baseline_pt < 1.5 * em and above.bold == below.bold


def _is_sure(spans: Sequence[LabelSpan], body: _Body) -> bool:
    """Labels set at the top of their rows can look shared out too, when the first seems to stand for one row only."""
    if max(s.last - s.first for s in spans) < 1:
        return False
    for a, b in itertools.pairwise(spans):
        if a.first == a.last and b.last > b.first and b.first not in body.marks:
            return False
    return True


def _moved(rows: list[list[Row]], spans: Sequence[LabelSpan], head_rows: int, column: int) -> list[list[Row]]:
    """The rows with each label over several of them moved to the first of its rows."""
    moving = {id(f) for s in spans for f in s.frags}
    bare = [[Row([f for f in row.frags if id(f) not in moving]) for row in group] for group in rows]
    done = [[row for row in group if row.frags] for group in bare]
    for span in spans:
        home = done[head_rows + span.first]
        for frag in span.frags:
            level = next((row for row in home if abs(row.baseline_pt - frag.baseline_pt) < 0.3 * frag.size_pt), None)
            if level is None:
                home.append(Row([frag]))
            else:
                level.frags.insert(0, frag)
                level.frags.sort(key=lambda f: f.box.x0)
        home.sort(key=lambda row: row.baseline_pt)
    return done
