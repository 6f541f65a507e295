"""Boxes of unruled tables: runs of rows that hold several fragments each."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import visual_rows


@dataclass(slots=True)
class _Run:
    """Rows one below the other; ``multi`` are those with two fragments or more."""

    rows: list[Row] = field(default_factory=list)

    @property
    def box(self) -> Rect:
        return union(row.box for row in self.rows)

    @property
    def multi(self) -> list[Row]:
        return [row for row in self.rows if len(row.frags) >= 2]


def aligned_areas(frags: Sequence[Frag], prose: Sequence[Frag], bars: Sequence[Ruling]) -> list[Rect]:
    """The boxes worth building a grid in, from top to bottom. ``prose`` lines end a run and part rows sideways."""
    runs: list[_Run] = []
    for row in visual_rows(frags):
        for piece in _pieces(row, prose):
            home = _home(runs, piece, prose)
            if home is None:
                runs.append(_Run([piece]))
            else:
                home.rows.append(piece)
    boxes = []
    for run in runs:
        for part in _split(run, bars):
            box = _core(part, bars)
            if box is not None:
                boxes.append(box)
    return boxes


def _pieces(row: Row, prose: Sequence[Frag]) -> list[Row]:
    """The row cut where running text stands between its fragments."""
    y = row.baseline_pt
    walls = [p.box for p in prose if p.box.y0 - 2 < y < p.box.y1 + 0.3 * p.size_pt]
    pieces = [Row([row.frags[0]])]
    for a, b in zip(row.frags, row.frags[1:], strict=False):
        if any(a.box.x1 - 2 <= wall.cx <= b.box.x0 + 2 for wall in walls):
            pieces.append(Row([]))
        pieces[-1].frags.append(b)
    return pieces


def _home(runs: Sequence[_Run], piece: Row, prose: Sequence[Frag]) -> _Run | None:
    """The run that the piece continues: near above, under the same extent, with no running text between."""
    box = piece.box
    best: _Run | None = None
    for run in reversed(runs[-12:]):
        last = run.rows[-1]
        step = piece.baseline_pt - last.baseline_pt
        multi = run.multi
        gaps = [b.baseline_pt - a.baseline_pt for a, b in zip(multi, multi[1:], strict=False)]
        pitch = statistics.median(gaps) if gaps else 1.4 * piece.size_pt
        if step > max(2.8 * piece.size_pt, 1.9 * pitch) or abs(piece.size_pt - last.size_pt) > 0.5 * piece.size_pt:
            continue
        extent = run.box
        if extent.x_overlap(box) < 0.3 * min(box.width, extent.width):
            continue
        between = Rect(min(extent.x0, box.x0), last.box.y1 - 1, max(extent.x1, box.x1), box.y0 + 1)
        if any(p.box.x_overlap(box) > 0 and between.y0 - 1 <= p.box.cy <= between.y1 + 1 for p in prose):
            continue
        if best is None or last.baseline_pt > best.rows[-1].baseline_pt:
            best = run
    return best


def _split(run: _Run, bars: Sequence[Ruling]) -> list[_Run]:
    """Cuts a run before single bold or larger lines set off by space: headings between two tables."""
    multi = run.multi
    gaps = [b.baseline_pt - a.baseline_pt for a, b in zip(run.rows, run.rows[1:], strict=False)]
    if len(multi) < 2 or not gaps:
        return [run]
    pitch = statistics.median(gaps)
    parts = [_Run([run.rows[0]])]
    body_bold = statistics.mean(f.bold for row in multi for f in row.frags)
    for above, row in zip(run.rows, run.rows[1:], strict=False):
        step = row.baseline_pt - above.baseline_pt
        alone = len(row.frags) == 1
        styled = alone and (row.size_pt > 1.12 * above.size_pt or (row.frags[0].bold and body_bold < 0.5))
        ruled_after = any(above.baseline_pt < r.box.cy < row.baseline_pt for r in bars)
        if styled and step > 1.25 * pitch and not ruled_after:
            parts.append(_Run())
        parts[-1].rows.append(row)
    return parts


def _core(run: _Run, bars: Sequence[Ruling]) -> Rect | None:
    """From the first to the last row with several fragments, and on to rulings that frame them."""
    multi = run.multi
    if len(multi) < 2:
        return None
    box = union(row.box for row in multi)
    em = statistics.median(row.size_pt for row in multi)
    top, bottom = box.y0, box.y1
    wide = [r.box for r in bars if r.box.x_overlap(box) > 0.7 * box.width and r.box.width < 1.6 * box.width + 20]
    above = [b.cy for b in wide if box.y0 - 4.5 * em < b.cy <= box.y0 + 0.5 * em]
    below = [b.cy for b in wide if box.y1 - 0.5 * em <= b.cy < box.y1 + 4.5 * em]
    framed = [b for b in wide if box.y0 - 4.5 * em < b.cy < box.y1 + 4.5 * em]
    if above:
        top = min(top, min(above))
    if below:
        bottom = max(bottom, min(below))
    x0 = min([box.x0, *(b.x0 for b in framed)])
    x1 = max([box.x1, *(b.x1 for b in framed)])
    return Rect(x0 - 1, top - 1, x1 + 1, bottom + 1)
