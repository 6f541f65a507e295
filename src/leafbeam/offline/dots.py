"""List bullets on scans: dots and dashes left of lines, which a detector of text takes for specks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.types import PageImage, WordOrigin

_FAR, _NEAR = 4.0, 0.2  # type sizes left of a line that are looked at
_DOT, _DASH = (0.14, 0.7), (0.2, 1.0)  # type sizes: a dot's width and height, a dash's width
_THIN = 0.22  # type sizes: a dash's height, at most
_FILLED = 0.6  # of its box is inked
_INK = 0.65  # of the paper's grey level
_ALIKE = 0.4  # type sizes and share of the width by which the marks of one list differ, at most
_SOLID = 0.72  # of its box is inked: a dot that was detected with its line, since letters are not
_FELLOWS = 2  # such dots in other columns make one of an outer list
_SQUARES = "■▪●•"  # what such a dot is read as, when it is
_MARKS = "•◦●○■□☐☑☒-–—·*"


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int
    sign: str
    box: Rect
    inside: bool = False  # in the line's box, where recognition left it out
    read: int = 0  # characters of the line's text that it was read as


def with_dots(lines: Sequence[Line], image: PageImage) -> tuple[Line, ...]:
    """The recognised lines with the dots and dashes before them, or at their very beginning, as "•" and "-".

    ``image`` lies in the frame of the lines. A mark counts where another stands in its column: one alone is a speck.
    Inside their lines' boxes two alike count wherever they stand.
    """
    gray_HW = cv2.cvtColor(np.ascontiguousarray(image.pixels_HWC), cv2.COLOR_RGB2GRAY)
    scale = image.dpi / 72.0
    found = [
        mark
        for index in range(len(lines))
        if (mark := _before(index, lines, gray_HW, scale) or _within(index, lines[index], gray_HW, scale)) is not None
    ]
    result = list(lines)
    for mark in found:
        kin = [other for other in found if _is_kin(mark, other, lines[mark.line].size_pt)]
        fellows = [other for other in found if mark.inside and other.inside and _is_alike(mark, other)]
        if kin or len(fellows) >= _FELLOWS:
            line = lines[mark.line]
            if mark.inside:
                result[mark.line] = _marked(line, mark)
                continue
            x1 = line.box.x0 - 0.1 * line.size_pt  # close by: a wide gap would part them as columns
            box = mark.box._replace(x0=x1 - 0.7 * line.size_pt, x1=x1)
            span = Span(f"{mark.sign} ", box)
            result[mark.line] = replace(line, spans=(span, *line.spans), box=union((line.box, box)))
    return tuple(result)


def _before(index: int, lines: Sequence[Line], gray_HW: npt.NDArray[np.uint8], scale: float) -> _Mark | None:
    line = lines[index]
    size, box = line.size_pt, line.box
    if line.angle or line.origin is not WordOrigin.DETECTOR or not line.text.strip() or line.text.strip()[0] in _MARKS:
        return None
    edge = box.x0 - (_FAR + 0.5) * size
    beside = (other.box for other in lines if other is not line and other.box.y_overlap(box) > 0.2 * box.height)
    if any(other.x0 < box.x0 and other.x1 > edge for other in beside):
        return None
    x0, x1 = max(0, round((box.x0 - _FAR * size) * scale)), round((box.x0 - _NEAR * size) * scale)
    y0, y1 = max(0, round(box.y0 * scale)), round(box.y1 * scale)
    window_HW = gray_HW[y0:y1, x0 : max(x0, x1)]
    if min(window_HW.shape) < 4:
        return None
    ink_HW = (window_HW < _INK * float(np.percentile(window_HW, 90))).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=8, ltype=cv2.CV_32S)
    parts = [part for part in stats[1:].tolist() if part[4] > 0.008 * (size * scale) ** 2]
    if len(parts) != 1:
        return None
    x, y, width, height, area = parts[0]
    rows, columns = ink_HW.shape
    sign = _sign(width / (size * scale), height / (size * scale))
    apart = y > 0 and y + height < rows and x + width < columns and 0.25 < (y + height / 2) / rows < 0.8
    if not sign or not apart or area < _FILLED * width * height:
        return None
    left, top = (x0 + x) / scale, (y0 + y) / scale
    return _Mark(index, sign, Rect(left, top, left + width / scale, top + height / scale))


def _within(index: int, line: Line, gray_HW: npt.NDArray[np.uint8], scale: float) -> _Mark | None:
    """The dot at the beginning of a line's box, apart from what follows it: text that recognition began behind it."""
    size, box, text = line.size_pt, line.box, line.text.strip()
    if line.angle or line.origin is not WordOrigin.DETECTOR or not text:
        return None
    read = len(text) - len(text.lstrip(_SQUARES).lstrip()) if text[0] in _SQUARES else 0
    if not read and not text[0].isalnum():
        return None
    x0, x1 = max(0, round((box.x0 - 0.2 * size) * scale)), round((box.x0 + 2.5 * size) * scale)
    y0, y1 = max(0, round(box.y0 * scale)), round(box.y1 * scale)
    window_HW = gray_HW[y0:y1, x0:x1]
    if min(window_HW.shape) < 4:
        return None
    ink_HW = (window_HW < _INK * float(np.percentile(window_HW, 90))).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=8, ltype=cv2.CV_32S)
    parts = sorted(part for part in stats[1:].tolist() if part[4] > 0.008 * (size * scale) ** 2)
    if len(parts) < 2:
        return None
    (x, y, width, height, area), behind = parts[0], parts[1]
    level = 0.25 < (y + height / 2) / ink_HW.shape[0] < 0.8
    apart = behind[0] - (x + width) > 0.25 * size * scale and 0 < x < 0.6 * size * scale
    if _sign(width / (size * scale), height / (size * scale)) != "•" or not level or not apart:
        return None
    if area < _SOLID * width * height:
        return None
    left, top = (x0 + x) / scale, (y0 + y) / scale
    return _Mark(index, "•", Rect(left, top, left + width / scale, top + height / scale), inside=True, read=read)


def _marked(line: Line, mark: _Mark) -> Line:
    """The line with the dot in its box before its text, what the dot was read as cut off."""
    spans = list(line.spans)
    while spans and not spans[0].text.strip():
        spans.pop(0)
    text = spans[0].text.lstrip()[mark.read :]
    return replace(line, spans=(Span("• ", mark.box), replace(spans[0], text=text), *spans[1:]))


def _sign(width: float, height: float) -> str:
    """What a mark of this width and height, in type sizes, is written as; empty for none."""
    least, most = _DOT
    if least < min(width, height) and max(width, height) < most and max(width, height) < 1.4 * min(width, height):
        return "•"
    least, most = _DASH
    return "-" if least < width < most and height < _THIN and width > 1.8 * height else ""


def _is_kin(mark: _Mark, other: _Mark, size: float) -> bool:
    return abs(mark.box.x0 - other.box.x0) < _ALIKE * size and _is_alike(mark, other)


def _is_alike(mark: _Mark, other: _Mark) -> bool:
    alike = abs(mark.box.width - other.box.width) < _ALIKE * mark.box.width
    return other is not mark and mark.sign == other.sign and alike
