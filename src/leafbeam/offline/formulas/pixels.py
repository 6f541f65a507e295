"""A scanned formula to LaTeX: components -> classify -> placed -> glyphs as a text layer would state them -> latex.

What is not read with confidence is not read at all: the reader then shows the crop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph
from leafbeam.offline.formulas.classify import JUNK, Guess, SymbolClass, classify, symbol_classes
from leafbeam.offline.formulas.components import Piece, finer, halves, ink_of, joined, pieces_of, stacks_of
from leafbeam.offline.formulas.latex import latex_of
from leafbeam.offline.formulas.placed import Placed, aligned, alike, on_axis, place, recased, type_size
from leafbeam.offline.models import Models

Pixels = npt.NDArray[np.uint8]
ZOOM = 2  # strokes of small type are two pixels wide at 200 dpi: the threshold needs more
_LEVELS = (0.4, 0.5, 0.6, 0.7)  # of full ink, tried in turn on what is no symbol
_STACKED = frozenset("ij=≡≤≥:;!?÷≈≃≅±∓Ξ%⊆⊇≠")
_SYMBOL = 0.8  # a piece this surely a symbol is not taken apart
_STACK_SCORE = 0.5
_AS_DIGIT = {"l": "1", "I": "1", "O": "0", "o": "0"}
_MINUS = 0.61  # width of a minus in ems
_FONTS = {
    "i": Font("CMMI10", italic=True),
    "r": Font("CMR10"),
    "c": Font("CMSY10"),
    "b": Font("MSBM10"),
    "s": Font("CMSY10"),
    "e": Font("CMEX10"),
}
_TEXT_SIGNS = frozenset("=+()[],;:!?%&./<>")  # those that Computer Modern has in its text fonts


Choose = Callable[[Sequence[Piece]], list[Piece]]


@dataclass(frozen=True, slots=True)
class ScanFormula:
    """What was read: ``latex`` None where the layout makes no sense.

    ``least`` and ``mean`` are how sure the symbols are, 0..1; ``symbols`` how many they are.
    """

    latex: str | None
    least: float
    mean: float
    symbols: int


def read_within(gray_HW: Pixels, px_per_pt: float, size_pt: float, models: Models, chosen: Choose) -> ScanFormula:
    """The formula of those pieces of a grey crop that ``chosen`` picks. ``size_pt`` is a guess of its type size.

    The pieces that ``chosen`` sees are in pixels of the crop enlarged ``ZOOM`` times.
    """
    big_HW = np.asarray(cv2.resize(gray_HW, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC), np.uint8)
    scale = px_per_pt * ZOOM
    em = size_pt * scale
    ink_HW = ink_of(big_HW, em)
    return read_pieces(chosen(pieces_of(ink_HW, em)), scale, em, models)


def read_pieces(pieces: Sequence[Piece], scale: float, em: float, models: Models) -> ScanFormula:
    """The formula that pieces make; ``scale`` is pixels per point, ``em`` a guess of the type size in pixels."""
    pieces, guesses = _merged(_parted(pieces, em, models), em, models)
    size = type_size(pieces, guesses, em)
    if size is None:
        return ScanFormula(None, 0.0, 0.0, len(pieces))
    bars = [p for p, found in zip(pieces, guesses, strict=True) if _is_rule(p, found)]
    placed = [place(p, found, size) for p, found in zip(pieces, guesses, strict=True) if not _is_rule(p, found)]
    placed = aligned(on_axis(_digits(recased(placed, size), size), size))
    rulings: list[Rect] = []
    for bar in bars:
        role = _bar_role(bar.box, [s.box for s in placed] + [b.box for b in bars if b is not bar], size)
        if role:
            placed.append(_sign(bar, role, placed, size))
        else:
            rulings.append(bar.box)
    dotted = [_dot(s, placed, size) if s.kind.char in ".,·" else s for s in placed]
    placed = [s for s in dotted if s is not None]
    placed = aligned(_fences(placed, size))
    glyphs = [_glyph(s, k, scale) for k, s in enumerate(sorted(placed, key=lambda s: s.box.x0))]
    latex = latex_of(glyphs, [_points(r, scale) for r in rulings])
    sure = [s.sure for s in placed] or [0.0]
    return ScanFormula(latex, min(sure), float(np.mean(sure)), len(sure))


def _parted(pieces: Sequence[Piece], em: float, models: Models) -> list[Piece]:
    """The pieces with those taken apart that are no symbol as a whole, but are in parts."""
    done: list[Piece] = []
    doubtful = list(pieces)
    scores = _scores(doubtful, models)
    for level in (*_LEVELS, None):
        rest: list[tuple[Piece, float]] = []
        for piece, score in zip(doubtful, scores, strict=True):
            if score > _SYMBOL or max(piece.box.width, piece.box.height) < 0.25 * em:
                done.append(piece)
            else:
                rest.append((piece, score))
        ways = [[finer(p, em, level)] if level else [list(pair) for pair in halves(p, em)] for p, _ in rest]
        flat = iter(_scores([part for way in ways for parts in way for part in parts], models))
        doubtful, scores = [], []
        for (piece, score), way in zip(rest, ways, strict=True):
            rated = [(parts, [next(flat) for _ in parts]) for parts in way]
            parts, values = max(rated, key=lambda r: min(r[1], default=0.0), default=([], []))
            big = [v for p, v in zip(parts, values, strict=True) if max(p.box.width, p.box.height) > 0.2 * em]
            better = len(big) > 1 and min(values) > 0.35 and float(np.mean(big)) > score + 0.15
            doubtful += parts if better else [piece]
            scores += values if better else [score]
    return [*done, *doubtful]


def _scores(pieces: Sequence[Piece], models: Models) -> list[float]:
    """How surely each piece is some symbol, 0..1; a bar is one."""
    found = classify([p.ink_HW for p in pieces], models)
    return [
        1.0 if p.bar else max((_likeness(g, guesses) for g in guesses), default=0.0)
        for p, guesses in zip(pieces, found, strict=True)
    ]


def _likeness(best: Guess, guesses: Sequence[Guess]) -> float:
    if best.kind.char == JUNK[1:]:
        return 0.0
    return sum(g.score for g in guesses if alike(g.kind, best.kind))


def _merged(pieces: Sequence[Piece], em: float, models: Models) -> tuple[list[Piece], list[tuple[Guess, ...]]]:
    """The pieces with those of one sign joined, and what each may be."""
    stacks = stacks_of(pieces, em)
    wholes = [joined([pieces[i] for i in stack]) for stack in stacks]
    found = classify([p.ink_HW for p in (*pieces, *wholes)], models)
    single = found[: len(pieces)]
    pieces = [replace(p, bar=_is_rule(p, guesses)) for p, guesses in zip(pieces, single, strict=True)]
    many = [
        _lines([pieces[i] for i in stack]) or guess for stack, guess in zip(stacks, found[len(pieces) :], strict=True)
    ]
    taken: set[int] = set()
    result: list[tuple[Piece, tuple[Guess, ...]]] = []
    order = sorted(range(len(stacks)), key=lambda k: (-len(stacks[k]), -_stack_score(many[k])))
    for k in order:
        seen = taken.isdisjoint(stacks[k]) and _stack_score(many[k]) > _STACK_SCORE
        if seen and _is_stack(many[k], [pieces[i] for i in stacks[k]]):
            result.append((wholes[k], many[k]))
            taken.update(stacks[k])
    result += [(p, g) for i, (p, g) in enumerate(zip(pieces, single, strict=True)) if i not in taken]
    result.sort(key=lambda pair: pair[0].box.x0)
    return [p for p, _ in result], [g for _, g in result]


def _lines(parts: Sequence[Piece]) -> tuple[Guess, ...]:
    """What two or three equal bars over each other are; () for anything else."""
    widths = [p.box.width for p in parts]
    if not all(p.bar for p in parts) or min(widths) < 0.8 * max(widths):
        return ()
    char = "=" if len(parts) == 2 else "≡"
    return tuple(Guess(kind, 1.0) for kind in symbol_classes() if kind.char == char)


def _stack_score(found: Sequence[Guess]) -> float:
    return sum(g.score for g in found if g.kind.char in _STACKED)


def _is_stack(found: Sequence[Guess], parts: Sequence[Piece]) -> bool:
    """Whether the parts suit the sign: lines of an equals sign are bars, equally long; its dots are no bars."""
    char = max((g for g in found if g.kind.char in _STACKED), key=lambda g: g.score).kind.char
    bars = [p for p in parts if p.bar]
    if char in "=≡":
        widths = [p.box.width for p in parts]
        return len(parts) == (2 if char == "=" else 3) and len(bars) == len(parts) and min(widths) > 0.75 * max(widths)
    if char in "ij:;!?Ξ":
        return len(parts) == (3 if char == "Ξ" else 2)
    return len(parts) >= 2


def _is_rule(piece: Piece, found: Sequence[Guess]) -> bool:
    return piece.bar or (found[0].kind.char == "−" and found[0].score > 0.5)


def _bar_role(bar: Rect, others: Sequence[Rect], size: float) -> str:
    """What a bar is: "−", "¯" (a macron), or "" for one of a fraction, a root or a long line."""
    inside = [o for o in others if bar.x0 - 0.1 * size < o.cx < bar.x1 + 0.1 * size]
    over = [bar.y0 - o.y1 for o in inside if o.cy < bar.cy and bar.y0 - o.y1 > -0.1 * size]
    under = [o.y0 - bar.y1 for o in inside if o.cy > bar.cy and o.y0 - bar.y1 > -0.1 * size]
    near_over, near_under = min(over, default=9e9) < 0.75 * size, min(under, default=9e9) < 0.75 * size
    if near_over and near_under and min(over) + min(under) < 1.1 * size:
        if bar.width < 0.62 * size and min(under) < 0.19 * size and min(over) > 0.35 * size:
            return "¯"
        return ""
    if under and min(under) < 0.3 * size and bar.width < 0.7 * size:
        return "¯"
    return "−" if bar.width < 1.15 * size else ""


def _sign(bar: Piece, char: str, placed: Sequence[Placed], size: float) -> Placed:
    """A minus or a macron, of the size of what it stands beside or over."""
    near = min(placed, key=lambda s: abs(s.box.cx - bar.box.cx) + 2 * abs(s.box.cy - bar.box.cy), default=None)
    level = near.size if near is not None else size
    if char == "−":
        level = min((size * v for v in (1.0, 0.7, 0.5)), key=lambda own: abs(_MINUS * own - bar.box.width))
        beside = [s for s in placed if s.size == size and -s.box.x_overlap(bar.box) < 0.8 * size]
        if any(abs(s.base - 0.25 * size - bar.box.cy) < 0.1 * size for s in beside) and bar.box.width > 0.3 * size:
            level = size
    kind = SymbolClass("s", char, 0.0, 0.0, 0.0)
    return Placed(bar, kind, 1.0, level, bar.box.cy + 0.25 * level)


def _dot(dot: Placed, placed: Sequence[Placed], size: float) -> Placed | None:
    """A comma, a point, a centred point or an accent, by its height beside its neighbours; in their size.

    None for a speck.
    """
    others = [s for s in placed if s is not dot and s.kind.char not in ".,·"]
    dot = replace(dot, kind=replace(dot.kind, char=".")) if dot.kind.char == "·" else dot
    below = [s for s in others if s.box.x0 - 0.1 * size < dot.box.cx < s.box.x1 + 0.1 * size]
    if dot.kind.char == "." and any(
        -0.05 * size < s.box.y0 - dot.box.y1 < 0.22 * size and s.kind.char.isalpha() for s in below
    ):
        return replace(dot, kind=replace(dot.kind, char="˙"), sure=dot.sure)
    foot = dot.box.y1 if dot.kind.char == "." else dot.box.y0 + 0.106 * size
    near = [s for s in others if s.kind.style != "e" and abs(s.box.cx - dot.box.cx) < 8 * size]
    last = not any(0 < s.box.x0 - dot.box.x1 < 1.2 * size and s.box.y_overlap(dot.box) > 0 for s in placed)
    raised = any(s.base - dot.box.y0 > 0.36 * s.size for s in near if s.box.x1 <= dot.box.cx)
    if dot.kind.char == "," and raised and not any(abs(s.base - foot) < 0.12 * size for s in near):
        base = dot.box.y1 + 0.03 * size
        return replace(dot, kind=replace(dot.kind, style="s", char="′"), size=0.7 * size, base=base)
    beyond = bool(near)  # a point on no row is a speck
    rows = [(abs(s.base - foot) / size, s, False) for s in near]
    if dot.kind.char == "." and not last:
        rows += [(abs(s.base - 0.25 * s.size - dot.box.cy) / size, s, True) for s in near]
    rows = [row for row in rows if row[0] < 0.12]
    if not rows:
        return None if dot.kind.char == "." and beyond else replace(dot, base=foot)
    _, host, centred = min(rows, key=lambda row: 0.3 * abs(row[1].box.cx - dot.box.cx) / size + 4 * row[0])
    return replace(dot, kind=replace(dot.kind, char="·" if centred else dot.kind.char), size=host.size, base=host.base)


def _digits(placed: Sequence[Placed], size: float) -> list[Placed]:
    """Upright l and O that stand in no word as the digits that they are."""
    letters = [s for s in placed if s.kind.style == "r" and s.kind.char.isalpha()]
    digits = {kind.char: kind for kind in symbol_classes() if kind.char in "01" and kind.style == "r"}
    result = []
    for s in placed:
        if s.kind.style == "r" and s.kind.char in _AS_DIGIT:
            reach = s.box.grown(0.3 * s.size, 0)
            if not any(o is not s and o.size == s.size and o.box.intersection(reach) > 0 for o in letters):
                s = replace(place(s.piece, (Guess(digits[_AS_DIGIT[s.kind.char]], 1.0),), size), sure=s.sure)
        result.append(s)
    return result


def _fences(placed: Sequence[Placed], size: float) -> list[Placed]:
    """Two upright bars close together as one double bar."""
    bars = sorted((s for s in placed if s.kind.char == "|"), key=lambda s: s.box.x0)
    result = list(placed)
    last: Placed | None = None
    for bar in bars:
        if (
            last is not None
            and bar.box.x0 - last.box.x1 < 0.3 * size
            and bar.box.y_overlap(last.box) > 0.9 * last.box.height
        ):
            whole = joined([last.piece, bar.piece])
            result = [s for s in result if s is not last and s is not bar]
            result.append(replace(bar, piece=whole, kind=replace(bar.kind, char="‖")))
            last = None
        else:
            last = bar
    return result


def _glyph(symbol: Placed, order: int, scale: float) -> Glyph:
    char, style = symbol.kind.char, symbol.kind.style
    font = _FONTS["r"] if style == "s" and char in _TEXT_SIGNS else _FONTS[style]
    ink, size = _points(symbol.box, scale), symbol.size / scale
    base = symbol.base / scale
    loose = Rect(ink.x0, min(ink.y0, base - 0.75 * size), ink.x1, max(ink.y1, base + 0.25 * size))
    return Glyph(char, loose, ink, ink.x0, base, size, font, order)


def _points(box: Rect, scale: float) -> Rect:
    return Rect(box.x0 / scale, box.y0 / scale, box.x1 / scale, box.y1 / scale)
