"""Scans that still lean a little: a table of short words gives the straightening of the page little to measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Line
from leafbeam.offline.tables.records import FoundTable, TablePage

Floats = npt.NDArray[np.float64]
_LEAST_LINES = 20
_MOST_SLOPE = 0.045  # about 2.6 degrees
_STEP = 0.0015
_LEAST_SLOPE = 0.005
_LEAST_GAIN = 1.4
# Dimensions: L lines, B bins of a point.


def slope_of(page: TablePage) -> float:
    """How far the lines of text fall for each point to the right; 0 unless they clearly line up better that way."""
    lines = [line for line in page.lines if line.angle == 0 and line.text.strip()]
    if len(lines) < _LEAST_LINES:
        return 0.0
    x_L = np.array([line.box.cx for line in lines])
    y_L = np.array([line.box.cy for line in lines])
    size_pt = float(np.median([line.size_pt for line in lines]))
    slopes = np.arange(-_MOST_SLOPE, _MOST_SLOPE + _STEP / 2, _STEP)
    scores = [_sharpness(y_L - slope * x_L, size_pt) for slope in slopes]
    best = int(np.argmax(scores))
    slope = float(slopes[best])
    gain = scores[best] / max(1e-9, _sharpness(y_L, size_pt))
    return slope if abs(slope) >= _LEAST_SLOPE and gain >= _LEAST_GAIN else 0.0


def _sharpness(y_L: Floats, size_pt: float) -> float:
    """How many lines share a height: the sum of squares of a histogram with bins of a fifth of the type size."""
    bins_L = np.floor((y_L - y_L.min()) / (0.2 * size_pt)).astype(np.int64)
    counts_B = np.bincount(bins_L).astype(np.float64)
    counts_B = counts_B + np.concatenate((counts_B[1:], [0.0]))  # a line on the border of two bins counts for both
    return float((counts_B**2).sum())


def levelled(page: TablePage, slope: float) -> TablePage:
    """The page with its lines and rulings turned level about its top left corner; widths and heights stay."""
    rulings = tuple(replace(r, box=_moved(r.box, slope)) for r in page.rulings)
    return replace(page, lines=tuple(_line(line, slope) for line in page.lines), rulings=rulings)


def leaned(found: FoundTable, slope: float) -> FoundTable:
    """The table with its box where it stands on the page that leans."""
    return replace(found, box=_moved(found.box, -slope))


def _moved(box: Rect, slope: float) -> Rect:
    dx, dy = slope * box.cy, -slope * box.cx
    return Rect(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)


def _line(line: Line, slope: float) -> Line:
    box = _moved(line.box, slope)
    dx, dy = box.x0 - line.box.x0, box.y0 - line.box.y0
    spans = tuple(replace(s, box=Rect(s.box.x0 + dx, s.box.y0 + dy, s.box.x1 + dx, s.box.y1 + dy)) for s in line.spans)
    return replace(line, spans=spans, box=box, baseline_pt=line.baseline_pt + dy)
