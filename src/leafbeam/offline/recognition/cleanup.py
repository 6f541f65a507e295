"""Page pixels made easy to read: the paper made white, the ink told from it. Nothing here changes the size."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_BACKGROUND_SIDE = 256  # px of the long side at which the paper is modelled: coarse enough that lines of text vanish
_CLEAN_PAPER = 238  # grey level that nearly all of a clean page's background reaches
_CLEAN_SHARE = 0.9
_SPECK_PX = 4  # a mark of this many pixels or fewer is no letter, at any resolution that can be read
_SPECKS_PER_MEGAPIXEL = 300
_SPECK_SHARE = 0.5  # of all marks: a page of dots leading to page numbers has fewer
_GRAIN = 4.0  # grey levels: a quarter of a grainy page's pixels differ more than this from their neighbours' median


def background(gray_HW: Pixels) -> Pixels:
    """The paper's grey level per pixel, at the size of a small model of the page (long side 256 px).

    Ink is thinner than the closing's kernel and vanishes in it; pictures stay as dark "paper".
    """
    height, width = gray_HW.shape
    scale = min(1.0, _BACKGROUND_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small_HW = cv2.resize(gray_HW, size, interpolation=cv2.INTER_AREA)
    closed_HW = cv2.morphologyEx(small_HW, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return np.asarray(cv2.medianBlur(closed_HW, 9), dtype=np.uint8)


def is_grey(pixels_HWC: Pixels) -> bool:
    """True when no pixel has a colour: one channel then says all, in a third of the work."""
    red_HW, green_HW, blue_HW = cv2.split(pixels_HWC)
    return not cv2.norm(red_HW, green_HW, cv2.NORM_INF) and not cv2.norm(red_HW, blue_HW, cv2.NORM_INF)


def whiten(pixels_HWC: Pixels) -> Pixels:
    """The page on white paper: each pixel divided by its background. A clean page comes back as it is."""
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    paper_HW = background(gray_HW)
    if float((paper_HW >= _CLEAN_PAPER).mean()) >= _CLEAN_SHARE:
        return pixels_HWC
    height, width = gray_HW.shape
    floor_HW = np.maximum(paper_HW, 64)  # a black margin must stay black, not become noise
    full_HW = cv2.resize(floor_HW, (width, height), interpolation=cv2.INTER_LINEAR)
    flat_HW = _calmed(cv2.divide(gray_HW, full_HW, scale=250))
    return np.asarray(cv2.cvtColor(flat_HW, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _calmed(gray_HW: Pixels) -> Pixels:
    """The page without film grain: specks as large as strokes of tiny type would lead the detector astray."""
    grain = np.abs(gray_HW[1:, 1:].astype(np.int16) - cv2.medianBlur(gray_HW, 3)[1:, 1:])
    if float(np.percentile(grain, 75)) < _GRAIN:
        return gray_HW
    return np.asarray(cv2.GaussianBlur(gray_HW, (0, 0), 1.0), dtype=np.uint8)


def without_specks(pixels_HWC: Pixels) -> Pixels:
    """The page, softened where salt and pepper cover it: both networks take hard specks for strokes of letters.

    A page without them comes back as it is.
    """
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    _, ink_HW = cv2.threshold(gray_HW, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if float(ink_HW.mean()) > 0.5:
        ink_HW = 1 - ink_HW
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, None, None, 8)
    specks = int((stats[1:, cv2.CC_STAT_AREA] <= _SPECK_PX).sum())
    if specks < max(_SPECK_SHARE * (count - 1), _SPECKS_PER_MEGAPIXEL * gray_HW.size / 1e6):
        return pixels_HWC
    return np.asarray(cv2.GaussianBlur(pixels_HWC, (0, 0), 1.0), dtype=np.uint8)


def ink_mask(gray_HW: Pixels) -> npt.NDArray[np.bool_]:
    """Where ink is: pixels clearly darker than the paper around them, at a level set by the page's own contrast."""
    height, width = gray_HW.shape
    paper_HW = cv2.resize(np.maximum(background(gray_HW), 32), (width, height), interpolation=cv2.INTER_LINEAR)
    flat_HW = cv2.divide(gray_HW, paper_HW, scale=255)
    level, _ = cv2.threshold(flat_HW, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(flat_HW < min(215.0, max(90.0, level)), dtype=np.bool_)
