"""Runs of one row to pieces of lines: which gaps are word spaces, and which are gutters or borders of cells."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.textlayer.runs import Run

# All lengths are in units of the type size.
_ROW = 0.2  # baselines this close are one row
_JOIN, _JOIN_MONO = 0.5, 0.75  # a gap up to this is a word space unless a ruling stands in it
_SPLIT = 2.5  # a gap above this always splits
# A gap above the width splits when at least so many other lines leave the same place white.
_WITNESSES = ((1.5, 1), (0.8, 2), (_JOIN, 4))
_TABULAR = 4  # so many wide gaps make a row of a table: one witness is enough then
_DROP_CAP = 1.7
_REACH = 8.0  # how far above and below lines bear witness for a gutter
_PITCH = 2.0  # the witnesses follow each other at most this closely where the text around runs through
_FLANK_LEFT, _FLANK_RIGHT = 8.0, 8.0  # how far from the gutter their text may end or begin
_LABEL = re.compile(
    r"^([•‣◦▪▸●○■□◆❖➢✓–—*·\-]|\(?([0-9]{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)\]:]|\[[0-9]{1,3}\]|"
    r"[0-9]{1,2}(\.[0-9]{1,2}){1,3}\.?|[A-Z]?[0-9]{1,2}|第.{1,3}[章节節条條])$"
)
_OFF_BAR = 0.7  # how far the parts of a fraction stand off its bar
_AXIS = (0.1, 0.45)  # how high fraction bars lie above the baseline
_FILLED = 0.5  # of a gap, by the fraction that stands in it
_PAGE_NUMBER = 6  # characters at most
_LEADER_PITCH = 1.2  # from dot to dot
_LEADER, _LED = re.compile(r"([.·…_‥]\s?){3}$"), re.compile(r"([.·…_‥]\s?){3}")


@dataclass(slots=True)
class Segment:
    """Runs of one row that certainly belong together (mutable while lines are made)."""

    runs: list[Run]
    x0: float
    x1: float
    baseline: float
    size: float
    label: bool | None = None  # whether it is only a list mark or number, once asked

    @property
    def is_label(self) -> bool:
        """True for a segment that is only a list mark or a number."""
        if self.label is None:
            self.label = bool(_LABEL.match(self.text))
        return self.label

    @property
    def text(self) -> str:
        """The glyphs' text without word spaces."""
        return "".join(g.text for run in self.runs for g in run.glyphs).strip()


@dataclass(slots=True)
class _Gap:
    """A gap between two neighbouring segments of one row; ``width`` in type sizes."""

    left: Segment
    right: Segment
    row: int
    width: float
    last: bool = False  # nothing follows in the row but the number a leader points to
    tabular: bool = False  # the row has many wide gaps
    support: int = 0
    flanked_by_text: bool = False  # a supporting line has more than a label on the left

    @property
    def size(self) -> float:
        return max(self.left.size, self.right.size)


def group_runs(runs: Sequence[Run], walls: Sequence[Ruling], bars: Sequence[Rect] = ()) -> list[list[Run]]:
    """The runs of each line of one column or cell, left to right.

    ``walls`` are the vertical rulings, ``bars`` those that may be fraction bars: a gap that a fraction fills is none.
    """
    rows = [_segments(row, walls) for row in _rows(runs)]
    gaps = [
        _Gap(left, right, index, (right.x0 - left.x1) / max(left.size, right.size), _is_last(right, row))
        for index, row in enumerate(rows)
        for left, right in itertools.pairwise(row)
    ]
    wide = Counter(gap.row for gap in gaps if gap.width > _WITNESSES[0][0])
    for gap in gaps:
        gap.tabular = wide[gap.row] >= _TABULAR
        if gap.width <= _SPLIT:
            _weigh(gap, rows)
    fractions = [bar for bar in bars if _is_fraction(bar, runs)]
    joined = {id(g.left) for g in gaps if _joins(g, walls) or any(_fills(bar, g) for bar in fractions)}
    groups: list[list[Run]] = []
    for row in rows:
        group: list[Run] = []
        for segment in row:
            group.extend(segment.runs)
            if id(segment) not in joined:
                groups.append(group)
                group = []
    return groups


def _is_fraction(bar: Rect, runs: Sequence[Run]) -> bool:
    """Whether something stands right over the bar and right under it, no wider than the bar."""
    near = [r for r in runs if r.box.x0 > bar.x0 - 0.3 * r.size and r.box.x1 < bar.x1 + 0.3 * r.size]
    over = any(-0.1 < (bar.y0 - r.box.y1) / r.size < _OFF_BAR for r in near)
    return over and any(-0.1 < (r.box.y0 - bar.y1) / r.size < _OFF_BAR for r in near)


def _fills(bar: Rect, gap: _Gap) -> bool:
    """Whether a fraction with this bar stands in the gap, on the axis of the line."""
    x0, x1 = gap.left.x1, gap.right.x0
    raised = (gap.left.baseline - bar.cy) / gap.size
    covered = min(bar.x1, x1) - max(bar.x0, x0)
    return _AXIS[0] < raised < _AXIS[1] and covered > _FILLED * (x1 - x0) and bar.width < covered + gap.size


def _is_last(segment: Segment, row: Sequence[Segment]) -> bool:
    if segment is row[-1]:
        return True
    return (
        segment is row[-2]
        and len(row[-1].text) <= _PAGE_NUMBER
        and bool(_LED.match(segment.text) and _LEADER.search(segment.text))
    )


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs with one baseline, each row left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda r: r.baseline):
        if rows and run.baseline - rows[-1][0].baseline <= _ROW * min(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda r: r.x0) for row in rows]


def _segments(row: Sequence[Run], walls: Sequence[Ruling]) -> list[Segment]:
    segments: list[Segment] = []
    for run in row:
        last = segments[-1] if segments else None
        if last is not None:
            small, large = sorted((last.size, run.size))
            figures = last.runs[-1].glyphs[-1].text.isdigit() and run.glyphs[0].text.isdigit()
            limit = _JOIN_MONO if run.mono and last.runs[-1].mono and not figures else _JOIN
            near = run.x0 - last.x1 <= limit * min(large, 1.5 * small)
            near = near or _is_leader(last, run)
            near = near and not (_LEADER.search(last.text) and run.glyphs[0].text.isalnum())
            if near and not _is_drop_cap(last, run) and not _wall(last, run.x0, large, walls):
                last.runs.append(run)
                last.x1, last.size = max(last.x1, run.x1), large
                continue
        segments.append(Segment([run], run.x0, run.x1, run.baseline, run.size))
    return segments


def _is_leader(last: Segment, run: Run) -> bool:
    """True for a dot that continues a row of dots set wide apart, as TeX leads the eye to a page number."""
    dots = last.runs[-1].glyphs[-1].text == "." and all(g.text in ". " for g in run.glyphs)
    return dots and run.x0 - last.x1 <= _LEADER_PITCH * run.size


def _is_drop_cap(last: Segment, run: Run) -> bool:
    return last.size >= _DROP_CAP * run.size and len(last.text) <= 2 and last.text.isalpha()


def _wall(left: Segment, x1: float, size: float, walls: Sequence[Ruling]) -> bool:
    """True when a vertical ruling stands between a piece of a line and what follows at ``x1``."""
    lo, hi = min(left.x1, x1) - 0.15 * size, max(left.x1, x1) + 0.15 * size
    top, bottom = left.baseline - 0.6 * size, left.baseline
    return any(lo <= w.box.cx <= hi and w.box.y0 <= top and w.box.y1 >= bottom for w in walls)


def _joins(gap: _Gap, walls: Sequence[Ruling]) -> bool:
    """Whether the two sides of a gap are one line."""
    text = gap.left.text
    if gap.size >= _DROP_CAP * min(gap.left.size, gap.right.size) or _wall(gap.left, gap.right.x0, gap.size, walls):
        return False
    if _LEADER.search(text) or _LED.match(gap.right.text):
        return gap.last and gap.width <= 2 * _SPLIT  # a table of contents; in a table more cells follow
    if gap.width > _SPLIT:
        return False
    if gap.left.is_label and not gap.flanked_by_text:
        return gap.support < (1 if gap.tabular else 2) or not text[-1].isdigit()
    needed = next((count for width, count in _WITNESSES if gap.width > width), None)
    if needed is None:
        return True
    return gap.support < (1 if gap.tabular and gap.width > _WITNESSES[1][0] else needed)


def _weigh(gap: _Gap, rows: Sequence[Sequence[Segment]]) -> None:
    """Count the lines above and below that leave the same place white, with text on its left and on its right."""
    lefts = rights = 0
    covered = _is_covered(gap, rows)
    for step in (-1, 1):
        x0, x1 = gap.left.x1, gap.right.x0
        row, last = gap.row + step, gap.left.baseline
        while 0 <= row < len(rows):
            baseline = rows[row][0].baseline
            if abs(baseline - gap.left.baseline) > _REACH * gap.size:
                break
            if covered and abs(baseline - last) > _PITCH * gap.size:
                break
            narrowed = _narrowed(rows[row], x0, x1)
            if narrowed[1] - narrowed[0] < 0.5 * min(gap.right.x0 - gap.left.x1, gap.size):
                break
            x0, x1 = narrowed
            left = [s for s in rows[row] if s.x1 <= x0 + 0.01 and s.x1 >= x0 - _FLANK_LEFT * gap.size]
            right = [s for s in rows[row] if x1 - 0.01 <= s.x0 <= x1 + _FLANK_RIGHT * gap.size]
            lefts += bool(left)
            rights += bool(right)
            gap.flanked_by_text |= any(not s.is_label for s in left)
            if left or right:
                last = baseline
            row += step
    gap.support = min(lefts, rights)


def _is_covered(gap: _Gap, rows: Sequence[Sequence[Segment]]) -> bool:
    """True when the line above or below runs through under both sides of the gap: justified text, most likely."""
    for step in (-1, 1):
        row = gap.row + step
        while 0 <= row < len(rows) and abs(rows[row][0].baseline - gap.left.baseline) <= _PITCH * gap.size:
            slack = 0.5 * gap.size
            if any(s.x0 <= gap.left.x0 + slack and s.x1 >= gap.right.x1 - slack for s in rows[row]):
                return True
            row += step
    return False


def _narrowed(row: Sequence[Segment], x0: float, x1: float) -> tuple[float, float]:
    """The part of the corridor x0..x1 that a row leaves white; empty when a segment crosses it."""
    middle = (x0 + x1) / 2
    for segment in row:
        if segment.x1 <= x0 or segment.x0 >= x1:
            continue
        if segment.x0 < x0 and segment.x1 > x1:
            return x0, x0
        if (segment.x0 + segment.x1) / 2 < middle:
            x0 = max(x0, segment.x1)
        else:
            x1 = min(x1, segment.x0)
    return x0, x1
