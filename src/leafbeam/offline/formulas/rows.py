"""One row of nodes to LaTeX: scripts on their bases, delimiters matched, words set as text, wide gaps kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from leafbeam.geometry import union
from leafbeam.offline.formulas.nodes import AXIS, Node, UnreadableError, join_latex, main_size
from leafbeam.offline.formulas.symbols import Kind
from leafbeam.offline.formulas.valid import DELIMITERS

ReadScript = Callable[[Sequence[Node]], str]

_LEVEL = 0.09  # a baseline moved by less than this is the row's own
_AXIS_LEVEL = 0.22  # the same for built pieces, whose axis is less exact
_QUAD, _QQUAD = 0.85, 1.75
_WORD_SPACE = 0.2
_TALL = 1.3
_FENCES = (Kind.OPEN, Kind.CLOSE, Kind.FENCE)


@dataclass(slots=True)
class _Base:
    """A node of the row with its scripts."""

    node: Node | None
    sup: list[Node] = field(default_factory=list)
    sub: list[Node] = field(default_factory=list)

    def add(self, node: Node, level: int) -> None:
        """A script: of the second order it goes with the script that it stands beside, else by ``level``."""
        near = [
            (max(zone.y0 - node.box.cy, node.box.cy - zone.y1, 0.0), scripts)
            for scripts in (self.sup, self.sub)
            if scripts and node.size < 0.85 * max(n.size for n in scripts)
            for zone in [union(n.box for n in scripts)]
        ]
        distance, scripts = min(near, key=lambda pair: pair[0], default=(1e9, []))
        if distance < 0.8 * node.size:
            scripts.append(node)
        else:
            (self.sup if level > 0 else self.sub).append(node)

    @property
    def x1(self) -> float:
        ends = [n.box.x1 for n in (*self.sup, *self.sub)]
        return max([*ends, self.node.box.x1] if self.node else ends)


def row_base(nodes: Sequence[Node]) -> tuple[float, float]:
    """(baseline, size) of the row: of its largest firm pieces, the baseline that holds the most width."""
    size = main_size(nodes)
    firm = [n for n in nodes if n.firm and n.size > 0.85 * size]
    if not firm:
        widest = max(nodes, key=lambda n: (n.kind is Kind.BIG or n.kind is Kind.ROOT, n.box.width))
        return widest.axis + AXIS * size, size
    best = max(firm, key=lambda a: sum(b.box.width for b in firm if abs(a.base - b.base) < _LEVEL * size))
    return best.base, size


def level_of(node: Node, base: float, size: float) -> int:
    """0 on the row, +1 above, -1 below."""
    if node.firm:
        shift = (base - node.base) / size
        if abs(shift) < _LEVEL and node.size > 0.75 * size:
            return 0
        return 1 if shift > 0 else -1
    shift = (base - AXIS * size - node.axis) / size
    slack = _AXIS_LEVEL + 0.1 * max(0.0, node.box.height / size - 1)
    if abs(shift) < slack or (node.kind is Kind.BIG and abs(shift) < 0.4):
        return 0
    return 1 if shift > 0 else -1


def read_row(nodes: Sequence[Node], read: ReadScript) -> str:
    """The LaTeX of nodes on one row (and their scripts)."""
    if not nodes:
        return ""
    base, size = row_base(nodes)
    bases = _attach(sorted(nodes, key=lambda n: (n.box.x0, n.box.x1)), base, size)
    return join_latex(_pieces(bases, size, read)).strip()


def _attach(nodes: Sequence[Node], base: float, size: float) -> list[_Base]:
    bases: list[_Base] = []
    for node in nodes:
        level = level_of(node, base, size)
        if level == 0:
            bases.append(_Base(node))
            continue
        if not bases:
            bases.append(_Base(None))
        bases[-1].add(node, level)
    return bases


def _scripts(base: _Base, read: ReadScript) -> str:
    latex = ""
    if base.sub:
        latex += f"_{{{read(base.sub)}}}"
    if base.sup:
        if all(n.kind is Kind.PRIME for n in base.sup):
            latex = "".join(n.latex for n in base.sup) + latex
        else:
            latex += f"^{{{read(_opening_primes(base.sup))}}}"
    return latex


def _opening_primes(nodes: Sequence[Node]) -> list[Node]:
    """A superscript with the primes that stand before everything else spelt out: f^{\\prime 2}."""
    result = sorted(nodes, key=lambda n: n.box.x0)
    for i, node in enumerate(result):
        if node.kind is not Kind.PRIME:
            break
        result[i] = replace(node, latex="\\prime" * max(1, len(node.latex)), kind=Kind.ORD)
    return result


def _pieces(bases: list[_Base], size: float, read: ReadScript) -> list[str]:
    """The LaTeX pieces of the row, in order."""
    fences = _match([b.node for b in bases], size)
    out: list[str] = []
    i = 0
    while i < len(bases):
        base = bases[i]
        gap = base.node.box.x0 - bases[i - 1].x1 if i and base.node else 0.0
        if i and base.node and gap > _QUAD * size and not _related(base.node, bases[i - 1].node):
            out.append("\\qquad " if gap > _QQUAD * size else "\\quad ")
        if base.node is None:
            out.append("{}" + _scripts(base, read))
        elif base.node.kind is Kind.WORD:
            end = _text_end(bases, i, size)
            apart, applied = gap > _WORD_SPACE * size, False
            if end < len(bases) and (following := bases[end].node) is not None:
                beyond = following.box.x0 - bases[end - 1].x1 > _WORD_SPACE * size
                applied = following.kind is Kind.OPEN and not beyond and end == i + 1
                apart = apart or beyond
            if applied and _is_operator(base.node):
                out.append(f"\\operatorname{{{base.node.latex}}}{_scripts(base, read)}")
            else:
                out.append(_text(bases[i:end], size, read, apart=apart))
            i = end
            continue
        else:
            before = bases[i - 1].node if i else None
            after = bases[i + 1].node if i + 1 < len(bases) else None
            tight = _is_tight(base.node, before, after)
            out.append(_spaced(base.node, fences.get(i, base.node.latex), _scripts(base, read), tight=tight))
        i += 1
    return out


def _is_operator(node: Node) -> bool:
    """Whether an upright word before a parenthesis names a function: sinc, Var, not a symbol like III."""
    return node.style == "mathrm" and len(node.char) > 1 and node.char.isalpha() and not node.char.isupper()


def _related(node: Node, before: Node | None) -> bool:
    """Whether white space belongs to an operator: justified lines stretch there."""
    return node.kind in (Kind.REL, Kind.BIN) or (before is not None and before.kind in (Kind.REL, Kind.BIN))


def _is_tight(node: Node, before: Node | None, after: Node | None) -> bool:
    """Whether an operator is a sign, or a point is a decimal one: no space then."""
    if node.kind is Kind.PUNCT:
        return (
            before is not None
            and after is not None
            and before.kind is after.kind is Kind.DIGIT
            and after.box.x0 - node.box.x1 < 0.16 * node.size
        )
    return before is None or (before.kind in (Kind.OPEN, Kind.REL, Kind.BIN, Kind.PUNCT) and node.kind is Kind.BIN)


def _spaced(node: Node, latex: str, scripts: str, *, tight: bool) -> str:
    if node.kind is Kind.ACCENT or node.kind is Kind.PART or node.kind is Kind.NOT or not latex:
        raise UnreadableError(f"{node.kind.name} alone")
    if node.kind in (Kind.REL, Kind.BIN) and not tight:
        return f" {latex}{scripts} "
    if node.kind is Kind.PUNCT:
        return f"{latex}{scripts}" if tight else f"{latex}{scripts} "
    if scripts.startswith("'") and latex.endswith("'"):
        return f"{{{latex}}}{scripts}"
    if node.kind is Kind.ORD and ("^" in latex[-12:] and not latex.endswith("}")):
        return f"{{{latex}}}{scripts}"
    return latex + scripts


def _text_end(bases: list[_Base], start: int, size: float) -> int:
    """Where a run of text words ends: words in one style with word spaces between them."""
    end = start + 1
    while end < len(bases) and not (bases[end - 1].sub or bases[end - 1].sup):
        node, last = bases[end].node, bases[end - 1].node
        if node is None or last is None or node.kind is not Kind.WORD or node.style != last.style:
            break
        if node.box.x0 - last.box.x1 > _QUAD * size:
            break
        end += 1
    return end


def _text(bases: list[_Base], size: float, read: ReadScript, *, apart: bool) -> str:
    words = [b.node for b in bases if b.node is not None]
    style = words[0].style
    scripts = _scripts(bases[-1], read)
    if style == "mathit" and (len(words) == 1 or all(len(w.char) < 3 for w in words)):
        return join_latex(w.latex for w in words) + scripts
    if len(words) == 1:
        word = words[0]
        if style == "boldit":
            return f"\\boldsymbol{{{word.latex}}}{scripts}"
        if apart and style == "mathrm" and len(word.char) > 1 and word.char.isalpha() and not scripts:
            return f"\\text{{ {word.char} }}"
        return f"\\{style}{{{word.latex}}}{scripts}"
    text = words[0].char
    for a, b in pairwise(words):
        text += (" " if b.box.x0 - a.box.x1 > _WORD_SPACE * size * 0.75 else "") + b.char
    if style not in ("mathrm", "mathit") and " " not in text:
        return f"\\{style}{{{text}}}{scripts}"
    return f"\\text{{ {text} }}{scripts}"


def _match(nodes: Sequence[Node | None], size: float) -> dict[int, str]:
    """\\left and \\right for tall delimiters that pair up in the row; a sized command for the others."""
    result: dict[int, str] = {}
    stack: list[int] = []
    for i, node in enumerate(nodes):
        if node is None or not _is_tall(node, size):
            continue
        opener = nodes[stack[-1]] if stack else None
        if node.kind is Kind.OPEN or (node.kind is Kind.FENCE and not (opener and opener.latex == node.latex)):
            stack.append(i)
            continue
        while stack and not _pairs(nodes[stack[-1]], node):
            stack.pop()
        if stack:
            result[stack.pop()] = "left"
            result[i] = "right"
    return {
        i: _sized(node, result.get(i), size)
        for i, node in enumerate(nodes)
        if node is not None and _is_tall(node, size)
    }


def _is_tall(node: Node, size: float) -> bool:
    return node.kind in _FENCES and node.latex in DELIMITERS and not node.firm and node.box.height >= _TALL * size


def _pairs(opener: Node | None, closer: Node) -> bool:
    return (
        opener is not None
        and 0.7 < opener.box.height / closer.box.height < 1.4
        and (opener.kind is Kind.OPEN or opener.latex == closer.latex)
    )


def _sized(node: Node, side: str | None, size: float) -> str:
    latex = node.latex
    if side:
        return f"\\{side}{latex}" + (" " if latex[-1].isalpha() else "")
    height = node.box.height / size
    name = "big" if height < 1.5 else "Big" if height < 2.1 else "bigg" if height < 2.7 else "Bigg"
    suffix = {Kind.OPEN: "l", Kind.CLOSE: "r"}.get(node.kind, "")
    return f"\\{name}{suffix}{latex}" + (" " if latex[-1].isalpha() else "")
