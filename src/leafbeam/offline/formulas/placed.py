"""Symbols of a scanned formula in their places: which class each is, in which type size, on which baseline.

A letter's shape alone does not tell c from C or o from 0; its height does, once the type size of the formula is known.
So the sure symbols give the size, and the size decides the others. Lengths are in pixels of the crop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.geometry import Rect
from leafbeam.offline.formulas.classify import JUNK, Guess, SymbolClass, symbol_classes
from leafbeam.offline.formulas.components import Piece

LEVELS = (1.0, 0.7, 0.5)  # type sizes of a formula, its scripts, their scripts
_WEIGHT = {1.0: 1.0, 0.7: 0.8, 0.5: 0.4}
_SPREAD = 0.1  # natural logarithm: heights of one letter differ this much between fonts
_TWINS = frozenset("cCoOsSvVwWxXzZuUkKpP0")  # letters that only their size tells
_FREE = frozenset("−·.,′|‖/\\-()[]{}⟨⟩⌊⌋⌈⌉√⏞⏟ˆ˜ˇ\u20d7∘")  # signs of no certain height
_AXIAL = frozenset("=≡≈∼≃≅+×→←↔⇒⇐⇔<>≤≥∈±")
_WIDE = frozenset("−=≡≈∼≃≅+")  # signs whose width tells more than their height
_ROW = 0.2  # of the type size: baselines nearer than this are one; scripts are moved by more


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece with its class. ``sure`` is 0..1; ``size`` and ``base`` in pixels."""

    piece: Piece
    kind: SymbolClass
    sure: float
    size: float
    base: float

    @property
    def box(self) -> Rect:
        return self.piece.box


def type_size(pieces: Sequence[Piece], guesses: Sequence[Sequence[Guess]], hint: float) -> float | None:
    """The type size of the formula in pixels, from letters and digits that are sure; near ``hint`` if that is as good.

    None when no symbol tells.
    """
    seen: list[tuple[float, float]] = []
    for piece, found in zip(pieces, guesses, strict=True):
        best = found[0]
        if best.kind.style in "ircb" and best.score > 0.6 and best.kind.char not in _TWINS and best.kind.char.isalnum():
            seen.append((piece.box.height / (best.kind.top - best.kind.bottom), best.score))
    if not seen:
        return None

    def support(size: float) -> float:
        total = 0.0
        for implied, score in seen:
            fits = [_WEIGHT[v] for v in LEVELS if abs(math.log(implied / (v * size))) < _SPREAD]
            total += score * max(fits, default=0.0)
        return total * (1.25 if abs(math.log(size / hint)) < 0.12 else 1.0)

    best_size = max((size / v for size, _ in seen for v in LEVELS), key=support)
    near = [s / v for s, _ in seen for v in LEVELS[:2] if abs(math.log(s / (v * best_size))) < _SPREAD]
    return median(near) if near else best_size


def place(piece: Piece, found: Sequence[Guess], size: float) -> Placed:
    """The class that fits shape and size best, on the level whose type size it has."""
    choices = [
        (math.log(g.score + 1e-4) + _fit(piece, g.kind, size) - _rarity(g.kind), g)
        for g in found
        if g.kind.char != JUNK[1:]
    ]
    _, best = max(choices, key=lambda pair: pair[0])
    same = sum(g.score for g in found if alike(g.kind, best.kind))
    level = level_of(piece, best.kind, size)
    own = level * size
    base = (piece.box.y1 + best.kind.bottom * own + piece.box.y0 + best.kind.top * own) / 2
    return Placed(piece, best.kind, min(1.0, same), own, base)


def alike(a: SymbolClass, b: SymbolClass) -> bool:
    """Whether two classes read the same or are told apart by size only."""
    if a.char == b.char or {a.char, b.char} <= {".", "·"}:
        return True
    round_shapes = {"o", "O", "0"}
    if {a.char, b.char} <= round_shapes:
        return True
    return a.char in _TWINS and a.char.lower() == b.char.lower()


def _rarity(kind: SymbolClass) -> float:
    """How much less likely than others a class is by itself: an o where a 0 can be meant."""
    return 1.0 if kind.char == "o" or (kind.char == "O" and kind.style == "r") else 0.0


def _fit(piece: Piece, kind: SymbolClass, size: float) -> float:
    """How well the piece's height suits the class on any level; 0 is best."""
    height = piece.box.height / size
    if kind.style == "e":
        return 0.0 if height > 1.12 else -3.0 if kind.char in _FREE else -6.0 * max(0.0, 0.85 - height)
    if kind.char in "()[]{}⟨⟩⌊⌋⌈⌉|‖" and kind.style == "s":
        return -6.0 if height > 1.3 else 0.0
    if kind.char in _FREE:
        return 0.0
    own = max(0.05, kind.top - kind.bottom)
    away = min(abs(math.log(height / (own * level))) for level in LEVELS)
    return max(-4.0 if kind.char.isalnum() else -1.5, -0.5 * (away / _SPREAD) ** 2)


def level_of(piece: Piece, kind: SymbolClass, size: float) -> float:
    """The level (1, 0.7, 0.5) whose type size the piece has."""
    if kind.style == "e":
        return 1.0
    if kind.char in ".·,;":
        return 1.0
    if kind.char in _WIDE:
        implied = piece.box.width / max(0.05, kind.width)
    else:
        implied = piece.box.height / max(0.05, kind.top - kind.bottom)
    return min(LEVELS, key=lambda v: abs(math.log(implied / (v * size))))


def recased(symbols: Sequence[Placed], size: float) -> list[Placed]:
    """The symbols with small capitals that stand on the row of full-size neighbours made the small letters they are."""
    full = [s for s in symbols if s.size == size and s.kind.style in "ir" and s.kind.char not in ".,"]
    lower = {(kind.style, kind.char): kind for kind in symbol_classes()}
    result = []
    for s in symbols:
        kind = lower.get((s.kind.style, s.kind.char.lower()))
        if s.size == 0.7 * size and s.kind.char in _TWINS and s.kind.char.isupper() and kind is not None:
            height = s.box.height / (size * (kind.top - kind.bottom))
            base = (s.box.y1 + kind.bottom * size + s.box.y0 + kind.top * size) / 2
            near = [o for o in full if abs(o.box.cx - s.box.cx) < 1.5 * size]
            if abs(math.log(height)) < 0.24 and any(abs(o.base - base) < 0.08 * size for o in near):
                s = replace(s, kind=kind, size=size, base=base)
        result.append(s)
    return result


def on_axis(symbols: Sequence[Placed], size: float) -> list[Placed]:
    """Relations and operators that lie on the axis of full-size neighbours in full size: their own extent is vague."""
    full = [s for s in symbols if s.size == size and s.kind.char.isalnum()]
    result = []
    for s in symbols:
        if s.kind.char in _AXIAL and s.size == 0.7 * size:
            near = [o for o in full if -o.box.x_overlap(s.box) < 0.9 * size]
            levels = [o.base for o in near if abs(o.base - 0.25 * size - s.box.cy) < 0.1 * size]
            if levels:
                s = replace(s, size=size, base=levels[0])
        result.append(s)
    return result


def aligned(symbols: Sequence[Placed]) -> list[Placed]:
    """The symbols with the baselines of each size made equal where they nearly are."""
    result = list(symbols)
    for size in {s.size for s in symbols}:
        members = sorted((k for k, s in enumerate(result) if s.size == size), key=lambda k: result[k].base)
        row: list[int] = []
        for k in [*members, -1]:
            if row and (k < 0 or result[k].base - result[row[len(row) // 2]].base > _ROW * size):
                level = median(result[i].base for i in row)
                for i in row:
                    result[i] = replace(result[i], base=level)
                row = []
            if k >= 0:
                row.append(k)
    return result
