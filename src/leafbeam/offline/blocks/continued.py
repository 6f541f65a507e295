"""Lines at a page's edge that only go on with their column: no furniture, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.layer import Line

_ALIKE = 0.06  # of the type size
_ALIKE_ON_SCAN = 0.25
_SET_IN = 1.25  # type sizes between the left edges of two lines of a column
_STEPS = (0.85, 1.7)  # type sizes between two baselines of a column; closer lines are a stamp's
_EVEN = 0.2  # type sizes that two such steps may differ by
_LEAST, _LEAST_SMALL = 3, 5  # lines of such a column; of type smaller than the body's
_SMALL = 0.93


def going_on(lines: Sequence[Line], body: float, scanned: bool, top: bool) -> frozenset[int]:
    """The ids of the lines at whose inner side (below them at the top of a page, else above) their column goes on.

    A column is told by lines of one size and leading with one left edge or one axis. ``lines`` are the upright ones.
    """
    inner = {id(line): found for line in lines if (found := _neighbour(line, lines, scanned, top)) is not None}
    result = set()
    for line in lines:
        chain = [line]
        while len(chain) < _LEAST_SMALL and (found := inner.get(id(chain[-1]))) is not None:
            if len(chain) > 1 and abs(_step(chain[-1], found) - _step(chain[-2], chain[-1])) > _EVEN * line.size_pt:
                break
            chain.append(found)
        if len(chain) >= (_LEAST if line.size_pt >= _SMALL * body else _LEAST_SMALL):
            result.add(id(line))
    return frozenset(result)


def _neighbour(line: Line, lines: Sequence[Line], scanned: bool, top: bool) -> Line | None:
    """The next line inwards of the same column."""
    low, high = (part * line.size_pt for part in _STEPS)
    near = [other for other in lines if low <= (_down(line, other) if top else _down(other, line)) <= high]
    near = [other for other in near if other.box.x_overlap(line.box) > 0.5 * min(other.box.width, line.box.width)]
    fits = [other for other in near if _fits(line, other, scanned, top)]
    return min(fits, key=lambda other: _step(line, other)) if fits else None


def _fits(line: Line, other: Line, scanned: bool, top: bool) -> bool:
    size = min(line.size_pt, other.size_pt)
    alike = abs(line.size_pt - other.size_pt) <= (_ALIKE_ON_SCAN if scanned else _ALIKE) * size
    level = abs(line.box.x0 - other.box.x0) < _SET_IN * size or abs(line.box.cx - other.box.cx) < 0.3 * size
    full = not top or line.box.width > 0.8 * other.box.width  # a short line on top is a head
    return alike and level and full and (scanned or line.bold == other.bold)


def _down(upper: Line, lower: Line) -> float:
    return lower.baseline_pt - upper.baseline_pt


def _step(first: Line, second: Line) -> float:
    return abs(first.baseline_pt - second.baseline_pt)
