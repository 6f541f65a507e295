"""Runs to lines: joined along the baseline, split at column gutters and table cells, scripts attached."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leafbeam.layer import Line, PageLayer, Ruling
from leafbeam.textlayer.runs import Run, make_runs
from leafbeam.textlayer.turn import turn_glyph, turn_layer, turn_rect
from leafbeam.textlayer.words import Item, build_line

# All lengths are in units of the type size.
_ROW = 0.2  # baselines this close are one row
_JOIN = 0.8  # a gap up to this is a word space unless a ruling stands in it
_SPLIT = 2.5  # a gap above this always splits
_SCRIPT_SIZE = 0.9  # a script is smaller than this against its base
_SCRIPT_SHIFT = (0.08, 0.8)  # and moved by this much
_SCRIPT_GAP = 0.35
_DROP_CAP = 1.7
_CORRIDOR_PITCH = 2.4  # two gaps of one gutter lie at most this far apart, from line to line
_LABEL = re.compile(
    r"^([•‣◦▪▸●○■□◆–—*·\-]|\(?([0-9]{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)\]:]|\[[0-9]{1,3}\]|[0-9]{1,2}(\.[0-9]{1,2}){1,3}\.?|[A-Z]?[0-9]{1,2})$"
)
_LEADER = re.compile(r"([.·…_]\s?){3}$")


@dataclass(slots=True)
class _Segment:
    """Runs of one row that certainly belong together."""

    runs: list[Run]
    x0: float
    x1: float
    baseline: float
    size: float


@dataclass(slots=True)
class _Gap:
    """An undecided gap between two neighbouring segments of one row."""

    left: _Segment
    right: _Segment
    x0: float
    x1: float
    row: int
    support: int = 0
    width: float = field(default=0.0)  # in type sizes


def text_lines(layer: PageLayer) -> tuple[Line, ...]:
    """The layer's glyphs as lines, top to bottom then left to right (not reading order).

    A line never crosses a column gutter, a vertical ruling or a table cell. Text that does not run upright becomes
    lines with an ``angle``; text aslant (watermarks, labels of axes) is left out.
    """
    lines: list[Line] = []
    for angle in sorted({g.angle for g in layer.glyphs}):
        if angle == 0:
            lines.extend(_upright_lines(layer))
        elif angle in (90, 180, 270):
            lines.extend(_turned_lines(layer, angle))
    return tuple(sorted(lines, key=lambda line: (line.baseline_pt, line.box.x0)))


def _turned_lines(layer: PageLayer, angle: int) -> list[Line]:
    """The lines of the text that runs in one direction, made upright, then brought back into the page's frame."""
    turned = turn_layer(replace(layer, glyphs=tuple(g for g in layer.glyphs if g.angle == angle)), angle)
    back, width, height = 360 - angle, turned.width_pt, turned.height_pt
    lines = []
    for line in _upright_lines(turned):
        spans = tuple(replace(s, box=turn_rect(s.box, back, width, height)) for s in line.spans)
        box = turn_rect(line.box, back, width, height)
        glyphs = tuple(turn_glyph(g, back, width, height) for g in line.glyphs)
        lines.append(replace(line, spans=spans, box=box, baseline_pt=box.y1, glyphs=glyphs, angle=angle))
    return lines


def _upright_lines(layer: PageLayer) -> list[Line]:
    runs = _attach_scripts(make_runs([g for g in layer.glyphs if g.angle == 0]))
    walls = [r for r in layer.rulings if not r.horizontal]
    segments = [_segments(row, walls) for row in _rows(runs)]
    lines = []
    for group in _decide(segments, walls):
        items = [item for segment in group for run in segment.runs for item in _items(run)]
        lines.append(build_line(items, layer.links))
    return lines


def _items(run: Run, script: int = 0, anchor: float | None = None) -> list[Item]:
    """The run's glyphs with their script level; attached scripts are placed as wholes where they start."""
    items = [
        Item(glyph, script, (glyph.x_origin_pt, 0, i) if anchor is None else (anchor, 1, i))
        for i, glyph in enumerate(run.glyphs)
    ]
    for rank, (child, sign) in enumerate(run.scripts):
        inner = _items(child, script or sign, child.x0 if anchor is None else anchor)
        items.extend(Item(it.glyph, it.script, (it.key[0], 1 + rank, it.key[2])) for it in inner)
    return items


def _attach_scripts(runs: list[Run]) -> list[Run]:
    """Runs that are not scripts, each with the scripts that belong to it."""
    ordered = sorted(runs, key=lambda r: r.x0)
    largest = max((r.size for r in runs), default=0.0)
    starts = [r.x0 for r in ordered]
    children: set[int] = set()
    for run in sorted(runs, key=lambda r: (r.x0, -r.size)):
        host = _host(run, ordered, starts, largest)
        if host is not None:
            sign = 1 if run.baseline < host.baseline else -1
            host.scripts.append((run, sign))
            host.x1 = max(host.x1, run.x1)
            host.x0 = min(host.x0, run.x0)
            children.add(id(run))
    return [r for r in runs if id(r) not in children]


def _host(run: Run, ordered: list[Run], starts: list[float], largest: float) -> Run | None:
    """The larger run that ``run`` is a script of: adjacent, with a baseline moved by less than its size."""
    best: Run | None = None
    best_distance = 1e9
    last = bisect_left(starts, run.x1 + _SCRIPT_GAP * largest)
    for other in ordered[:last]:
        if other is run or run.size >= _SCRIPT_SIZE * other.size or other.size > 3 * run.size:
            continue
        shift = abs(run.baseline - other.baseline) / other.size
        if not _SCRIPT_SHIFT[0] < shift < _SCRIPT_SHIFT[1]:
            continue
        gap = max(run.x0 - other.x1, other.x0 - run.x1)
        if gap > _SCRIPT_GAP * other.size or run.box.width > 8 * other.size:
            continue
        if gap < -0.5 * other.size and any(g.ink.x_overlap(run.box) > 0.2 * run.size for g in other.glyphs):
            continue
        distance = max(gap, 0.0) + shift * other.size + (0.0 if run.x0 >= other.box.x0 else other.size)
        if distance < best_distance:
            best, best_distance = other, distance
    return best


def _rows(runs: list[Run]) -> list[list[Run]]:
    """Runs with one baseline, each row left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda r: r.baseline):
        if rows and run.baseline - rows[-1][0].baseline <= _ROW * min(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda r: r.x0) for row in rows]


def _segments(row: list[Run], walls: Sequence[Ruling]) -> list[_Segment]:
    segments: list[_Segment] = []
    for run in row:
        last = segments[-1] if segments else None
        if last is not None:
            size = max(last.size, run.size)
            near = run.x0 - last.x1 <= _JOIN * min(size, 1.5 * min(last.size, run.size))
            drop = max(size / max(min(last.size, run.size), 0.1), 1.0) >= _DROP_CAP and _is_initial(last, run)
            if near and not drop and not _wall(last.x1, run.x0, run.baseline, size, walls):
                last.runs.append(run)
                last.x1 = max(last.x1, run.x1)
                last.size = size
                continue
        segments.append(_Segment([run], run.x0, run.x1, run.baseline, run.size))
    return segments


def _is_initial(last: _Segment, run: Run) -> bool:
    letters = "".join(g.text for r in last.runs for g in r.glyphs).strip()
    return last.size > run.size and len(letters) <= 2 and letters.isalpha()


def _wall(x0: float, x1: float, baseline: float, size: float, walls: Sequence[Ruling]) -> bool:
    """True when a vertical ruling stands between two pieces of a line."""
    lo, hi = min(x0, x1) - 0.15 * size, max(x0, x1) + 0.15 * size
    top, bottom = baseline - 0.6 * size, baseline
    return any(lo <= w.box.cx <= hi and w.box.y0 <= top and w.box.y1 >= bottom for w in walls)


def _decide(rows: list[list[_Segment]], walls: Sequence[Ruling]) -> list[list[_Segment]]:
    """Segments grouped to lines: each undecided gap is judged by the lines above and below."""
    gaps: list[_Gap] = []
    for index, row in enumerate(rows):
        for left, right in itertools.pairwise(row):
            gap = _Gap(left, right, left.x1, right.x0, index)
            gap.width = (gap.x1 - gap.x0) / max(left.size, right.size)
            gaps.append(gap)
    _count_support(gaps, rows)
    joined = {id(g.left): g for g in gaps if _joins(g, walls)}
    groups: list[list[_Segment]] = []
    for row in rows:
        group: list[_Segment] = []
        for segment in row:
            group.append(segment)
            if id(segment) not in joined:
                groups.append(group)
                group = []
    return groups


def _joins(gap: _Gap, walls: Sequence[Ruling]) -> bool:
    """Whether the two sides of a gap are one line."""
    size = max(gap.left.size, gap.right.size)
    text = _text(gap.left)
    if size >= _DROP_CAP * min(gap.left.size, gap.right.size):
        return False
    if _wall(gap.x0, gap.x1, gap.left.baseline, size, walls):
        return False
    if _LEADER.search(text) or _LEADER.search(_text(gap.right)[:5]):
        return gap.width <= 2 * _SPLIT
    if _LABEL.match(text):
        return gap.width <= _SPLIT and (gap.support == 0 or not text[-1].isdigit())
    if gap.width > _SPLIT:
        return False
    return gap.support == 0 if gap.width > 1.5 else gap.support < 2


def _text(segment: _Segment) -> str:
    return "".join(g.text for run in segment.runs for g in run.glyphs).strip()


def _count_support(gaps: list[_Gap], rows: list[list[_Segment]]) -> None:
    """For every gap, how many lines above and below show white at the same place with text on both sides."""
    by_row: dict[int, list[_Gap]] = {}
    for gap in gaps:
        by_row.setdefault(gap.row, []).append(gap)
    for gap in gaps:
        if gap.width <= _SPLIT:
            gap.support = sum(_chain(gap, step, by_row, rows) for step in (-1, 1))


def _chain(gap: _Gap, step: int, by_row: dict[int, list[_Gap]], rows: list[list[_Segment]]) -> int:
    x0, x1 = gap.x0, gap.x1
    size = max(gap.left.size, gap.right.size)
    last_y, count, row = gap.left.baseline, 0, gap.row + step
    while 0 <= row < len(rows) and count < 4:
        if abs(rows[row][0].baseline - last_y) > _CORRIDOR_PITCH * size:
            break
        for other in by_row.get(row, ()):
            lo, hi = max(x0, other.x0), min(x1, other.x1)
            if hi - lo >= 0.5 * min(x1 - x0, size):
                x0, x1, last_y, count = lo, hi, other.left.baseline, count + 1
                break
        else:
            if any(s.x0 < x1 - 0.2 * size and s.x1 > x0 + 0.2 * size for s in rows[row]):
                break
        row += step
    return count
