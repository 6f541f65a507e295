"""Which columns belong to which of the names that stand side by side over them, with no rulings between."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from leafbeam.offline.tables.columns import Column

_OFF_EM = 1.2  # of a name from the middle of its columns


def shared(columns: Sequence[Column], centres: Mapping[int, float], em: float) -> list[int]:
    """The last column of each name's share but the last one's, so that every name stands about its share's middle.

    ``centres`` gives the middle x of the name that stands in a column. Empty with fewer than two names, or when they
    cannot share all columns out between them.
    """
    names = sorted(centres)
    if len(names) < 2:
        return []
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}  # first free column: sum of distances, ends so far
    for name, after in itertools.zip_longest(names, names[1:], fillvalue=None):
        assert name is not None
        grown: dict[int, tuple[float, list[int]]] = {}
        stop = len(columns) if after is None else after
        for first, (cost, ends) in best.items():
            for end in range(len(columns) if after is None else name + 1, stop + 1):
                off = _off(columns[first:end], centres[name])
                if first <= name and off < _OFF_EM * em and cost + off < grown.get(end, (1e9, []))[0]:
                    grown[end] = (cost + off, [*ends, end - 1])
        best = grown
    found = best.get(len(columns))
    return found[1][:-1] if found else []


def _off(columns: Sequence[Column], x: float) -> float:
    """How far x is from the middle of the columns: of their text, or of the space that they take."""
    ink = (columns[0].ink0 + columns[-1].ink1) / 2
    return min(abs(ink - x), abs((columns[0].x0 + columns[-1].x1) / 2 - x))


__all__ = ["shared"]
