"""Literal text between Markdown's marks: a backslash before what would be read as a mark, and before nothing else.

Whether a character is a mark depends on what stands around it, in other spans too. So text is first made ``literal``,
put together with the marks that are meant, and then ``resolved`` as a whole. The rules err on the safe side of
CommonMark's: they know only white space and letters, and take all else for punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Characters of the text that may need a backslash, as Unicode noncharacters: no text that is interchanged holds these.
_SPECIAL = "\\`*_~[]<&$!"
_FIRST = 0xFDD0
_ATOM = chr(_FIRST + len(_SPECIAL))  # a formula or code that is meant: only its place matters
_ESCAPED = chr(_FIRST + len(_SPECIAL) + 1)  # a backslash that is meant
_HIDDEN = "".join(chr(_FIRST + i) for i in range(len(_SPECIAL)))
_TO_HIDDEN = str.maketrans(_SPECIAL, _HIDDEN)
_TO_SHOWN = str.maketrans(_HIDDEN + _ESCAPED, _SPECIAL + "\\")
_NONE_LEFT = dict.fromkeys(range(_FIRST, _FIRST + 32))
_SLASH, _TICK, _STAR, _LOW, _TILDE, _OPEN, _CLOSE, _LESS, _AND, _DOLLAR, _BANG = list(_HIDDEN)
_RUN = re.compile(f"{_STAR}+|{_LOW}+|{_TILDE}+|\\*+|_+|~+")
_TAG = re.compile(f"{_LESS}(?=[A-Za-z/!?{_BANG}])")
_ENTITY = re.compile(f"{_AND}(?=#?[A-Za-z0-9]+;)")
_BACKSLASH = re.compile(f"{_SLASH}(?=[!-/:-@\\[-`{{-~\n{_HIDDEN}{_ATOM}{_ESCAPED}])")
_IMAGE = re.compile(f"{_BANG}(?=\\[)")
_NOTE = re.compile(f"{_OPEN}(?=\\^[^\\s\\[\\]^{_OPEN}{_CLOSE}{_SLASH}]+[\\]{_CLOSE}])")
_BRACKET = re.compile(f"[{_OPEN}{_CLOSE}]")
# The usual rule: no space behind the opening dollar, none before the closing one, no digit behind it.
_PAIR = re.compile(f"([${_DOLLAR}])(?![\\s${_DOLLAR}])([^${_DOLLAR}]+?)(?<!\\s)([${_DOLLAR}])(?!\\d)", re.DOTALL)


def literal(text: str) -> str:
    """The text with all characters hidden that Markdown might read as marks, for ``resolved``."""
    return text.translate(_NONE_LEFT).translate(_TO_HIDDEN)


def escape(text: str) -> str:
    """Plain text as Markdown inline text."""
    return resolved(literal(text))


def shown(text: str) -> str:
    """Literal text as it was, for code: there nothing is a mark."""
    return text.translate(_TO_SHOWN)


def balanced(core: str) -> str:
    """What a link shows, partly literal: brackets that do not pair would end it early, a caret would make it the mark
    of a note; they are escaped."""
    core = re.sub(r"^\^", _ESCAPED + "^", core)
    depth = 0
    for found in _BRACKET.finditer(core):
        depth += 1 if found.group(0) == _OPEN else -1
        if depth < 0:
            break
    return core if depth == 0 else _BRACKET.sub(lambda found: _ESCAPED + found.group(0), core)


def resolved(text: str, atoms: Sequence[str] = ()) -> str:
    """Literal and meant text as Markdown. ``atoms`` are formulas with their dollars and code with its ticks, in order:
    each stands as ``atom`` says in the text, and nothing in it is escaped."""
    places: set[int] = set()
    for pattern in (_TAG, _ENTITY, _BACKSLASH, _IMAGE, _NOTE):
        places.update(found.start() for found in pattern.finditer(text))
    places |= _link_places(text) | _run_places(text) | _tick_places(text, atoms) | _dollar_places(text, atoms)
    parts = [("\\" if i in places and text[i - 1 : i] != _ESCAPED else "") + char for i, char in enumerate(text)]
    whole = "".join(parts).replace(f"${_ATOM}$", _ATOM).translate(_TO_SHOWN)
    rest = iter(atoms)
    return re.sub(_ATOM, lambda _: next(rest), whole)


def atom(formula: bool) -> str:
    """What stands in the text for one of the ``atoms`` of ``resolved``: a formula, or code."""
    return f"${_ATOM}$" if formula else _ATOM


def _tick_places(text: str, atoms: Sequence[str]) -> set[int]:
    """Backticks, unless it is only one: that begins no code."""
    places = {i for i, char in enumerate(text) if char == _TICK}
    return places if len(places) > 1 or any(piece.startswith("`") for piece in atoms) else set()


def _link_places(text: str) -> set[int]:
    """Brackets that would open a link."""
    places: set[int] = set()
    open_at: list[int] = []
    for i, char in enumerate(text):
        if char == _OPEN:
            open_at.append(i)
        elif char in (_CLOSE, "]") and text[i + 1 : i + 2] == "(":
            if char == _CLOSE:
                places.update(open_at)
                open_at.clear()
        elif char == _CLOSE and open_at:
            open_at.pop()
    return places


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal marks of emphasis side by side. ``opens`` and ``closes`` say whether they may, ``hidden`` that they may
    not since they are literal."""

    start: int
    end: int
    kind: str
    opens: bool
    closes: bool
    hidden: bool
    stuck: bool  # to meant marks of its kind


def _run_places(text: str) -> set[int]:
    """Stars, low lines and tildes that would begin or end emphasis. Those alone, or within a word, would not."""
    runs = list(_runs(text))
    first: dict[str, int] = {}  # where the first mark of each kind ends that may open emphasis
    last: dict[str, int] = {}  # where the last one begins that may close it
    for run in runs:
        if run.opens:
            first.setdefault(run.kind, run.end)
        if run.closes:
            last[run.kind] = run.start
    places: set[int] = set()
    for run in runs:
        opened = run.closes and first.get(run.kind, len(text)) <= run.start
        closed = run.opens and last.get(run.kind, 0) >= run.end
        if run.hidden and (opened or closed or run.stuck):
            places.update(range(run.start, run.end))
    return places


def _runs(text: str) -> Iterator[_Run]:
    for found in _RUN.finditer(text):
        start, end = found.span()
        sign = found.group(0)[0].translate(_TO_SHOWN)
        before, behind = text[start - 1 : start], text[end : end + 1]
        opens, closes = bool(behind.strip()), bool(before.strip())
        if sign == "_":
            opens, closes = opens and not before.isalnum(), closes and not behind.isalnum()
        kind = sign * (end - start if sign == "~" else 1)
        hidden = found.group(0)[0] != sign
        yield _Run(start, end, kind, opens, closes, hidden, stuck=hidden and sign in (before, behind))


def _dollar_places(text: str, atoms: Sequence[str]) -> set[int]:
    """Dollars that would open or close a formula."""
    if any("$" in piece.strip("$") for piece in atoms):
        return {i for i, char in enumerate(text) if char == _DOLLAR}
    places: set[int] = set()
    while found := next((m for m in _PAIR.finditer(text) if _DOLLAR in (m.group(1), m.group(3))), None):
        place = found.start(1) if found.group(1) == _DOLLAR else found.start(3)
        places.add(place)
        text = f"{text[:place]}{_SLASH}{text[place + 1 :]}"
    return places
