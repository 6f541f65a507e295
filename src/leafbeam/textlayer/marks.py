"""Vowel signs and accents that are glyphs of their own: which letter they belong to."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from leafbeam.layer import Glyph
from leafbeam.textlayer.bidi import is_right_to_left

_REACH = 1.5  # of the type size: a mark stands nearer to the letter it was stated after
_SAME = 0.02  # of the type size: origins this close are one


class Item(NamedTuple):
    """One glyph of a line with its script level (+1, 0, -1) and its sorting key (place, rank, position)."""

    glyph: Glyph
    script: int
    key: tuple[float, int, int]


def is_mark(glyph: Glyph) -> bool:
    """True for a glyph that is only a combining character: an accent, a vowel sign."""
    return not glyph.text.isascii() and unicodedata.category(glyph.text[0])[0] == "M"


def in_place(items: Sequence[Item]) -> list[Item]:
    """The glyphs of a line, left to right, marks right of their letters, or left of them in right-to-left scripts."""
    ordered = sorted(items, key=lambda item: item.key)
    if all(item.glyph.text.isascii() for item in ordered):
        return ordered
    rtl = any(is_right_to_left(item.glyph.text) for item in ordered)
    marks = [item for item in ordered if is_mark(item.glyph)]
    letters = [item for item in ordered if not is_mark(item.glyph)]
    if rtl:
        letters = _by_ink(letters)
    bases = [item for item in letters if not item.glyph.text.isspace()]
    if not marks or not bases:
        return letters if rtl and bases else ordered
    before = {item.glyph.order: item for item in ordered}
    of: dict[int, list[Item]] = {}
    for mark in sorted(marks, key=lambda item: item.glyph.order):
        base = _under(mark, bases) if rtl else _stated_before(mark, before)
        if base is not None:
            of.setdefault(id(base), []).append(mark)
    held = {id(mark) for group in of.values() for mark in group}
    result: list[Item] = []
    for item in letters if rtl else [item for item in ordered if id(item) not in held]:
        own = of.get(id(item), [])
        result.extend([*reversed(own), item] if rtl else [item, *own])
    return result


def clusters(items: Sequence[Item]) -> list[tuple[int, int]]:
    """The half-open ranges of letters with their marks, which ``in_place`` has put beside them."""
    rtl = any(is_right_to_left(item.glyph.text) for item in items)
    groups: list[tuple[int, int]] = []
    for i, item in enumerate(items):
        joins = i > 0 and is_mark(items[i - 1].glyph if rtl else item.glyph)
        if joins:
            groups[-1] = (groups[-1][0], i + 1)
        else:
            groups.append((i, i + 1))
    return groups


def _under(mark: Item, bases: Sequence[Item]) -> Item:
    """The letter that the mark stands over or under."""
    ink = mark.glyph.ink
    return max(bases, key=lambda item: (item.glyph.ink.x_overlap(ink), -abs(item.glyph.ink.cx - ink.cx)))


def _stated_before(mark: Item, by_order: dict[int, Item]) -> Item | None:
    """The letter that the content states before the mark, when it stands near; None leaves the mark where it is."""
    for back in range(1, 5):
        item = by_order.get(mark.glyph.order - back)
        if item is None or item.glyph.text.isspace():
            return None
        if not is_mark(item.glyph):
            near = abs(item.glyph.x_origin_pt - mark.glyph.x_origin_pt) < _REACH * item.glyph.size_pt
            return item if near else None
    return None


def _by_ink(letters: list[Item]) -> list[Item]:
    """Letters of one origin, the lam and alef of one ligature, ordered by their ink."""
    out = list(letters)
    for i in range(len(out) - 1):
        a, b = out[i].glyph, out[i + 1].glyph
        same = abs(a.x_origin_pt - b.x_origin_pt) < _SAME * max(a.size_pt, 1.0)
        if same and is_right_to_left(a.text) and is_right_to_left(b.text) and a.ink.cx > b.ink.cx:
            out[i], out[i + 1] = out[i + 1], out[i]
    return out
