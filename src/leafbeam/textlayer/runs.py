"""Glyphs to runs: pieces of one baseline and size whose glyphs follow each other without a wide gap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph

_SAME_BASELINE = 0.08  # of the type size: baselines closer than this are one
_SAME_SIZE = 0.12  # relative difference of type sizes of one run
_RUN_GAP, _RUN_GAP_MONO = 0.5, 0.75  # of the type size: a run never bridges more (a typewriter's space is 0.6)
_RUN_BACK = -0.6  # of the type size: how far a run may step back (kerning, accents)
# Fonts whose glyphs hang from the baseline or stand around the mathematical axis: their baseline says nothing.
_HANGING = re.compile(r"^(cmex|lmmathex|lmex|euex|(px|tx|new)\w*ex|mtex|mt2ex|esint|mnsymbole|fdsymbole)", re.I)
_AXIS = 0.25  # of the type size: height of the mathematical axis above the baseline (TeX fonts: 0.25 em)


@dataclass(slots=True)
class Run:
    """A run of glyphs (mutable while lines are made). ``baseline`` and ``size`` are in points.

    ``scripts`` are the super- and subscript runs attached to it; ``x1`` is its right end with them.
    """

    glyphs: list[Glyph]
    box: Rect
    baseline: float
    size: float
    mono: bool = False
    scripts: list[tuple[Run, int]] = field(default_factory=list)
    x0: float = 0.0
    x1: float = 0.0


def extent(glyphs: Sequence[Glyph]) -> Rect:
    """The extent of the glyphs' ink; of a glyph without ink, its loose box. At least one glyph."""
    boxes = [g.ink if g.ink[2] > g.ink[0] and g.ink[3] > g.ink[1] else g.box for g in glyphs]
    return Rect(min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


def is_hanging(glyph: Glyph) -> bool:
    """True for glyphs of mathematical extension fonts (large operators and delimiters)."""
    return glyph.font.symbolic and bool(_HANGING.match(glyph.font.name))


def make_runs(glyphs: Sequence[Glyph]) -> list[Run]:
    """Runs in content order. Spaces take part, but bridge no wider gap; a run of spaces only is dropped."""
    runs: list[list[Glyph]] = []
    last: Glyph | None = None  # the last glyph that is not a space, if the run has one
    for glyph in glyphs:
        blank = glyph.text == " "
        if runs and _continues(runs[-1][-1] if blank or last is None else last, glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
            last = None
        last = last if blank else glyph
    return [_run(members) for members in runs if any(not g.text.isspace() for g in members)]


def _continues(last: Glyph, glyph: Glyph) -> bool:
    size = max(last.size_pt, glyph.size_pt, 0.1)
    if is_hanging(last) or is_hanging(glyph):
        return False
    if abs(last.baseline_pt - glyph.baseline_pt) > _SAME_BASELINE * size:
        return False
    if abs(last.size_pt - glyph.size_pt) > _SAME_SIZE * size:
        return False
    gap = glyph.x_origin_pt - last.box.x1
    figures = last.text.isdigit() and glyph.text.isdigit()
    return _RUN_BACK * size <= gap <= (_RUN_GAP_MONO if last.font.mono and not figures else _RUN_GAP) * size


def _run(glyphs: list[Glyph]) -> Run:
    while glyphs and glyphs[-1].text.isspace():
        glyphs = glyphs[:-1]
    while glyphs and glyphs[0].text.isspace():
        glyphs = glyphs[1:]
    size = median(g.size_pt for g in glyphs)
    box = extent(glyphs)
    baseline = median(g.baseline_pt for g in glyphs)
    if is_hanging(glyphs[0]):
        baseline = box.cy + _AXIS * size
    x0 = min(min(g.x_origin_pt, g.ink.x0) for g in glyphs)
    x1 = max(max(g.box.x1, g.ink.x1) if g.box.x1 - g.ink.x1 < 0.5 * size else g.ink.x1 for g in glyphs)
    return Run(glyphs, box, baseline, size, glyphs[0].font.mono, x0=x0, x1=x1)
