"""Whether KaTeX will render a formula: a check of the LaTeX subset that this package writes."""

from __future__ import annotations

import re

from leafbeam.offline.formulas import symbols
from leafbeam.offline.formulas.encodings import listed

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&'$%#~]|\s+|.", re.S)
_ENVIRONMENTS = frozenset(
    ["aligned", "gathered", "cases", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix"]
)
_ARGUMENTS = {
    **dict.fromkeys(
        listed(
            "mathrm mathbf mathit mathsf mathtt mathbb mathcal mathscr mathfrak boldsymbol text hat tilde bar dot "
            "ddot dddot vec check breve acute grave mathring widehat widetilde overline underline overrightarrow "
            "overbrace underbrace sqrt substack operatorname"
        ),
        1,
    ),
    **dict.fromkeys(["frac", "binom", "overset", "underset"], 2),
}
_PLAIN = frozenset(
    listed(
        "left right big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr quad qquad not limits prime "
        "iff models surd vert Vert"
    )
)
DELIMITERS = frozenset(
    listed(
        "( ) [ ] | / . \\{ \\} \\| \\langle \\rangle \\lfloor \\rfloor \\lceil \\rceil "
        "\\backslash \\uparrow \\downarrow"
    )
)


def _commands() -> frozenset[str]:
    tables = symbols.known_commands()
    return frozenset(tables) | frozenset(_ARGUMENTS) | _PLAIN | symbols.FUNCTIONS


def is_valid(latex: str) -> bool:
    """True when braces, environments and \\left/\\right balance, commands are known and no base has a script twice."""
    tokens = [t for t in _TOKEN.findall(latex) if not t.isspace()]
    try:
        end = _group(tokens, 0, ())
    except (IndexError, ValueError):
        return False
    return end == len(tokens)


def _group(tokens: list[str], i: int, closers: tuple[str, ...]) -> int:
    """Parses up to one of ``closers``; the index of the closer, or the end when there is none to wait for."""
    seen: set[str] = set()
    while i < len(tokens):
        token = tokens[i]
        if token in closers:
            return i
        if token in ("^", "_"):
            if token in seen or (i + 1 < len(tokens) and tokens[i + 1] != "{"):
                raise ValueError("double script")
            seen.add(token)
            i = _braced(tokens, i + 1)
            continue
        if token == "'":
            if "^" in seen:
                raise ValueError("double superscript")
            i += 1
            if i >= len(tokens) or tokens[i] != "'":
                seen.add("^")
            continue
        if token != "\\limits":
            seen = set()
        i = _atom(tokens, i)
    if closers:
        raise ValueError("not closed")
    return i


def _braced(tokens: list[str], i: int) -> int:
    if tokens[i] != "{":
        raise ValueError("argument missing")
    return _group(tokens, i + 1, ("}",)) + 1


def _atom(tokens: list[str], i: int) -> int:
    """One atom with its arguments; the index after it."""
    token = tokens[i]
    if token == "{":
        return _braced(tokens, i)
    if token in ("\\left", "\\bigl", "\\right") or (token[1:] in _PLAIN and token[1:3].lower() == "bi"):
        return _delimited(tokens, i)
    if token == "\\begin":
        return _environment(tokens, i)
    if token in ("&", "\\\\"):
        return i + 1
    if token == "\\sqrt" and tokens[i + 1] == "[":
        return _braced(tokens, _group(tokens, i + 2, ("]",)) + 1)
    if token == "\\text":
        return _text(tokens, i + 1)
    if token.startswith("\\") and len(token) > 2:
        if token[1:] not in _commands():
            raise ValueError(f"unknown command {token}")
        i += 1
        for _ in range(_ARGUMENTS.get(token[1:], 0)):
            i = _braced(tokens, i)
        return i
    if token in ("}", "$", "%", "#", "~", "\\"):
        raise ValueError(f"stray {token}")
    return i + 1


def _delimited(tokens: list[str], i: int) -> int:
    if tokens[i + 1] not in DELIMITERS:
        raise ValueError("not a delimiter")
    if tokens[i] == "\\right":
        raise ValueError("\\right alone")
    if tokens[i] != "\\left":
        return i + 2
    end = _group(tokens, i + 2, ("\\right",))
    if tokens[end + 1] not in DELIMITERS:
        raise ValueError("not a delimiter")
    return end + 2


def _environment(tokens: list[str], i: int) -> int:
    name, j = _name(tokens, i + 1)
    if name not in _ENVIRONMENTS:
        raise ValueError(f"unknown environment {name}")
    end = _group(tokens, j, ("\\end",))
    closing, j = _name(tokens, end + 1)
    if closing != name:
        raise ValueError("environments cross")
    return j


def _name(tokens: list[str], i: int) -> tuple[str, int]:
    end = tokens.index("}", i)
    if tokens[i] != "{":
        raise ValueError("name missing")
    return "".join(tokens[i + 1 : end]), end + 1


def _text(tokens: list[str], i: int) -> int:
    end = tokens.index("}", i)
    if tokens[i] != "{" or any(t in "{$^_%#&~\\" for t in tokens[i + 1 : end]):
        raise ValueError("not plain text")
    return end + 1
