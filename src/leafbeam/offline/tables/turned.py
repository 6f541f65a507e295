"""Tables set sideways on an upright page: the same lines and rulings, seen from the side they are read from."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Ruling
from leafbeam.offline.tables.records import FoundTable, TablePage

_LEAST_LINES = 6
_REACH_PT = 15.0  # rulings this far around the lines belong to them
_ANGLES = (90, 270)


@dataclass(frozen=True, slots=True)
class TurnedPage:
    """The lines of one direction as an upright page. ``indexes`` are their places among the lines of the whole page."""

    page: TablePage
    indexes: tuple[int, ...]
    angle: int

    def back(self, found: FoundTable) -> FoundTable:
        """The table with its box and lines as they are on the upright page."""
        box = found.box
        if self.angle == 90:
            box = Rect(box.y0, self.page.width_pt - box.x1, box.y1, self.page.width_pt - box.x0)
        else:
            box = Rect(self.page.height_pt - box.y1, box.x0, self.page.height_pt - box.y0, box.x1)
        return replace(found, box=box, used=tuple(self.indexes[i] for i in found.used))


def turned_pages(page: TablePage) -> Iterator[TurnedPage]:
    """One page for each direction, up or down the page, in which several lines run."""
    for angle in _ANGLES:
        indexes = tuple(i for i, line in enumerate(page.lines) if line.angle == angle)
        if len(indexes) < _LEAST_LINES:
            continue
        lines = [page.lines[i] for i in indexes]
        reach = union(line.box for line in lines).grown(_REACH_PT, _REACH_PT)
        turned = TablePage(
            lines=tuple(_line(line, page) for line in lines),
            width_pt=page.height_pt,
            height_pt=page.width_pt,
            rulings=tuple(
                Ruling(_rect(r.box, angle, page), not r.horizontal)
                for r in page.rulings
                if reach.contains(r.box.cx, r.box.cy)
            ),
            shapes=tuple(
                replace(s, box=_rect(s.box, angle, page)) for s in page.shapes if reach.contains(s.box.cx, s.box.cy)
            ),
        )
        yield TurnedPage(turned, indexes, angle)


def _rect(box: Rect, angle: int, page: TablePage) -> Rect:
    """The rectangle on the page turned so that lines of the angle run from left to right."""
    if angle == 90:
        return Rect(page.height_pt - box.y1, box.x0, page.height_pt - box.y0, box.x1)
    return Rect(box.y0, page.width_pt - box.x1, box.y1, page.width_pt - box.x0)


def _line(line: Line, page: TablePage) -> Line:
    """The line upright. Its glyphs stay behind: their boxes are of the page as it was."""
    box = _rect(line.box, line.angle, page)
    baseline = box.y1 - 0.22 * line.size_pt
    if line.glyphs:
        x = statistics.median(glyph.x_origin_pt for glyph in line.glyphs)
        baseline = x if line.angle == 90 else page.width_pt - x
    spans = tuple(replace(span, box=_rect(span.box, line.angle, page)) for span in line.spans)
    return replace(line, spans=spans, box=box, baseline_pt=baseline, glyphs=(), angle=0)
