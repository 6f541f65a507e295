"""Replacement text (PDF 32000-1, 14.9.4): the clusters of Indic, Thai and Arabic scripts in the PDFs of browsers.

Several text objects draw what one ``ActualText`` says: a syllable of a base, vowels and marks. PDFium gives the text to
the first object alone, cut into slices of its box, and once more wherever another object comes between two of them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import NamedTuple

from leafbeam.geometry import Rect, union
from leafbeam.textlayer import native
from leafbeam.textlayer.frame import Frame
from leafbeam.textlayer.objects import TextPlace

_KEY = ctypes.create_string_buffer(b"ActualText")
_KEY_AT = ctypes.addressof(_KEY)
_BESIDE, _OVER = 0.3, 1.0  # of the higher box: so far apart in height stand the objects of a cluster, not two lines
_NEAR = 0.3  # of the cluster's height: where its first object starts at the latest


class Places(NamedTuple):
    """Where each character of the text page stands on the screen page; the origin is a rectangle without extent."""

    ink: list[Rect]
    loose: list[Rect]
    origin: list[Rect]


def one_cluster_each(
    rows: list[tuple[int, int, int]], texts: Mapping[int, TextPlace], frame: Frame, places: Places
) -> list[tuple[int, int, int]]:
    """The rows without repeated replacement texts; the places of the others become those of all their objects."""
    groups: dict[int, list[int]] = {}
    mark_of: dict[int, int] = {}
    for owner in texts:
        mark = _replacing_mark(owner)
        if mark:
            mark_of[owner] = mark
            groups.setdefault(mark, []).append(owner)
    boxes = {
        mark: box
        for mark, owners in groups.items()
        if len(owners) > 1 and (box := _whole(owners, texts, frame)) is not None
    }
    if not boxes:
        return rows
    told: dict[int, int] = {}  # the object that gives a mark's text
    kept: list[tuple[int, int, int]] = []
    for i, code, owner in rows:
        mark = mark_of.get(owner, 0)
        box = boxes.get(mark)
        if box is None:
            kept.append((i, code, owner))
        elif told.setdefault(mark, owner) == owner:
            kept.append((i, code, owner))
            x, y = places.origin[i][0], places.origin[i][1]
            if x > box.x0 + _NEAR * box.height:
                x = box.x0
            places.ink[i] = places.loose[i] = box
            places.origin[i] = Rect(x, y, x, y)
    return kept


def _replacing_mark(text_object: int) -> int:
    """The address of the innermost mark with replacement text around the object; 0 for none."""
    for i in reversed(range(native.object_mark_count(text_object))):
        mark = native.object_mark(text_object, i)
        if mark and native.mark_has(mark, _KEY_AT):
            return mark
    return 0


def _whole(owners: list[int], texts: Mapping[int, TextPlace], frame: Frame) -> Rect | None:
    """The box around the objects; None when they stand on several lines."""
    floats = (ctypes.c_float * 4)()
    base = ctypes.addressof(floats)
    boxes = []
    for owner in owners:
        native.object_bounds(owner, base, base + 4, base + 8, base + 12)
        boxes.append(frame.rect(*texts[owner].form.bounds(*floats)))
    lines = [box for box in boxes if box.height > 0]
    first = lines[0] if lines else None
    if first is None:
        return None
    for box in lines[1:]:
        apart = max(box.y0, first.y0) - min(box.y1, first.y1)
        over = min(box.x1, first.x1) >= max(box.x0, first.x0)
        if apart > (_OVER if over else _BESIDE) * max(box.height, first.height):
            return None
    return union(lines)
