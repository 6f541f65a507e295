"""Mathematics inside running text: which glyphs of a line are one formula, and the line with spans that carry its LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, Line, Span
from leafbeam.offline.formulas.encodings import Family
from leafbeam.offline.formulas.latex import latex_of
from leafbeam.offline.formulas.symbols import FUNCTIONS, Kind, Token, family_of_cached
from leafbeam.offline.formulas.view import LineView, ink_of

_GLUED = 0.12  # a gap below this, in type sizes, means no white space
_APPLIED = 0.22  # between a letter and the parenthesis of its arguments, slanted letters included
_STRETCHED = 0.95  # beside a relation, where justified lines stretch
_SPACE = 0.62  # a wider gap ends a formula
_SHIFT = 0.07
_OPERANDS = frozenset({Kind.ORD, Kind.DIGIT, Kind.WORD, Kind.BIG, Kind.FUNC, Kind.REL})


@dataclass(frozen=True, slots=True)
class Char:
    """One glyph of the line: its place in the line, its script level and the gap before it in type sizes."""

    glyph: Glyph
    token: Token
    index: int  # among the line's glyphs
    level: int
    gap: float
    covered: bool = False  # under the bar of a root, or part of a fraction


def with_inline_maths(view: LineView, fragments: Sequence[LineView], bars: Sequence[Rect]) -> Line:
    """The line with its formulas as spans that carry LaTeX. ``fragments`` are pieces of its formulas set apart as lines."""
    if not fragments and not _may_hold(view):
        return view.line
    chars = _chars(view, fragments, bars)
    runs = [run for run in _runs(chars, view) if run]
    formulas: dict[int, tuple[int, Span]] = {}
    for start, end in runs:
        span = _formula(chars[start:end], bars)
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
        level = 0 if abs(shift) < _SHIFT or not firm else 1 if shift > 0 else -1
        covered = any(r.x0 - 0.5 < glyph.ink.cx < r.x1 + 0.5 and 0 < glyph.ink.cy - r.y0 < 3 * size for r in roofs)
        chars.append(Char(glyph, token, index, level, (glyph.x_origin_pt - right) / size, covered))
        right = max(right, glyph.box.x1) if level else glyph.box.x1
    return chars


def _root_bars(items: Sequence[tuple[Glyph, Token, int]], bars: Sequence[Rect]) -> list[Rect]:
    """The bars that belong to the radical signs among the glyphs."""
    signs = [g for g, t, _ in items if t.kind is Kind.ROOT]
    return [
        b
        for b in bars
        if any(abs(b.x0 - g.ink.x1) < 0.2 * g.size_pt and abs(b.y0 - g.ink.y0) < 0.2 * g.size_pt for g in signs)
    ]


def _runs(chars: Sequence[Char], view: LineView) -> list[tuple[int, int]]:
    """The half-open ranges of glyphs that are formulas."""
    seeds = [i for i in range(len(chars)) if _is_seed(chars, i, view)]
    runs: list[tuple[int, int]] = []
    for seed in seeds:
        if runs and seed < runs[-1][1]:
            continue
        start, end = seed, seed + 1
        floor = runs[-1][1] if runs else 0
        start = _grow_left(chars, start, floor)
        end = _grow_right(chars, start, end)
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [trimmed for run in runs if (trimmed := _trim(chars, run)) is not None]


def _is_seed(chars: Sequence[Char], i: int, view: LineView) -> bool:
    """A glyph that is certainly mathematics."""
    char = chars[i]
    token, glyph = char.token, char.glyph
    if char.index < 0:
        return True
    if token.kind in (Kind.PUNCT, Kind.ACCENT) and token.kind is Kind.PUNCT:
        return False
    if token.maths:
        return True
    if token.kind is Kind.ORD and token.latex.startswith("\\") and token.latex[1:].isalpha() and token.char.isalpha():
        return _alone(chars, i)  # a Greek letter of a text font
    if token.kind is Kind.WORD and token.style == "mathit" and not view.line.italic:
        return _alone(chars, i) and _variable(chars, i)
    if (
        token.kind is Kind.WORD
        and token.style == "mathbf"
        and not view.line.bold
        and glyph.font.name.upper().startswith("CMB")
    ):
        return _alone(chars, i) and _variable(chars, i)
    return False


def _alone(chars: Sequence[Char], i: int) -> bool:
    """True when the letter is not part of a word."""
    before = i > 0 and chars[i].gap < _GLUED and chars[i - 1].level == chars[i].level and _wordy(chars[i - 1])
    after = (
        i + 1 < len(chars)
        and chars[i + 1].gap < _GLUED
        and chars[i + 1].level == chars[i].level
        and _wordy(chars[i + 1])
    )
    return not before and not after


def _wordy(char: Char) -> bool:
    return char.token.kind is Kind.WORD or (char.token.kind is Kind.ORD and char.token.char.isalpha())


def _variable(chars: Sequence[Char], i: int) -> bool:
    """A single italic or bold letter of a text font: a variable unless it stands among words of its style."""

    style = chars[i].token.style

    def same_word(k: int) -> bool:
        return 0 <= k < len(chars) and chars[k].token.style == style and not _alone(chars, k) and chars[k].level == 0

    char = chars[i].token.char
    if not char.isascii() or same_word(i - 1) or same_word(i + 1):
        return False
    following = chars[i + 1] if i + 1 < len(chars) else None
    if following is not None and following.token.char == "." and chars[i].token.char.isupper():
        return i > 0 and chars[i - 1].token.kind in (Kind.REL, Kind.BIN)
    if char in "aAI":
        near = [chars[k].token.kind for k in (i - 1, i + 1) if 0 <= k < len(chars)]
        return any(k in (Kind.REL, Kind.BIN, Kind.OPEN) for k in near) or (
            following is not None and following.level != 0
        )
    return True


def _grow_left(chars: Sequence[Char], start: int, floor: int) -> int:
    """Operands and operators that belong to the formula on its left."""
    while start > floor:
        char, nxt = chars[start - 1], chars[start]
        if nxt.gap > (_STRETCHED if Kind.REL in (char.token.kind, nxt.token.kind) else _SPACE):
            break
        word = _function_before(chars, start)
        if word is not None and word >= floor:
            start = word
        elif nxt.level != 0 and char.level == 0 and nxt.gap < _GLUED:
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
        elif (char.token.kind is Kind.OPEN and nxt.gap < _GLUED and _closed_after(chars, start - 1)) or (
            char.token.kind in (Kind.FENCE,) and nxt.gap < 0.3
        ):
            start -= 1
        elif (
            char.token.kind is Kind.CLOSE
            and nxt.token.kind in (Kind.REL, Kind.BIN, Kind.ORD)
            and (opened := _opened_before(chars, start - 1, floor)) is not None
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
    while k > floor and chars[k].gap < _GLUED and chars[k - 1].token.kind is Kind.WORD and chars[k - 1].level == 0:
        k -= 1
    opens = chars[start].token.kind is Kind.OPEN or chars[start].level < 0
    if opens and chars[start].gap < _APPLIED and start - k <= 5 and (k == 0 or chars[k].gap > _GLUED):
        return k
    letter = chars[k].token
    relates = chars[start].token.kind in (Kind.REL, Kind.BIN) and chars[start].token.maths
    return k if relates and start - k == 1 and letter.style in ("mathbf", "mathit", "mathsf") else None


def _function_before(chars: Sequence[Char], start: int) -> int | None:
    """Where a named operator right before ``start`` begins."""
    k = start
    while (
        k > 0
        and chars[k - 1].token.kind is Kind.WORD
        and chars[k - 1].token.style == "mathrm"
        and chars[k - 1].level == 0
    ):
        if k < start and chars[k].gap > _GLUED:
            break
        k -= 1
    name = "".join(c.token.char for c in chars[k:start])
    if name in FUNCTIONS or (name == "d" and chars[start].gap < _GLUED):
        return k
    return None


def _script_base(chars: Sequence[Char], start: int) -> int | None:
    """The start of what a script at ``start`` stands on: a number, a closed parenthesis; None for a word."""
    char = chars[start - 1]
    if char.token.kind is Kind.DIGIT:
        return _number_start(chars, start - 1, 0)
    if char.token.kind is Kind.CLOSE:
        return _opened_before(chars, start - 1, 0)
    if char.token.kind is Kind.WORD and _alone(chars, start - 1):
        return start - 1
    return None


def _number_start(chars: Sequence[Char], i: int, floor: int) -> int:
    while i > floor and chars[i].gap < _GLUED and chars[i - 1].level == 0 and (
        chars[i - 1].token.kind is Kind.DIGIT or (chars[i - 1].token.char in ".," and i - 2 >= floor and chars[i - 2].token.kind is Kind.DIGIT)
    ):  # fmt: skip
        i -= 1
    if i > floor and chars[i - 1].token.char in "−" and chars[i].gap < _GLUED:
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
        or (before.kind is Kind.WORD and _alone(chars, i - 1))
    )


def _joins_number(chars: Sequence[Char], start: int) -> bool:
    nxt = chars[start]
    return nxt.gap < _GLUED or nxt.token.kind in (Kind.REL, Kind.BIN)


def _closed_after(chars: Sequence[Char], i: int) -> bool:
    """Whether the parenthesis at ``i`` closes again, with mathematics between."""
    return _closing(chars, i) is not None


def _closing(chars: Sequence[Char], i: int) -> int | None:
    depth = 0
    for k in range(i, min(len(chars), i + 60)):
        kind = chars[k].token.kind
        if kind is Kind.OPEN:
            depth += 1
        elif kind is Kind.CLOSE:
            depth -= 1
            if depth <= 0:
                return k
        elif kind is Kind.WORD and chars[k].level == 0 and not _alone(chars, k) and not _in_function(chars, k):
            return None
    return None


def _open_ended(chars: Sequence[Char], i: int) -> bool:
    """Whether only mathematics follows up to the line's end: the parenthesis closes on the next line."""
    rest = chars[i + 1 :]
    return 0 < len(rest) < 20 and all(
        c.token.kind is not Kind.WORD or _alone(chars, k) for k, c in enumerate(rest, i + 1)
    )


def _in_function(chars: Sequence[Char], k: int) -> bool:
    a = b = k
    while (
        a > 0
        and chars[a].gap < _GLUED
        and chars[a - 1].token.kind is Kind.WORD
        and chars[a - 1].level == chars[k].level
    ):
        a -= 1
    while (
        b + 1 < len(chars)
        and chars[b + 1].gap < _GLUED
        and chars[b + 1].token.kind is Kind.WORD
        and chars[b + 1].level == chars[k].level
    ):
        b += 1
    return "".join(c.token.char for c in chars[a : b + 1]) in FUNCTIONS


def _opened_before(chars: Sequence[Char], i: int, floor: int) -> int | None:
    depth = 0
    for k in range(i, max(floor, i - 60) - 1, -1):
        kind = chars[k].token.kind
        if kind is Kind.CLOSE:
            depth += 1
        elif kind is Kind.OPEN:
            depth -= 1
            if depth == 0:
                return k
        elif kind is Kind.WORD and chars[k].level == 0 and not _alone(chars, k) and not _in_function(chars, k):
            return None
    return None


def _grow_right(chars: Sequence[Char], start: int, end: int) -> int:
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
        return end + 1 if char.gap < _GLUED else None
    if kind is Kind.PRIME:
        return None  # a quotation mark: true primes are certain by themselves
    operator = (
        last.token.kind in (Kind.REL, Kind.BIN, Kind.OPEN, Kind.BIG, Kind.ROOT, Kind.FENCE) or last.token.char == "/"
    )
    if kind is Kind.DIGIT:
        return end + 1 if operator or char.gap < 0.25 or _listed(chars, start, end) else None
    if kind in (Kind.REL, Kind.BIN) and char.token.char not in ":-–":
        return end + 1 if end + 1 < len(chars) and _operand(chars, end + 1) else None
    if kind is Kind.OPEN:
        close = _closing(chars, end) if char.gap < _APPLIED or operator else None
        if close is None and char.gap < _APPLIED and _open_ended(chars, end):
            return end + 1
        return None if close is None else close + 1
    if kind in (Kind.CLOSE, Kind.FENCE):
        return (
            end + 1
            if (char.gap < 0.25 and _opened_before(chars, end, start) is not None) or kind is Kind.FENCE
            else None
        )
    if kind is Kind.PUNCT:
        return _after_punctuation(chars, start, end)
    if kind is Kind.WORD:
        return _word_right(chars, end, operator=operator)
    if kind is Kind.ORD and char.token.char not in "?!":
        return end + 1 if char.gap < 0.25 or operator else None
    return None


def _operand(chars: Sequence[Char], i: int) -> bool:
    """Whether an operand of mathematics starts here."""
    token = chars[i].token
    if chars[i].gap > _STRETCHED:
        return False
    if token.kind is Kind.OPEN and not token.maths:
        return _closing(chars, i) is not None or _open_ended(chars, i)
    if token.maths or token.kind in (Kind.DIGIT, Kind.FENCE, Kind.ROOT, Kind.BIG):
        return True
    if token.kind in (Kind.BIN, Kind.REL):
        return i + 1 < len(chars) and chars[i + 1].token.kind is not Kind.WORD
    return token.kind is Kind.ORD or (token.kind is Kind.WORD and (_alone(chars, i) or _in_function(chars, i)))


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
        and (nxt.gap < _GLUED or _relation_list(chars, start, end))
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
        and chars[stop].gap < _GLUED
        and chars[stop].token.kind is Kind.WORD
        and chars[stop].level == chars[end].level
    ):
        stop += 1
    name = "".join(c.token.char for c in chars[end:stop])
    if name in FUNCTIONS:
        return stop
    if len(name) == 1 and (chars[end].gap < 0.25 or operator) and name not in "aI":
        return stop
    return None


def _trim(chars: Sequence[Char], run: tuple[int, int]) -> tuple[int, int] | None:
    """The run without loose ends; None when nothing certain is left."""
    start, end = run
    while end > start and chars[end - 1].token.kind is Kind.PUNCT and not _dots(chars, end):
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


def _formula(run: Sequence[Char], bars: Sequence[Rect]) -> Span | None:
    glyphs = [c.glyph for c in run]
    box = ink_of(glyphs)
    size = median(g.size_pt for g in glyphs)
    inside = [b for b in bars if box.grown(0.3 * size, 0.4 * size).contains(b.cx, b.cy) and b.width < box.width + size]
    latex = latex_of(glyphs, inside)
    if latex is None or _dull(latex):
        return None
    if run[0].level != 0 and all(c.level != 0 for c in run):  # a script whose base stays in the text
        latex = f"{{}}{'^' if run[0].level > 0 else '_'}{{{latex}}}"
    return Span("".join(c.glyph.text for c in run), box, latex=latex)


def _dull(latex: str) -> bool:
    """True for what plain text says as well: a bare number."""
    return latex.replace(".", "").replace(",", "").replace(" ", "").isdigit()


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
