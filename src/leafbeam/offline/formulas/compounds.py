"""Signs that TeX sets from several glyphs: negations, long arrows, dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from leafbeam.geometry import union
from leafbeam.offline.formulas.nodes import Node
from leafbeam.offline.formulas.symbols import Kind

_PAIRS = {
    ("=", "\\Rightarrow"): "\\Longrightarrow",
    ("\\Leftarrow", "="): "\\Longleftarrow",
    ("\\Leftarrow", "\\Rightarrow"): "\\iff",
    ("-", "\\to"): "\\longrightarrow",
    ("\\leftarrow", "-"): "\\longleftarrow",
    ("\\leftarrow", "\\to"): "\\longleftrightarrow",
    ("\\mapsto", "\\to"): "\\mapsto",
    ("\\mapsto", "\\longrightarrow"): "\\longmapsto",
    ("|", "="): "\\models",
    (":", "="): ":=",
}
_HOOKS = {"ʿ": "\\hookrightarrow", "ʾ": "\\hookleftarrow"}
_NEGATED = {"=": "\\ne", "\\in": "\\notin", "0": "\\emptyset"}
_DOT_PITCH = 0.75  # dots of one sign are at most this far apart, in type sizes


def compounds(nodes: Sequence[Node]) -> list[Node]:
    """``nodes`` with signs of several glyphs as one node each, in reading order."""
    ordered = sorted(nodes, key=lambda n: n.box.x0)
    return _diagonal(_dots(_joined(_negated(ordered))))


def _negated(nodes: list[Node]) -> list[Node]:
    strokes = [n for n in nodes if n.kind is Kind.NOT or (n.char == "/" and _struck(n, nodes))]
    rest = [n for n in nodes if not any(n is s for s in strokes)]
    for stroke in strokes:
        hosts = [
            n
            for n in rest
            if (n.kind is Kind.REL or n.char == "0")
            and n.box.x_overlap(stroke.box) > -0.3 * n.size
            and abs(n.base - stroke.base) < 0.3 * n.size
        ]
        if hosts:
            host = min(hosts, key=lambda n: abs(n.box.cx - stroke.box.cx))
            latex = _NEGATED.get(host.latex, f"\\not{host.latex}")
            at = next(i for i, n in enumerate(rest) if n is host)
            rest[at] = replace(host, latex=latex, box=union([host.box, stroke.box]))
    return rest


def _struck(slash: Node, nodes: Sequence[Node]) -> bool:
    """Whether a slash is set over a relation (or a zero: the empty set)."""
    return any(
        n.box.x_overlap(slash.box) > 0.6 * min(n.box.width, slash.box.width)
        and n.box.y_overlap(slash.box) > 0.5 * n.box.height
        for n in nodes
        if n.kind is Kind.REL or n.char == "0"
    )


def _joined(nodes: list[Node]) -> list[Node]:
    """Neighbours that touch and are one arrow."""
    result: list[Node] = []
    for node in nodes:
        last = next((n for n in reversed(result[-20:]) if abs(n.base - node.base) < 0.05 * node.size), None)
        if last is not None and node.kind in (Kind.REL, Kind.BIN) and node.box.x0 - last.box.x1 < 0.06 * node.size:
            latex = _PAIRS.get((last.latex, node.latex))
            if (
                latex is None
                and last.latex in ("=", "-", "\\Longrightarrow", "\\longrightarrow")
                and node.latex == last.latex
            ):
                latex = last.latex  # an extended arrow repeats its shaft
            if latex is None and last.latex == "\\Longrightarrow" and node.latex == "\\Rightarrow":
                latex = last.latex
            if last.char in _HOOKS and node.kind is Kind.REL:
                latex = _HOOKS[last.char]
            if latex is not None:
                at = next(i for i, n in enumerate(result) if n is last)
                result[at] = replace(node, latex=latex, box=union([last.box, node.box]), kind=Kind.REL)
                continue
        result.append(node)
    return result


def _dots(nodes: list[Node]) -> list[Node]:
    """Three points on the baseline or on the axis."""
    result: list[Node] = []
    for node in nodes:
        result.append(node)
        if node.char not in (".", "·", "⋅"):
            continue
        same = [
            n for n in result if n.char == node.char and abs(n.base - node.base) < 0.03 * n.size and n.kind is node.kind
        ]
        three = same[-3:]
        if len(three) < 3 or any(b.box.x0 - a.box.x1 > _DOT_PITCH * node.size for a, b in pairwise(three)):
            continue
        between = [n for n in result if three[0].box.x0 < n.box.cx < node.box.x1 and n.box.y_overlap(node.box) > 0]
        if len(between) > 3:
            continue
        latex = "\\ldots" if node.char == "." else "\\cdots"
        used = {id(n) for n in three}
        result = [n for n in result if id(n) not in used]
        result.append(replace(node, latex=latex, kind=Kind.ORD, box=union(n.box for n in three), char="…"))
    return result


def _diagonal(nodes: list[Node]) -> list[Node]:
    """Three points over each other, or falling to the right."""
    points = [n for n in nodes if n.char == "." and n.kind is Kind.PUNCT]
    if len(points) < 3:
        return nodes
    rest, points = list(nodes), sorted(points, key=lambda n: n.box.y0)
    while len(points) >= 3:
        first = points.pop(0)
        chain = [first]
        for point in points:
            dx, dy = point.box.cx - chain[-1].box.cx, point.box.cy - chain[-1].box.cy
            if 0.15 * first.size < dy < 0.6 * first.size and -0.1 * first.size < dx < 0.6 * first.size:
                chain.append(point)
        if len(chain) != 3:
            continue
        box = union(n.box for n in chain)
        latex = "\\vdots" if box.width < 0.4 * first.size else "\\ddots"
        used = {id(n) for n in chain}
        points = [p for p in points if id(p) not in used]
        rest = [n for n in rest if id(n) not in used]
        axis = box.cy
        rest.append(replace(first, latex=latex, kind=Kind.ORD, box=box, axis=axis, firm=False, ambient=True, char="…"))
    return rest
