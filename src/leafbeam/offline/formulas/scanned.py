"""The display formulas of a scanned page, read from their pixels where that is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from leafbeam.geometry import Rect
from leafbeam.layer import Line
from leafbeam.offline.formulas.components import Piece
from leafbeam.offline.formulas.display import Display
from leafbeam.offline.formulas.pixels import ZOOM, Pixels, ScanFormula, read_within
from leafbeam.offline.models import Models
from leafbeam.types import PageImage

_REACH = 0.55  # ems: pieces of one formula are nearer than this to the rest of it
_MARGIN = 3.0  # ems around the words seen in which pieces are looked for
_LEAST, _MEAN = 0.5, 0.9  # how sure a formula's symbols must be
_FEWEST = 5  # symbols: a piece of a formula says less than its crop
_ODD = re.compile(
    r"\{\}[_^](?!\{\d)"
    r"|[_^]\{ ?(?:[=<>,.'+!]|\\(?:Left|Right|left|right|to|le|ge|cdot|approx|equiv|sim|substack)(?![a-z]))"
    r"|[.,=] ?[_^]|\\(?:bar|hat|dot|tilde|overline)\{(?:[=,.<>]|\\(?:le|ge|to))|\\surd|\\iota|gathered|\\binom"
)  # what wrong readings of symbols make, and formulas hardly have
_NUMBER = re.compile(r"^\s*[(（]\s*[A-Z]{0,2}\.?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?\s*[)）]\s*$")


def read_displays(
    displays: Sequence[Display], lines: Sequence[Line], used: frozenset[int], image: PageImage, models: Models
) -> tuple[Display, ...]:
    """The displays, with LaTeX where the pixels could be read; ``used`` are the lines that they consume."""
    if not displays:
        return ()
    sizes = [line.size_pt for i, line in enumerate(lines) if i not in used and len(line.text) > 20]
    size = median(sizes or [line.size_pt for line in lines])
    others = [line.box for i, line in enumerate(lines) if i not in used or _NUMBER.match(line.text)]
    gray_HW = cv2.cvtColor(image.pixels_HWC, cv2.COLOR_RGB2GRAY)
    scan = _Scan(np.asarray(gray_HW, np.uint8), image.dpi / 72, size, others)
    return tuple(_read(display, scan, models) for display in displays)


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """A grey page with its scale in px per point, its type size in points, and the boxes of its other lines."""

    gray_HW: Pixels
    scale: float
    size: float
    others: Sequence[Rect]


def _read(display: Display, scan: _Scan, models: Models) -> Display:
    scale, size = scan.scale, scan.size
    area = display.box.grown(_MARGIN * size, 1.2 * size)
    x0, y0 = max(0, int(area.x0 * scale)), max(0, int(area.y0 * scale))
    crop_HW = scan.gray_HW[y0 : int(area.y1 * scale) + 1, x0 : int(area.x1 * scale) + 1]

    def on_page(box: Rect) -> Rect:
        zoomed = scale * ZOOM
        return Rect(*(v / zoomed + start / scale for v, start in zip(box, (x0, y0, x0, y0), strict=True)))

    def chosen(pieces: Sequence[Piece]) -> list[Piece]:
        return _own(pieces, [on_page(p.box) for p in pieces], display.box, scan.others, size)

    found = read_within(crop_HW, scale, size, models, chosen)
    if not is_sure(found) or found.latex is None:
        return display
    return replace(display, latex=_without_number(found.latex, display.number))


def _without_number(latex: str, number: str | None) -> str:
    """The formula without its equation number, which stands behind a wide space."""
    if number is None:
        return latex
    return re.sub(r"\\q?quad ?\(" + re.escape(number) + r"\)[.,]?$", "", latex).strip()


def is_sure(found: ScanFormula) -> bool:
    """Whether a formula was read well enough to be published."""
    if found.latex is None or found.symbols < _FEWEST or found.least < _LEAST or found.mean < _MEAN:
        return False
    return _ODD.search(found.latex) is None


def _own(
    pieces: Sequence[Piece], boxes: Sequence[Rect], core: Rect, others: Sequence[Rect], size: float
) -> list[Piece]:
    """The pieces of the formula: those in its words' box, and what lies close to them and in no other line."""
    free = [k for k, box in enumerate(boxes) if not any(o.contains(box.cx, box.cy) for o in others)]
    kept = {k for k in free if core.grown(0.1 * size, 0.1 * size).contains(boxes[k].cx, boxes[k].cy)}
    grown = bool(kept)
    while grown:
        near = {
            k
            for k in free
            if k not in kept
            and any(
                boxes[k].x_overlap(boxes[i]) > -_REACH * size and boxes[k].y_overlap(boxes[i]) > -0.3 * size
                for i in kept
            )
        }
        kept |= near
        grown = bool(near)
    return [pieces[k] for k in sorted(kept)]
