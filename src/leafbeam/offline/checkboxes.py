"""Check boxes and filled form fields as text: "☐", "☑" or "☒" in the line they stand beside, values as lines.

Boxes are squares seen on the page image beside a line of text. On a page with a text layer only its drawn squares and
its form fields are looked at; the image then tells what a square holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect, union
from leafbeam.layer import FormField, Line, PageLayer, Span
from leafbeam.offline.recognition.cleanup import ink_mask
from leafbeam.types import PageImage, WordOrigin

_SMALLEST, _LARGEST = 0.6, 1.5  # type sizes: the side of a box
_SQUARE = 1.22  # the longer side over the shorter
_CLOSED = 0.9  # of each side's length is inked
_NEAR = 2.5  # type sizes between a box and its word
_LEAST_PX = 9  # a smaller square cannot be told from a letter
_EMPTY, _FULL = 0.05, 0.8  # shares of the inside that are inked
_LOOKALIKES = "□☐☑☒⊠⊡⊞■▢☓口囗日田回区図网冈図图"  # what a recogniser makes of a box
_LETTERS = "OX0xo×"
_BOXED = frozenset("☐☑☒")
_CROSS_SIGN = re.compile("[⊠☒]")


class Mark(StrEnum):
    """What a box holds."""

    EMPTY = "☐"
    TICKED = "☑"
    CROSSED = "☒"


@dataclass(frozen=True, slots=True)
class CheckBox:
    """One box on the page, in points."""

    box: Rect
    mark: Mark


def with_checkboxes(lines: tuple[Line, ...], image: PageImage | None, layer: PageLayer | None) -> tuple[Line, ...]:
    """The lines with each box as a span in its line, and with the values of the layer's form fields as lines.

    Boxes are looked for only where ``image`` is given, which lies in the frame of the lines.
    """
    fields = layer.fields if layer is not None else ()
    result = _with_values(list(lines), fields)
    boxes = [_of_field(field, image) for field in fields if field.checked is not None]
    if image is not None:
        seen = _seen(result, image, layer)
        boxes += [box for box in seen if not any(box.box.intersection(other.box) > 0 for other in boxes)]
    for box in boxes:
        result = _placed(box, result)
    result = _with_stated(result)
    return tuple(sorted(result, key=lambda line: (line.box.y0, line.box.x0))) if layer is None else tuple(result)


def _with_stated(lines: list[Line]) -> list[Line]:
    """Boxes that a text layer states by other signs: where crossed ones are, the empty squares are boxes too."""
    if not any(_CROSS_SIGN.search(line.text) for line in lines):
        return lines
    return [_retold(line) if re.search("[⊠□]", line.text) else line for line in lines]


def _retold(line: Line) -> Line:
    spans = (replace(s, text=s.text.replace("⊠", "☒").replace("□", "☐"), latex=None) for s in line.spans)
    return replace(line, spans=tuple(spans), glyphs=())  # the glyphs would tell the old signs again


def _with_values(lines: list[Line], fields: Iterable[FormField]) -> list[Line]:
    """The values typed into fields as lines; what was recognised in a field's place is left out for its value."""
    for field in fields:
        if not field.text:
            continue
        rows = field.text.split("\n")
        lines = [x for x in lines if x.origin is not WordOrigin.DETECTOR or not field.box.contains(x.box.cx, x.box.cy)]
        height = field.box.height / len(rows)
        size = min(field.size_pt or 12.0, max(4.0, 0.8 * height))
        for index, row in enumerate(rows):
            if not row.strip():
                continue
            middle = field.box.y0 + (index + 0.5) * height
            right = min(field.box.x1, field.box.x0 + 0.5 * size * (len(row) + 1))
            box = Rect(field.box.x0, middle - 0.6 * size, right, middle + 0.6 * size)
            lines.append(Line((Span(row.strip(), box),), box, middle + 0.35 * size, size))
    return sorted(lines, key=lambda line: (line.baseline_pt, line.box.x0))


def _of_field(field: FormField, image: PageImage | None) -> CheckBox:
    mark = Mark.CROSSED if field.checked else Mark.EMPTY
    if field.checked and image is not None:
        ink_HW = _ink(image, field.box)
        inset = max(1, round(0.18 * min(ink_HW.shape)))
        inside_HW = ink_HW[inset:-inset, inset:-inset]
        if inside_HW.size and _is_tick(inside_HW):
            mark = Mark.TICKED
    return CheckBox(field.box, mark)


def _ink(image: PageImage, box: Rect) -> npt.NDArray[np.bool_]:
    scale = image.dpi / 72.0
    x0, y0 = max(0, round(box.x0 * scale)), max(0, round(box.y0 * scale))
    piece_HWC = image.pixels_HWC[y0 : max(y0 + 3, round(box.y1 * scale)), x0 : max(x0 + 3, round(box.x1 * scale))]
    if not piece_HWC.size:
        return np.zeros((3, 3), dtype=np.bool_)
    gray_HW = cv2.cvtColor(np.ascontiguousarray(piece_HWC), cv2.COLOR_RGB2GRAY)
    return np.asarray(gray_HW < 140, dtype=np.bool_)


def _seen(lines: Sequence[Line], image: PageImage, layer: PageLayer | None) -> list[CheckBox]:
    """The squares beside lines, once each; a text layer's own letters are none."""
    drawn = None
    if layer is not None:
        drawn = [shape.box for shape in layer.shapes if 4 < shape.box.width < 24 and 4 < shape.box.height < 24]
        if not drawn:
            return []
    ink_HW = ink_mask(cv2.cvtColor(image.pixels_HWC, cv2.COLOR_RGB2GRAY)).astype(np.uint8)
    found: list[CheckBox] = []
    for line in lines:
        if line.angle or not line.text.strip():
            continue
        zone = line.box.grown(_NEAR * line.size_pt, 0.35 * line.size_pt)
        if drawn is not None and not any(zone.intersection(box) > 0 for box in drawn):
            continue
        for box in _squares(ink_HW, zone, line.size_pt, image.dpi / 72.0):
            known = any(box.box.intersection(other.box) > 0 for other in found)
            if not known and (drawn is None or any(_same(box.box, other) for other in drawn)):
                found.append(box)
    return found


def _same(box: Rect, other: Rect) -> bool:
    return box.intersection(other) > 0.6 * max(box.area, other.area)


def _squares(ink_HW: npt.NDArray[np.uint8], zone: Rect, size: float, scale: float) -> list[CheckBox]:
    x0, y0 = max(0, round(zone.x0 * scale)), max(0, round(zone.y0 * scale))
    piece_HW = ink_HW[y0 : round(zone.y1 * scale), x0 : round(zone.x1 * scale)]
    if piece_HW.size == 0:
        return []
    _, labels_HW, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(piece_HW), None, None, 8)
    least, most = max(_LEAST_PX, _SMALLEST * size * scale), _LARGEST * size * scale
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    fits = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    fits &= np.maximum(wide, high) <= _SQUARE * np.minimum(wide, high)
    found = []
    for label in np.flatnonzero(fits).tolist():
        if label == 0:
            continue
        x, y, w, h = (int(v) for v in stats[label, :4])
        mark = _mark(labels_HW[y : y + h, x : x + w] == label, piece_HW[y : y + h, x : x + w] > 0)
        if mark is not None:
            left, top = x0 + x, y0 + y
            found.append(CheckBox(Rect(left / scale, top / scale, (left + w) / scale, (top + h) / scale), mark))
    return found


def _mark(mask_HW: npt.NDArray[np.bool_], ink_HW: npt.NDArray[np.bool_]) -> Mark | None:
    """What a framed square holds; None when it is not framed by four straight strokes or holds something else.

    ``mask_HW`` is the connected stroke, ``ink_HW`` all ink there: a mark inside need not touch its frame.
    """
    height, width = mask_HW.shape
    band = max(2, round(0.1 * min(height, width)))
    sides = (mask_HW[:band].any(0), mask_HW[-band:].any(0), mask_HW[:, :band].any(1), mask_HW[:, -band:].any(1))
    if min(float(side.mean()) for side in sides) < _CLOSED:
        return None
    corners = (mask_HW[:2, :2], mask_HW[:2, -2:], mask_HW[-2:, :2], mask_HW[-2:, -2:])
    if sum(bool(corner.any()) for corner in corners) < 4:
        return None
    inset = max(band + 1, round(0.2 * min(height, width)))
    inside_HW = ink_HW[inset:-inset, inset:-inset]
    if inside_HW.size < 9:
        return None
    share = float(inside_HW.mean())
    if share < _EMPTY:
        return Mark.EMPTY
    if share > _FULL:
        return None  # a bullet or a dark square
    if _is_cross(inside_HW):
        return Mark.CROSSED
    return Mark.TICKED if _is_tick(inside_HW) else None


def _is_cross(inside_HW: npt.NDArray[np.bool_]) -> bool:
    """Both diagonals inked, the middles of the sides free."""
    square_HW = _resampled(inside_HW)
    spots = np.arange(9)
    return bool(
        square_HW[spots, spots].mean() > 0.75
        and square_HW[spots, 8 - spots].mean() > 0.75
        and square_HW[[0, 4, 4, 8], [4, 0, 8, 4]].sum() <= 1
    )


def _is_tick(inside_HW: npt.NDArray[np.bool_]) -> bool:
    """Ink at the upper right and the lower middle, none at the upper left."""
    square_HW = _resampled(inside_HW)
    return bool(square_HW[:4, 6:].any() and square_HW[5:, 2:6].any() and square_HW[:3, :3].mean() < 0.15)


def _resampled(inside_HW: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    grid_HW = cv2.resize(inside_HW.astype(np.float32), (9, 9), interpolation=cv2.INTER_AREA)
    return np.asarray(grid_HW > 0.25, dtype=np.bool_)


def _placed(box: CheckBox, lines: list[Line]) -> list[Line]:
    """The lines with the box in the one it stands in, before or behind; unchanged where none is near."""
    level = [i for i, line in enumerate(lines) if not line.angle and line.box.y0 <= box.box.cy <= line.box.y1]
    best = min(level, key=lambda i: _distance(box.box, lines[i]), default=None)
    if best is None or _distance(box.box, lines[best]) > _NEAR * lines[best].size_pt:
        return lines
    line = _with_box(lines[best], box)
    return lines if line is None else [*lines[:best], line, *lines[best + 1 :]]


def _distance(box: Rect, line: Line) -> float:
    """The gap in points; a box before its text is nearer than one behind it."""
    gap = -box.x_overlap(line.box)
    return max(0.0, gap if box.cx < line.box.cx else gap + 0.6 * line.size_pt)


def _with_box(line: Line, box: CheckBox) -> Line | None:
    """The line with the box in its place; None when the text there says that it is a letter."""
    spans = list(line.spans)
    place = len(spans)
    for index, span in enumerate(spans):
        if box.box.x_overlap(span.box) > 0.5 * box.box.width:
            text = _without_box(span, box)
            if text is None:
                return None
            if text:
                left = max(span.box.x0, min(box.box.x1, span.box.x1))
                spans[index] = replace(span, text=text, box=span.box._replace(x0=left))
            else:
                del spans[index]
            place = index
            break
        if span.box.cx > box.box.cx:
            place = index
            break
    if place and not spans[place - 1].text.endswith(" "):
        spans[place - 1] = replace(spans[place - 1], text=spans[place - 1].text + " ")
    spans.insert(place, Span(box.mark.value + (" " if place < len(spans) else ""), box.box))
    return replace(line, spans=tuple(spans), box=union((line.box, box.box)))


def _without_box(span: Span, box: CheckBox) -> str | None:
    """The span's text without what the box was read as; None for a letter of a word or a box that the text has."""
    text = span.text
    first = text.strip()[:1]
    if first in _BOXED or not first:
        return None
    starts = box.box.cx < span.box.x0 + 1.2 * box.box.width
    if not starts:
        return None
    rest = text.lstrip()[1:]
    if first in _LOOKALIKES:
        is_han_word = first > "⿿" and box.mark is Mark.EMPTY and rest[:1] > "⿿"
        return None if is_han_word else rest.lstrip()
    if text.strip() in ("[]", "[x]", "[X]", "[ ]"):
        return ""
    if first in _LETTERS and (not rest.strip() or rest[0].isupper()):
        return rest.lstrip()
    return None if len(text.strip()) == 1 else text
