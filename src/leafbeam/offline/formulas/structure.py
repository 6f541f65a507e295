"""What stands over, under and inside what: roots, fractions, accents, braces, limits. Nodes are built out of nodes.

All thresholds are in type sizes. The steps follow TeX's layout rules (The TeXbook, appendix G) backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.offline.formulas.nodes import AXIS, Node, Part, built, with_box
from leafbeam.offline.formulas.symbols import ACCENTS, BRACES, FUNCTIONS, Kind, takes_limits

Read = Callable[[Sequence[Node], Sequence[Rect]], Part]  # nodes and bars inside, read

_BAR_SLACK = 0.12  # how far content may stick out of its bar
_FIRST_GAP = 0.65  # from a bar to what stands on it
_NEXT_GAP = 0.2  # to the next thing on top of that
_LIMIT_GAP = 0.6
_WIDE_ACCENT = 0.75
_INTEGRALS = frozenset(("\\int", "\\oint", "\\iint", "\\iiint"))
_LETTER_GAP = 0.12  # letters closer than this are one word


@dataclass(frozen=True, slots=True)
class Work:
    """Nodes and horizontal bars still to be placed."""

    nodes: list[Node]
    bars: list[Rect]


def roots(work: Work, read: Read) -> Work:
    """Radical signs with their bars, what is under them, and the index; the widest first."""
    signs = [n for n in work.nodes if n.kind is Kind.ROOT]
    found = [(sign, bar) for sign in signs if (bar := _root_bar(sign, work.bars)) is not None]
    for sign, bar in sorted(found, key=lambda pair: -pair[1].width):
        if not any(n is sign for n in work.nodes):
            continue
        work = _one_root(work, sign, bar, read)
    return work


def _root_bar(sign: Node, bars: Sequence[Rect]) -> Rect | None:
    near = [
        bar
        for bar in bars
        if abs(bar.x0 - sign.box.x1) < 0.2 * sign.size and abs(bar.y0 - sign.box.y0) < 0.2 * sign.size
    ]
    return min(near, key=lambda bar: abs(bar.x0 - sign.box.x1), default=None)


def _one_root(work: Work, sign: Node, bar: Rect, read: Read) -> Work:
    size = sign.size
    area = Rect(sign.box.x1 - 0.1 * size, bar.y0 - 0.1 * size, bar.x1 + 0.1 * size, sign.box.y1 + 0.1 * size)
    inside = [n for n in work.nodes if n is not sign and area.contains(n.box.cx, n.box.cy)]
    index = [n for n in work.nodes if n is not sign and n not in inside and _is_index(n, sign)]
    if not inside:
        return work
    inner_bars = [b for b in work.bars if b is not bar and area.contains(b.x0, b.cy) and area.contains(b.x1, b.cy)]
    body = read(inside, inner_bars)
    latex = f"\\sqrt[{read(index, ()).latex}]{{{body.latex}}}" if index else f"\\sqrt{{{body.latex}}}"
    box = union([sign.box, bar, *(n.box for n in (*inside, *index))])
    node = Node(box, latex, Kind.ORD, body.size, body.base - AXIS * body.size, body.firm, ambient=True)
    used = {id(n) for n in (*inside, *index, sign)}
    gone = {id(b) for b in (*inner_bars, bar)}
    return Work([n for n in work.nodes if id(n) not in used] + [node], [b for b in work.bars if id(b) not in gone])


def _is_index(node: Node, sign: Node) -> bool:
    size = sign.size
    small = node.size < 0.8 * size
    beside = sign.box.x0 - 0.6 * size < node.box.cx < sign.box.x1 and node.box.x1 > sign.box.x0 + 0.08 * size
    return small and beside and node.box.y1 < sign.box.cy + 0.35 * size and node.box.y0 > sign.box.y0 - size


def fractions(work: Work, read: Read) -> Work:
    """Bars with something on both sides, the narrowest first; bars with one side only are over- and underlines."""
    nodes, bars = list(work.nodes), sorted(work.bars, key=lambda b: b.width)
    waits = len(bars) ** 2
    while bars:
        bar = bars.pop(0)
        over = _stack(nodes, bars, bar, up=True)
        under = _stack(nodes, bars, bar, up=False)
        overline = bool(under) and not over and _covers(bar, under)
        alone = bool(over) != bool(under) and not overline
        if alone and waits > 0 and _touches(bar, bars, up=not over):
            waits -= 1
            bars.append(bar)
            continue
        if over and under and _is_overline(bar, over, under):
            over = []
        used = {id(n) for n in (*over, *under)}
        if over and under:
            latex = f"\\frac{{{read(over, ()).latex}}}{{{read(under, ()).latex}}}"
            node = built([*over, *under], latex, axis=bar.cy)
            node = replace(node, box=union([node.box, bar]))
        elif under and _covers(bar, under):
            node = _lined(under, bar, read, "overline")
        elif over and _covers(bar, over):
            node = _lined(over, bar, read, "underline")
        else:
            continue
        nodes = [n for n in nodes if id(n) not in used] + [node]
    return Work(nodes, [])


def _covers(bar: Rect, nodes: Sequence[Node]) -> bool:
    """Whether a line over or under something is its own: close to it and as wide."""
    box, size = union(n.box for n in nodes), max(n.size for n in nodes)
    gap = max(box.y0 - bar.y1, bar.y0 - box.y1)
    return gap < (0.33 if bar.cy < box.cy else 0.2) * size and abs(bar.width - box.width) < 0.6 * size


def _touches(bar: Rect, bars: Sequence[Rect], *, up: bool) -> bool:
    """Whether the next thing over (under) a bar may be another bar: that one has to be read first."""
    return any(
        b.x_overlap(bar) > 0.5 * min(b.width, bar.width) and 0 < (bar.cy - b.cy if up else b.cy - bar.cy) < 14.0
        for b in bars
    )


def _is_overline(bar: Rect, over: Sequence[Node], under: Sequence[Node]) -> bool:
    """A bar close over its content and far from what is above it: no fraction is set like that."""
    below, above = min(n.box.y0 for n in under) - bar.y1, bar.y0 - max(n.box.y1 for n in over)
    size = max(n.size for n in over)
    centred = abs(union(n.box for n in over).cx - bar.cx) < 0.12 * size
    return below < 0.19 * max(n.size for n in under) and above > 0.3 * size and not centred


def _lined(nodes: list[Node], bar: Rect, read: Read, command: str) -> Node:
    firm = next((n for n in sorted(nodes, key=lambda n: n.box.x0) if n.firm), None)
    box = union([bar, *(n.box for n in nodes)])
    size = max(n.size for n in nodes)
    latex = f"\\{command}{{{read(nodes, ()).latex}}}"
    if firm:
        return Node(box, latex, Kind.ORD, firm.size, firm.axis)
    return Node(box, latex, Kind.ORD, size, union(n.box for n in nodes).cy, firm=False)


def _stack(nodes: Sequence[Node], bars: Sequence[Rect], bar: Rect, *, up: bool) -> list[Node]:
    """The nodes standing on (hanging under) a bar: within its width, reached without crossing a wider bar."""
    side = []
    for node in nodes:
        slack = _BAR_SLACK * node.size if node.kind is not Kind.PUNCT else 0.0
        inside = bar.x0 - slack <= node.box.cx <= bar.x1 + slack and node.box.x0 > bar.x0 - 0.5 * node.size
        if node.box.y0 < bar.cy - 0.25 * node.size and node.box.y1 > bar.cy + 0.25 * node.size:
            continue  # it stands beside the bar
        beyond = node.box.cy < bar.cy if up else node.box.cy > bar.cy
        if inside and beyond and node.box.x1 < bar.x1 + 0.5 * node.size:
            side.append(node)
    blocks = [b.y1 if up else b.y0 for b in bars if b.x_overlap(bar) > 0.5 * bar.width and (b.cy < bar.cy) == up]
    wall = (max(blocks) if up else min(blocks)) if blocks else None
    side.sort(key=lambda n: -n.box.y1 if up else n.box.y0)
    chosen: list[Node] = []
    edge = bar.y0 if up else bar.y1
    for node in side:
        gap = edge - node.box.y1 if up else node.box.y0 - edge
        small = not chosen or node.size < 0.8 * max(n.size for n in chosen)
        limit = _FIRST_GAP if not chosen else _NEXT_GAP if small else 0.02
        if gap > limit * max(node.size, 4.0) or (
            wall is not None and (node.box.cy < wall if up else node.box.cy > wall)
        ):
            break
        chosen.append(node)
        edge = min(edge, node.box.y0) if up else max(edge, node.box.y1)
    return chosen


def words(nodes: Sequence[Node]) -> list[Node]:
    """Upright letters that follow each other on one baseline as words; names of operators as such."""
    result: list[Node] = []
    letters = sorted((n for n in nodes if n.kind is Kind.WORD), key=lambda n: (round(n.base), n.box.x0))
    groups: list[list[Node]] = []
    for node in letters:
        last = groups[-1][-1] if groups else None
        if last is not None and _one_word(last, node, nodes):
            groups[-1].append(node)
        else:
            groups.append([node])
    for group in groups:
        result.append(_word(group))
    return [n for n in nodes if n.kind is not Kind.WORD] + result


def _one_word(a: Node, b: Node, nodes: Sequence[Node]) -> bool:
    size = max(a.size, b.size)
    if a.style != b.style or abs(a.base - b.base) > 0.05 * size or abs(a.size - b.size) > 0.1 * size:
        return False
    gap = b.box.x0 - a.box.x1
    return -0.3 * size < gap < _LETTER_GAP * size + (0.06 * size if a.char in "rfty" else 0.0)


def _word(group: list[Node]) -> Node:
    text = "".join(n.char for n in group)
    box = union(n.box for n in group)
    first = group[0]
    if text in FUNCTIONS and first.style in ("mathrm", "mathit") and (first.style == "mathrm"):
        return replace(first, box=box, latex=f"\\{text}", kind=Kind.FUNC, char=text, nolimits=not takes_limits(text))
    return replace(first, box=box, latex="".join(n.latex for n in group), char=text)


def accents(nodes: Sequence[Node], read: Read) -> list[Node]:
    """Accents over what they cover, the narrowest first."""
    rest = [n for n in nodes if n.kind is not Kind.ACCENT]
    for accent in sorted((n for n in nodes if n.kind is Kind.ACCENT), key=lambda n: n.box.width):
        rest = _accented(rest, accent, read)
    return rest


def braces(nodes: Sequence[Node], read: Read) -> list[Node]:
    """Horizontal braces over or under their content, with their labels."""
    rest = [n for n in nodes if n.kind is not Kind.BRACE]
    for brace in sorted((n for n in nodes if n.kind is Kind.BRACE), key=lambda n: n.box.width):
        rest = _braced(rest, brace, read)
    return rest


def _accented(nodes: list[Node], accent: Node, read: Read) -> list[Node]:
    size, name = accent.size, ACCENTS[accent.char]
    wide = accent.box.width > _WIDE_ACCENT * size
    reach = accent.box.grown(0.12 * size, 0)
    below = [
        n
        for n in nodes
        if n.box.x0 < reach.x1
        and n.box.x1 > reach.x0
        and -0.25 * size < n.box.y0 - accent.box.y1 < 0.5 * size
        and (
            reach.x0 <= n.box.cx <= reach.x1 if wide else n.box.x0 - 0.1 * size < accent.box.cx < n.box.x1 + 0.35 * size
        )
    ]
    if not below:
        if accent.char in "~^":  # not an accent after all
            return [
                *nodes,
                replace(accent, kind=Kind.REL, latex="\\sim" if accent.char == "~" else "\\wedge", firm=False),
            ]
        return nodes
    if not wide:
        below = [min(below, key=lambda n: abs(n.box.cx - accent.box.cx))]
    if name == "bar" and len(below) == 1 and below[0].char == "h" and accent.box.cy > below[0].box.y0:
        return [n for n in nodes if n is not below[0]] + [replace(below[0], latex="\\hbar", kind=Kind.ORD)]
    command = (
        {"hat": "widehat", "tilde": "widetilde", "vec": "overrightarrow", "bar": "overline"}.get(name, name)
        if wide or len(below) > 1
        else name
    )
    host = max(below, key=lambda n: n.size)
    node = with_box(host, [accent, *below], f"\\{command}{{{read(below, ()).latex}}}")
    used = {id(n) for n in below}
    return [n for n in nodes if id(n) not in used] + [replace(node, kind=Kind.ORD)]


def _braced(nodes: list[Node], brace: Node, read: Read) -> list[Node]:
    size, over = brace.size, brace.char == "⏞"
    inside = [n for n in nodes if brace.box.x0 <= n.box.cx <= brace.box.x1]
    body = [n for n in inside if (n.box.cy > brace.box.cy) == over]
    edge = brace.box.y0 if over else brace.box.y1
    label = [n for n in inside if (n.box.cy < brace.box.cy) == over and abs(n.box.cy - edge) < 1.6 * size]
    label = _widened(label, nodes, brace)
    if not body:
        return nodes
    sign = "^" if over else "_"
    latex = f"\\{BRACES[brace.char]}{{{read(body, ()).latex}}}" + (
        f"{sign}{{{read(label, ()).latex}}}" if label else ""
    )
    host = max(body, key=lambda n: (n.firm, n.size))
    used = {id(n) for n in (*body, *label)}
    node = replace(with_box(host, [brace, *body, *label], latex), kind=Kind.ORD)
    return [n for n in nodes if id(n) not in used] + [node]


def _widened(chosen: list[Node], nodes: Sequence[Node], brace: Node) -> list[Node]:
    """A label with what continues it sideways, in its own small type."""
    result = list(chosen)
    over = brace.char == "⏞"
    grown = bool(result)
    while grown:
        grown = False
        zone, size = union(n.box for n in result), max(n.size for n in result)
        for n in nodes:
            beyond = n.box.y1 < brace.box.y1 if over else n.box.y0 > brace.box.y0
            beside = n.box.y_overlap(zone) > 0 and n.box.x_overlap(zone) > -0.3 * size
            if beyond and beside and n.size <= 1.05 * size and not any(n is c for c in result):
                result.append(n)
                grown = True
    return result


def limits(nodes: Sequence[Node], read: Read) -> list[Node]:
    """Big operators and lim-like names with what stands over and under them."""
    rest = list(nodes)
    hosts = [n for n in nodes if n.kind is Kind.BIG or (n.kind is Kind.FUNC and not n.nolimits) or _stackable(n)]
    for host in sorted(hosts, key=lambda n: n.box.x0):
        others = [n for n in rest if n is not host]
        rivals = [h for h in hosts if h is not host and h.kind is host.kind]
        above = _limit(host, others, rivals, up=True)
        below = _limit(host, others, rivals, up=False)
        if not above and not below:
            continue
        used = {id(n) for n in (*above, *below)}
        latex = host.latex
        if host.kind is Kind.REL:
            if above and all(n.char == "." for n in above):
                latex = "\\doteq"
            elif above:
                latex = f"\\overset{{{read(above, ()).latex}}}{{{latex}}}"
            latex = f"\\underset{{{read(below, ()).latex}}}{{{latex}}}" if below else latex
        else:
            if host.latex in _INTEGRALS:
                latex += "\\limits"
            latex += f"_{{{read(below, ()).latex}}}" if below else ""
            latex += f"^{{{read(above, ()).latex}}}" if above else ""
        box = union([host.box, *(n.box for n in (*above, *below))])
        node = replace(host, box=box, latex=latex, nolimits=False, char="limits")
        rest = [n for n in rest if id(n) not in used and n is not host] + [node]
    return rest


def _stackable(node: Node) -> bool:
    return node.kind is Kind.REL and (node.latex == "=" or "arrow" in node.latex or node.latex in ("\\to", "\\sim"))


def _limit(host: Node, nodes: Sequence[Node], rivals: Sequence[Node], *, up: bool) -> list[Node]:
    """What is centred over or under an operator, in smaller type, grown sideways along its own line."""
    size = host.size
    cap = 0.85
    overlap = 0.0 if host.latex in _INTEGRALS else 0.3 if host.kind is Kind.REL else 0.25
    box = host.box
    firm_base = box.y1 if not up else box.y0
    near = []
    for n in nodes:
        gap = box.y0 - n.box.y1 if up else n.box.y0 - box.y1
        if (
            (n.size < cap * size or (up and n.char == "." and host.latex == "="))
            and n.kind is not Kind.BIG
            and -overlap * size < gap < _LIMIT_GAP * size
            and n.box.x_overlap(box) > 0
        ):
            near.append(n)
    if not near:
        return []
    chosen = list(near)
    grown = True
    while grown:
        grown = False
        zone = union(n.box for n in chosen)
        for n in nodes:
            if any(n is c for c in chosen) or n.size >= cap * size:
                continue
            if any(abs(r.box.cx - n.box.cx) < abs(box.cx - n.box.cx) and r.box.y_overlap(box) > 0 for r in rivals):
                continue
            beyond = n.box.y1 <= firm_base + 0.25 * size if up else n.box.y0 >= firm_base - 0.25 * size
            if beyond and n.box.y_overlap(zone) > -0.3 * size and n.box.x_overlap(zone) > -0.45 * n.size:
                chosen.append(n)
                grown = True
    if (host.latex in _INTEGRALS or host.kind is Kind.REL) and abs(
        union(n.box for n in chosen).cx - host.box.cx
    ) > 0.3 * size:
        return []
    return chosen
