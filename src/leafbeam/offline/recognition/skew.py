"""The small tilt of a page's text, from where its letters stand."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.cleanup import Pixels

_WORK_SIDE = 1600  # px of the long side: 0.1 degree then moves a line's end by more than 2 px
_MOST_DEG = 10.0
_LEAST_MARKS = 40
_LEAST_GAIN = 1.1  # over the page as it is: level pages with few lines differ by less
_SHARPNESS = 1.25  # how far the best angle must stand out from the others


def skew_of(pixels_HWC: Pixels) -> float:
    """Degrees by which to turn the page clockwise to level its text, within 10; 0.0 when it is unclear.

    The feet of letters lie on few rows when the projection runs along the lines of text: the angle is the one that
    makes the histogram of the feet's rows most uneven (sum of squares; Postl 1986 uses the same measure on whole
    pixels).
    """
    feet_N2 = _feet(pixels_HWC)
    if len(feet_N2) < _LEAST_MARKS:
        return 0.0
    coarse = np.arange(-_MOST_DEG, _MOST_DEG + 0.01, 0.25)
    scores = np.array([_unevenness(feet_N2, angle, 3.0) for angle in coarse])
    best = float(coarse[int(scores.argmax())])
    fine = np.arange(best - 0.4, best + 0.401, 0.05)
    fine_scores = np.array([_unevenness(feet_N2, angle, 1.5) for angle in fine])
    level = _unevenness(feet_N2, 0.0, 1.5)
    if scores.max() < _SHARPNESS * float(np.median(scores)) or fine_scores.max() < _LEAST_GAIN * level:
        return 0.0
    near = fine_scores > fine_scores.max() - 0.25 * (fine_scores.max() - fine_scores.min() + 1e-6)
    weights = (fine_scores - fine_scores[near].min() + 1e-6) * near
    return float(np.clip((fine * weights).sum() / weights.sum(), -_MOST_DEG, _MOST_DEG))


def _feet(pixels_HWC: Pixels) -> npt.NDArray[np.float32]:
    """Middle of the lower edge (x, y) of each letter-like mark, at the working size."""
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    scale = _WORK_SIDE / max(gray_HW.shape)
    if scale < 1:
        gray_HW = cv2.resize(gray_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink_HW = cv2.adaptiveThreshold(gray_HW, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 20)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, None, None, 8)
    left, top, wide, high, area = (stats[1:, column] for column in range(5))
    letter = (high >= 5) & (high <= 60) & (wide >= 2) & (wide <= 80) & (area >= 0.1 * wide * high)
    feet_N2 = np.stack([left + wide / 2, top + high], axis=1)[letter].astype(np.float32)
    if len(feet_N2) > 6000:
        feet_N2 = feet_N2[:: len(feet_N2) // 6000 + 1]
    return np.asarray(feet_N2, dtype=np.float32)


def _unevenness(feet_N2: npt.NDArray[np.float32], clockwise_deg: float, bin_px: float) -> float:
    """How uneven the rows of the feet are after turning the page clockwise."""
    angle = np.deg2rad(clockwise_deg)
    rows_N = feet_N2[:, 0] * np.sin(angle) + feet_N2[:, 1] * np.cos(angle)
    counts = np.bincount(((rows_N - rows_N.min()) / bin_px).astype(np.int64)).astype(np.float64)
    return float((counts**2).sum() + 1.5 * (counts[:-1] * counts[1:]).sum())
