"""Lines of type that a page draws as outlines or strokes: no character of its text layer stands for them.

Programs for drawing and for print write small print, headings or whole pages so, beside some text that stays text.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph, PageLayer
from leafbeam.textlayer.ink import Edges, Ink

_GAP_PT = 6.0  # between words of a row
_HEIGHT_PT = (4.0, 30.0)
_DENSITY = (0.25, 0.95)  # of edge pixels inside a row's box
_STEMS = 0.5  # crossed on a level as long as a row is high: letters stand close, lines of a drawing do not
_SURE_STEMS, _SURE_LENGTH = 1.0, 6.0  # and the length in heights, of a row that is no chance
_LENGTH = 1.2  # of its height: of a word beside sure rows
_NEAR = 1.5  # of the height: words of one row lie closer
_LEVEL = 0.6  # of the lower height: shared by words of one row
_RULE_PT = 30.0  # shorter rulings can be strokes of letters


def drawn_lines(ink: Ink, layer: PageLayer, glyphs: Sequence[Glyph]) -> tuple[Rect, ...]:
    """The boxes of rows of drawn ink that are shaped like type and that no glyph and no picture covers, in points.

    Empty when no row is long and dense enough to be type for sure.
    """
    rest_HW = ink.edges.copy()
    for rect, margin in _covered(layer, glyphs):
        x0, y0, x1, y1 = ink.pixels([rect], margin)[0].tolist()
        rest_HW[y0:y1, x0:x1] = 0
    kernel = np.ones((1, max(3, round(_GAP_PT * ink.scale))), np.uint8)
    closed_HW = cv2.morphologyEx(rest_HW, cv2.MORPH_CLOSE, kernel)
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed_HW, connectivity=4)
    rows: list[Rect] = []
    sure = False
    for left, top, width, height, _area in stats[1:].tolist():
        if not _HEIGHT_PT[0] <= height / ink.scale <= _HEIGHT_PT[1] or width < _LENGTH * height:
            continue
        crop_HW = rest_HW[top : top + height, left : left + width]
        stems = _stems(crop_HW)
        if stems < _STEMS or not _DENSITY[0] <= float(crop_HW.mean()) <= _DENSITY[1]:
            continue
        sure = sure or (stems >= _SURE_STEMS and width >= _SURE_LENGTH * height)
        rows.append(Rect(*(v / ink.scale for v in (left, top, left + width, top + height))))
    return _joined(rows) if sure else ()


def _covered(layer: PageLayer, glyphs: Sequence[Glyph]) -> list[tuple[Rect, int]]:
    """What is not looked at, each with a margin in pixels."""
    rules = [r.box for r in layer.rulings if max(r.box.width, r.box.height) > _RULE_PT]
    return [(g.ink, 2) for g in glyphs] + [(box, 1) for box in rules] + [(p.box, 1) for p in layer.pictures]


def _stems(crop_HW: Edges) -> float:
    """How often a level line meets ink in the middle half of a row, on a length of the row's height."""
    height, width = crop_HW.shape
    middle_HW = crop_HW[height // 4 : height - height // 4]
    entered = int(np.count_nonzero((middle_HW[:, 1:] == 1) & (middle_HW[:, :-1] == 0)))
    return float(entered / len(middle_HW) * height / width)


def _joined(rows: Sequence[Rect]) -> tuple[Rect, ...]:
    """The rows, words on one level joined."""
    joined: list[Rect] = []
    for row in sorted(rows):
        for i, other in enumerate(joined):
            near = row.x0 - other.x1 < _NEAR * min(row.height, other.height)
            if near and row.y_overlap(other) > _LEVEL * min(row.height, other.height):
                joined[i] = union((other, row))
                break
        else:
            joined.append(row)
    return tuple(sorted(joined, key=lambda r: (r.y0, r.x0)))
