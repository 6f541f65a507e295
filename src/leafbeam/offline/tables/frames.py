"""Frames around a whole form, an invoice or a page: what they enclose is a layout, not the cells of one table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag
from leafbeam.offline.tables.rulings import joined
from leafbeam.offline.tables.words import visual_rows

_NEAR_PT = 4.0
_LEAST_WIDTH_PT = 120.0
_LEAST_HEIGHT_PT = 100.0
_MOST_NESTED = 4
_LEAST_FREE_ROWS = 4
_LARGE = 1.3  # type this much larger than usual in the frame is a title


def without_frames(
    rulings: Sequence[Ruling], frags: Sequence[Frag], prose: set[int], pictures: Sequence[Rect]
) -> list[Ruling]:
    """The rulings without the sides of frames in which titles, paragraphs or pictures stand beside tables."""
    left = list(rulings)
    for _ in range(_MOST_NESTED):
        frame = next((f for f in _frames(left) if _is_layout(f, left, frags, prose, pictures)), None)
        if frame is None:
            break
        left = [r for r in left if not _is_side(r, frame)]
    return left


def _frames(rulings: Sequence[Ruling]) -> Iterator[Rect]:
    """Rectangles with all four sides drawn, the largest first."""
    bars, posts = joined(rulings)
    tall = [p.box for p in posts if p.box.height > _LEAST_HEIGHT_PT]
    wide = [b.box for b in bars if b.box.width > _LEAST_WIDTH_PT]
    found = set()
    for a in tall:
        for b in tall:
            if b.cx - a.cx < _LEAST_WIDTH_PT or abs(a.y0 - b.y0) > 2 * _NEAR_PT or abs(a.y1 - b.y1) > 2 * _NEAR_PT:
                continue
            ends = [y for y in (a.y0, a.y1) if any(_spans(bar, a.cx, b.cx, y) for bar in wide)]
            if len(ends) == 2:
                found.add(Rect(a.cx, min(a.y0, b.y0), b.cx, max(a.y1, b.y1)))
    yield from sorted(found, key=lambda frame: -frame.area)


def _spans(bar: Rect, x0: float, x1: float, y: float) -> bool:
    return abs(bar.cy - y) < 2 * _NEAR_PT and bar.x0 < x0 + _NEAR_PT and bar.x1 > x1 - _NEAR_PT


def _is_side(ruling: Ruling, frame: Rect) -> bool:
    box = ruling.box
    if ruling.horizontal:
        on = min(abs(box.cy - frame.y0), abs(box.cy - frame.y1)) < _NEAR_PT
        return on and box.width > 0.9 * frame.width
    on = min(abs(box.cx - frame.x0), abs(box.cx - frame.x1)) < _NEAR_PT
    return on and box.height > 0.9 * frame.height


def _is_layout(
    frame: Rect, rulings: Sequence[Ruling], frags: Sequence[Frag], prose: set[int], pictures: Sequence[Rect]
) -> bool:
    """Whether lines that no cell encloses stand in the frame: paragraphs, titles in larger type, many single lines."""
    inside = [f for f in frags if frame.contains(f.box.cx, f.box.cy)]
    if len(inside) < 4:
        return False
    em = statistics.median(f.size_pt for f in inside)
    inner = [r for r in rulings if frame.grown(2, 2).contains(r.box.cx, r.box.cy) and not _is_side(r, frame)]
    if not inner:
        return False
    free = [
        row.frags[0] for row in visual_rows(inside) if len(row.frags) == 1 and not _in_cell(row.frags[0], frame, inner)
    ]
    running = sum(id(f) in prose and f.box.width > 0.5 * frame.width for f in free)
    titled = any(f.size_pt > _LARGE * em for f in free)
    pictured = any(frame.contains(p.cx, p.cy) and p.area > 0.02 * frame.area for p in pictures)
    return running >= 2 or (len(free) >= 2 and (titled or pictured)) or len(free) >= _LEAST_FREE_ROWS


def _in_cell(frag: Frag, frame: Rect, inner: Sequence[Ruling]) -> bool:
    """Whether a vertical ruling passes beside the text, or rulings over the width stand close above and below it."""
    box, em = frag.box, frag.size_pt
    if any(not r.horizontal and r.box.y0 < box.cy < r.box.y1 for r in inner):
        return True
    wide = [r.box.cy for r in inner if r.horizontal and r.box.width > 0.7 * frame.width]
    wide += [frame.y0, frame.y1]
    return any(0 < box.cy - y < 1.8 * em for y in wide) and any(0 < y - box.cy < 1.8 * em for y in wide)
