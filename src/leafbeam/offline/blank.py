"""Is a page image blank? Paper texture, show-through, specks and dust at the border are; one page number is not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.cleanup import Pixels, background

_WORK_SIDE = 1400  # px: text of 6 pt on A4 is then still some 6 px high
_INK = 0.72  # of the paper's grey level: show-through and stains stay above this
_CORE = 0.55  # every mark of ink has some pixel this dark
_MARGIN = 0.02  # of the side: shadows of the sheet's edge and punched holes touch it
_MIN_HEIGHT = 0.0035  # of the long side: 3 pt on A4; dust is smaller
_RULE_ASPECT = 25.0


def is_blank(pixels_HWC: Pixels) -> bool:
    """True when nothing on the page was put there on purpose. Any resolution from about 72 dpi."""
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    long_side = max(gray_HW.shape)
    if long_side > _WORK_SIDE:
        scale = _WORK_SIDE / long_side
        gray_HW = cv2.resize(gray_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = gray_HW.shape
    paper_HW = cv2.resize(np.maximum(background(gray_HW), 32), (width, height), interpolation=cv2.INTER_LINEAR)
    if float(np.percentile(paper_HW, 10)) < 0.55 * float(np.percentile(paper_HW, 95)):
        return False  # large dark areas: a picture or a photo
    ratio_HW = gray_HW.astype(np.float32) / paper_HW
    count, labels_HW, stats, centres = cv2.connectedComponentsWithStats(
        (ratio_HW < _INK).astype(np.uint8), None, None, 8
    )
    if count == 1:
        return True
    darkest = np.ones(count, dtype=np.float32)
    np.minimum.at(darkest, labels_HW.ravel(), ratio_HW.ravel())
    marks = 0
    least = max(3.0, _MIN_HEIGHT * max(height, width))
    for index in range(1, count):
        left, top, wide, high, area = (int(v) for v in stats[index][:5])
        x, y = (float(v) for v in centres[index])
        at_border = left <= 1 or top <= 1 or left + wide >= width - 1 or top + high >= height - 1
        near_border = not (_MARGIN < x / width < 1 - _MARGIN and _MARGIN < y / height < 1 - _MARGIN)
        if at_border or near_border or darkest[index] > _CORE:
            continue
        if max(wide, high) < least or (high < least and wide < _RULE_ASPECT * high and wide < 4 * least):
            continue
        if area < 0.08 * wide * high and min(wide, high) > 3 * least:
            continue  # a scratch or a hair: long, thin and slanting
        marks += 1
        if marks >= 2 or area > 40 * least * least:
            return False
        alone = index
    if marks == 0:
        return True
    return not _looks_printed(stats[alone], least)


def _looks_printed(stat: npt.NDArray[np.int32], least: float) -> bool:
    """A single mark counts when it is as tall and as full as a digit: "7" alone can be a page number."""
    wide, high, area = int(stat[2]), int(stat[3]), int(stat[4])
    return high >= 2 * least and area >= 0.15 * wide * high
