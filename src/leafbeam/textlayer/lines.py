"""The glyphs of a page as lines of words."""

from __future__ import annotations

from dataclasses import replace

from leafbeam.layer import Line, PageLayer
from leafbeam.textlayer.aslant import aslant_lines
from leafbeam.textlayer.gaps import group_runs
from leafbeam.textlayer.runs import make_runs
from leafbeam.textlayer.scripts import attach_scripts, items_of
from leafbeam.textlayer.turn import turn_glyph, turn_layer, turn_rect
from leafbeam.textlayer.words import build_line

_BAR_PT = 1.6  # fraction bars are thinner


def text_lines(layer: PageLayer) -> tuple[Line, ...]:
    """The layer's glyphs as lines, top to bottom then left to right (not reading order).

    A line never crosses a column gutter, a vertical ruling or a table cell. Text that does not run upright becomes
    lines with an ``angle``; watermarks are left out.
    """
    lines: list[Line] = []
    for angle in sorted({g.angle for g in layer.glyphs}):
        if angle == 0:
            lines.extend(_upright_lines(layer))
        elif angle in (90, 180, 270):
            lines.extend(_turned_lines(layer, angle))
    lines.extend(aslant_lines(layer, _upright_lines))
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
    runs = attach_scripts(make_runs([g for g in layer.glyphs if g.angle == 0]))
    walls = [r for r in layer.rulings if not r.horizontal]
    bars = [r.box for r in layer.rulings if r.horizontal and r.box.height <= _BAR_PT]
    return [
        build_line([item for run in group for item in items_of(run)], layer.links)
        for group in group_runs(runs, walls, bars)
    ]
