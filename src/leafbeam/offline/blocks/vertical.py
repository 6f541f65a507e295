"""Chinese and Japanese set in columns of characters, read from right to left: found, and laid on its side.

A page of such text turned by a quarter is a page of ordinary lines from top to bottom: its columns are then rows, and
everything that holds for rows (paragraphs, indents, headings, order) holds for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.offline.blocks.content import PageContent, PlacedBlock
from leafbeam.offline.blocks.hyphens import is_wide
from leafbeam.types import Block, Box

DOWN = 270  # the direction of writing, in degrees counter-clockwise
_STEP = 1.7  # type sizes between the middles of two characters of a column, at most
_LEAST = 3  # characters of a column
_USUAL = 4.0  # characters: the mean of a page's columns
_SHARE = 0.6  # of the page's wide characters that stand in columns


def join_vertical(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, characters that stand below each other made one line that runs down (``angle`` 270).

    Also marks recognised lines that run down. Pages whose text runs level are returned as they are.
    """
    if _steps_down(lines):
        lines = [part for line in lines for part in _characters(line)]
    single = [line for line in lines if line.angle == 0 and len(line.text.strip()) == 1 and is_wide(line.text.strip())]
    columns = [column for column in _columns(single) if len(column) >= _LEAST]
    standing = [line for line in lines if _is_standing(line)]
    lengths = [len(column) for column in columns] + [len(line.text.strip()) for line in standing]
    wide = sum(is_wide(char) for line in lines for char in line.text)
    if not lengths or sum(lengths) < _SHARE * wide or mean(lengths) < _USUAL:
        return tuple(lines)
    gone = {id(line) for column in columns for line in column} | {id(line) for line in standing}
    joined = [_joined(column) for column in columns] + [replace(line, angle=DOWN) for line in standing]
    return (*(line for line in lines if id(line) not in gone), *joined)


def is_vertical(page: PageContent) -> bool:
    """True when most of the page's characters stand in lines that run down."""
    down = sum(len(line.text) for line in page.lines if line.angle == DOWN and any(map(is_wide, line.text)))
    return down > 0.5 * sum(len(line.text) for line in page.lines)


def laid_down(page: PageContent) -> PageContent:
    """The page turned by a quarter anticlockwise, so that its right edge is the top: columns become rows."""
    width = page.width_pt
    return replace(
        page,
        width_pt=page.height_pt,
        height_pt=width,
        lines=tuple(_laid_line(line, width) for line in page.lines),
        objects=tuple(PlacedBlock(item.block, _laid(item.box, width)) for item in page.objects),
        regions=(),
        rulings=tuple(replace(r, box=_laid(r.box, width), horizontal=not r.horizontal) for r in page.rulings),
        shapes=tuple(replace(shape, box=_laid(shape.box, width)) for shape in page.shapes),
    )


def put_upright(blocks: Sequence[Block], page: PageContent) -> tuple[Block, ...]:
    """The blocks of a page that was laid down, their boxes on the page as it is; the page's objects have theirs."""
    ready = {id(item.block) for item in page.objects}
    return tuple(block if id(block) in ready or block.box is None else _upright(block, block.box) for block in blocks)


def _steps_down(lines: Sequence[Line]) -> bool:
    """True when a text layer states its wide characters one below the other rather than one behind the other."""
    glyphs = [glyph for line in lines for glyph in line.glyphs if glyph.angle == 0 and is_wide(glyph.text[:1])]
    glyphs.sort(key=lambda glyph: glyph.order)
    down = right = 0
    for a, b in itertools.pairwise(glyphs):
        dx, dy = (b.box.cx - a.box.cx) / a.size_pt, (b.box.cy - a.box.cy) / a.size_pt
        down += abs(dx) < 0.5 and 0.3 < dy < _STEP
        right += abs(dy) < 0.5 and 0.3 < dx < _STEP
    return down >= _LEAST and down > 3 * right


def _characters(line: Line) -> list[Line]:
    """The line's wide characters one by one; a line without any as it is."""
    if line.angle or not any(is_wide(glyph.text[:1]) for glyph in line.glyphs):
        return [line]
    result = []
    for glyph in line.glyphs:
        if glyph.text.strip():
            span = Span(glyph.text, glyph.ink, bold=glyph.font.bold, italic=glyph.font.italic)
            baseline, size = glyph.baseline_pt, glyph.size_pt
            result.append(
                replace(line, spans=(span,), box=glyph.ink, baseline_pt=baseline, size_pt=size, glyphs=(glyph,))
            )
    return result


def _columns(chars: Sequence[Line]) -> list[list[Line]]:
    """Characters chained from top to bottom, each to the nearest one below it that stands in its column."""
    columns: list[list[Line]] = []
    for line in sorted(chars, key=lambda line: line.box.cy):
        target = min(
            (column for column in columns if _follows(column, line)),
            key=lambda column: line.box.cy - column[-1].box.cy,
            default=None,
        )
        if target is None:
            columns.append([line])
        else:
            target.append(line)
    return columns


def _follows(column: Sequence[Line], line: Line) -> bool:
    last = column[-1]
    size = max(last.size_pt, line.size_pt)
    extent = union(char.box for char in column[-3:])
    inside = extent.x0 - 0.3 * size < line.box.cx < extent.x1 + 0.3 * size
    return (
        inside
        and 0.3 * size < line.box.cy - last.box.cy < _STEP * size
        and abs(last.size_pt - line.size_pt) < (0.15 * size)
    )


def _is_standing(line: Line) -> bool:
    """True for a recognised line of wide characters that is as high as it has characters."""
    text = line.text.strip()
    high = line.box.height > 0.6 * len(text) * line.box.width
    return line.angle in (0, DOWN) and len(text) > 1 and high and sum(map(is_wide, text)) > 0.6 * len(text)


def _joined(column: Sequence[Line]) -> Line:
    box = union(line.box for line in column)
    spans = tuple(replace(span, text=span.text.strip()) for line in column for span in line.spans)
    glyphs = tuple(glyph for line in column for glyph in line.glyphs)
    return replace(column[0], spans=spans, box=box, baseline_pt=box.y1, glyphs=glyphs, angle=DOWN)


def _laid(box: Rect, width: float) -> Rect:
    return Rect(box.y0, width - box.x1, box.y1, width - box.x0)


def _laid_line(line: Line, width: float) -> Line:
    """A line that runs down runs level; one that ran level runs up."""
    box = _laid(line.box, width)
    spans: tuple[Span, ...] = tuple(replace(span, box=_laid(span.box, width)) for span in line.spans)
    if line.angle != DOWN:
        return replace(line, spans=spans, box=box, baseline_pt=box.y1, angle=90)
    middle = box.cy + 0.38 * line.size_pt  # of the column, not of the ink, which small signs leave narrow
    return replace(line, spans=spans, box=box, baseline_pt=middle, angle=0, glyphs=())


def _upright(block: Block, box: Box) -> Block:
    return replace(block, box=Box(1 - box.bottom, box.left, 1 - box.top, box.right))
