"""Lines cut where they run across a column gap or from one table cell into the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span

_SURE_GAP = 2.2  # type sizes: no word space is this wide
_LIKELY_GAP = 0.6  # a gap this wide needs other lines to confirm it
_NARROW_GAP = 0.25  # a gap this wide is a gutter only between two straight edges of text
_EDGE = 0.35  # how straight those must be
_EDGE_LINES = 3
_REACH = 6.0  # line heights above and below in which they are looked for
_MIN_WITNESSES = 2
_FAR_REACH = 12.0  # line heights above and below in which a column's lines are looked for
_FEWEST = 4  # such lines on each side of a gutter
_COLUMN = 5.0  # type sizes: no column of text is narrower
_RAGGED = 0.8  # type sizes by which the beginnings of a column's lines differ, on a scan a little askew
_LEAST_GUTTER, _WIDEST_GUTTER = 0.2, 4.0  # type sizes
_CLOSE = 1.45  # type sizes between the baselines of two lines of one paragraph
_TOUCH = 0.05  # type sizes
_SHARE = 0.55  # of the gutter's width that the white between two words has at least


@dataclass(frozen=True, slots=True)
class _Gutter:
    """White between two columns as the lines near one line tell it: ``x0`` where the left column's lines end, ``x1``
    where the right one's begin; ``around`` says that both columns go on above and below."""

    x0: float
    x1: float
    around: bool


def split_at_gutters(lines: list[Line]) -> list[Line]:
    """The lines, each cut at gaps that are wide in themselves or that lie in a gutter other lines respect."""
    result: list[Line] = []
    for line in lines:
        gutters = _gutters(line, lines)
        near = _near(line, lines)
        parts: list[list[Span]] = [[]]
        spans = [part for span in line.spans for part in _halves(span, gutters)]
        for index, span in enumerate(spans):
            parts[-1].append(span)
            if index + 1 == len(spans):
                break
            after = spans[index + 1]
            if any(_parts(gutter, span, after, line) for gutter in gutters) or _is_gutter(line, span, after, near):
                parts.append([])
        result.extend(_part(line, part) for part in parts) if len(parts) > 1 else result.append(line)
    return result


def _gutters(line: Line, lines: list[Line]) -> list[_Gutter]:
    """The gutters between columns of text that the line runs across."""
    size, box = line.size_pt, line.box
    if box.width < 2 * _COLUMN * size or box.height > box.width:
        return []
    reach = _FAR_REACH * max(box.height, size)
    near = [
        o for o in lines if abs(o.box.cy - box.cy) <= reach and abs(o.size_pt - size) < 0.3 * size and o is not line
    ]
    inner = box.x0 + _COLUMN * size, box.x1 - 0.5 * size
    starts = sorted(o.box.x0 for o in near if inner[0] < o.box.x0 < inner[1] and o.box.width > _COLUMN * size)
    result: list[_Gutter] = []
    while len(starts) >= _FEWEST:
        windows = [[x for x in starts if start <= x <= start + _RAGGED * size] for start in starts]
        best = max(windows, key=len)
        starts = [x for x in starts if x not in best]
        gutter = _gutter(line, near, best) if len(best) >= _FEWEST else None
        if gutter is not None:
            result.append(gutter)
        if len(best) < _FEWEST:
            break
    return result


def _gutter(line: Line, near: list[Line], starts: list[float]) -> _Gutter | None:
    """The gutter left of a column whose lines begin at ``starts``; None unless another column ends there."""
    size = line.size_pt
    x1 = starts[len(starts) // 3]  # indents only move beginnings to the right
    right = [o for o in near if starts[0] <= o.box.x0 <= starts[-1]]
    left = [o for o in near if o.box.x0 < x1 - _COLUMN * size and o.box.x1 < x1 and o.box.width > _COLUMN * size]
    if len(left) < _FEWEST:
        return None
    ends = sorted(o.box.x1 for o in left)
    x0 = ends[(4 * len(ends)) // 5]
    across = [o for o in near if o.box.x0 < x0 - size and o.box.x1 > x1 + size and not _has_gap(o, _gap(x0, x1, o))]
    if not _LEAST_GUTTER * size < x1 - x0 < _WIDEST_GUTTER * size or len(across) > min(len(left), len(right)):
        return None
    beside = [o.box.cy for o in left if any(o.box.y_overlap(other.box) > 0 for other in right)]
    above, below = sum(y < line.box.cy for y in beside), sum(y > line.box.cy for y in beside)
    return _Gutter(x0, x1, min(above, below) >= 2 or (max(above, below) >= _FEWEST and _goes_on(line, left, right)))


def _goes_on(line: Line, left: list[Line], right: list[Line]) -> bool:
    """True when the next lines of both columns follow, or go before, at the usual distance: a line over all columns
    stands apart from them."""
    for side in (left, right):
        if min(abs(other.baseline_pt - line.baseline_pt) for other in side) > _CLOSE * line.size_pt:
            return False
    return True


def _gap(x0: float, x1: float, line: Line) -> Rect:
    return Rect(x0, line.box.y0, x1, line.box.y1)


def _parts(gutter: _Gutter, before: Span, after: Span, line: Line) -> bool:
    """True when the white between two words is the gutter: it lies there, and is nearly as wide.

    Words that touch were set apart by their letters alone: where they meet is then a guess, and the place decides.
    """
    slack = 0.5 * line.size_pt
    gap, middle = after.box.x0 - before.box.x1, (before.box.x1 + after.box.x0) / 2
    if gutter.around and gap < _TOUCH * line.size_pt:
        return gutter.x0 - slack < middle < gutter.x1 + slack
    least = (_SHARE if gutter.around else 0.85) * (gutter.x1 - gutter.x0)
    there = before.box.x1 < gutter.x0 + slack and after.box.x0 > gutter.x1 - slack
    return there and after.box.x0 < gutter.x1 + 3 * slack and gap > max(least, 0.2 * line.size_pt)


def _halves(span: Span, gutters: list[_Gutter]) -> list[Span]:
    """A word that was read across a gutter, as two where its signs change there: "Li-4" is "Li-" and "4"."""
    for gutter in gutters:
        box, text = span.box, span.text.rstrip()
        if not (gutter.around and box.x0 < gutter.x0 and box.x1 > gutter.x1) or len(text) < 2:
            continue
        middle = (gutter.x0 + gutter.x1) / 2
        place = (middle - box.x0) / box.width * len(text)
        turns = [i for i in range(1, len(text)) if text[i - 1] in "-.,;:!?" and text[i].isalnum()]
        at = min(turns, key=lambda i: abs(i - place), default=None)
        if at is not None and abs(at - place) <= 1.5:
            first = replace(span, text=text[:at], box=Rect(box.x0, box.y0, gutter.x0, box.y1))
            return [first, replace(span, text=span.text[at:], box=Rect(gutter.x1, box.y0, box.x1, box.y1))]
    return [span]


def _is_gutter(line: Line, before: Span, after: Span, near: list[Line]) -> bool:
    gap = Rect(before.box.x1, line.box.y0, after.box.x0, line.box.y1)
    if gap.width < _NARROW_GAP * line.size_pt or line.box.height > line.box.width:
        return False
    if gap.width < _LIKELY_GAP * line.size_pt:
        return _is_between_edges(line, gap, near)
    return gap.width >= _SURE_GAP * line.size_pt or _witnesses(line, gap, near) >= _MIN_WITNESSES


def _witnesses(line: Line, gap: Rect, near: list[Line]) -> int:
    """How many near lines begin at the gap's right edge while none of the others runs through the gap."""
    count = 0
    for other in near:
        if abs(other.box.x0 - gap.x1) < _EDGE * line.size_pt:
            count += 1
        elif other.box.x0 < gap.x0 and other.box.x1 > gap.x1 and not _has_gap(other, gap):
            count -= 1
        elif other.box.x0 < gap.x0 and other.box.x1 > gap.x1:
            count += 1
    return count


def _is_between_edges(line: Line, gap: Rect, near: list[Line]) -> bool:
    """True where near lines end at the gap's left edge, others begin at its right edge and none runs through it."""
    ends = sum(abs(other.box.x1 - gap.x0) < _EDGE * line.size_pt for other in near)
    starts = sum(abs(other.box.x0 - gap.x1) < _EDGE * line.size_pt for other in near)
    if min(ends, starts) < _EDGE_LINES:
        return False
    return not any(other.box.x0 < gap.x0 and other.box.x1 > gap.x1 and not _has_gap(other, gap) for other in near)


def _near(line: Line, lines: list[Line]) -> list[Line]:
    reach = _REACH * max(line.box.height, line.size_pt)
    return [other for other in lines if other is not line and abs(other.box.cy - line.box.cy) <= reach]


def _has_gap(line: Line, gap: Rect) -> bool:
    return all(span.box.x_overlap(gap) < 0.25 * gap.width for span in line.spans)


def _part(line: Line, spans: list[Span]) -> Line:
    spans = [*spans[:-1], replace(spans[-1], text=spans[-1].text.rstrip())]
    score = sum(span.score * len(span.text) for span in spans) / max(1, sum(len(span.text) for span in spans))
    return replace(line, spans=tuple(spans), box=union(span.box for span in spans), score=min(1.0, score))
