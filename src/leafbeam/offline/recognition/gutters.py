"""Lines cut where they run across a column gap or from one table cell into the next."""

from __future__ import annotations

from dataclasses import replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span

_SURE_GAP = 2.2  # type sizes: no word space is this wide
_LIKELY_GAP = 0.6  # a gap this wide needs other lines to confirm it
_NARROW_GAP = 0.25  # a gap this wide is a gutter only between two straight edges of text
_EDGE = 0.35  # how straight those must be
_EDGE_LINES = 3
_REACH = 6.0  # line heights above and below in which they are looked for
_MIN_WITNESSES = 2


def split_at_gutters(lines: list[Line]) -> list[Line]:
    """The lines, each cut at gaps that are wide in themselves or that lie in a gutter other lines respect."""
    result: list[Line] = []
    for line in lines:
        parts: list[list[Span]] = [[]]
        for index, span in enumerate(line.spans):
            parts[-1].append(span)
            if index + 1 < len(line.spans) and _is_gutter(line, span, line.spans[index + 1], lines):
                parts.append([])
        result.extend(_part(line, part) for part in parts) if len(parts) > 1 else result.append(line)
    return result


def _is_gutter(line: Line, before: Span, after: Span, lines: list[Line]) -> bool:
    gap = Rect(before.box.x1, line.box.y0, after.box.x0, line.box.y1)
    if gap.width < _NARROW_GAP * line.size_pt or line.box.height > line.box.width:
        return False
    if gap.width < _LIKELY_GAP * line.size_pt:
        return _is_between_edges(line, gap, lines)
    return gap.width >= _SURE_GAP * line.size_pt or _witnesses(line, gap, lines) >= _MIN_WITNESSES


def _witnesses(line: Line, gap: Rect, lines: list[Line]) -> int:
    """How many near lines begin at the gap's right edge while none of the others runs through the gap."""
    count = 0
    for other in _near(line, lines):
        if abs(other.box.x0 - gap.x1) < _EDGE * line.size_pt:
            count += 1
        elif other.box.x0 < gap.x0 and other.box.x1 > gap.x1 and not _has_gap(other, gap):
            count -= 1
        elif other.box.x0 < gap.x0 and other.box.x1 > gap.x1:
            count += 1
    return count


def _is_between_edges(line: Line, gap: Rect, lines: list[Line]) -> bool:
    """True where near lines end at the gap's left edge, others begin at its right edge and none runs through it."""
    near = _near(line, lines)
    ends = sum(abs(other.box.x1 - gap.x0) < _EDGE * line.size_pt for other in near)
    starts = sum(abs(other.box.x0 - gap.x1) < _EDGE * line.size_pt for other in near)
    through = any(other.box.x0 < gap.x0 and other.box.x1 > gap.x1 and not _has_gap(other, gap) for other in near)
    return min(ends, starts) >= _EDGE_LINES and not through


def _near(line: Line, lines: list[Line]) -> list[Line]:
    reach = _REACH * max(line.box.height, line.size_pt)
    return [other for other in lines if other is not line and abs(other.box.cy - line.box.cy) <= reach]


def _has_gap(line: Line, gap: Rect) -> bool:
    return all(span.box.x_overlap(gap) < 0.25 * gap.width for span in line.spans)


def _part(line: Line, spans: list[Span]) -> Line:
    spans = [*spans[:-1], replace(spans[-1], text=spans[-1].text.rstrip())]
    score = sum(span.score * len(span.text) for span in spans) / max(1, sum(len(span.text) for span in spans))
    return replace(line, spans=tuple(spans), box=union(span.box for span in spans), score=min(1.0, score))
