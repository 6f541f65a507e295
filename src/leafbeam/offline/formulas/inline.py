"""Mathematics inside running text: the line with its formulas as spans that carry their LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, Line, Span
from leafbeam.offline.formulas.chars import Char
from leafbeam.offline.formulas.encodings import Family
from leafbeam.offline.formulas.latex import latex_of
from leafbeam.offline.formulas.runs import find_runs
from leafbeam.offline.formulas.symbols import Kind, Token, family_of_cached
from leafbeam.offline.formulas.view import LineView, ink_of

_STRUCK = ("\\ne", "\\notin")  # set from a stroke without advance width and a relation
_SECOND_SIGN = 0.75  # of the type size: what the two advance
_OVERLINE = 0.3  # of the type size: how far the bar over a letter stands above it and reaches over its sides
_SHIFT = 0.07  # of the type size: a baseline moved by more is a script


def with_inline_maths(
    view: LineView, fragments: Sequence[LineView], bars: Sequence[Rect], *, continues: bool = False
) -> Line:
    """The line with its formulas as spans that carry LaTeX; ``fragments`` are pieces of them set apart as lines.

    ``continues`` says that the line above ends inside a formula.
    """
    if not fragments and not continues and not _may_hold(view):
        return view.line
    chars = _chars(view, fragments, bars)
    runs = [run for run in find_runs(chars, view, continues=continues) if run]
    formulas: dict[int, tuple[int, Span]] = {}
    for start, end in runs:
        span = _formula(chars[start:end], bars, bare=continues and start == 0)
        own = [c.index for c in chars[start:end] if c.index >= 0]
        if span is not None and own and own == list(range(own[0], own[-1] + 1)):
            formulas[own[0]] = (own[-1] + 1, span)
    if not formulas:
        return view.line
    spans = _splice(view.line, formulas)
    return replace(view.line, spans=spans)


def _may_hold(view: LineView) -> bool:
    """False, quickly, for lines without anything that could start a formula."""
    return any(
        t.maths
        or (t.kind is Kind.WORD and t.style in ("mathit", "mathbf"))
        or (t.kind is Kind.ORD and t.latex[:1] == "\\")
        for t in view.tokens
    )


def _chars(view: LineView, fragments: Sequence[LineView], bars: Sequence[Rect]) -> list[Char]:
    """The glyphs of the line, and of the fragments in between, left to right."""
    base, size = view.line.baseline_pt, view.size
    visible = [
        (i, g)
        for i, g in enumerate(view.line.glyphs)
        if not g.text.isspace() or family_of_cached(g.font) is Family.EXTENSION
    ]
    items = [(g, t, i) for (i, g), t in zip(visible, view.tokens, strict=True)]
    extra = [(g, t, -1) for f in fragments for g, t in zip(f.glyphs, f.tokens, strict=True)]
    for glyph, token, _ in sorted(extra, key=lambda e: e[0].ink.x0):
        place = next((k for k, (g, _, _) in enumerate(items) if g.ink.x0 > glyph.ink.x0 + 0.01), len(items))
        items.insert(place, (glyph, token, -1))
    chars: list[Char] = []
    right = items[0][0].ink.x0 if items else 0.0
    roofs = _root_bars(items, bars)
    for glyph, token, index in items:
        shift = (base - glyph.baseline_pt) / size
        firm = family_of_cached(glyph.font) is not Family.EXTENSION
        level = 0 if abs(shift) < _SHIFT or not firm or index < 0 else 1 if shift > 0 else -1
        barred = token.kind is Kind.WORD and any(_is_over(b, glyph) for b in bars)
        covered = barred or any(
            r.x0 - 0.5 < glyph.ink.cx < r.x1 + 0.5 and 0 < glyph.ink.cy - r.y0 < 3 * size for r in roofs
        )
        chars.append(Char(glyph, token, index, level, (glyph.x_origin_pt - right) / size, covered))
        end = glyph.box.x1
        if token.kind is Kind.REL and (len(glyph.text) > 1 or token.latex in _STRUCK):
            end = max(end, glyph.x_origin_pt + _SECOND_SIGN * glyph.size_pt)
        right = max(right, end) if level else end
    return chars


def _is_over(bar: Rect, glyph: Glyph) -> bool:
    """Whether a bar stands right over one letter, about as wide as it."""
    ink, size = glyph.ink, glyph.size_pt
    return (
        0 <= ink.y0 - bar.y1 < _OVERLINE * size
        and bar.x0 - 0.15 * size < ink.x0
        and ink.x1 < bar.x1 + 0.15 * size
        and bar.width < ink.width + _OVERLINE * size
    )


def _root_bars(items: Sequence[tuple[Glyph, Token, int]], bars: Sequence[Rect]) -> list[Rect]:
    """The bars that belong to the radical signs among the glyphs."""
    signs = [g for g, t, _ in items if t.kind is Kind.ROOT]
    return [
        b
        for b in bars
        if any(abs(b.x0 - g.ink.x1) < 0.2 * g.size_pt and abs(b.y0 - g.ink.y0) < 0.2 * g.size_pt for g in signs)
    ]


def _formula(run: Sequence[Char], bars: Sequence[Rect], *, bare: bool) -> Span | None:
    glyphs = [c.glyph for c in run]
    box = ink_of(glyphs)
    size = median(g.size_pt for g in glyphs)
    inside = [b for b in bars if box.grown(0.3 * size, 0.4 * size).contains(b.cx, b.cy) and b.width < box.width + size]
    latex = latex_of(glyphs, inside)
    if latex is None or (_dull(latex) and not bare):
        return None
    if run[0].level != 0 and all(c.level != 0 for c in run):  # a script whose base stays in the text
        latex = f"{{}}{'^' if run[0].level > 0 else '_'}{{{latex}}}"
    return Span("".join(c.token.char or "\ufffd" for c in run), box, latex=latex)


def _dull(latex: str) -> bool:
    """True for what plain text says as well: a bare number, signed or not."""
    return latex.lstrip("+-").replace(".", "").replace(",", "").replace(" ", "").isdigit()


def _splice(line: Line, formulas: dict[int, tuple[int, Span]]) -> tuple[Span, ...]:
    """The line's spans with formulas put in the place of their glyphs."""
    spans: list[Span] = []
    at = 0  # glyph index
    skip_to = 0
    for span in line.spans:
        kept = ""
        pos = 0
        while pos < len(span.text):
            if span.text[pos] == " ":
                kept += "" if at < skip_to else " "
                pos += 1
                continue
            if at in formulas and at >= skip_to:
                if kept:
                    spans.append(replace(span, text=kept))
                    kept = ""
                skip_to, formula = formulas[at]
                spans.append(formula)
            text = line.glyphs[at].text
            if at >= skip_to:
                kept += text
            pos += len(text)
            at += 1
        if kept:
            spans.append(replace(span, text=kept))
    return tuple(spans)
