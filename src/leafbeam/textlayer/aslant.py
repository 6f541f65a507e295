"""Text that runs aslant (heads of narrow columns, labels of axes, stamps) as lines; watermarks are left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, Line, PageLayer

_SAME_DEG = 1  # glyphs of one line may differ by the rounding of their angle
_WATERMARK = 2.2  # times the median type size of the page
_MOST_WATERMARK_LETTERS = 40
_TALL = 1.16  # of the type size: the height of most fonts' boxes, ascent and descent


def aslant_lines(layer: PageLayer, lines_of: Callable[[PageLayer], Sequence[Line]]) -> list[Line]:
    """The lines of the text whose angle is no right angle, each with that ``angle`` and its upright bounding box.

    ``lines_of`` makes lines of a layer whose text runs level. Very large text of a few words is a watermark.
    """
    odd = [glyph for glyph in layer.glyphs if glyph.angle % 90]
    if all(glyph.text.isspace() for glyph in odd):
        return []
    size = median(glyph.size_pt for glyph in layer.glyphs)
    lines: list[Line] = []
    while odd:
        angle = odd[0].angle
        same = [glyph for glyph in odd if abs(glyph.angle - angle) <= _SAME_DEG]
        odd = [glyph for glyph in odd if abs(glyph.angle - angle) > _SAME_DEG]
        large = median(glyph.size_pt for glyph in same) > _WATERMARK * size
        if large and len(same) <= _MOST_WATERMARK_LETTERS and len(same) < len(layer.glyphs) / 2:
            continue
        lines += _lines(layer, same, angle, lines_of)
    return lines


def _lines(
    layer: PageLayer, glyphs: Sequence[Glyph], angle: int, lines_of: Callable[[PageLayer], Sequence[Line]]
) -> list[Line]:
    """The glyphs levelled about the page's centre, made into lines, and these brought back."""
    turn = _Turn(layer.width_pt / 2, layer.height_pt / 2, math.radians(angle))
    level = tuple(turn.level(glyph) for glyph in glyphs)
    origins = {id(new): old for new, old in zip(level, glyphs, strict=True)}
    lines = []
    for line in lines_of(PageLayer(layer.width_pt, layer.height_pt, glyphs=level)):
        lines.append(
            replace(
                line,
                box=turn.back(line.box),
                spans=tuple(replace(span, box=turn.back(span.box)) for span in line.spans),
                glyphs=tuple(origins.get(id(glyph), glyph) for glyph in line.glyphs),
                baseline_pt=turn.back(line.box).y1,
                angle=angle,
            )
        )
    return lines


class _Turn:
    """A turn about a point by the angle of writing (counter-clockwise on screen, where y points down)."""

    def __init__(self, cx: float, cy: float, angle: float) -> None:
        self._cx, self._cy = cx, cy
        self._cos, self._sin = math.cos(angle), math.sin(angle)

    def level(self, glyph: Glyph) -> Glyph:
        """The glyph as if its line ran level. Its width comes from its upright bounding box."""
        dx, dy = glyph.x_origin_pt - self._cx, glyph.baseline_pt - self._cy
        x = self._cx + dx * self._cos - dy * self._sin
        y = self._cy + dx * self._sin + dy * self._cos
        high = _TALL * glyph.size_pt
        cos, sin = abs(self._cos), abs(self._sin)
        wide = (glyph.box.width - high * sin) / cos if cos >= sin else (glyph.box.height - high * cos) / sin
        wide = min(max(wide, 0.2 * glyph.size_pt), 1.2 * glyph.size_pt)
        box = Rect(x, y - 0.75 * glyph.size_pt, x + wide, y + 0.2 * glyph.size_pt)
        return replace(glyph, box=box, ink=box, x_origin_pt=x, baseline_pt=y, angle=0)

    def back(self, box: Rect) -> Rect:
        """The upright bounding box of a box of the levelled page."""
        xs, ys = [], []
        for x in (box.x0, box.x1):
            for y in (box.y0, box.y1):
                dx, dy = x - self._cx, y - self._cy
                xs.append(self._cx + dx * self._cos + dy * self._sin)
                ys.append(self._cy - dx * self._sin + dy * self._cos)
        return Rect(min(xs), min(ys), max(xs), max(ys))
