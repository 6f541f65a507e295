"""The pieces a formula is built from: glyphs first, then whatever has been built out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph
from leafbeam.offline.formulas.encodings import Family
from leafbeam.offline.formulas.symbols import Kind, family_of_cached, token_of

AXIS = 0.25  # height of the mathematical axis over the baseline, in type sizes (TeX's Computer Modern: 0.25 em)
_TALL_PHI = 0.55  # of the type size: \\phi rises over the x-height, \\varphi does not


class UnreadableError(Exception):
    """The layout or a glyph cannot be understood: the caller falls back to text or a crop."""


@dataclass(frozen=True, slots=True)
class Node:
    """A glyph or a built piece. ``axis`` is the y of its mathematical axis; ``firm`` when a baseline states it.

    ``size`` is the type size in points. ``glyph_style`` is the letter style of WORD nodes.
    """

    box: Rect
    latex: str
    kind: Kind
    size: float
    axis: float
    firm: bool = True
    char: str = ""
    style: str = ""
    nolimits: bool = True
    ambient: bool = False  # its size is that of the row, though no baseline says so

    @property
    def base(self) -> float:
        """The baseline, true or implied."""
        return self.axis + AXIS * self.size


def node_of(glyph: Glyph) -> Node | None:
    """The node of a glyph; None for white space. Raises UnreadableError for a glyph without meaning."""
    token = token_of(glyph)
    if token is None:
        return None
    if not token.latex and token.kind is Kind.ORD:
        raise UnreadableError(f"unknown glyph {glyph.text!r} in {glyph.font.name}")
    box = glyph.ink if glyph.ink.area > 0 else glyph.box
    size = glyph.size_pt
    latex = token.latex
    if latex in ("\\phi", "\\varphi"):
        latex = "\\phi" if glyph.baseline_pt - box.y0 > _TALL_PHI * size else "\\varphi"
    hanging = family_of_cached(glyph.font) is Family.EXTENSION or token.kind in (
        Kind.BIG,
        Kind.PART,
        Kind.ROOT,
        Kind.BRACE,
    )
    stretched = token.kind in (Kind.OPEN, Kind.CLOSE, Kind.FENCE) and box.height > 1.15 * size
    firm = not (hanging or stretched)
    axis = glyph.baseline_pt - AXIS * size if firm else box.cy
    family = family_of_cached(glyph.font)
    extension = family is Family.EXTENSION or (family is Family.UNICODE and token.kind is Kind.BIG)
    return Node(box, latex, token.kind, size, axis, firm, token.char, token.style, ambient=extension)


def nodes_of(glyphs: Iterable[Glyph]) -> list[Node]:
    """The nodes of several glyphs, growing delimiters joined; spaces left out."""
    return join_parts([node for glyph in glyphs if (node := node_of(glyph)) is not None])


def main_size(nodes: Sequence[Node]) -> float:
    """The type size of the row that ``nodes`` are: the largest of a firm or built piece, or of an extension font."""
    sizes = [n.size for n in nodes if (n.firm or n.ambient) and n.kind is not Kind.ACCENT] or [n.size for n in nodes]
    return max(sizes)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a formula that has been read: its LaTeX and the row it stands on."""

    latex: str
    base: float
    size: float
    firm: bool


_LEFT = {"⎛": "(", "⎡": "[", "⎧": "\\{", "⎢": "|"}
_RIGHT = {"⎞": ")", "⎤": "]", "⎫": "\\}"}
_CORNERS = {
    frozenset("⎡"): "\\lceil",
    frozenset("⎣"): "\\lfloor",
    frozenset("⎤"): "\\rceil",
    frozenset("⎦"): "\\rfloor",
}
_CLOSERS = {")", "]", "\\}", "\\rceil", "\\rfloor"}
_STACKED = frozenset("⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎫⎬⎭⎪⎮⌠⌡⏐‖∥∣|{}[]()")


def join_parts(nodes: list[Node]) -> list[Node]:
    """Pieces of growing delimiters, stacked at one place, as one node each; TeX's horizontal braces likewise."""
    parts = [n for n in nodes if n.kind is Kind.PART]
    if not parts and not any(n.kind in (Kind.FENCE, Kind.OPEN, Kind.CLOSE) and not n.firm for n in nodes):
        return nodes
    tips = sorted((n for n in parts if n.char and n.char in "\ue07a\ue07b\ue07c\ue07d"), key=lambda n: n.box.x0)
    hooks = [p for p in parts if p.char in "⎧⎨⎩⎫⎬⎭"]
    loose = [
        n for n in nodes if n.char and n.char in _STACKED and (n.kind is Kind.PART or not n.firm or _in_hook(n, hooks))
    ]
    taken = {id(n) for n in tips} | {id(n) for n in loose}
    result = [n for n in nodes if id(n) not in taken]
    result.extend(_braces(tips))
    for stack in _stacks(loose):
        result.append(stack[0] if len(stack) == 1 and stack[0].kind is not Kind.PART else _delimiter(stack))
    return result


def _in_hook(node: Node, hooks: Sequence[Node]) -> bool:
    """Whether a brace is the shaft of a bigger one: some OpenType fonts map the extension piece to the brace itself."""
    return node.char in "{}" and any(
        abs(h.box.cx - node.box.cx) < 0.4 * h.size and abs(h.box.cy - node.box.cy) < 3 * h.size for h in hooks
    )


def _stacks(loose: list[Node]) -> list[list[Node]]:
    """Pieces with a common x that touch each other, top to bottom."""
    stacks: list[list[Node]] = []
    for node in sorted(loose, key=lambda n: n.box.y0):
        for stack in stacks:
            last = stack[-1]
            shared = node.box.x_overlap(last.box)
            if shared > -0.1 * node.size and abs(node.box.cx - last.box.cx) < 0.4 * node.size and _touch(stack, node):
                stack.append(node)
                break
        else:
            stacks.append([node])
    return stacks


def _touch(stack: Sequence[Node], lower: Node) -> bool:
    parts = lower.kind is Kind.PART or any(n.kind is Kind.PART for n in stack)
    if not parts and stack[-1].char not in "|‖∥∣":
        return False
    return lower.box.y0 - max(n.box.y1 for n in stack) < 0.25 * lower.size


def _delimiter(stack: list[Node]) -> Node:
    box = union(n.box for n in stack)
    chars = {n.char for n in stack}
    latex, kind = _name_stack(chars)
    return Node(box, latex, kind, stack[0].size, box.cy, firm=False, char=latex)


def _name_stack(chars: set[str]) -> tuple[str, Kind]:
    if chars & {"⌠", "⌡", "⎮"}:
        return "\\int", Kind.BIG
    for marks, latex in (("⎛⎝⎜", "("), ("⎞⎠⎟", ")"), ("⎧⎨⎩", "\\{"), ("⎫⎬⎭", "\\}")):
        if chars & set(marks):
            return latex, Kind.CLOSE if latex in _CLOSERS else Kind.OPEN
    for top, bottom, both, kind in (("⎡", "⎣", "[", Kind.OPEN), ("⎤", "⎦", "]", Kind.CLOSE)):
        if top in chars or bottom in chars:
            if top in chars and bottom in chars:
                return both, kind
            return _CORNERS[frozenset(top if top in chars else bottom)], kind
    if chars & set("‖∥"):
        return "\\|", Kind.FENCE
    if chars & set("⎢⏐|⎥∣"):
        return "|", Kind.FENCE
    raise UnreadableError(f"unknown delimiter of {sorted(chars)}")


def _braces(tips: list[Node]) -> list[Node]:
    """TeX's horizontal braces: four tips each, joined by rules that are not needed."""
    result = []
    for i in range(0, len(tips) - 3, 4):
        four = tips[i : i + 4]
        over = four[0].char == "\ue07a"
        box = union(n.box for n in four)
        result.append(Node(box, "", Kind.BRACE, four[0].size, box.cy, firm=False, char="⏞" if over else "⏟"))
    return result


_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+$")


def join_latex(parts: Iterable[str]) -> str:
    """LaTeX pieces one after the other, a space only where a command would run into a letter."""
    result = ""
    for part in parts:
        if part and result and part[0].isalpha() and _ENDS_IN_COMMAND.search(result):
            result += " "
        result += part
    return result


def built(nodes: Sequence[Node], latex: str, axis: float | None = None, size: float | None = None) -> Node:
    """A composite of several nodes. ``axis`` None takes the middle of the box."""
    box = union(n.box for n in nodes)
    place = box.cy if axis is None else axis
    return Node(box, latex, Kind.ORD, size or max(n.size for n in nodes), place, firm=False)


def with_box(node: Node, extra: Iterable[Node], latex: str) -> Node:
    """``node`` with more around it: its baseline stays."""
    return replace(
        node,
        box=union([node.box, *(n.box for n in extra)]),
        latex=latex,
        kind=Kind.ORD if node.kind is not Kind.BIG and node.kind is not Kind.FUNC else node.kind,
    )
