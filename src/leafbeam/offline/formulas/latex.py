"""Glyphs and bars of one formula to LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph
from leafbeam.offline.formulas.compounds import compounds
from leafbeam.offline.formulas.grids import grids, split_rows, stacked
from leafbeam.offline.formulas.nodes import Node, Part, UnreadableError, nodes_of
from leafbeam.offline.formulas.rows import read_row, row_base
from leafbeam.offline.formulas.structure import Work, accents, braces, fractions, limits, roots, words
from leafbeam.offline.formulas.symbols import Kind
from leafbeam.offline.formulas.valid import is_valid

_DEEPEST = 12
_GROUPED = re.compile(r"(?<![\d,.])(\d{1,3})(?:,(?=\d{3}(?!\d))|, (?=000(?!\d)))")  # thousands; a list has more space
_MOST_NODES = 1500


def latex_of(glyphs: Sequence[Glyph], bars: Sequence[Rect]) -> str | None:
    """The LaTeX of a formula, valid for KaTeX; None when its layout cannot be understood."""
    try:
        nodes = nodes_of(glyphs)
        if not nodes or len(nodes) > _MOST_NODES:
            return None
        latex = _read(compounds(nodes), _real_bars(nodes, bars), 0).latex
    except UnreadableError:
        return None
    latex = _GROUPED.sub(r"\1{,}", latex)
    return latex if latex and is_valid(latex) else None


def _real_bars(nodes: Sequence[Node], bars: Sequence[Rect]) -> list[Rect]:
    """The bars without those that only join the tips of a horizontal brace."""
    braces = [n.box.grown(1.0, 0.5) for n in nodes if n.kind is Kind.BRACE]
    return [b for b in bars if not any(brace.contains(b.cx, b.cy) for brace in braces)]


def _read(nodes: Sequence[Node], bars: Sequence[Rect], depth: int) -> Part:
    """Any arrangement of nodes: what is built on bars, accents and delimiters first, then rows."""
    if depth > _DEEPEST:
        raise UnreadableError("nested too deeply")

    def inner(part: Sequence[Node], part_bars: Sequence[Rect]) -> Part:
        return _read(part, part_bars, depth + 1)

    def row(part: Sequence[Node]) -> str:
        return _row(part, depth + 1)

    work = Work(accents(nodes, inner), list(bars))
    work = roots(work, inner)
    work = fractions(work, inner)
    rest = words(braces(work.nodes, inner))
    if not rest:
        raise UnreadableError("nothing to read")
    rest = limits(rest, inner)
    rest = grids(rest, row)
    rows = split_rows(rest)
    base, size = row_base(rest)
    firm = any(n.firm and n.size > 0.85 * size for n in rest)
    if len(rows) > 1:
        latex = stacked(rows, row) if depth == 0 else "\\substack{" + " \\\\ ".join(row(r) for r in rows) + "}"
        return Part(latex, base, size, firm=False)
    return Part(row(rest), base, size, firm)


def _row(nodes: Sequence[Node], depth: int) -> str:
    if depth > _DEEPEST:
        raise UnreadableError("nested too deeply")
    return read_row(nodes, lambda part: _read(part, (), depth + 1).latex)
