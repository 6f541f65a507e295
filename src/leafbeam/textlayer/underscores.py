"""Underscores that TeX draws as rules, because its old text fonts have none, as characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, Ruling

_WIDTH_PT = (1.5, 12.0)
_THICK_PT = 1.2
_MOST = 200  # a page with more short rules has dashed lines or drawings
# In type sizes: the width of the rule, how far it lies below the baseline, how close letters stand.
_WIDTH, _BELOW, _CLOSE = (0.2, 0.6), (-0.02, 0.2), 0.12


def with_underscores(
    glyphs: Sequence[Glyph], rulings: Sequence[Ruling]
) -> tuple[tuple[Glyph, ...], tuple[Ruling, ...]]:
    """The glyphs with an underscore for each short rule between two characters of a word, and the other rulings."""
    short = [
        r for r in rulings if r.horizontal and _WIDTH_PT[0] < r.box.width < _WIDTH_PT[1] and r.box.height < _THICK_PT
    ]
    if not 0 < len(short) <= _MOST:
        return tuple(glyphs), tuple(rulings)
    after: dict[int, Glyph] = {}
    used: set[int] = set()
    for i, (left, right) in enumerate(pairwise(glyphs)):
        if not (left.text[-1].isalnum() and right.text[0].isalnum()) or left.angle or right.angle:
            continue
        rule = next((r for r in short if id(r) not in used and _between(left, r.box, right)), None)
        if rule is not None:
            used.add(id(rule))
            box = Rect(rule.box.x0, left.box.y0, rule.box.x1, left.box.y1)
            after[i] = replace(left, text="_", code=ord("_"), box=box, ink=rule.box, x_origin_pt=rule.box.x0)
    if not after:
        return tuple(glyphs), tuple(rulings)
    found = (g for i, glyph in enumerate(glyphs) for g in ((glyph, after[i]) if i in after else (glyph,)))
    return tuple(found), tuple(r for r in rulings if id(r) not in used)


def _between(left: Glyph, rule: Rect, right: Glyph) -> bool:
    size = max(left.size_pt, 0.1)
    return (
        abs(left.baseline_pt - right.baseline_pt) < 0.02 * size
        and _BELOW[0] < (rule.cy - left.baseline_pt) / size < _BELOW[1]
        and _WIDTH[0] < rule.width / size < _WIDTH[1]
        and abs(rule.x0 - left.box.x1) < _CLOSE * size
        and abs(right.x_origin_pt - rule.x1) < _CLOSE * size
    )
