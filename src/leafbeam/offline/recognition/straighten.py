"""Page images put right: photographed sheets flattened, sideways and upside-down pages turned, small skew levelled."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from leafbeam.offline.models import Floats, Models, Net
from leafbeam.offline.recognition.cleanup import Pixels, ink_mask, is_grey
from leafbeam.offline.recognition.detect import TextBox, find_text
from leafbeam.offline.recognition.linemetrics import is_cjk
from leafbeam.offline.recognition.recognise_text import CROP_HEIGHT, Crop, Reading, cut, recognise, upside_down
from leafbeam.offline.recognition.sheet import find_sheet, flatten
from leafbeam.offline.recognition.skew import skew_of
from leafbeam.offline.recognition.tesseract import orientation_of
from leafbeam.types import PageImage

_LEAST_SKEW_DEG = 0.15
_SURE_UPRIGHT = 0.55  # the classifier's share for "upright" that needs no second opinion
_SIDE, _CROP = 256, 224  # px of the classifier's resize (short side) and input
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_LEAST_INK = 0.004  # share of a crop with ink that makes it worth asking about

_TRIAL_SIDE = 1152  # px: enough to find the lines of a page that may lie sideways
_TRIAL_LINES = 10
_TRIAL_MARGIN = 0.08  # by how much a turned page must read better
_LEAST_TURNED_SCORE = 0.55
_READABLE = 0.85  # below this the lines may be in a script that the recogniser lacks, and its scores tell nothing


def straighten(image: PageImage, models: Models) -> PageImage:
    """The page as it should be read; the same object when nothing is to be done.

    ``corners``, ``rotation`` and ``skew_deg`` of the result say what was applied, in this order; ``dpi`` stays.
    """
    pixels_HWC = image.pixels_HWC
    height, width = pixels_HWC.shape[:2]
    corners_42 = find_sheet(pixels_HWC)
    corners = image.corners
    if corners_42 is not None:
        pixels_HWC = flatten(pixels_HWC, corners_42)
        corners = tuple((float(x) / width, float(y) / height) for x, y in corners_42)
    rotation = rotation_of(pixels_HWC, models)
    pixels_HWC = turned(pixels_HWC, rotation)
    skew = skew_of(pixels_HWC)
    if abs(skew) < _LEAST_SKEW_DEG:
        skew = 0.0
    if corners_42 is None and not rotation and not skew:
        return image
    if skew:
        pixels_HWC = levelled(pixels_HWC, skew)
    pixels_HWC = np.ascontiguousarray(pixels_HWC)
    pixels_HWC.flags.writeable = False
    return replace(
        image,
        pixels_HWC=pixels_HWC,
        rotation=(image.rotation + rotation) % 360,
        skew_deg=image.skew_deg + skew,
        corners=corners,
    )


def turned(pixels_HWC: Pixels, clockwise: int) -> Pixels:
    """The pixels turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.rot90(pixels_HWC, k=-(clockwise // 90) % 4)


def levelled(pixels_HWC: Pixels, clockwise_deg: float) -> Pixels:
    """The pixels turned by a small angle about the centre; canvas unchanged, new corners in the paper's colour."""
    height, width = pixels_HWC.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise_deg, 1.0)
    paper = tuple(float(v) for v in np.median(pixels_HWC[:: max(1, height // 64), :: max(1, width // 64)], axis=(0, 1)))
    grey = is_grey(pixels_HWC)
    flat = cv2.warpAffine(
        np.ascontiguousarray(pixels_HWC[:, :, 0] if grey else pixels_HWC),
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper,
    )
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB) if grey else flat, dtype=np.uint8)


def rotation_of(pixels_HWC: Pixels, models: Models) -> int:
    """Degrees (0, 90, 180, 270) to turn the page clockwise to be upright; 0 unless its text confirms it."""
    votes_4 = _votes(pixels_HWC, models)
    if votes_4 is None or votes_4[0] >= _SURE_UPRIGHT:
        return 0
    return _rotation_by_reading(pixels_HWC, models)


def _votes(pixels_HWC: Pixels, models: Models) -> Floats | None:
    """The classifier's mean answer over crops with ink: shares of (0, 90, 180, 270); None for a page without ink."""
    height, width = pixels_HWC.shape[:2]
    scale = _SIDE / min(height, width)
    size = (max(_CROP, round(width * scale)), max(_CROP, round(height * scale)))
    small_HWC = cv2.resize(pixels_HWC, size, interpolation=cv2.INTER_AREA)
    ink_HW = ink_mask(cv2.cvtColor(small_HWC, cv2.COLOR_RGB2GRAY))
    crops: list[Floats] = []
    for share in (0.5, 0.0, 1.0):
        top = round((small_HWC.shape[0] - _CROP) * share)
        left = round((small_HWC.shape[1] - _CROP) * share)
        if float(ink_HW[top : top + _CROP, left : left + _CROP].mean()) >= _LEAST_INK:
            bgr_HWC = small_HWC[top : top + _CROP, left : left + _CROP, ::-1].astype(np.float32) / 255.0
            crops.append(((bgr_HWC - _MEAN) / _STD).transpose(2, 0, 1))
    if not crops:
        return None
    session = models.session(Net.ORIENTATION)
    answers = [session.run(np.ascontiguousarray(crop[None], dtype=np.float32))[0][0].copy() for crop in crops]
    return np.asarray(np.mean(answers, axis=0), dtype=np.float32)


def _rotation_by_reading(pixels_HWC: Pixels, models: Models) -> int:
    """The rotation in which a few long lines read best."""
    boxes = find_text(pixels_HWC, models, _TRIAL_SIDE)
    boxes.sort(key=lambda box: -max(box.width, box.height))
    lengths = [max(box.width, box.height) for box in boxes]
    standing = sum(length for box, length in zip(boxes, lengths, strict=True) if box.height > 1.5 * box.width)
    sideways = standing > 0.5 * sum(lengths)
    trial = [box for box in boxes if (box.height > 1.5 * box.width) == sideways][: 2 * _TRIAL_LINES : 2]
    if len(trial) < 2:
        return 0
    crops = [_shortened(cut(pixels_HWC, box)) for box in trial]
    first = _mean_score(recognise(crops, models))
    second = _mean_score(recognise([upside_down(crop) for crop in crops], models))
    if not sideways:
        told = orientation_of(pixels_HWC) if max(first, second) < _READABLE else None
        if told is not None:
            return told
        return 180 if second > first + _TRIAL_MARGIN and second > _LEAST_TURNED_SCORE else 0
    if max(first, second) < _LEAST_TURNED_SCORE or _stands_upright(pixels_HWC, trial, models, max(first, second)):
        return 0
    return 270 if first >= second else 90  # a standing crop is laid down anticlockwise, by 270 clockwise


def _shortened(crop: Crop) -> Crop:
    return Crop(crop.box, crop.pixels_HWC[:, : 14 * CROP_HEIGHT], crop.turned)


def _mean_score(readings: list[Reading]) -> float:
    weights = [max(1, len(reading.chars)) for reading in readings]
    return sum(r.score * w for r, w in zip(readings, weights, strict=True)) / sum(weights)


def _stands_upright(pixels_HWC: Pixels, boxes: list[TextBox], models: Models, sideways_score: float) -> bool:
    """True for vertical CJK text: its characters read well one by one as they stand."""
    cells: list[Crop] = []
    for box in boxes[:4]:
        x0, y0 = box.corners_42.min(axis=0)
        x1, y1 = box.corners_42.max(axis=0)
        side = float(x1 - x0)
        for index in range(min(4, int((y1 - y0) / side))):
            top = y0 + index * side
            corners = np.array([[x0, top], [x1, top], [x1, top + side], [x0, top + side]], dtype=np.float32)
            cells.append(cut(pixels_HWC, TextBox(corners, 1.0)))
    readings = recognise(cells, models)
    cjk = [reading for reading in readings if reading.text and is_cjk(reading.text[0])]
    if not readings or len(cjk) < 0.6 * len(readings):
        return False
    return sum(reading.score for reading in cjk) / len(cjk) > max(0.6, sideways_score - 0.15)
