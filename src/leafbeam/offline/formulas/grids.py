"""Rows over rows: matrices, cases, binomials, stacked conditions and the lines of an aligned display."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leafbeam.geometry import union
from leafbeam.offline.formulas.nodes import Node, main_size
from leafbeam.offline.formulas.rows import level_of, row_base
from leafbeam.offline.formulas.symbols import Kind

ReadRow = Callable[[Sequence[Node]], str]

_ROW_PITCH = 0.75  # baselines of two rows are at least this far apart, in type sizes
_COLUMN_GAP = 0.6
_SAME_X = 0.35
_CLOSES = {
    "(": (")", "]"),
    "[": ("]", ")"),
    "\\{": ("\\}",),
    "\\langle": ("\\rangle", "|"),
    "\\lfloor": ("\\rfloor",),
    "\\lceil": ("\\rceil",),
}
_MATRICES = {
    ("(", ")"): "pmatrix",
    ("[", "]"): "bmatrix",
    ("\\{", "\\}"): "Bmatrix",
    ("|", "|"): "vmatrix",
    ("\\|", "\\|"): "Vmatrix",
}


def split_rows(nodes: Sequence[Node]) -> list[list[Node]]:
    """The rows of a stack, top to bottom; one row when it is not a stack."""
    if not nodes:
        return []
    size = main_size(nodes)
    anchors = sorted(n.base for n in nodes if n.size > 0.85 * size and n.kind is not Kind.ACCENT and _anchors(n, size))
    if not anchors:
        return [list(nodes)]
    rows: list[list[float]] = []
    for base in anchors:
        if rows and base - rows[-1][-1] < 0.3 * size:
            rows[-1].append(base)
        else:
            rows.append([base])
    merged: list[list[float]] = []
    for row in rows:
        if merged and _middle(row) - _middle(merged[-1]) < _ROW_PITCH * size:
            merged[-1] = max(merged[-1], row, key=len)
        else:
            merged.append(row)
    centres = [_middle(row) - 0.3 * size for row in merged]
    result: list[list[Node]] = [[] for _ in centres]
    for node in nodes:
        y = node.base - 0.3 * size if node.size > 0.85 * size else node.box.cy
        result[min(range(len(centres)), key=lambda i: abs(centres[i] - y))].append(node)
    return [row for row in result if row]


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _anchors(node: Node, size: float) -> bool:
    return node.firm or node.kind is Kind.ORD


def grids(nodes: Sequence[Node], read: ReadRow) -> list[Node]:
    """Tall delimiters around a stack of rows, as one node each; the innermost first."""
    rest = list(nodes)
    changed = True
    while changed:
        changed = False
        for opener in sorted((n for n in rest if _opens(n)), key=lambda n: n.box.height):
            built = _one_grid(rest, opener, read)
            if built is not None:
                rest, changed = built, True
                break
    return rest


def _opens(node: Node) -> bool:
    return node.kind in (Kind.OPEN, Kind.FENCE) and not node.firm and node.box.height > 1.6 * node.size


def _one_grid(nodes: list[Node], opener: Node, read: ReadRow) -> list[Node] | None:
    closer = _closer(nodes, opener)
    right = closer.box.x0 if closer else max(n.box.x1 for n in nodes)
    if closer is None and opener.latex != "\\{":
        return None
    box = opener.box
    inside = [
        n
        for n in nodes
        if n is not opener
        and n is not closer
        and box.x1 - 0.2 * n.size < n.box.cx < right
        and box.y0 - 0.4 * n.size < n.box.cy < box.y1 + 0.4 * n.size
    ]
    rows = split_rows(inside)
    if len(rows) < 2 or any(_opens(n) and n.box.height > 0.85 * box.height for n in inside):
        return None
    latex = _cases(rows, read) if closer is None else _matrix(rows, opener.latex, closer.latex, read)
    used = {id(n) for n in inside} | {id(opener)} | ({id(closer)} if closer else set())
    size = main_size(inside)
    whole = union([box, *(n.box for n in inside), *([closer.box] if closer else [])])
    node = Node(whole, latex, Kind.ORD, size, box.cy, firm=False)
    return [n for n in nodes if id(n) not in used] + [node]


def _closer(nodes: Sequence[Node], opener: Node) -> Node | None:
    size = opener.size
    level = [
        n
        for n in nodes
        if n is not opener
        and n.kind in (Kind.CLOSE, Kind.FENCE)
        and not n.firm
        and n.box.x0 > opener.box.x1
        and abs(n.box.cy - opener.box.cy) < 0.4 * size
        and 0.75 < n.box.height / opener.box.height < 1.33
        and n.latex in _CLOSES.get(opener.latex, (opener.latex,))
    ]
    return min(level, key=lambda n: n.box.x0, default=None)


def _cases(rows: Sequence[Sequence[Node]], read: ReadRow) -> str:
    gaps = column_gaps(rows, minimum=0.75)
    cells = [_cells(row, gaps[:1]) for row in rows]
    return "\\begin{cases}" + " \\\\ ".join(" & ".join(read(c) for c in row) for row in cells) + "\\end{cases}"


def _matrix(rows: Sequence[Sequence[Node]], left: str, right: str, read: ReadRow) -> str:
    gaps = column_gaps(rows)
    if not gaps and len(rows) == 2 and (left, right) == ("(", ")") and not _matrix_pitch(rows):
        return f"\\binom{{{read(rows[0])}}}{{{read(rows[1])}}}"
    body = " \\\\ ".join(" & ".join(read(cell) for cell in _cells(row, gaps)) for row in rows)
    name = _MATRICES.get((left, right))
    if name:
        return f"\\begin{{{name}}}{body}\\end{{{name}}}"
    return f"\\left{left}\\begin{{matrix}}{body}\\end{{matrix}}\\right{right} "


def _matrix_pitch(rows: Sequence[Sequence[Node]]) -> bool:
    """Whether two rows are a matrix's baseline skip apart (1.2 type sizes); binomials are set closer or wider."""
    (upper, size), (lower, _) = row_base(rows[0]), row_base(rows[1])
    return 1.16 < (lower - upper) / size < 1.31


def column_gaps(rows: Sequence[Sequence[Node]], minimum: float = _COLUMN_GAP) -> list[float]:
    """The x of the white corridors that run through all rows."""
    size = max(main_size(row) for row in rows)
    spans = sorted((n.box.x0, n.box.x1) for row in rows for n in row)
    gaps = []
    end = spans[0][1]
    for x0, x1 in spans:
        if x0 - end > minimum * size:
            gaps.append((x0 + end) / 2)
        end = max(end, x1)
    return gaps


def _cells(row: Sequence[Node], gaps: Sequence[float]) -> list[list[Node]]:
    cells: list[list[Node]] = [[] for _ in range(len(gaps) + 1)]
    for node in row:
        cells[sum(node.box.cx > gap for gap in gaps)].append(node)
    return cells


def stacked(rows: Sequence[Sequence[Node]], read: ReadRow) -> str:
    """Rows as a gathered or, where relations stand under each other, an aligned block."""
    relations = [_first_relation(row) for row in rows]
    places = [r.box.x0 for r in relations if r is not None]
    size = max(main_size(row) for row in rows)
    place = _common(places, _SAME_X * size)
    if place is None:
        return "\\begin{gathered}" + " \\\\ ".join(read(row) for row in rows) + "\\end{gathered}"
    lines = []
    for row in rows:
        left = [n for n in row if n.box.cx < place - _SAME_X * size]
        right = [n for n in row if n.box.cx >= place - _SAME_X * size]
        lines.append(f"{read(left)} &{read(right)}" if left else f"&{read(right)}")
    return "\\begin{aligned}" + " \\\\ ".join(lines) + "\\end{aligned}"


def _first_relation(row: Sequence[Node]) -> Node | None:
    base, size = row_base(row)
    relations = [n for n in row if n.kind in (Kind.REL, Kind.BIN) and level_of(n, base, size) == 0]
    true = [n for n in relations if n.kind is Kind.REL]
    return min(true or relations, key=lambda n: n.box.x0, default=None)


def _common(places: Sequence[float], slack: float) -> float | None:
    if len(places) < 2:
        return None
    best = max(places, key=lambda p: sum(abs(p - q) < slack for q in places))
    return best if sum(abs(best - q) < slack for q in places) >= 2 else None
