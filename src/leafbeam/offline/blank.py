"""Is a page image blank? Paper texture, show-through, specks and dust at the border are; one page number is not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.cleanup import Pixels, background, without_specks
from leafbeam.offline.recognition.sheet import find_sheet, flatten

Floats = npt.NDArray[np.float32]

_WORK_SIDE = 1400  # px: text of 6 pt on A4 is then still some 6 px high
_INK = 0.72  # of the paper's grey level: show-through and stains stay above this
_CORE = 0.55  # every mark of ink has some pixel this dark
_MARGIN = 0.02  # of the side: shadows of the sheet's edge and punched holes touch it
_MIN_HEIGHT = 0.0035  # of the long side: 3 pt on A4; dust is smaller
_RULE_ASPECT = 25.0
_GLANCE_SIDE = 770  # px, about: a whole number of pixels becomes one, which is many times faster
_MANY_LETTERS = 300
_FAINT = 0.06  # of the paper's grey level: the least by which faint print differs from it
_NOISE = 4.0  # times the paper's own unevenness: the same
_FAINT_LETTERS = 25  # fewer are not told from stains
_SHARP = 0.4  # steepest step between neighbouring pixels per depth: print on this side 0.42 and more, show-through 0.37


def is_blank(pixels_HWC: Pixels) -> bool:
    """True when nothing on the page was put there on purpose. Any resolution from about 72 dpi."""
    if _is_full_of_letters(pixels_HWC):
        return False
    corners_42 = find_sheet(pixels_HWC)
    if corners_42 is not None:  # the dark around a sheet says nothing about the sheet
        pixels_HWC = flatten(pixels_HWC, corners_42)
    gray_HW = cv2.cvtColor(without_specks(pixels_HWC), cv2.COLOR_RGB2GRAY)
    long_side = max(gray_HW.shape)
    if long_side > _WORK_SIDE:
        scale = _WORK_SIDE / long_side
        gray_HW = cv2.resize(gray_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = gray_HW.shape
    paper_HW = cv2.resize(np.maximum(background(gray_HW), 32), (width, height), interpolation=cv2.INTER_LINEAR)
    if float(np.percentile(paper_HW, 10)) < 0.55 * float(np.percentile(paper_HW, 95)):
        return False  # large dark areas: a picture or a photo
    ratio_HW = gray_HW.astype(np.float32) / paper_HW
    return not _has_ink(ratio_HW) and not _has_faint_print(ratio_HW)


def _is_full_of_letters(pixels_HWC: Pixels) -> bool:
    """True for hundreds of dark marks of the shapes of letters: most pages need no closer look."""
    scale = 1 / max(1, round(max(pixels_HWC.shape) / _GLANCE_SIDE))
    small_HWC = cv2.resize(pixels_HWC, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    gray_HW = cv2.cvtColor(small_HWC, cv2.COLOR_RGB2GRAY)
    height, width = gray_HW.shape
    paper_HW = cv2.resize(background(gray_HW), (width, height), interpolation=cv2.INTER_LINEAR)
    core_HW = (gray_HW < _CORE * np.maximum(paper_HW, 64)).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(core_HW, None, None, 8)
    wide, high, area = (stats[1:, column] for column in (2, 3, 4))
    least = _MIN_HEIGHT * max(height, width)
    letters = (high >= least) & (high <= 8 * least) & (wide >= 0.2 * high) & (wide <= 2.5 * high)
    letters &= area >= 0.15 * wide * high
    return int(letters.sum()) >= _MANY_LETTERS


def _has_ink(ratio_HW: Floats) -> bool:
    """True for marks as dark as ink, at least two of them or one that looks printed. Values are grey levels / paper."""
    height, width = ratio_HW.shape
    count, labels_HW, stats, centres = cv2.connectedComponentsWithStats(
        (ratio_HW < _INK).astype(np.uint8), None, None, 8
    )
    if count == 1:
        return False
    has_core = np.bincount(labels_HW[ratio_HW <= _CORE], minlength=count) > 0
    marks = 0
    least = max(3.0, _MIN_HEIGHT * max(height, width))
    for index in range(1, count):
        left, top, wide, high, area = (int(v) for v in stats[index][:5])
        x, y = (float(v) for v in centres[index])
        at_border = left <= 1 or top <= 1 or left + wide >= width - 1 or top + high >= height - 1
        near_border = not (_MARGIN < x / width < 1 - _MARGIN and _MARGIN < y / height < 1 - _MARGIN)
        if at_border or near_border or not has_core[index]:
            continue
        if max(wide, high) < least or (high < least and wide < _RULE_ASPECT * high and wide < 4 * least):
            continue
        if area < 0.08 * wide * high and min(wide, high) > 3 * least:
            continue  # a scratch or a hair: long, thin and slanting
        marks += 1
        if marks >= 2 or area > 40 * least * least:
            return True
        alone = index
    return marks > 0 and _looks_printed(stats[alone], least)


def _has_faint_print(ratio_HW: Floats) -> bool:
    """True for many letter-like marks with sharp edges, however pale: show-through is blurred by the paper."""
    unevenness = 1.48 * float(np.median(np.abs(ratio_HW - cv2.medianBlur(ratio_HW, 5))))
    faint_HW = (ratio_HW < 1 - max(_FAINT, _NOISE * unevenness)).astype(np.uint8)
    count, labels_HW, stats, _ = cv2.connectedComponentsWithStats(faint_HW, None, None, 8)
    least = max(3.0, _MIN_HEIGHT * max(ratio_HW.shape))
    wide, high, area = (stats[:, column].astype(np.float32) for column in (2, 3, 4))
    letters = (high >= least) & (high <= 12 * least) & (wide >= 0.2 * high) & (wide <= 3 * high)
    letters &= area >= 0.15 * wide * high
    letters[0] = False
    if int(letters.sum()) < _FAINT_LETTERS:
        return False
    step_HW = np.zeros_like(ratio_HW)
    step_HW[:, 1:-1] = np.abs(ratio_HW[:, 2:] - ratio_HW[:, :-2]) / 2
    step_HW[1:-1] = np.maximum(step_HW[1:-1], np.abs(ratio_HW[2:] - ratio_HW[:-2]) / 2)
    darkest, steepest = np.ones(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    np.minimum.at(darkest, labels_HW.ravel(), ratio_HW.ravel())
    np.maximum.at(steepest, labels_HW.ravel(), step_HW.ravel())
    return float(np.median(steepest[letters] / (1 - darkest[letters]))) >= _SHARP


def _looks_printed(stat: npt.NDArray[np.int32], least: float) -> bool:
    """A single mark counts when it is as tall and as full as a digit: "7" alone can be a page number."""
    wide, high, area = int(stat[2]), int(stat[3]), int(stat[4])
    return high >= 2 * least and area >= 0.15 * wide * high
