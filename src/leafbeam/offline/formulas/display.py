"""Displayed formulas: which lines form one, its number, its LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph, Line
from leafbeam.offline.formulas.latex import latex_of
from leafbeam.offline.formulas.symbols import Kind, Token
from leafbeam.offline.formulas.view import LineView, ink_of, is_maths_letter

_NUMBER = re.compile(r"^\(\s*([A-Z]{0,3}\.?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?[′']?|[IVX]{1,4}|\*{1,3}|†)\s*\)$")
_NUMBER_TAIL = re.compile(r"\(\s*([A-Z]{0,3}\.?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?)\s*\)$")
_LABEL = re.compile(r"^\s*([•‣◦▪–*]|\(?(\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.):])\s")
_MARK = re.compile(r"^([•‣◦▪–*]|\(?(\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.):])$")  # of a list item or a line of code
_SAYING = re.compile(r"^\s*(i\.\s?e\.|e\.\s?g\.|cf\.|viz\.)")  # running text
_NEAR = 0.55  # pieces of one display are at most this far apart vertically, in type sizes
_PITCH = 1.9  # the lines of one display are at most this far apart; two displays never as close
_INDENT = 0.8


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula. ``latex`` None: not understood, to be shown as a crop; ``text`` is its plain reading.

    ``number`` is the equation number without parentheses, when it has one.
    """

    box: Rect
    latex: str | None
    number: str | None
    text: str


def find_displays(
    views: Sequence[LineView], bars: Sequence[Rect], tables: Sequence[Rect]
) -> tuple[list[Display], set[int]]:
    """The displays of a page and the indexes of the lines that they consume."""
    prose = [i for i, v in enumerate(views) if is_prose(v)]
    core = [
        i
        for i, v in enumerate(views)
        if i not in set(prose) and _is_core(v, views, prose, bars) and not _in_table(v, tables)
    ]
    taken: set[int] = set()
    displays: list[Display] = []
    for group in _clusters(core, views, prose, bars):
        members = _with_fragments(group, views, set(prose), taken, bars)
        cluster = [views[i] for i in members]
        if not _worth(cluster, bars):
            continue
        numbers = _number_lines(members, views, taken)
        for share in _shares(members, numbers, views):
            number = share.number
            displays.append(
                _display([views[i] for i in share.members], None if number is None else views[number], bars)
            )
        taken.update(members, numbers)
    return displays, taken


def is_prose(view: LineView) -> bool:
    """True for running text, with or without inline formulas."""
    total = max(1, len(view.glyphs))
    return (
        view.words >= 3 or view.prose > 0.5 * total or (view.words >= 1 and view.prose > 0.3 * total) or not view.glyphs
    )


def _in_table(view: LineView, tables: Sequence[Rect]) -> bool:
    return any(table.contains(view.box.cx, view.box.cy) for table in tables)


def _is_core(view: LineView, views: Sequence[LineView], prose: Sequence[int], bars: Sequence[Rect]) -> bool:
    """True for a line of mathematics that stands alone: no running text on its level in its column, and set in."""
    if view.line.mono or (view.maths == 0 and not any(_relates(t) for t in view.tokens)):
        return False
    if view.maths == 0 and view.prose:
        return False
    if _NUMBER.match(view.line.text.strip()):
        return False
    if _LABEL.match(view.line.text) or _SAYING.match(view.line.text) or _flush(view, views, prose) or _is_note(view):
        return False
    around = view.box.grown(0.0, view.size)
    if any(_is_inline(bar, views[i]) for bar in bars if _on_bar(view, (bar,), around, view.size) for i in prose):
        return False
    fences = _fences([view])
    for other in views:
        beside = other.line.baseline_pt - view.line.baseline_pt
        near = abs(beside) < 0.1 * view.size and 0 < view.box.x0 - other.box.x1 < 4 * view.size
        if near and _MARK.match(other.line.text.strip()):
            return False
    for i in prose:
        other = views[i]
        if any(f.y0 < other.box.cy < f.y1 and other.box.x0 > f.x0 for f in fences):
            continue
        level = min(view.box.y1, other.line.baseline_pt) - max(view.box.y0, other.line.baseline_pt - 0.6 * other.size)
        beside = view.box.x_overlap(other.box) > -2.5 * other.size
        if level > 0.15 * other.size and beside:
            return False
    return True


def _relates(token: Token) -> bool:
    """True for what makes a formula of letters and numbers; a colon stands in references and times of day too."""
    return token.kind is Kind.BIG or (token.kind is Kind.REL and token.char != ":")


def _is_inline(bar: Rect, host: LineView) -> bool:
    """Whether a fraction bar stands in a line of prose or right at its end, on the axis."""
    size = host.size
    return abs(host.line.baseline_pt - 0.25 * size - bar.cy) < 0.2 * size and (
        host.box.x0 < bar.x0 < host.box.x1 + 0.6 * size
    )


def _is_note(view: LineView) -> bool:
    """True for a line that starts with a raised number: a footnote."""
    first = view.glyphs[0]
    return view.tokens[0].kind is Kind.DIGIT and view.line.baseline_pt - first.baseline_pt > 0.15 * view.size


def _flush(view: LineView, views: Sequence[LineView], prose: Sequence[int]) -> bool:
    """True for a line that continues a paragraph: at the column's left edge, at the paragraph's line distance."""
    column = _column(view.box, views, prose)
    if column is None or view.box.x0 > column.x0 + _INDENT * view.size or view.box.height > 1.8 * view.size:
        return False
    for i in prose:
        other = views[i]
        gap = abs(other.line.baseline_pt - view.line.baseline_pt)
        if other.box.x_overlap(view.box) > 0 and 0.5 * view.size < gap < 1.6 * view.size:
            return True
    return False


def _column(box: Rect, views: Sequence[LineView], prose: Sequence[int]) -> Rect | None:
    """The extent of the running text around a place: what the nearest prose lines above and below span."""
    near = [views[i] for i in prose if views[i].box.x_overlap(box) > 0.3 * min(box.width, views[i].box.width)]
    near.sort(key=lambda v: abs(v.box.cy - box.cy))
    lines = [v.box for v in near[:6] if abs(v.box.cy - box.cy) < 30 * v.size]
    return union(lines) if lines else None


def _clusters(
    core: Sequence[int], views: Sequence[LineView], prose: Sequence[int], bars: Sequence[Rect]
) -> list[list[int]]:
    """Core lines that touch, or are joined by a bar, within one column."""
    groups: list[tuple[list[int], Rect]] = []
    for i in sorted(core, key=lambda k: views[k].box.y0):
        view = views[i]
        merged, box = [i], view.box
        keep = []
        for members, extent in groups:
            size = max(view.size, *(views[k].size for k in members))
            gap = -extent.y_overlap(box)
            pitch = min(abs(view.line.baseline_pt - views[k].line.baseline_pt) for k in members)
            near = gap < _NEAR * size or (pitch < _PITCH * size and gap < size)
            if near and _same_column(extent, box, views, prose, size):
                merged = [*members, *merged]
                box = union([extent, box])
            else:
                keep.append((members, extent))
        groups = [*keep, (merged, box)]
    return [members for members, _ in groups]


def _same_column(a: Rect, b: Rect, views: Sequence[LineView], prose: Sequence[int], size: float) -> bool:
    if a.x_overlap(b) > -1.0 * size:
        return True
    column = _column(a, views, prose)
    return column is not None and column.x0 - size < b.cx < column.x1 + size


def _with_fragments(
    group: list[int], views: Sequence[LineView], prose: set[int], taken: set[int], bars: Sequence[Rect]
) -> list[int]:
    """The group with the small pieces beside and between its lines: limits, numerators, words, case conditions."""
    members = list(group)
    column = _column(union(views[i].box for i in members), views, sorted(prose))
    grown = True
    while grown:
        grown = False
        box = union(views[i].box for i in members)
        size = max(views[i].size for i in members)
        fence = _fences([views[i] for i in members])
        for i, view in enumerate(views):
            if i in members or i in taken or not view.glyphs or _is_note(view) or _NUMBER.match(view.line.text.strip()):
                continue
            small = i not in prose or (view.words <= 2 and len(view.glyphs) < 14)
            piece = view.size < 0.85 * size or (view.prose == 0 and _on_bar(view, bars, box, size))
            near = box.y_overlap(view.box) > (-0.35 * size if piece else 0.3 * view.box.height)
            inside = view.box.x_overlap(box) > (-2.6 * size if box.y_overlap(view.box) > 0.3 * view.box.height else 0.0)
            if i not in prose and _starts_left(view, box, column):
                continue
            if (small and near and inside) or any(
                f.contains(f.cx, view.box.cy) and 0 <= view.box.x0 - f.x0 < 12 * size for f in fence
            ):
                members.append(i)
                grown = True
                break
    return members


def _starts_left(view: LineView, box: Rect, column: Rect | None) -> bool:
    """Whether a line starts at the column's edge where the display does not: a note, or text of its own."""
    if column is None or box.x0 < column.x0 + 2 * view.size:
        return False
    return view.box.x0 < column.x0 + 1.2 * view.size


def _on_bar(view: LineView, bars: Sequence[Rect], box: Rect, size: float) -> bool:
    """Whether the line stands right over or under a bar of the display."""
    return any(
        bar.x0 - size < view.box.cx < bar.x1 + size
        and box.y0 - 0.3 * size < bar.cy < box.y1 + 0.3 * size
        and -0.1 * size < max(view.box.y0 - bar.y1, bar.y0 - view.box.y1) < 0.7 * size
        for bar in bars
    )


def _fences(views: Sequence[LineView]) -> list[Rect]:
    """The extents of left braces and the like that stand over more than one line."""
    parts = [
        g.ink
        for v in views
        for g, t in zip(v.glyphs, v.tokens, strict=True)
        if t.char and t.char in "⎧⎨⎩⎪{" and (t.kind is Kind.PART or g.ink.height > 1.6 * g.size_pt)
    ]
    result: list[Rect] = []
    for part in sorted(parts, key=lambda r: r.y0):
        if result and part.x_overlap(result[-1]) > 0 and part.y0 - result[-1].y1 < part.height:
            result[-1] = union([result[-1], part])
        else:
            result.append(part)
    return result


def _worth(cluster: Sequence[LineView], bars: Sequence[Rect]) -> bool:
    """False for stray symbols: a display says something, an operator or a relation and an operand."""
    tokens = [t for v in cluster for t in v.tokens]
    kinds = {t.kind for t in tokens}
    sure = sum(v.maths for v in cluster)
    said = kinds & {Kind.REL, Kind.BIN, Kind.BIG, Kind.ROOT, Kind.PART} or (sure >= 2 and len(tokens) >= 3)
    strong = any(is_maths_letter(t) for t in tokens) or kinds & {Kind.REL, Kind.BIG, Kind.ROOT, Kind.PART}
    variable = any(t.kind in (Kind.ORD, Kind.WORD, Kind.DIGIT) for t in tokens)
    return bool(said and strong) and variable and len(tokens) >= 3


@dataclass(frozen=True, slots=True)
class _Share:
    """The lines of a display that one equation number stands for."""

    members: tuple[int, ...]
    number: int | None


def _shares(members: Sequence[int], numbers: Sequence[int], views: Sequence[LineView]) -> list[_Share]:
    """The display cut where each of its lines has a number of its own."""
    if len(numbers) < 2:
        return [_Share(tuple(members), numbers[0] if numbers else None)]
    shares: dict[int, list[int]] = {number: [] for number in numbers}
    for i in members:
        shares[min(numbers, key=lambda n: abs(views[n].box.cy - views[i].box.cy))].append(i)
    return [_Share(tuple(part), number) for number, part in shares.items() if part]


def _number_lines(members: Sequence[int], views: Sequence[LineView], taken: set[int]) -> list[int]:
    """The equation numbers on the display's level, in its margin."""
    box = union(views[i].box for i in members)
    found: list[tuple[float, int]] = []
    for i, view in enumerate(views):
        if i in members or i in taken or not _NUMBER.match(view.line.text.strip()):
            continue
        if not box.y0 - 0.3 * view.size < view.box.cy < box.y1 + 0.3 * view.size:
            continue
        gap = view.box.x0 - box.x1 if view.box.cx > box.cx else box.x0 - view.box.x1
        between = any(
            k not in members
            and k != i
            and v.box.y_overlap(view.box) > 0
            and min(box.x1, view.box.x1) - 1 < v.box.cx < max(box.x0, view.box.x0) + 1
            for k, v in enumerate(views)
        )
        if gap > 0 and not between:
            found.append((gap, i))
    if not found:
        return []
    nearest = views[min(found)[1]]
    return [i for _, i in found if abs(views[i].box.x1 - nearest.box.x1) < nearest.size]


def _display(cluster: Sequence[LineView], number: LineView | None, bars: Sequence[Rect]) -> Display:
    glyphs = [g for view in cluster for g in view.glyphs]
    label = _label(number.line) if number else None
    if number is None:
        glyphs, label = _cut_number(glyphs)
    box = ink_of(glyphs)
    inside = [b for b in bars if box.grown(2.0, 2.0).contains(b.cx, b.cy) and b.width <= box.width + 4.0]
    ordered = sorted(cluster, key=lambda v: (v.line.baseline_pt, v.box.x0))
    text = " ".join(view.line.text.strip() for view in ordered)
    return Display(union([box, *inside]), latex_of(glyphs, inside), label, text)


def _label(line: Line) -> str | None:
    match = _NUMBER.match(line.text.strip())
    return match.group(1).strip() if match else None


def _cut_number(glyphs: list[Glyph]) -> tuple[list[Glyph], str | None]:
    """An equation number set in one line with the formula: at its right end, after a wide gap."""
    ordered = sorted(glyphs, key=lambda g: g.x_origin_pt)
    tail = "".join(g.text for g in ordered[-12:])
    match = _NUMBER_TAIL.search(tail)
    if not match or len(ordered) <= len(match.group(0)):
        return glyphs, None
    count = len(match.group(0))
    label, rest = ordered[-count:], ordered[:-count]
    gap = label[0].ink.x0 - max(g.ink.x1 for g in rest)
    level = max(g.baseline_pt for g in label) - min(g.baseline_pt for g in label)
    if gap < 1.2 * label[0].size_pt or level > 0.1 * label[0].size_pt:
        return glyphs, None
    keep = {id(g) for g in label}
    return [g for g in glyphs if id(g) not in keep], match.group(1)
