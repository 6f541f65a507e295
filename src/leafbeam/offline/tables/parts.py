"""Cuts runs of rows where one table ends and another one, or text set in columns, begins."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import is_numeric


@dataclass(slots=True)
class Run:
    """Rows one below the other; ``multi`` are those with two fragments or more."""

    rows: list[Row] = field(default_factory=list)

    @property
    def box(self) -> Rect:
        return union(row.box for row in self.rows)

    @property
    def multi(self) -> list[Row]:
        return [row for row in self.rows if len(row.frags) >= 2]


def parted(run: Run, bars: Sequence[Ruling], shades: Sequence[Rect]) -> list[Run]:
    """The tables that follow one another in a run, without the stacks of text before and after them."""
    found = []
    for part in _at_headings(run, bars):
        for piece in _at_heads(part, bars, shades):
            found += _at_end(piece)
    return found


def _at_heads(run: Run, bars: Sequence[Ruling], shades: Sequence[Rect]) -> list[Run]:
    """The run from a line of column heads on when what ends above it are stacks of text in fewer columns: addresses."""
    parts = [Run([run.rows[0]])]
    for i in range(1, len(run.rows)):
        row = run.rows[i]
        above = parts[-1].rows
        if _opens(row, run.rows[i + 1 :]) and _is_stack(above, row) and _set_off(above, row, bars, shades):
            if not _is_numeric_part(above):
                parts.pop()
            parts.append(Run())
        parts[-1].rows.append(row)
    return parts


def _is_numeric_part(rows: Sequence[Row]) -> bool:
    """Whether many of the texts right of the first ones are numbers: a table rather than addresses."""
    later = [f for row in rows for f in row.frags[1:]]
    return sum(is_numeric(f.text) for f in later) > 0.4 * len(later)


def _opens(row: Row, after: Sequence[Row]) -> bool:
    """Whether a line holds at least three column heads, each over text of the lines below."""
    if len(row.frags) < 3 or any(is_numeric(f.text) for f in row.frags):
        return False
    below = [line for line in after if len(line.frags) >= 2][:6]
    over = sum(any(f.box.x_overlap(g.box) > 0 for line in below for g in line.frags) for f in row.frags)
    return len(below) >= 1 and over >= len(row.frags) - 1


def _is_stack(above: Sequence[Row], head: Row) -> bool:
    """Whether the lines are stacks of left-aligned or right-aligned text in fewer columns than the heads below.

    The names of groups of columns are no stack: they stand over the heads about a common middle, seldom in two lines
    on one edge.
    """
    em = head.size_pt
    if len(above) < 2 or max(len(row.frags) for row in above) >= len(head.frags):
        return False
    stacked = 0
    frags = [f for row in above for f in row.frags]
    for a in frags:
        edges = [min(abs(a.box.x0 - b.box.x0), abs(a.box.x1 - b.box.x1)) for b in frags if b is not a]
        stacked += bool(edges) and min(edges) < 0.2 * em
    return stacked >= 0.6 * len(frags) and stacked >= 2


def _set_off(above: Sequence[Row], head: Row, bars: Sequence[Ruling], shades: Sequence[Rect]) -> bool:
    """Whether more space than within the lines above, or a ruling or a band over the width, stands before the heads."""
    last = above[-1]
    gap = head.baseline_pt - last.baseline_pt
    steps = [b.baseline_pt - a.baseline_pt for a, b in itertools.pairwise(above)]
    pitch = statistics.median(step for step in steps if step > 0.5 * head.size_pt) if max(steps) > 1 else gap
    if gap > 1.6 * pitch:
        return True
    wide = [r.box for r in bars] + [s for s in shades if s.height < 6 * head.size_pt]
    return gap > 1.15 * pitch and any(
        box.x_overlap(head.box) > 0.9 * head.box.width and last.baseline_pt < box.y0 + 1 < head.baseline_pt
        for box in wide
    )


def _at_end(run: Run) -> list[Run]:
    """The run up to where, after more space than rows have, lines follow off its columns without numbers."""
    gaps = [b.baseline_pt - a.baseline_pt for a, b in itertools.pairwise(run.rows)]
    if len(run.multi) < 4:
        return [run]
    pitch = statistics.median(gaps)
    for i in range(3, len(run.rows)):
        row = run.rows[i]
        if row.baseline_pt - run.rows[i - 1].baseline_pt < 1.5 * pitch:
            continue
        before = [r for r in run.rows[:i] if len(r.frags) >= 3]
        rest = [r for r in run.rows[i:] if len(r.frags) >= 2]
        if len(before) < 3 or not rest:
            continue
        known = [f.box for r in before for f in r.frags]
        later = [f for r in rest for f in r.frags[1:]]
        if not any(is_numeric(f.text) for f in later) and sum(_level(f, known) for f in later) < 0.5 * len(later):
            return [Run(run.rows[:i])]
    return [run]


def _level(frag: Frag, known: Sequence[Rect]) -> bool:
    """Whether a fragment stands on the left edge, the right edge or the middle of a known one."""
    box = frag.box
    return any(min(abs(box.x0 - b.x0), abs(box.x1 - b.x1), abs(box.cx - b.cx)) < 0.5 * frag.size_pt for b in known)


def _at_headings(run: Run, bars: Sequence[Ruling]) -> list[Run]:
    """Cuts a run before single bold or larger lines set off by space: headings between two tables."""
    gaps = [b.baseline_pt - a.baseline_pt for a, b in itertools.pairwise(run.rows)]
    if len(run.multi) < 2 or not gaps:
        return [run]
    pitch = statistics.median(gaps)
    parts = [Run([run.rows[0]])]
    body_bold = statistics.mean(f.bold for row in run.multi for f in row.frags)
    for i, (above, row) in enumerate(itertools.pairwise(run.rows)):
        alone = len(row.frags) == 1
        styled = alone and (row.size_pt > 1.12 * above.size_pt or (row.frags[0].bold and body_bold < 0.5))
        ruled_after = any(above.baseline_pt < r.box.cy < row.baseline_pt for r in bars)
        far = row.baseline_pt - above.baseline_pt > 1.25 * pitch
        before, after = parts[-1].rows, run.rows[i + 2 :]
        parts_here = styled and not ruled_after and not _goes_on(run.rows[: i + 1], after)
        if parts_here and (far or _other_columns(before, after, row.size_pt)):
            parts.append(Run())
        parts[-1].rows.append(row)
    return parts


def _other_columns(before: Sequence[Row], after: Sequence[Row], em: float) -> bool:
    """Whether heads of other columns follow: a line of words, off the columns of the rows with numbers above."""
    above = [row for row in before if len(row.frags) >= 2]
    below = [row for row in after if len(row.frags) >= 2][:3]
    if not below or not any(is_numeric(f.text) for row in above for f in row.frags):
        return False
    if below[0] is not after[0] or any(is_numeric(f.text) for f in below[0].frags):
        return False
    if below[0].baseline_pt - above[-1].baseline_pt > 6 * em:
        return True
    if [f.text for f in below[0].frags] == [f.text for f in above[0].frags]:
        return True
    known = [f.box for row in above for f in row.frags]
    level = [_level(f, known) for row in below for f in row.frags[1:]]
    return sum(level) < 0.6 * len(level)


def _goes_on(before: Sequence[Row], after: Sequence[Row]) -> bool:
    """Whether a single line is a section row: numbers follow it that line up with the columns above it."""
    above = [row for row in before if len(row.frags) >= 2]
    following = next((row for row in after if len(row.frags) >= 2), None)
    if not above or following is None or not any(is_numeric(f.text) for f in following.frags):
        return False
    if not any(is_numeric(f.text) for row in above for f in row.frags):
        return True  # only heads so far
    known = [f.box for row in above for f in row.frags]
    level = [_level(f, known) for f in following.frags]
    return sum(level) >= 0.6 * len(level)
