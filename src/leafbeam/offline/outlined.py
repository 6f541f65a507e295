"""Lines of type that a page draws as outlines, recognised and put among the lines of its text layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.models import Models
from leafbeam.offline.recognition.ocr import read_lines
from leafbeam.types import PageImage

_MARGIN_PT = 6.0  # around the rows: the detector wants some paper
_MIN_SCORE = 0.8  # parts of drawings that look like type score less
_MIN_LETTERS = 2
_COVERED = 0.5  # of a line or a shape: lies in what was recognised
_RULE = 1.2  # of the type size: shorter rulings in a line are strokes of its letters


def with_outlined(
    lines: tuple[Line, ...], layer: PageLayer, rows: Sequence[Rect], image: PageImage, models: Models
) -> tuple[tuple[Line, ...], PageLayer]:
    """The lines with those that the drawn ``rows`` read, and the layer without the graphics that draw them.

    Recognition sees only the part of ``image`` that holds the rows. A line of the layer inside a recognised one, such
    as a lone sign that stayed text, is read anew with it.
    """
    if not rows:
        return lines, layer
    area = union(rows).grown(_MARGIN_PT, _MARGIN_PT)
    part, dx, dy = _part(image, area)
    known = tuple(models.hints)
    within = tuple(_shifted(row, -dx, -dy).grown(1.0, 0.0) for row in rows)
    read = [_moved(line, dx, dy) for line in read_lines(part, models, within=within)]
    models.hints[:] = known  # what cannot be read there is a drawing
    found = [line for line in read if _is_type(line, rows, lines)]
    boxes = [line.box for line in found]
    kept = [line for line in lines if not any(_share(line.box, box.grown(1.0, 2.0)) > 0.8 for box in boxes)]
    shapes = tuple(s for s in layer.shapes if s.plain or sum(_share(s.box, box) for box in boxes) < _COVERED)
    rulings = tuple(r for r in layer.rulings if not any(_is_stroke(r.box, line) for line in found))
    return (*kept, *found), dataclasses.replace(layer, shapes=shapes, rulings=rulings)


def _part(image: PageImage, area: Rect) -> tuple[PageImage, float, float]:
    """The part of the image that shows ``area``, and where it begins, in points."""
    scale = image.dpi / 72.0
    height, width = image.pixels_HWC.shape[:2]
    x0, y0 = max(0, int(area.x0 * scale)), max(0, int(area.y0 * scale))
    x1, y1 = min(width, round(area.x1 * scale) + 1), min(height, round(area.y1 * scale) + 1)
    pixels_HWC = np.ascontiguousarray(image.pixels_HWC[y0:y1, x0:x1])
    return dataclasses.replace(image, pixels_HWC=pixels_HWC), x0 / scale, y0 / scale


def _moved(line: Line, dx: float, dy: float) -> Line:
    spans = tuple(dataclasses.replace(span, box=_shifted(span.box, dx, dy)) for span in line.spans)
    return dataclasses.replace(line, spans=spans, box=_shifted(line.box, dx, dy), baseline_pt=line.baseline_pt + dy)


def _shifted(box: Rect, dx: float, dy: float) -> Rect:
    return Rect(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)


def _is_type(line: Line, rows: Sequence[Rect], lines: Sequence[Line]) -> bool:
    """Whether a recognised line reads well, lies on the rows, and tells more than the layer's lines on its place."""
    letters = sum(char.isalnum() for char in line.text)
    if line.score < _MIN_SCORE or letters < _MIN_LETTERS:
        return False
    if sum(_share(line.box, row.grown(2.0, 2.0)) for row in rows) < _COVERED:
        return False
    stated = sum(len(other.text.strip()) for other in lines if _share(other.box, line.box) > _COVERED)
    return stated < _COVERED * len(line.text.strip())


def _is_stroke(ruling: Rect, line: Line) -> bool:
    side = max(ruling.width, ruling.height)
    return side <= _RULE * line.size_pt and line.box.grown(1.0, 1.0).contains(ruling.cx, ruling.cy)


def _share(part: Rect, whole: Rect) -> float:
    """The share of ``part`` that lies in ``whole``; of a flat part, whether its middle does."""
    if part.area <= 0:
        return float(whole.contains(part.cx, part.cy))
    return part.intersection(whole) / part.area
