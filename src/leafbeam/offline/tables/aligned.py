"""Boxes of unruled tables: runs of rows that hold several fragments each."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling
from leafbeam.offline.tables.marks import CAPTION
from leafbeam.offline.tables.parts import Run, parted
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import is_numeric, visual_rows

_SAME_PT = 4.0  # rulings of one table begin and end at the same x
_LEAST_RULES = 4  # of the same extent, that tell how far a table reaches
_BESIDE_EM = 2.0  # from the end of a table's rulings to what stands beside it


def aligned_areas(
    frags: Sequence[Frag], prose: Sequence[Frag], bars: Sequence[Ruling], shades: Sequence[Rect]
) -> list[Rect]:
    """The boxes worth building a grid in, from top to bottom. ``prose`` lines end a run and part rows sideways."""
    runs: list[Run] = []
    gutters = _gutters(prose)
    ends = _rule_ends(bars)
    for row in visual_rows(frags):
        for piece in (part for free in _freed(row, ends, bars) for part in _pieces(free, prose, gutters, bars)):
            if CAPTION.match(piece.frags[0].text) and not is_numeric(piece.frags[-1].text):
                runs.append(Run([Row(piece.frags[:1])]))  # a caption ends what stands above it
                continue
            home = _home(runs, piece, prose)
            if home is None:
                runs.append(Run([piece]))
            else:
                home.rows.append(piece)
    boxes = []
    for run in _with_heads(runs):
        for part in parted(run, bars, shades):
            box = _core(part, bars)
            if box is not None:
                boxes.append(_shaded(box, shades))
    return boxes


def _with_heads(runs: Sequence[Run]) -> list[Run]:
    """Runs joined with the column heads right above them, parted by an empty first head and a section line."""
    found: list[Run] = []
    for run in runs:
        heads = found[-1] if found else None
        if heads is not None and run.multi and heads.multi and _heads(heads, run):
            heads.rows.extend(run.rows)
        else:
            found.append(run)
    return found


def _heads(heads: Run, run: Run) -> bool:
    """Whether the first run is a few lines of words, each over text of the second run, which begins further left."""
    if len(heads.rows) > 4 or any(is_numeric(f.text) for row in heads.rows for f in row.frags):
        return False
    step = run.rows[0].baseline_pt - heads.rows[-1].baseline_pt
    if not 0 < step < 2.2 * run.rows[0].size_pt or run.box.x0 > heads.box.x0 - run.rows[0].size_pt:
        return False
    body = [f.box for row in run.multi for f in row.frags]
    return all(any(f.box.x_overlap(b) > 0 for b in body) for f in heads.multi[-1].frags)


def _gutters(prose: Sequence[Frag]) -> list[float]:
    """The x between columns of running text: prose left and right of it, (nearly) none across."""
    if len(prose) < 6:
        return []
    em = statistics.median(p.size_pt for p in prose)
    allowed = 0.06 * len(prose)
    marks = sorted([(p.box.x0, 1) for p in prose] + [(p.box.x1, -1) for p in prose])
    found = []
    depth, since, left = 0, None, 0
    for x, step in marks:
        if step > 0 and depth + 1 > allowed and since is not None:
            if x - since > 0.6 * em and left > 0.1 * len(prose):
                found.append((since + x) / 2)
            since = None
        depth += step
        left += step < 0
        if step < 0 and depth <= allowed and since is None:
            since = x
    return found


def _rule_ends(bars: Sequence[Ruling]) -> list[Rect]:
    """The extents of sets of rulings that begin and end at the same x: tables without sides."""
    sets: list[list[Rect]] = []
    for box in (bar.box for bar in bars):
        for same in sets:
            if abs(same[0].x0 - box.x0) < _SAME_PT and abs(same[0].x1 - box.x1) < _SAME_PT:
                same.append(box)
                break
        else:
            sets.append([box])
    return [union(same) for same in sets if len(same) >= _LEAST_RULES]


def _freed(row: Row, ends: Sequence[Rect], bars: Sequence[Ruling]) -> list[Row]:
    """The row cut where the rulings of a table that it stands in end and something else stands beside it."""
    em, y = row.size_pt, row.baseline_pt
    at = [x for end in ends if end.y0 - 2 * em < y < end.y1 + em for x in (end.x0, end.x1)]
    pieces = [Row([row.frags[0]])]
    for a, b in itertools.pairwise(row.frags):
        cut = [x for x in at if a.box.x1 - 2 <= x <= b.box.x0 + 2 and b.box.x0 - a.box.x1 > _BESIDE_EM * em]
        crossed = any(r.box.x0 < x - em and r.box.x1 > x + em and abs(r.box.cy - y) < 2 * em for x in cut for r in bars)
        if cut and not crossed:
            pieces.append(Row([]))
        pieces[-1].frags.append(b)
    return pieces


def _bridged(x: float, y: float, bars: Sequence[Ruling], prose: Sequence[Frag]) -> bool:
    """Whether a ruling crosses the gutter above or below, with no running text between it and the row."""
    for r in bars:
        if r.box.x0 < x - 20 and r.box.x1 > x + 20:
            low, high = min(r.box.cy, y), max(r.box.cy, y)
            if not any(low < p.box.cy < high for p in prose):
                return True
    return False


def _pieces(row: Row, prose: Sequence[Frag], gutters: Sequence[float], bars: Sequence[Ruling]) -> list[Row]:
    """The row cut where running text stands between its fragments, and at the page's column gutters."""
    y = row.baseline_pt
    walls = [p.box for p in prose if p.box.y0 - 2 < y < p.box.y1 + 0.3 * p.size_pt]
    pieces = [Row([row.frags[0]])]
    for a, b in itertools.pairwise(row.frags):
        walled = any(a.box.x1 - 2 <= wall.cx <= b.box.x0 + 2 for wall in walls)
        cut = [g for g in gutters if a.box.x1 - 1 <= g <= b.box.x0 + 1]
        if walled or (cut and not _bridged(cut[0], y, bars, prose)):
            pieces.append(Row([]))
        pieces[-1].frags.append(b)
    return pieces


def _home(runs: Sequence[Run], piece: Row, prose: Sequence[Frag]) -> Run | None:
    """The run that the piece continues: near above, under the same extent, with no running text between."""
    box = piece.box
    best: Run | None = None
    for run in reversed(runs[-12:]):
        last = run.rows[-1]
        if len(run.rows) == 1 and CAPTION.match(last.frags[0].text):
            continue
        step = piece.baseline_pt - last.baseline_pt
        gaps = [b.baseline_pt - a.baseline_pt for a, b in itertools.pairwise(run.multi)]
        pitch = statistics.median(gaps) if gaps else 1.4 * piece.size_pt
        if step > max(2.8 * piece.size_pt, 1.9 * pitch) or abs(piece.size_pt - last.size_pt) > 0.5 * piece.size_pt:
            continue
        extent = run.box
        beside = len(run.multi) > 0 and step < 2.2 * piece.size_pt and extent.x_overlap(box) > -4 * piece.size_pt
        if extent.x_overlap(box) < 0.3 * min(box.width, extent.width) and not beside:
            continue
        if any(p.box.x_overlap(box) > 0 and last.box.y1 - 2 <= p.box.cy <= box.y0 + 2 for p in prose):
            continue
        if best is None or last.baseline_pt > best.rows[-1].baseline_pt:
            best = run
    return best


def _core(run: Run, bars: Sequence[Ruling]) -> Rect | None:
    """From the first to the last row with several fragments, bounded by the rulings that frame them."""
    if len(run.multi) < 2:
        return None
    em = statistics.median(row.size_pt for row in run.multi)
    box = union(row.box for row in [*run.multi, *_group_names(run), *_last_lines(run)])
    near = [r.box for r in bars if box.y0 - 5 * em < r.box.cy < box.y1 + 5 * em]
    frame = _frame([b for b in near if b.x_overlap(box) > 0.5 * min(b.width, box.width) and b.width > 0.4 * box.width])
    if not frame:
        return Rect(box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
    x0, x1 = min(b.x0 for b in frame), max(b.x1 for b in frame)
    ys = sorted(b.cy for b in frame)
    rows = [row for row in run.rows if x0 - 2 * em < row.box.cx < x1 + 2 * em]
    top, bottom = box.y0, box.y1
    if _heads_between(rows, ys) or ys[0] < top:
        top = ys[0]
    last_text = max(row.baseline_pt for row in run.multi)
    if (len(ys) >= 3 or (len(ys) == 2 and not _heads_between(rows, ys))) and _body_before(rows, ys):
        bottom = ys[-1]
    elif ys[-1] > last_text:
        bottom = max(bottom, ys[-1])
    return Rect(min(x0, box.x0) - 1, top - 1, max(x1, box.x1) + 1, bottom + 1)


def _shaded(box: Rect, shades: Sequence[Rect]) -> Rect:
    """The box down to the end of the shaded rows that begin in it or right below it."""
    bottom = box.y1
    for shade in sorted(shades, key=lambda s: s.y0):
        row_like = 6 < shade.height < 60 and shade.x_overlap(box) > 0.9 * min(shade.width, box.width)
        if row_like and shade.width < 1.3 * box.width and box.y0 < shade.y0 < bottom + 2:
            bottom = max(bottom, shade.y1)
    return Rect(box.x0, box.y0, box.x1, bottom)


def _group_names(run: Run) -> list[Row]:
    """A single line right above the first full row and centred over several of its columns, not the first."""
    at = next(i for i, row in enumerate(run.rows) if len(row.frags) >= 2)
    first = run.rows[at]
    if at == 0 or len(first.frags) < 3 or first.baseline_pt - run.rows[at - 1].baseline_pt > 1.9 * first.size_pt:
        return []
    name = run.rows[at - 1].frags[0]
    boxes = [f.box for f in first.frags]
    if name.box.x0 < boxes[0].x1 or name.box.x1 > boxes[-1].x1 + 2 * name.size_pt:
        return []
    for i in range(1, len(boxes)):
        for j in range(i + 1, len(boxes)):
            if abs((boxes[i].x0 + boxes[j].x1) / 2 - name.box.cx) < 0.6 * name.size_pt:
                return [run.rows[at - 1]]
    return []


def _last_lines(run: Run) -> list[Row]:
    """Single lines below the last full row that go on with one of its cells: closer than rows are, level with it."""
    at = max(i for i, row in enumerate(run.rows) if len(row.frags) >= 2)
    gaps = sorted(b.baseline_pt - a.baseline_pt for a, b in itertools.pairwise(run.multi))
    pitch = gaps[int(0.7 * len(gaps))] if gaps else 0.0
    found: list[Row] = []
    above = run.rows[at]
    for row in run.rows[at + 1 :]:
        frag = row.frags[0]
        step = row.baseline_pt - above.baseline_pt
        level = any(
            min(abs(f.box.x0 - frag.box.x0), abs(f.box.x1 - frag.box.x1), abs(f.box.cx - frag.box.cx))
            < 0.4 * row.size_pt
            for f in run.rows[at].frags
        )
        like = any(_same_place(row, other) for other in run.rows[:at])
        if step > 1.35 * max(row.size_pt, above.size_pt) or not level or (step > 0.87 * pitch and not like):
            break
        found.append(row)
        above = row
    return found


def _same_place(row: Row, other: Row) -> bool:
    """Whether both are single lines of the same size at the same left edge."""
    em = row.size_pt
    a, b = row.frags[0].box, other.frags[0].box
    return len(other.frags) == 1 and abs(a.x0 - b.x0) < 0.4 * em and abs(em - other.size_pt) < 0.05 * em


def _frame(wide: Sequence[Rect]) -> list[Rect]:
    """The largest set of rulings that begin and end at the same x."""
    best: list[Rect] = []
    for rule in wide:
        same = [b for b in wide if abs(b.x0 - rule.x0) < _SAME_PT and abs(b.x1 - rule.x1) < _SAME_PT]
        if (len(same), rule.width) > (len(best), best[0].width if best else 0.0):
            best = same
    return best


def _heads_between(rows: Sequence[Row], ys: Sequence[float]) -> bool:
    """Whether the first two rulings enclose column heads: a few lines of words in more than one column."""
    if len(ys) < 2:
        return False
    inside = [row for row in rows if ys[0] < row.baseline_pt < ys[1] + 0.2 * row.size_pt]
    frags = [f for row in inside for f in row.frags]
    if not frags or len(inside) > 6 or len(frags) < 2:
        return False
    return sum(is_numeric(f.text) for f in frags) < 0.5 * len(frags)


def _body_before(rows: Sequence[Row], ys: Sequence[float]) -> bool:
    """Whether at least as many rows with several fragments stand between the rulings as after the last one."""
    inside = sum(len(row.frags) >= 2 and ys[0] < row.baseline_pt < ys[-1] + 2 for row in rows)
    below = sum(len(row.frags) >= 2 and row.baseline_pt > ys[-1] + 2 for row in rows)
    return inside >= 2 and inside >= below
