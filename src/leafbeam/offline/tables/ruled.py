"""Boxes of ruled tables: groups of horizontal and vertical lines that touch."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling
from leafbeam.offline.tables.records import Frag
from leafbeam.offline.tables.words import is_numeric, visual_rows

_TOUCH_PT = 3.5
_HEADS_EM = 1.2  # from the baseline of heads to the ruling below them


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


def with_heads_above(box: Rect, frags: Sequence[Frag], prose: set[int]) -> Rect:
    """The box, grown by a line of column heads that stands right above its upper ruling, level with its columns."""
    near = [f for f in frags if box.y0 - _HEADS_EM * f.size_pt < f.baseline_pt < box.y0 + 1 and f.box.x1 > box.x0]
    rows = visual_rows(f for f in near if f.box.x0 < box.x1)
    if not rows or len(rows[-1].frags) < 2:
        return box
    heads = rows[-1].frags
    inside = [f.box for f in frags if box.contains(f.box.cx, f.box.cy)]
    for head in heads:
        if id(head) in prose or is_numeric(head.text) or len(head.tokens) > 4:
            return box
        edges = [min(abs(head.box.x0 - b.x0), abs(head.box.x1 - b.x1), abs(head.box.cx - b.cx)) for b in inside]
        if sum(edge < 0.4 * head.size_pt for edge in edges) < 2:
            return box
    return Rect(box.x0, min(f.box.y0 for f in heads) - 1, box.x1, box.y1)
