"""What stands above or below two columns and belongs to neither: titles, authors, the heading of what comes next."""

from __future__ import annotations

from dataclasses import replace

from leafbeam.layer import Line
from leafbeam.offline.blocks.columns import Cutter
from leafbeam.offline.blocks.content import Item
from leafbeam.offline.blocks.piles import Band, Pile, sides

_MIN_LINES = 2
_NARROW_STRIPE, _WIDE_STRIPE = 0.8, 1.8  # type sizes of white below a head: where it is set in, and anywhere
_HEAD_ROWS = 8  # lines side by side under a title: authors, senders


def without_tail(pile: Pile, band: Band, cutter: Cutter) -> Band:
    """The band without a heading at its foot that stands below both columns: it belongs to what spans them below."""
    left, right = sides(pile, band)
    if not left or not right or band.bottom >= float(pile.cy_N[-1]):
        return band
    last = max([*left, *right], key=lambda item: item.box.cy)
    others = [item for item in [*left, *right] if item is not last]
    heading = isinstance(last, Line) and (last.bold or last.size_pt > 1.1 * cutter.size)
    if not heading or len(others) < 2 or any(other.box.y1 > last.box.y0 + 0.3 * cutter.size for other in others):
        return band
    return Band(band.x, band.top, max(other.box.cy for other in others), band.score)


def without_heads(pile: Pile, band: Band, cutter: Cutter) -> Band | None:
    """The band without large lines on top that stand in the middle above all columns: a title shorter than a column."""
    left, right = sides(pile, band)
    everything = sorted([*left, *right], key=lambda item: item.box.y0)
    centre = (float(pile.x0_N.min()) + float(pile.x1_N.max())) / 2
    for place, item in enumerate(everything[:4]):
        rest = everything[place + 1 :]
        is_head = (
            isinstance(item, Line)
            and _is_larger(item, rest, cutter)
            and abs(item.box.cx - centre) < 2 * cutter.size
            and rest
            and all(other.box.y0 > item.box.y1 - 0.3 * item.size_pt for other in rest)
        )
        if not is_head:
            return band if place == 0 else Band(band.x, item.box.cy, band.bottom, band.score)
    return None


def _is_larger(item: Line, rest: list[Item], cutter: Cutter) -> bool:
    """True for large type, and for somewhat larger type that stands well apart. On scans sizes are guesses."""
    white = min((other.box.y0 for other in rest), default=item.box.y1) - item.box.y1
    return item.size_pt > 1.3 * cutter.size or (item.size_pt > 1.1 * cutter.size and white > cutter.size)


def without_pair(pile: Pile, band: Band, cutter: Cutter) -> Band:
    """The band without short lines on top that stand side by side and apart from the columns: authors, senders."""
    left, right = sides(pile, band)
    ordered = sorted([*left, *right], key=lambda item: item.box.y0)
    reached = -1e9
    for place, item in enumerate(ordered[: 2 * _HEAD_ROWS + 1]):
        white = item.box.y0 - reached if place else 0.0
        reached = max(reached, item.box.y1)
        if white <= _NARROW_STRIPE * cutter.size:
            continue
        head, rest = ordered[:place], ordered[place:]
        if not (white > _WIDE_STRIPE * cutter.size or _are_set_in(head, rest, band.x, cutter)):
            continue
        if _is_pair(head, rest, band.x):
            return replace(band, top=min(item.box.cy for item in rest))
        if white > _WIDE_STRIPE * cutter.size:
            return band
    return band


def _is_pair(head: list[Item], rest: list[Item], x: float) -> bool:
    """True for short lines on both sides, level with each other."""
    lines = [item for item in head if isinstance(item, Line)]
    if len(rest) < 2 * _MIN_LINES or len(lines) < len(head):
        return False
    halves = [[i for i in lines if i.box.cx < x], [i for i in lines if i.box.cx >= x]]
    both = [*head, *rest]
    sizes = [[i.box.width for i in both if (i.box.cx < x) == is_left] for is_left in (True, False)]
    short = all(
        half and max(i.box.width for i in half) < 0.7 * max(widths) for half, widths in zip(halves, sizes, strict=True)
    )
    level = sum(any(abs(a.baseline_pt - b.baseline_pt) < 0.3 * a.size_pt for b in halves[1]) for a in halves[0])
    return short and 2 * level >= min(len(half) for half in halves)


def _are_set_in(head: list[Item], rest: list[Item], x: float, cutter: Cutter) -> bool:
    """True when every line of the head begins well right of where the column below it begins."""
    for is_left in (True, False):
        edge = min((i.box.x0 for i in rest if (i.box.cx < x) == is_left), default=None)
        starts = [i.box.x0 for i in head if (i.box.cx < x) == is_left]
        if edge is None or not starts or min(starts) < edge + 1.5 * cutter.size:
            return False
    return True
