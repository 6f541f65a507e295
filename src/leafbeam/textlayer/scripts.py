"""Runs that stand off the baseline and belong into a line: super- and subscripts, note marks, sunk letters of logos."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.layer import Glyph
from leafbeam.textlayer.runs import Run
from leafbeam.textlayer.words import Item

# All lengths are in units of the type size of the line.
_SIZE = 0.9  # a script is smaller than this against its base
_SHIFT = (0.08, 0.8)  # and moved by this much
_GAP = 0.35  # and this close
_LONGEST = 8.0
_MARK_GAP = 1.9  # a note's mark may stand this far before its text
_MARKS = frozenset("0123456789*∗†‡§¶#")
_SUNK = 0.45  # a letter of the line's own size may stand this far off the baseline inside a word
_LOGO = {"A": "a", "E": "e", "Ǝ": "e"}  # the displaced letters of the TeX logos, as their names are written


def attach_scripts(runs: Sequence[Run]) -> list[Run]:
    """The runs that stand on baselines of their own, each with the runs that belong to it in ``scripts``."""
    ordered = sorted(runs, key=lambda r: r.baseline)
    baselines = [r.baseline for r in ordered]
    largest = max((r.size for r in runs), default=0.0)
    children: set[int] = set()
    for run in sorted(runs, key=lambda r: (r.x0, -r.size)):
        reach = _SHIFT[1] * min(largest, 3 * run.size)
        band = ordered[bisect_left(baselines, run.baseline - reach) : bisect_right(baselines, run.baseline + reach)]
        left, right = run.x0 - _MARK_GAP * largest, run.x1 + _MARK_GAP * largest
        near = [o for o in band if o.x0 <= right and o.x1 >= left and o is not run]
        near = [o for o in near if abs(o.baseline - run.baseline) < _SHIFT[1] * o.size]
        if all(abs(o.baseline - run.baseline) < _SHIFT[0] * o.size for o in near):
            continue
        host, sign = _word_around(run, near), 0
        if host is not None:
            run.glyphs = [_logo_letter(g, near) for g in run.glyphs]
        else:
            host, sign = _host(run, near)
        if host is None:
            continue
        host.scripts.append((run, sign))
        host.x0, host.x1 = min(host.x0, run.x0), max(host.x1, run.x1)
        children.add(id(run))
    return [r for r in runs if id(r) not in children]


def items_of(run: Run, script: int = 0, anchor: float | None = None) -> list[Item]:
    """The run's glyphs with their script level; attached runs are placed as wholes where they start."""
    items = [
        Item(glyph, script, (glyph.x_origin_pt, 0, i) if anchor is None else (anchor, 1, i))
        for i, glyph in enumerate(run.glyphs)
    ]
    for rank, (child, sign) in enumerate(run.scripts):
        inner = items_of(child, script or sign, child.x0 if anchor is None else anchor)
        items.extend(Item(it.glyph, it.script, (it.key[0], 1 + rank, it.key[2])) for it in inner)
    return items


def _host(run: Run, near: Sequence[Run]) -> tuple[Run | None, int]:
    """The larger run that ``run`` is a script of, and the direction: adjacent, moved by less than the type size."""
    best: Run | None = None
    best_distance = 1e9
    is_mark = all(g.text in _MARKS for g in run.glyphs)
    for other in near:
        if run.size >= _SIZE * other.size or other.size > 3 * run.size or run.box.width > _LONGEST * other.size:
            continue
        shift = (other.baseline - run.baseline) / other.size
        if not _SHIFT[0] < abs(shift) < _SHIFT[1]:
            continue
        after, before = run.x0 - other.x1, other.x0 - run.x1
        before_limit = _MARK_GAP if is_mark and shift > 0 else _GAP
        if after > _GAP * other.size or before > before_limit * other.size or _collides(run, other):
            continue
        distance = max(after, before, 0.0) + abs(shift) * other.size
        if run.x0 < other.box.x0:  # before its base: only when there is no base on its left
            distance += other.size
        if distance < best_distance:
            best, best_distance = other, distance
    if best is None:
        return None, 0
    return best, 1 if run.baseline < best.baseline else -1


def _collides(run: Run, other: Run) -> bool:
    """True when the run stands above or below glyphs of the other: a limit or a neighbouring line, not a script."""
    if run.x0 >= other.x1 - 0.3 * other.size or run.x1 <= other.x0 + 0.3 * other.size:
        return False
    return any(g.ink.x_overlap(run.box) > 0.3 * run.size for g in other.glyphs if not g.text.isspace())


def _word_around(run: Run, near: Sequence[Run]) -> Run | None:
    """The run on the left of a letter that is kerned into a word off its baseline: the A and E of LaTeX.

    Sunk, it has the word's size and touches its neighbours; raised, both neighbours overlap it, unlike a superscript.
    """
    if len(run.glyphs) != 1 or not run.glyphs[0].text.isalpha():
        return None
    for left, right in itertools.product(near, near):
        size = left.size
        if left is right or abs(left.baseline - right.baseline) > 0.05 * size or abs(right.size - size) > 0.05 * size:
            continue
        a, b = left.glyphs[-1], right.glyphs[0]
        if not (a.text.isalpha() and b.text.isalpha() and a.ink.x0 < run.box.x0 and b.ink.x1 > run.box.x1):
            continue
        sunk = (run.baseline - left.baseline) / size
        gaps = ((run.box.x0 - a.ink.x1) / size, (b.ink.x0 - run.box.x1) / size)
        touches = _SHIFT[0] < sunk < _SUNK and abs(run.size / size - 1) < 0.3 and all(-0.45 < g < 0.12 for g in gaps)
        overlapped = -_SUNK < sunk < -_SHIFT[0] and gaps[0] < -0.1 and gaps[1] < -0.05
        if touches or overlapped:
            return left
    return None


def _logo_letter(glyph: Glyph, near: Sequence[Run]) -> Glyph:
    """The letter as the names of the TeX family are written in plain text."""
    letters = {g.text for run in near for g in (run.glyphs[0], run.glyphs[-1])}
    if glyph.text in _LOGO and letters & {"T", "X"}:
        return replace(glyph, text=_LOGO[glyph.text])
    return glyph
