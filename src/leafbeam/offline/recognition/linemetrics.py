"""What a line crop shows besides its text: gaps between letters, type size, baseline, stroke width. Units: crop px."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.cleanup import Pixels

Mask = npt.NDArray[np.bool_]

# Parts of the type size for text faces (Times, Computer Modern, Helvetica lie within 7 % of these).
_X_HEIGHT, _CAP_HEIGHT, _DESCENT = 0.455, 0.69, 0.215
_COMMA_DESCENT = 0.14
_CJK_HEIGHT, _CJK_DESCENT = 0.92, 0.08
_TALL = frozenset("bdfhkltißABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()[]{}|/\\&%$£€§!?#@\"'ÄÖÜÉÀÈÊÂÎÔÛÇéèêàâîôûäöü")
_DEEP = frozenset("gjpqyç()[]{}|/§$")
_HALF_DEEP = frozenset(",;Q")
_LOW = frozenset("acemnorsuvwxzıæœ.,:;…-–—")  # no higher than a small x


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one line: rows of its ink, type size, baseline row, and median stroke width (0: not measured)."""

    top: float
    bottom: float
    size: float
    baseline: float
    stroke: float


def ink_of(crop_HWC: Pixels) -> Mask:
    """Where the crop's ink is, also for light text on a dark ground."""
    gray_HW = cv2.cvtColor(crop_HWC, cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(gray_HW, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark_HW = gray_HW <= level
    return ~dark_HW if float(dark_HW.mean()) > 0.6 else np.asarray(dark_HW)


def free_columns(ink_HW: Mask) -> list[tuple[int, int]]:
    """Runs of columns [start, end) without ink in the rows where the line lies; edges of the crop are left out."""
    height = ink_HW.shape[0]
    inked_W = ink_HW[height // 8 : height - height // 8].sum(axis=0) > 0
    return _runs(~inked_W)


def _runs(mask_N: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask_N.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def measure(ink_HW: Mask, text: str) -> Measures:
    """Size and baseline from the rows that hold ink, read with the text: which letters rise and which descend.

    For Latin letters the baseline is where the row sums fall most and the top of the small letters where they rise
    most: unlike the outermost rows of ink these stay put when a neighbouring line reaches into the crop.
    """
    rows_H = ink_HW.sum(axis=1).astype(np.float32)
    top, bottom = _band(rows_H)
    letters = [char for char in text if not char.isspace()]
    wide = sum(is_wide(char) for char in letters)
    small = sum(char.islower() for char in letters)
    low = is_low(text)  # then the small letters fill the crop, and no band in it shows them
    if wide * 2 > len(letters):
        size = (bottom - top) / _CJK_HEIGHT
        baseline = bottom - _CJK_DESCENT * size
    elif small >= 4 and small * 2 > len(letters) and not low:
        rise, baseline = _steepest(rows_H)
        size = (baseline - rise) / _X_HEIGHT
        high, foot = baseline - 0.85 * size, baseline + 0.3 * size  # accents above, nothing of the next line below
        top, bottom = max(top, int(high)), min(bottom, int(np.ceil(foot)))
    else:
        tall = not low and (small < len(letters) or any(char in _TALL for char in letters))
        deep = _DESCENT if any(char in _DEEP for char in letters) else 0.0
        if not deep and any(char in _HALF_DEEP for char in letters):
            deep = _COMMA_DESCENT
        size = (bottom - top) / ((_CAP_HEIGHT if tall else _X_HEIGHT) + deep)
        baseline = bottom - deep * size
    size = float(min(max(size, 0.3 * len(rows_H)), 1.25 * len(rows_H)))
    return Measures(float(top), float(bottom), size, float(baseline), _stroke(ink_HW[top:bottom]))


def _band(rows_H: npt.NDArray[np.float32]) -> tuple[int, int]:
    """The rows [top, bottom) of unbroken ink around the fullest row of the crop's middle."""
    height = len(rows_H)
    level = max(1.0, 0.02 * float(rows_H.max(initial=0)))
    peak = height // 4 + int(rows_H[height // 4 : height - height // 4].argmax())
    top, bottom = peak, peak + 1
    while top > 0 and rows_H[top - 1] > level:
        top -= 1
    while bottom < height and rows_H[bottom] > level:
        bottom += 1
    return top, max(bottom, top + 4)


def _steepest(rows_H: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Top and foot of the small letters, between rows (0 is the first row's edge).

    Of all bands that could be the small letters of this crop, the one where the sums rise most into it and fall most
    out of it. Its middle lies near the crop's middle: the detector's margin is even.
    """
    height = len(rows_H)
    padded = np.concatenate(([0.0, 0.0], rows_H, [0.0, 0.0]))
    sums = np.convolve(padded, [0.5, 0.5], mode="valid")
    change = sums[2:] - sums[:-2]
    edge = np.arange(len(change))
    length = edge[None, :] - edge[:, None]
    middle = (edge[None, :] + edge[:, None]) / 2
    allowed = (length >= 0.2 * height) & (length <= 0.62 * height)
    allowed &= (middle >= 0.36 * height) & (middle <= 0.7 * height)
    gain = np.where(allowed, change[:, None] - change[None, :], -np.inf)
    rise, fall = np.unravel_index(int(gain.argmax()), gain.shape)
    return max(0.0, float(rise) - 0.5), min(float(height), float(fall) - 0.5)


def _stroke(ink_HW: Mask) -> float:
    """The median length of the horizontal runs of ink: the width of the stems."""
    if ink_HW.size == 0:
        return 0.0
    padded = np.pad(ink_HW.astype(np.int8), ((0, 0), (1, 1)))
    change = np.diff(padded, axis=1)
    lengths = np.nonzero(change.ravel() == -1)[0] - np.nonzero(change.ravel() == 1)[0]
    return float(np.median(lengths)) if len(lengths) >= 20 else 0.0


def is_low(text: str) -> bool:
    """True for text without a letter that rises above a small x or hangs below it: its box is half as high as type."""
    return all(char in _LOW or char.isspace() for char in text)


def is_wide(char: str) -> bool:
    """True for characters that fill a square: CJK ideographs, kana, Hangul, their punctuation and full-width forms."""
    return unicodedata.east_asian_width(char[0]) in "WF"


def is_cjk(char: str) -> bool:
    """True for the scripts that are set without word spaces: CJK ideographs, kana. Not Hangul."""
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000"
