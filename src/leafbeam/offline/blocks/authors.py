"""Authors side by side below a title: each one's lines, set about an axis of their own, are one text of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from leafbeam.offline.blocks.content import PlacedBlock
from leafbeam.offline.blocks.paragraphs import Group

_APART = 1.2  # type sizes of white that end a pile
_ROWS, _CHARS = 8, 60  # at most, in a pile and in a row of one
_TITLE = 1.15  # of the pile's type
_HEIGHT = 0.5  # of the page: authors stand above it

Stretch = list[Group | PlacedBlock]


def with_piles(stretches: Sequence[Stretch], page_height_pt: float) -> list[Stretch]:
    """The zones' groups, those of one author in one: short centred lines, level with others beside them.

    Only below larger type in the upper half of the page: elsewhere a bold line over others is their heading.
    """
    runs = [_runs(stretch) for stretch in stretches]
    titles = [item for stretch in stretches for item in stretch if isinstance(item, Group)]
    found = [
        (place, run)
        for place, parts in enumerate(runs)
        for run in parts
        if _is_pile(run) and run[0].box.y0 < _HEIGHT * page_height_pt and _has_title(run, titles)
    ]
    joined: dict[int, Group] = {}
    gone: set[int] = set()
    for place, run in found:
        if any(other != place and _are_level(run, peer) for other, peer in found):
            rows = tuple(row for group in run for row in group.rows)
            joined[id(run[0])] = replace(run[0], rows=rows, after=run[-1].after, pile=True)
            gone |= {id(group) for group in run[1:]}
    return [[_joined(item, joined) for item in stretch if id(item) not in gone] for stretch in stretches]


def _joined(item: Group | PlacedBlock, joined: dict[int, Group]) -> Group | PlacedBlock:
    return joined.get(id(item), item)


def _runs(stretch: Stretch) -> list[list[Group]]:
    """Groups that follow each other with little white between them."""
    runs: list[list[Group]] = []
    last: Group | PlacedBlock | None = None
    for item in stretch:
        if isinstance(item, Group):
            if runs and isinstance(last, Group) and item.box.y0 - last.box.y1 < _APART * item.size_pt:
                runs[-1].append(item)
            else:
                runs.append([item])
        last = item
    return runs


def _is_pile(run: Sequence[Group]) -> bool:
    rows = [row for group in run for row in group.rows]
    if not 1 < len(rows) <= _ROWS or any(len(row.text) > _CHARS or row.text[-1:] in ".-:" for row in rows):
        return False
    axis = median(row.box.cx for row in rows)
    centred = all(abs(row.box.cx - axis) < 0.6 * row.size_pt for row in rows)
    return centred and not any(group.entry for group in run)


def _has_title(run: Sequence[Group], groups: Sequence[Group]) -> bool:
    size = max(group.size_pt for group in run)
    return any(group.size_pt > _TITLE * size and group.box.y1 < run[0].box.y0 + size for group in groups)


def _are_level(run: Sequence[Group], other: Sequence[Group]) -> bool:
    first, second = run[0].rows[0], other[0].rows[0]
    level = abs(first.baseline_pt - second.baseline_pt) < 0.6 * max(first.size_pt, second.size_pt)
    return level and abs(first.box.cx - second.box.cx) > 0.5 * (first.box.width + second.box.width)
