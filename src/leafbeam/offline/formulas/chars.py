"""The glyphs of a text line as the search for inline formulas sees them: with levels, gaps and parentheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from leafbeam.layer import Glyph
from leafbeam.offline.formulas.symbols import FUNCTIONS, Kind, Token

GLUED = 0.12  # a gap below this, in type sizes, means no white space


@dataclass(frozen=True, slots=True)
class Char:
    """One glyph of the line: its place in the line, its script level and the gap before it in type sizes."""

    glyph: Glyph
    token: Token
    index: int  # among the line's glyphs
    level: int
    gap: float
    covered: bool = False  # under the bar of a root or one of its own, or part of a fraction


def alone(chars: Sequence[Char], i: int) -> bool:
    """True when the letter is not part of a word."""
    before = i > 0 and chars[i].gap < GLUED and chars[i - 1].level == chars[i].level and _wordy(chars[i - 1])
    after = (
        i + 1 < len(chars)
        and chars[i + 1].gap < GLUED
        and chars[i + 1].level == chars[i].level
        and _wordy(chars[i + 1])
    )
    return not before and not after


def _wordy(char: Char) -> bool:
    return char.token.kind is Kind.WORD or (char.token.kind is Kind.ORD and char.token.char.isalpha())


def is_applied(chars: Sequence[Char], stop: int) -> bool:
    """Whether the name that ends before ``stop`` is applied to mathematics: ad(X), ad X with a thin space."""
    if stop >= len(chars):
        return False
    char = chars[stop]
    if char.token.kind is Kind.OPEN and char.gap < GLUED:
        return True
    return is_thin(chars, stop) and char.token.maths


def is_thin(chars: Sequence[Char], i: int) -> bool:
    """Whether the gap before ``i`` is the thin space after a named operator: narrower than the line's word spaces."""
    if not -0.05 < chars[i].gap < 0.205:
        return False
    spaces = [b.gap for a, b in pairwise(chars) if 0.13 < b.gap < 1 and a.token.kind is b.token.kind is Kind.WORD]
    return chars[i].gap < 0.75 * median(spaces) if spaces else True


def in_function(chars: Sequence[Char], k: int) -> bool:
    """Whether the letter is part of a named operator, known or seen to be applied."""
    a = b = k
    while (
        a > 0 and chars[a].gap < GLUED and chars[a - 1].token.kind is Kind.WORD and chars[a - 1].level == chars[k].level
    ):
        a -= 1
    while (
        b + 1 < len(chars)
        and chars[b + 1].gap < GLUED
        and chars[b + 1].token.kind is Kind.WORD
        and chars[b + 1].level == chars[k].level
    ):
        b += 1
    name = "".join(c.token.char for c in chars[a : b + 1])
    return name in FUNCTIONS or (1 < len(name) <= 4 and is_applied(chars, b + 1))


def closing(chars: Sequence[Char], i: int) -> int | None:
    depth = 0
    for k in range(i, min(len(chars), i + 60)):
        kind = chars[k].token.kind
        if kind is Kind.OPEN:
            depth += 1
        elif kind is Kind.CLOSE:
            depth -= 1
            if depth <= 0:
                return k
        elif kind is Kind.WORD and chars[k].level == 0 and not alone(chars, k) and not in_function(chars, k):
            return None
    return None


def open_ended(chars: Sequence[Char], i: int) -> bool:
    """Whether only mathematics follows up to the line's end: the parenthesis closes on the next line."""
    rest = chars[i + 1 :]
    return 0 < len(rest) < 20 and all(
        c.token.kind is not Kind.WORD or alone(chars, k) for k, c in enumerate(rest, i + 1)
    )


def opened_before(chars: Sequence[Char], i: int, floor: int) -> int | None:
    depth = 0
    for k in range(i, max(floor, i - 60) - 1, -1):
        kind = chars[k].token.kind
        if kind is Kind.CLOSE:
            depth += 1
        elif kind is Kind.OPEN:
            depth -= 1
            if depth == 0:
                return k
        elif kind is Kind.WORD and chars[k].level == 0 and not alone(chars, k) and not in_function(chars, k):
            return None
    return None
