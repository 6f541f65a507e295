"""Formulas of a text layer, rebuilt as LaTeX from glyphs, sizes, baselines and rules; no models.

encodings -> symbols (one glyph, one token) -> nodes -> compounds, structure, grids, rows -> latex (one formula),
checked by valid; view -> display; view, chars, growth, runs -> inline, continued. A recogniser of formula images would
fill ``Display.latex`` where it is None, from the crop of ``Display.box``, in the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    return FormulaPage(tuple(inline), tuple(displays))


def _fragments(views: list[LineView], left: list[int], bars: list[Rect]) -> dict[int, list[int]]:
    """Small lines that are pieces of an inline formula (limits, parts of fractions), by the line they belong to."""
    found: dict[int, list[int]] = {}
    prose = [i for i in left if is_prose(views[i])]
    hosts = [i for i in prose if views[i].maths]
    for i in left if hosts else ():
        view = views[i]
        if i in prose or len(view.glyphs) > 25 or view.words > 1 or not view.glyphs:
            continue
        for host in hosts:
            other = views[host]
            if view.size > _FRAGMENT * other.size and not view.maths:
                continue
            inside = other.box.x0 - other.size < view.box.cx < other.box.x1 + other.size
            level = -0.9 * other.size < view.box.cy - (other.line.baseline_pt - 0.25 * other.size) < 0.9 * other.size
            if inside and level and (view.maths or _explained(other, view, bars)) and _room(other, view):
                found.setdefault(host, []).append(i)
                break
    return found


def _explained(host: LineView, piece: LineView, bars: list[Rect]) -> bool:
    """Whether a piece without certain mathematics has a reason to be one: a bar under or over it, or an operator."""
    size = host.size
    if any(
        b.x0 - 1 < piece.box.cx < b.x1 + 1 and abs(b.cy - piece.box.cy) < size and b.width < 20 * size for b in bars
    ):
        return True
    big = (g.ink for g, t in zip(host.glyphs, host.tokens, strict=True) if t.kind is Kind.BIG)
    return any(ink.x_overlap(piece.box) > -0.3 * size for ink in big)


def _room(host: LineView, piece: LineView) -> bool:
    """Whether the host's own glyphs leave room where the piece stands."""
    zone = piece.box
    return not any(g.ink.intersection(zone) > 0.3 * min(g.ink.area, zone.area) for g in host.glyphs)
