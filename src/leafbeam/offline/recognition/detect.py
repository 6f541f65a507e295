"""Where text is on a page image: the packaged DB detector, fed at a scale that suits the page's type size.

Pixels here are those of the page image unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pyclipper

from leafbeam.offline.models import Floats, Models, Net
from leafbeam.offline.recognition.cleanup import Pixels

_BASE_SIDE = 1536  # px of the long side: 10 pt type on A4 then has an x-height of 8 px, the detector's comfortable size
_MIN_SIDE = 640
_MAX_SIDE = 3072
_GOOD_X_HEIGHT = 7.5  # px at the detector
# The engine keeps memory for each input shape, in proportion to the largest: few shapes, none of them large.
_STEP = 64  # px: sides of inputs are multiples of this
_BAND_PIXELS = 560_000
_BAND_OVERLAP = 96  # px: more than a line of text, so that each line is whole in one band's inner part

_PIXEL_LEVEL = 0.3  # DB: a pixel is text above this
_BOX_LEVEL = 0.5  # a box stays when its mean is above this
_SHAPE_LEVEL = 0.7  # or the mean of its mark alone: the box of a long line that leans or bends is half paper
_UNCLIP = 1.6  # the network marks shrunken text; a box grows by area * this / perimeter
_MAX_BOXES = 3000
_VALUES = np.arange(256, dtype=np.float32) * np.float32(1 / 127.5) - np.float32(1.0)  # the network's, by grey level


@dataclass(frozen=True, slots=True, eq=False)
class TextBox:
    """One detected piece of text: its corners (4, 2) in px, clockwise from the top left, and its mean score."""

    corners_42: Floats
    score: float

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners_42[1] - self.corners_42[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners_42[3] - self.corners_42[0]))


def find_text(pixels_HWC: Pixels, models: Models, long_side: int | None = None) -> list[TextBox]:
    """All pieces of text, from top to bottom. ``long_side`` fixes the detector's scale; None suits it to the page."""
    height, width = pixels_HWC.shape[:2]
    if long_side is None:
        long_side = _suitable_side(pixels_HWC)
    scale = long_side / max(height, width)
    size_h, size_w = max(16, round(height * scale)), max(16, round(width * scale))
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small_HWC = cv2.resize(pixels_HWC, (size_w, size_h), interpolation=shrink)
    boxes = boxes_from_map(_probability(small_HWC, models))
    factor = np.array([width / size_w, height / size_h], dtype=np.float32)
    limit = np.array([width, height], dtype=np.float32)
    found = [TextBox(np.clip(box.corners_42 * factor, 0, limit), box.score) for box in boxes]
    return sorted(found, key=lambda box: float(box.corners_42[:, 1].mean()))


def _suitable_side(pixels_HWC: Pixels) -> int:
    """The long side at which the page's smaller type has a good x-height; never much above the image's own."""
    own = int(max(pixels_HWC.shape[:2]))
    base = min(_BASE_SIDE, max(_MIN_SIDE, own))
    scale = min(1.0, 2048 / own)
    x_height = small_type_height(pixels_HWC, scale)
    if x_height is None:
        return base
    wanted = own * _GOOD_X_HEIGHT / x_height
    # Between these bounds the base scale reads well: one common scale keeps the shapes few.
    if wanted > base * 1.15:
        return int(min(wanted, max(base, own * 1.25), _MAX_SIDE))
    if wanted < base * 0.5:
        return int(max(wanted * 1.4, _MIN_SIDE, base * 0.6))
    return base


def small_type_height(pixels_HWC: Pixels, scale: float) -> float | None:
    """The height in px of the page's smaller letters (a low quantile of letter-like marks), None for too few."""
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        gray_HW = cv2.resize(gray_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    block = max(15, round(max(gray_HW.shape) / 60)) | 1
    ink_HW = cv2.adaptiveThreshold(gray_HW, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 24)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=4)
    wide, high, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
    least, most = 4, max(gray_HW.shape) / 25
    letter = (high >= least) & (high <= most) & (wide >= 0.2 * high) & (wide <= 2.5 * high)
    letter &= area >= 0.15 * wide * high
    if int(letter.sum()) < 40:
        return None
    return float(np.percentile(high[letter], 30)) / scale


def _probability(small_HWC: Pixels, models: Models) -> Floats:
    """The detector's text probability per pixel, (height, width) of its input; large inputs go through in bands."""
    height, width = small_HWC.shape[:2]
    session = models.session(Net.DETECTOR)
    right = -width % _STEP
    most = max(320, _BAND_PIXELS // (width + right))
    count = max(1, -(-(height - _BAND_OVERLAP) // (most - _BAND_OVERLAP)))
    band = -(-(-(-(height - _BAND_OVERLAP) // count) + _BAND_OVERLAP) // _STEP) * _STEP
    out_HW = np.zeros((height, width), dtype=np.float32)
    for index in range(count):
        top = min(index * (band - _BAND_OVERLAP), max(0, height - band))
        band_HWC = small_HWC[top : top + band]
        padded_HWC = _padded(band_HWC, band - len(band_HWC), right)
        part_HW = session.run(_normalised(padded_HWC))[0][0, 0, : len(band_HWC), :width]
        skip = _BAND_OVERLAP // 2 if top else 0
        out_HW[top + skip : top + band] = part_HW[skip:]
    return out_HW


def _padded(pixels_HWC: Pixels, bottom: int, right: int) -> Pixels:
    if not bottom and not right:
        return pixels_HWC
    return np.asarray(cv2.copyMakeBorder(pixels_HWC, 0, bottom, 0, right, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _normalised(pixels_HWC: Pixels) -> Floats:
    height, width = pixels_HWC.shape[:2]
    inputs_NCHW = np.empty((1, 3, height, width), dtype=np.float32)
    for channel, values_HW in enumerate(reversed(cv2.split(pixels_HWC))):
        cv2.LUT(values_HW, _VALUES, inputs_NCHW[0, channel])
    return inputs_NCHW


def boxes_from_map(probability_HW: Floats) -> list[TextBox]:
    """Boxes from a probability map by differentiable binarisation's decoding (Liao et al. 2020), in px of the map."""
    text_HW = (probability_HW > _PIXEL_LEVEL).astype(np.uint8)
    text_HW = cv2.dilate(text_HW, np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(text_HW, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[TextBox] = []
    # The cap keeps the largest: the specks of a grainy page come in thousands and must not crowd out its text.
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:_MAX_BOXES]:
        corners_42, short = _tight_corners(contour)
        if short < 3:
            continue
        score = _mean_inside(probability_HW, corners_42)
        if score < _BOX_LEVEL and _mean_of_mark(probability_HW, contour) < _SHAPE_LEVEL:
            continue
        grown = _grown(corners_42)
        if grown is not None and min(_sides(grown)) >= 5:
            found.append(TextBox(grown, score))
    return found


def _sides(corners_42: Floats) -> tuple[float, float]:
    return float(np.linalg.norm(corners_42[1] - corners_42[0])), float(np.linalg.norm(corners_42[3] - corners_42[0]))


def _tight_corners(contour: npt.NDArray[np.int32]) -> tuple[Floats, float]:
    """The smallest rectangle, level ones preferred: a tilt below 1.5 degrees is left to the recogniser."""
    (_, _), (wide, high), angle = cv2.minAreaRect(contour)
    tilt = min(abs(angle), abs(90 - abs(angle)))
    if tilt < 1.5 or min(wide, high) < 1:
        x, y, w, h = cv2.boundingRect(contour)
        if tilt < 0.3 or h <= 1.4 * min(wide, high) + 2:
            corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], dtype=np.float32)
            return corners, float(min(w, h))
    points = cv2.boxPoints(cv2.minAreaRect(contour)).astype(np.float32)
    return _clockwise(points), float(min(wide, high))


def _clockwise(points_42: Floats) -> Floats:
    """Corners ordered top left, top right, bottom right, bottom left."""
    by_x = points_42[np.argsort(points_42[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1])]
    top_right, bottom_right = right[np.argsort(right[:, 1])]
    return np.stack([top_left, top_right, bottom_right, bottom_left])


def _mean_inside(probability_HW: Floats, corners_42: Floats) -> float:
    height, width = probability_HW.shape
    x0, y0 = np.floor(corners_42.min(axis=0)).astype(int).clip(0, [width - 1, height - 1])
    x1, y1 = np.ceil(corners_42.max(axis=0)).astype(int).clip(0, [width - 1, height - 1])
    mask_HW = np.zeros((y1 - y0 + 1, x1 - x0 + 1), dtype=np.uint8)
    cv2.fillPoly(mask_HW, [np.round(corners_42 - [x0, y0]).astype(np.int32)], 1)
    return float(cv2.mean(probability_HW[y0 : y1 + 1, x0 : x1 + 1], mask_HW)[0])


def _mean_of_mark(probability_HW: Floats, contour: npt.NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    mask_HW = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(mask_HW, [contour - [x, y]], 1)
    return float(cv2.mean(probability_HW[y : y + height, x : x + width], mask_HW)[0])


def _grown(corners_42: Floats) -> Floats | None:
    wide, high = _sides(corners_42)
    distance = wide * high * _UNCLIP / (2 * (wide + high))
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(np.round(corners_42).astype(int).tolist(), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    paths = offset.Execute(distance)
    if len(paths) != 1:
        return None
    return _tight_corners(np.array(paths[0], dtype=np.int32))[0]
