"""Boxes of ruled tables: groups of horizontal and vertical lines that touch."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling

_TOUCH_PT = 3.5


def ruled_boxes(bars: Sequence[Ruling], posts: Sequence[Ruling]) -> list[Rect]:
    """The extents of the groups that could be a table; smaller ones first, lest a frame swallows its content."""
    items = [r.box for r in bars] + [r.box for r in posts]
    kinds = [True] * len(bars) + [False] * len(posts)
    parent = list(range(len(items)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    order = sorted(range(len(items)), key=lambda i: items[i].y0)
    for at, i in enumerate(order):
        reach = items[i].grown(_TOUCH_PT, _TOUCH_PT)
        for j in order[at + 1 :]:
            if items[j].y0 > reach.y1:
                break
            if items[j].x0 <= reach.x1 and items[j].x1 >= reach.x0:
                parent[root(i)] = root(j)
    groups: dict[int, list[int]] = {}
    for i in range(len(items)):
        groups.setdefault(root(i), []).append(i)
    boxes = []
    for members in groups.values():
        flat = sum(kinds[i] for i in members)
        tall = len(members) - flat
        box = union(items[i] for i in members)
        inner = [i for i in members if not kinds[i] and box.x0 + 5 < items[i].cx < box.x1 - 5]
        if (
            tall >= 1
            and flat >= 1
            and len(members) >= 3
            and (inner or flat >= 3)
            and max(items[i].width for i in members if kinds[i]) > 0.5 * box.width  # else boxes side by side
            and box.width > 40
            and box.height > 14
        ):
            boxes.append(box)
    return sorted(boxes, key=lambda b: b.area)
