"""Formulas of a text layer, rebuilt as LaTeX from glyphs, sizes, baselines and rules; no models.

encodings -> symbols (one glyph, one token) -> nodes -> compounds, structure, grids, rows -> latex (one formula),
checked by valid; view -> display; view, chars, growth, runs -> inline, continued. A recogniser of formula images would
fill ``Display.latex`` where it is None, from the crop of ``Display.box``, in the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.formulas.continued import join_cut_formulas
from leafbeam.offline.formulas.display import Display, find_displays, is_prose
from leafbeam.offline.formulas.inline import with_inline_maths
from leafbeam.offline.formulas.latex import latex_of
from leafbeam.offline.formulas.symbols import Kind
from leafbeam.offline.formulas.view import LineView, view_of

__all__ = ["Display", "FormulaPage", "find_formulas", "latex_of"]

_BAR_PT = 1.6  # fraction and root bars are thinner than this
_REACH = 0.9  # of the type size: pieces are nearer than this to the axis of their line
_ON_AXIS = 0.2  # a fraction bar is at most this far from the axis of its line
_MOST_GLYPHS = 25
_LEAST_GLYPHS = 6
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd]")
_FRAGMENT = 0.9  # pieces of inline formulas are smaller than their line


@dataclass(frozen=True, slots=True)
class FormulaPage:
    """The lines that are left, with inline formulas as spans, and the displayed formulas."""

    lines: tuple[Line, ...]
    displays: tuple[Display, ...]


def find_formulas(layer: PageLayer, lines: tuple[Line, ...], tables: tuple[Rect, ...] = ()) -> FormulaPage:
    """Displays and inline formulas of a page with a text layer; inside ``tables`` only inline ones are looked for.

    ``lines`` keep their order; those that a display or a neighbouring line's formula consumes are left out.
    """
    views = [view_of(line) for line in lines]
    if not any(view.maths or view.line.glyphs for view in views):
        return FormulaPage(lines, ())
    bars = [r.box for r in layer.rulings if r.horizontal and r.box.height <= _BAR_PT]
    displays, taken = find_displays(views, bars, tables) if any(view.maths for view in views) else ([], set())
    left = [i for i in range(len(views)) if i not in taken]
    fragments = _fragments(views, left, bars)
    absorbed = {i for pieces in fragments.values() for i in pieces}
    kept = [i for i in left if i not in absorbed]

    def read(i: int, *, continues: bool = False) -> Line:
        pieces = [views[k] for k in fragments.get(i, ())]
        view = views[i]
        return with_inline_maths(view, pieces, bars, continues=continues) if view.glyphs else view.line

    inline = join_cut_formulas([read(i) for i in kept], lambda at: read(kept[at], continues=True))
    return FormulaPage(tuple(_readable(line) for line in inline), tuple(displays))


def _readable(line: Line) -> Line:
    """The line without the characters that nobody can read: unmapped and private-use ones, mostly icons."""
    if line.text.isascii() or not _UNREADABLE.search(line.text):
        return line
    spans = (replace(span, text=_UNREADABLE.sub("", span.text)) for span in line.spans)
    return replace(line, spans=tuple(span for span in spans if span.text or span.latex))


def _fragments(views: list[LineView], left: list[int], bars: list[Rect]) -> dict[int, list[int]]:
    """Small lines that are pieces of an inline formula (limits, parts of fractions), by the line they belong to."""
    found: dict[int, list[int]] = {}
    prose = [i for i in left if is_prose(views[i])]
    hosts = [i for i in left if is_prose(views[i]) or (views[i].maths and len(views[i].glyphs) >= _LEAST_GLYPHS)]
    pieces = [i for i in left if views[i].glyphs and len(views[i].glyphs) <= _MOST_GLYPHS and views[i].words <= 1]
    for i in pieces:
        if i in prose:
            continue
        bar = _bar_at(views[i], bars)
        best = min(
            (
                pair
                for host in hosts
                if host != i and (pair := (_distance(views[host], views[i], bar), host))[0] < _REACH
            ),
            default=None,
        )
        if best is not None:
            found.setdefault(best[1], []).append(i)
    return found


def _distance(host: LineView, piece: LineView, bar: Rect | None) -> float:
    """How far a piece is from the host's mathematical axis, in type sizes; ``_REACH`` or more when it is not its."""
    size = host.size
    away = abs((bar or piece.box).cy - host.line.baseline_pt + 0.25 * size) / size
    if (
        away >= _REACH
        or len(piece.glyphs) >= len(host.glyphs)
        or not host.box.x0 - size < piece.box.cx
        or not (bar.x0 if bar is not None else piece.box.cx) < host.box.x1 + size
    ):
        return _REACH
    if piece.size > _FRAGMENT * size and not piece.maths and any(t.kind is not Kind.ACCENT for t in piece.tokens):
        return _REACH
    if bar is not None and away > _ON_AXIS:
        bar, away = None, abs(piece.box.cy - host.line.baseline_pt + 0.25 * size) / size
    sure = bar is not None or (host.maths and (piece.maths or _explained(host, piece)))
    return away if sure and _room(host, piece) else _REACH


def _bar_at(piece: LineView, bars: list[Rect]) -> Rect | None:
    """The fraction bar that the piece stands on or hangs under."""
    size = piece.size
    near = [
        b
        for b in bars
        if b.x0 - 1 < piece.box.cx < b.x1 + 1
        and b.width < piece.box.width + 20 * size
        and piece.box.width < b.width + size
        and -0.2 * size < max(piece.box.y0 - b.y1, b.y0 - piece.box.y1) < 0.8 * size
    ]
    return min(near, key=lambda b: abs(b.cy - piece.box.cy), default=None)


def _explained(host: LineView, piece: LineView) -> bool:
    """Whether a piece without certain mathematics has a reason to be one: an accent, or next to an operator."""
    if all(t.kind is Kind.ACCENT for t in piece.tokens):
        return True
    big = (g.ink for g, t in zip(host.glyphs, host.tokens, strict=True) if t.kind is Kind.BIG)
    return any(ink.x_overlap(piece.box) > -0.3 * host.size for ink in big)


def _room(host: LineView, piece: LineView) -> bool:
    """Whether the host's own glyphs leave room where the piece stands."""
    zone = piece.box
    return not any(g.ink.intersection(zone) > 0.3 * min(g.ink.area, zone.area) for g in host.glyphs)
