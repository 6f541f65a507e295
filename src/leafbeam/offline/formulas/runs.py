"""Which glyphs of a text line are formulas: certain ones first, then what belongs to them, without loose ends."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.offline.formulas.chars import GLUED, Char, alone
from leafbeam.offline.formulas.growth import grow_left, grow_right
from leafbeam.offline.formulas.symbols import Kind
from leafbeam.offline.formulas.view import LineView

_CODE_SIGNS = frozenset("{}|<>@~^_*−")
_OPERANDS = frozenset({Kind.ORD, Kind.DIGIT, Kind.WORD, Kind.BIG, Kind.FUNC, Kind.REL})


def find_runs(chars: Sequence[Char], view: LineView, *, continues: bool = False) -> list[tuple[int, int]]:
    """The half-open ranges of glyphs that are formulas."""
    seeds = [i for i in range(len(chars)) if _is_seed(chars, i, view)]
    runs: list[tuple[int, int]] = []
    if continues and chars and chars[0].token.kind in (Kind.DIGIT, Kind.OPEN, Kind.BIN, Kind.ORD):
        runs.append((0, grow_right(chars, 0, _past_closing(chars))))
    for seed in seeds:
        if runs and seed < runs[-1][1]:
            continue
        start, end = seed, seed + 1
        floor = runs[-1][1] if runs else 0
        start = grow_left(chars, start, floor)
        end = grow_right(chars, start, end)
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [trimmed for run in runs if (trimmed := _trim(chars, run)) is not None]


def _past_closing(chars: Sequence[Char]) -> int:
    """The end of a number at the line's start, with a parenthesis that the line above opened."""
    end = 1
    while end < len(chars) and chars[end].gap < GLUED and chars[end].token.kind in (Kind.DIGIT, Kind.CLOSE):
        end += 1
    return end


def _is_seed(chars: Sequence[Char], i: int, view: LineView) -> bool:
    """A glyph that is certainly mathematics."""
    char = chars[i]
    token, glyph = char.token, char.glyph
    if char.index < 0 or (char.covered and token.kind is Kind.WORD and alone(chars, i)):
        return True
    if token.kind in (Kind.PUNCT, Kind.ACCENT) and token.kind is Kind.PUNCT:
        return False
    if token.kind is Kind.PRIME and i > 0 and chars[i - 1].token.kind is Kind.DIGIT and chars[i - 1].level == 0:
        return False  # minutes, feet
    if _is_code(chars, i):
        return False
    if token.maths:
        return True
    if token.kind is Kind.ORD and token.latex.startswith("\\") and token.latex[1:].isalpha() and token.char.isalpha():
        return alone(chars, i)  # a Greek letter of a text font
    if token.kind is Kind.WORD and token.style == "mathit" and not view.line.italic:
        return alone(chars, i) and _variable(chars, i)
    if (
        token.kind is Kind.WORD
        and token.style == "mathbf"
        and not view.line.bold
        and glyph.font.name.upper().startswith("CMB")
    ):
        return alone(chars, i) and _variable(chars, i)
    return False


def _is_code(chars: Sequence[Char], i: int) -> bool:
    """A sign of typewriter text: of its font, or a brace or backslash of another that stands beside its letters.

    TeX's fonts of text have no braces and no backslash, so that these come from the mathematical ones.
    """
    char = chars[i]
    if char.glyph.font.mono:
        return True
    after = i + 1 < len(chars) and chars[i + 1].gap < GLUED
    before = i > 0 and char.gap < GLUED
    if char.token.char in ("\\", "∖") and char.level == 0:
        return after and chars[i + 1].token.kind in (Kind.WORD, Kind.DIGIT) and chars[i + 1].level == 0
    beside = (before and chars[i - 1].glyph.font.mono) or (after and chars[i + 1].glyph.font.mono)
    return char.token.char in _CODE_SIGNS and beside


def _variable(chars: Sequence[Char], i: int) -> bool:
    """A single italic or bold letter of a text font: a variable unless it stands among words of its style."""

    style = chars[i].token.style

    def same_word(k: int) -> bool:
        return 0 <= k < len(chars) and chars[k].token.style == style and not alone(chars, k) and chars[k].level == 0

    char = chars[i].token.char
    if not char.isascii() or same_word(i - 1) or same_word(i + 1):
        return False
    following = chars[i + 1] if i + 1 < len(chars) else None
    if _is_abbreviation(chars, i):
        return False
    if following is not None and following.token.char == "." and chars[i].token.char.isupper():
        return i > 0 and chars[i - 1].token.kind in (Kind.REL, Kind.BIN)
    if char in "aAI":
        near = [chars[k].token.kind for k in (i - 1, i + 1) if 0 <= k < len(chars)]
        return any(k in (Kind.REL, Kind.BIN, Kind.OPEN) for k in near) or (
            following is not None and following.level != 0
        )
    return True


def _is_abbreviation(chars: Sequence[Char], i: int) -> bool:
    """A letter with a full stop that ends no sentence, the "n." of dictionaries: after a bold word, or amid others."""
    if i + 1 >= len(chars) or chars[i + 1].token.char != "." or chars[i + 1].gap >= GLUED:
        return False
    bold = chars[i].glyph.font.bold
    after_head = i > 0 and chars[i - 1].glyph.font.bold and not bold and chars[i - 1].token.kind is Kind.WORD
    following = chars[i + 2].token if i + 2 < len(chars) else None
    lower = following is not None and following.kind is Kind.WORD and following.char.islower()
    paged = following is not None and following.kind is Kind.DIGIT and chars[i + 2].gap >= GLUED  # p. 34
    return after_head or lower or paged or (following is not None and following.char in ",;[")


def _trim(chars: Sequence[Char], run: tuple[int, int]) -> tuple[int, int] | None:
    """The run without loose ends; None when nothing certain is left."""
    start, end = run
    while end > start and chars[end - 1].token.kind is Kind.PUNCT and not _dots(chars, end):
        end -= 1
    while end > start and chars[end - 1].token.char == "/":
        end -= 1
    while end > start and chars[start].token.kind is Kind.PUNCT:
        start += 1
    if start >= end:
        return None
    if not any(c.token.kind in _OPERANDS for c in chars[start:end]):
        return None
    depth = 0
    for k in range(start, end):
        depth += {Kind.OPEN: 1, Kind.CLOSE: -1}.get(chars[k].token.kind, 0)
    if depth > 0 and chars[start].token.kind is Kind.OPEN and not chars[start].token.maths:
        start += 1
    if end - start == 1 and chars[start].token.kind in (
        Kind.BIN,
        Kind.REL,
        Kind.FENCE,
        Kind.OPEN,
        Kind.CLOSE,
        Kind.ACCENT,
        Kind.PRIME,
    ):
        return None if chars[start].token.char in "−|‖·∗{}" else (start, end)
    return (start, end) if start < end else None


def _dots(chars: Sequence[Char], end: int) -> bool:
    return end >= 3 and all(c.token.char == "." for c in chars[end - 3 : end])
