"""Inline formulas that a line break cuts: joined again, in the first of the two lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from leafbeam.geometry import union
from leafbeam.layer import Line, Span
from leafbeam.offline.formulas.symbols import ends_open
from leafbeam.offline.formulas.valid import is_valid

Reread = Callable[[int], Line]  # the line at an index, read as the continuation of a formula

_PITCH = 1.9  # of the type size: the next line of a paragraph is no farther down
_MARGIN = 1.5  # of the type size: it starts this close to the left of some line above it


def join_cut_formulas(lines: Sequence[Line], reread: Reread) -> list[Line]:
    """``lines`` with every formula that ends in an operator joined with what the next line starts with.

    TeX breaks formulas only after relations and operators, so nothing else counts as cut. The joined formula stands in
    the first line; a next line that was nothing else is left out.
    """
    result: list[Line | None] = list(lines)
    for i, line in enumerate(lines):
        current = result[i]
        if current is None or not current.spans or not _is_cut(current.spans[-1]):
            continue
        following = _following(lines, i)
        if following is None or result[following] is not lines[following]:
            continue
        tail = reread(following)
        if not tail.spans or tail.spans[0].latex is None:
            continue
        latex = f"{current.spans[-1].latex} {tail.spans[0].latex}"
        if not is_valid(latex):
            continue
        joined = replace(current.spans[-1], latex=latex, text=f"{current.spans[-1].text} {tail.spans[0].text}")
        result[i] = replace(line, spans=(*current.spans[:-1], joined))
        result[following] = _without_first(tail)
    return [line for line in result if line is not None]


def _is_cut(span: Span) -> bool:
    return span.latex is not None and ends_open(span.latex)


def _following(lines: Sequence[Line], i: int) -> int | None:
    """The next line down in the same column."""
    line = lines[i]
    best: int | None = None
    for k, other in enumerate(lines):
        step = other.baseline_pt - line.baseline_pt
        if (
            not 0.5 * line.size_pt < step < _PITCH * line.size_pt
            or abs(other.size_pt - line.size_pt) > 0.1 * line.size_pt
        ):
            continue
        if other.box.x0 > line.box.x0 + _MARGIN * line.size_pt or other.box.x_overlap(line.box) <= 0:
            continue
        if best is None or other.baseline_pt < lines[best].baseline_pt:
            best = k
    return best


def _without_first(line: Line) -> Line | None:
    """The line without its leading formula."""
    rest = list(line.spans[1:])
    if rest and rest[0].latex is None:
        rest[0] = replace(rest[0], text=rest[0].text.lstrip())
    rest = [span for span in rest if span.text or span.latex]
    return replace(line, spans=tuple(rest), box=union(span.box for span in rest)) if rest else None
