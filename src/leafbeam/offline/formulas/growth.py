"""How far an inline formula reaches to the left and to the right of what is certainly mathematics."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.offline.formulas.chars import (
    GLUED,
    Char,
    alone,
    closing,
    in_function,
    is_applied,
    is_thin,
    open_ended,
    opened_before,
)
from leafbeam.offline.formulas.symbols import FUNCTIONS, Kind

_APPLIED = 0.22  # between a letter and the parenthesis of its arguments, slanted letters included
_STRETCHED = 0.95  # beside a relation, where justified lines stretch
_SPACE = 0.62  # a wider gap ends a formula


def grow_left(chars: Sequence[Char], start: int, floor: int) -> int:
    """Operands and operators that belong to the formula on its left."""
    while start > floor:
        char, nxt = chars[start - 1], chars[start]
        if nxt.gap > (_STRETCHED if Kind.REL in (char.token.kind, nxt.token.kind) else _SPACE):
            break
        word = _function_before(chars, start)
        if word is not None and word >= floor:
            start = word
        elif nxt.level != 0 and char.level == 0 and nxt.gap < GLUED:
            size = _script_base(chars, start)
            if size is None:
                break
            start = size
        elif (char.level != 0 and nxt.gap < 0.3) or (
            char.token.kind in (Kind.REL, Kind.BIN)
            and char.token.char not in ":-–"
            and _operand_left(chars, start - 1, floor)
        ):
            start -= 1
        elif char.token.kind is Kind.DIGIT and _joins_number(chars, start):
            start = _number_start(chars, start - 1, floor)
        elif (char.token.kind is Kind.OPEN and nxt.gap < GLUED and closing(chars, start - 1) is not None) or (
            char.token.kind in (Kind.FENCE,) and nxt.gap < 0.3
        ):
            start -= 1
        elif (
            char.token.kind is Kind.CLOSE
            and nxt.token.kind in (Kind.REL, Kind.BIN, Kind.ORD)
            and (opened := opened_before(chars, start - 1, floor)) is not None
        ):
            start = opened
        elif (
            char.token.kind is Kind.WORD and char.level == 0 and (name := _name_before(chars, start, floor)) is not None
        ):
            start = name
        else:
            break
    return start


def _name_before(chars: Sequence[Char], start: int, floor: int) -> int | None:
    """Where the short name begins that the formula at ``start`` applies or relates: sinc(x), Q of a relation."""
    k = start - 1
    while k > floor and chars[k].gap < GLUED and chars[k - 1].token.kind is Kind.WORD and chars[k - 1].level == 0:
        k -= 1
    opens = chars[start].token.kind is Kind.OPEN or chars[start].level < 0
    thin = chars[start].token.maths and chars[start].token.kind is Kind.ORD and is_thin(chars, start)
    if thin and 2 <= start - k <= 6 and (k == 0 or not is_thin(chars, k)):
        return k
    if opens and chars[start].gap < _APPLIED and start - k <= 5 and (k == 0 or chars[k].gap > GLUED):
        return k
    letter = chars[k].token
    relates = chars[start].token.kind in (Kind.REL, Kind.BIN) and chars[start].token.maths
    letters = 3 if letter.style == "mathit" else 1  # a product of variables set in a text font
    return k if relates and start - k <= letters and letter.style in ("mathbf", "mathit", "mathsf") else None


def _function_before(chars: Sequence[Char], start: int) -> int | None:
    """Where a named operator right before ``start`` begins."""
    k = start
    while (
        k > 0
        and chars[k - 1].token.kind is Kind.WORD
        and chars[k - 1].token.style == "mathrm"
        and chars[k - 1].level == 0
    ):
        if k < start and chars[k].gap > GLUED:
            break
        k -= 1
    name = "".join(c.token.char for c in chars[k:start])
    if name in FUNCTIONS or (name == "d" and chars[start].gap < GLUED):
        return k
    return None


def _script_base(chars: Sequence[Char], start: int) -> int | None:
    """The start of what a script at ``start`` stands on: a number, a closed parenthesis; None for a word."""
    char = chars[start - 1]
    if char.token.kind is Kind.DIGIT:
        return _number_start(chars, start - 1, 0)
    if char.token.kind is Kind.CLOSE:
        return opened_before(chars, start - 1, 0)
    if char.token.kind is Kind.WORD and alone(chars, start - 1):
        return start - 1
    return None


def _number_start(chars: Sequence[Char], i: int, floor: int) -> int:
    while (
        i > floor
        and chars[i].gap < GLUED
        and chars[i - 1].level == 0
        and (
            chars[i - 1].token.kind is Kind.DIGIT
            or (chars[i - 1].token.char in ".," and i - 2 >= floor and chars[i - 2].token.kind is Kind.DIGIT)
        )
    ):
        i -= 1
    if i > floor and chars[i - 1].token.char in "−" and chars[i].gap < GLUED:
        i -= 1
    return i


def _operand_left(chars: Sequence[Char], i: int, floor: int) -> bool:
    """Whether the operator at ``i`` has an operand of mathematics before it, or is a sign."""
    if chars[i].token.maths:
        return True
    if i <= floor:
        return False
    before = chars[i - 1].token
    return (
        before.kind in (Kind.DIGIT, Kind.CLOSE, Kind.FENCE)
        or before.maths
        or (before.kind is Kind.WORD and alone(chars, i - 1))
    )


def _joins_number(chars: Sequence[Char], start: int) -> bool:
    nxt = chars[start]
    return nxt.gap < GLUED or nxt.token.kind in (Kind.REL, Kind.BIN)


def grow_right(chars: Sequence[Char], start: int, end: int) -> int:
    """Operands and operators that belong to the formula on its right."""
    while end < len(chars):
        step = _step_right(chars, start, end)
        if step is None:
            break
        end = step
    return end


def _step_right(chars: Sequence[Char], start: int, end: int) -> int | None:
    char, last = chars[end], chars[end - 1]
    kind = char.token.kind
    if char.gap > (_STRETCHED if kind is Kind.REL or last.token.kind is Kind.REL else _SPACE) and not (
        last.token.kind is Kind.PUNCT and char.gap < 1.2
    ):
        return None
    if char.token.maths or char.index < 0 or char.covered:
        return end + 1
    if (
        char.level != 0
        and char.gap < 0.3
        and (
            last.level != 0
            or last.token.kind in (Kind.ORD, Kind.WORD, Kind.DIGIT, Kind.CLOSE, Kind.FENCE, Kind.BIG, Kind.PRIME)
        )
    ):
        return end + 1
    if kind in (Kind.ACCENT, Kind.NOT):
        return end + 1 if char.gap < GLUED else None
    if kind is Kind.PRIME:
        return None  # a quotation mark: true primes are certain by themselves
    operator = (
        last.token.kind in (Kind.REL, Kind.BIN, Kind.OPEN, Kind.BIG, Kind.ROOT, Kind.FENCE) or last.token.char == "/"
    )
    if kind is Kind.DIGIT:
        return end + 1 if operator or char.gap < 0.25 or _listed(chars, start, end) else None
    if kind in (Kind.REL, Kind.BIN) and char.token.char not in ":-–":
        return end + 1 if end + 1 < len(chars) and _operand(chars, end + 1) else None
    if char.token.char == ":" and _is_variable(chars, end - 1):
        near = end + 1 < len(chars) and chars[end + 1].gap < _SPACE
        return end + 1 if near and _is_variable(chars, end + 1) else None
    if kind is Kind.OPEN:
        close = closing(chars, end) if char.gap < _APPLIED or operator else None
        if close is None and char.gap < _APPLIED and open_ended(chars, end):
            return end + 1
        return None if close is None else close + 1
    if kind in (Kind.CLOSE, Kind.FENCE):
        return (
            end + 1
            if (char.gap < 0.25 and opened_before(chars, end, start) is not None) or kind is Kind.FENCE
            else None
        )
    if kind is Kind.PUNCT:
        return _after_punctuation(chars, start, end)
    if kind is Kind.WORD:
        return _word_right(chars, end, operator=operator)
    if kind is Kind.ORD and char.token.latex and char.token.char not in "?!":
        return end + 1 if char.gap < 0.25 or operator else None
    return None


def _is_variable(chars: Sequence[Char], i: int) -> bool:
    """Whether a letter of mathematics, or a lone italic one, stands here."""
    token = chars[i].token
    return token.maths or (token.kind is Kind.WORD and token.style == "mathit" and alone(chars, i))


def _operand(chars: Sequence[Char], i: int) -> bool:
    """Whether an operand of mathematics starts here."""
    token = chars[i].token
    if chars[i].gap > _STRETCHED:
        return False
    if token.kind is Kind.OPEN and not token.maths:
        return closing(chars, i) is not None or open_ended(chars, i)
    if token.maths or token.kind in (Kind.DIGIT, Kind.FENCE, Kind.ROOT, Kind.BIG):
        return True
    if token.kind in (Kind.BIN, Kind.REL):
        return i + 1 < len(chars) and chars[i + 1].token.kind is not Kind.WORD
    return token.kind is Kind.ORD or (token.kind is Kind.WORD and (alone(chars, i) or in_function(chars, i)))


def _listed(chars: Sequence[Char], start: int, end: int) -> bool:
    """Whether a number after a comma continues a list of the formula: x = 1, 2, 3."""
    return chars[end - 1].token.kind is Kind.PUNCT and any(c.token.kind is Kind.REL for c in chars[start:end])


def _after_punctuation(chars: Sequence[Char], start: int, end: int) -> int | None:
    """A comma or point is kept when mathematics goes on after it."""
    char = chars[end]
    if end + 1 >= len(chars) or char.gap > 0.25:
        return None
    nxt = chars[end + 1]
    if nxt.gap > 0.8:
        return None
    opened = sum({Kind.OPEN: 1, Kind.CLOSE: -1}.get(c.token.kind, 0) for c in chars[start:end])
    if opened > 0 and char.token.char in ",;" and _operand(chars, end + 1):
        return end + 1
    if nxt.token.maths and nxt.token.kind in (Kind.ORD, Kind.OPEN, Kind.BIG, Kind.BIN) and char.token.char == ",":
        return end + 2
    if (
        nxt.token.kind is Kind.DIGIT
        and (nxt.gap < GLUED or _relation_list(chars, start, end))
        and chars[end - 1].token.kind is Kind.DIGIT
    ):
        return end + 2
    if nxt.token.char in ("…", ".") and nxt.token.char != char.token.char:
        return (
            end + 1
            if (end + 3 < len(chars) and all(c.token.char in ".…" for c in chars[end + 1 : end + 3]))
            or nxt.token.char == "…"
            else None
        )
    if char.token.char == "." and nxt.token.char == "." and end + 2 < len(chars) and chars[end + 2].token.char == ".":
        return end + 3
    return None


def _relation_list(chars: Sequence[Char], start: int, end: int) -> bool:
    return any(c.token.kind is Kind.REL for c in chars[start:end])


def _word_right(chars: Sequence[Char], end: int, *, operator: bool) -> int | None:
    """A named operator or a lone upright letter continues a formula; a word of prose ends it."""
    stop = end + 1
    while (
        stop < len(chars)
        and chars[stop].gap < GLUED
        and chars[stop].token.kind is Kind.WORD
        and chars[stop].level == chars[end].level
    ):
        stop += 1
    name = "".join(c.token.char for c in chars[end:stop])
    if name in FUNCTIONS:
        return stop
    if operator and len(name) <= 3 and chars[end].token.style == "mathit" and chars[end - 1].token.maths:
        return stop
    if operator and len(name) <= 6 and is_applied(chars, stop):
        return stop
    if len(name) == 1 and (chars[end].gap < 0.25 or operator) and name not in "aI":
        return stop
    return None
