"""What pieces of text say: crops, the packaged CTC recogniser in width buckets, characters with their places.

The recogniser sees lines 48 px high; "crop px" below are pixels at that height.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from leafbeam.offline.models import Floats, Models
from leafbeam.offline.recognition.cleanup import Pixels
from leafbeam.offline.recognition.detect import TextBox

CROP_HEIGHT = 48
_BUCKETS = (96, 160, 224, 320, 416, 512, 640, 800, 960, 1152, 1408, 1664, 1920, 2304, 2688, 3200)
_BATCH_WIDTH = 1664  # px over all crops of a batch: bounds memory
_MAX_BATCH = 8
_VALUES = np.arange(256, dtype=np.float32) / np.float32(127.5) - np.float32(1.0)  # the network's, by grey level
_INSET = 0.05  # of a box's height
_TRIM = 0.055  # of a crop's height: cut off above and below for a second look
_STANDING = 1.5  # a box this much higher than wide holds a vertical or a sideways line
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@dataclass(frozen=True, slots=True)
class Char:
    """One recognised character: ``x0`` and ``x1`` are where its time steps lie, in crop px; score 0..1."""

    text: str
    x0: float
    x1: float
    score: float

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A piece of text cut out and levelled: RGB, 48 px high. ``turned`` is 0, or 90 or 270 for standing boxes."""

    box: TextBox
    pixels_HWC: Pixels
    turned: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A crop and what it says. ``score`` is the mean over its characters, 0 for none; ``spaces_T`` is P(space)."""

    crop: Crop
    chars: tuple[Char, ...]
    score: float
    spaces_T: Floats
    step: float  # crop px per time step

    @property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)


def cut(pixels_HWC: Pixels, box: TextBox) -> Crop:
    """The box levelled by a perspective map and scaled to the recogniser's height; standing boxes are laid down."""
    corners = box.corners_42 if box.height >= _STANDING * box.width else _inset(box.corners_42)
    wide = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    high = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    box = TextBox(corners, box.score)
    level = abs(corners[0, 1] - corners[1, 1]) < 0.5 and abs(corners[0, 0] - corners[3, 0]) < 0.5
    if level:
        x0, y0 = np.floor(corners.min(axis=0)).astype(int).clip(0)
        x1, y1 = np.ceil(corners.max(axis=0)).astype(int)
        piece_HWC = pixels_HWC[y0:y1, x0:x1]
    else:
        target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
        piece_HWC = cv2.warpPerspective(
            pixels_HWC, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    turned = 270 if high >= _STANDING * wide else 0
    if turned:
        piece_HWC = np.rot90(piece_HWC)
    return Crop(box, _scaled(piece_HWC), turned)


def _inset(corners_42: Floats) -> Floats:
    """The corners moved in at top and bottom: the detector's margin reaches into close neighbouring lines."""
    left, right = corners_42[3] - corners_42[0], corners_42[2] - corners_42[1]
    moved = (left * _INSET, right * _INSET, -right * _INSET, -left * _INSET)
    return np.asarray(corners_42 + np.stack(moved), dtype=np.float32)


def upside_down(crop: Crop) -> Crop:
    """The same crop turned by 180 degrees: a standing box read in the other direction."""
    return Crop(crop.box, np.ascontiguousarray(crop.pixels_HWC[::-1, ::-1]), (crop.turned + 180) % 360)


def trimmed(crop: Crop) -> Crop:
    """The same crop with a little less above and below; its box is that much lower."""
    rows = round(CROP_HEIGHT * _TRIM)
    kept_HWC = crop.pixels_HWC[rows:-rows]
    down = (crop.box.corners_42[3] - crop.box.corners_42[0], crop.box.corners_42[2] - crop.box.corners_42[1])
    share = rows / CROP_HEIGHT
    moved = np.stack([down[0], down[1], -down[1], -down[0]]) * share
    box = TextBox(np.asarray(crop.box.corners_42 + moved, dtype=np.float32), crop.box.score)
    return Crop(box, _scaled(kept_HWC), crop.turned)


def _scaled(piece_HWC: Pixels) -> Pixels:
    height, width = piece_HWC.shape[:2]
    wide = min(_BUCKETS[-1], max(16, round(width * CROP_HEIGHT / max(1, height))))
    shrink = cv2.INTER_AREA if height > 1.5 * CROP_HEIGHT else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(np.ascontiguousarray(piece_HWC), (wide, CROP_HEIGHT), interpolation=shrink), dtype=np.uint8
    )


def recognise(crops: list[Crop], models: Models) -> list[Reading]:
    """One reading per crop, in the same order. Crops of like width share a batch."""
    order = sorted(range(len(crops)), key=lambda index: crops[index].pixels_HWC.shape[1])
    readings: dict[int, Reading] = {}
    for bucket, members in groupby(order, key=lambda index: _bucket(crops[index].pixels_HWC.shape[1])):
        for batch, rows in _batches(list(members), min(_MAX_BATCH, max(1, _BATCH_WIDTH // bucket))):
            found = _run([crops[index] for index in batch], rows, bucket, models)
            readings.update(zip(batch, found, strict=True))
    return [readings[index] for index in range(len(crops))]


def _batches(members: list[int], full: int) -> Iterator[tuple[list[int], int]]:
    """The members in batches, each with its number of rows: ``full`` or 1, as the engine keeps memory for each shape.

    A batch that is more than half full is filled up with blank rows; the members of a smaller one go one by one.
    """
    for start in range(0, len(members), full):
        batch = members[start : start + full]
        if 2 * len(batch) > full:
            yield batch, full
        else:
            yield from (([member], 1) for member in batch)


def _bucket(width: int) -> int:
    return next(bucket for bucket in _BUCKETS if width <= bucket)


def _run(crops: list[Crop], rows: int, bucket: int, models: Models) -> list[Reading]:
    batch_NCHW = np.zeros((rows, 3, CROP_HEIGHT, bucket), dtype=np.float32)
    for row, crop in enumerate(crops):
        for channel, values_HW in enumerate(reversed(cv2.split(crop.pixels_HWC))):
            batch_NCHW[row, channel, :, : crop.pixels_HWC.shape[1]] = cv2.LUT(values_HW, _VALUES)
    steps = models.recognise(batch_NCHW, len(crops))
    step = bucket / steps.best_NT.shape[1]
    result: list[Reading] = []
    for row, crop in enumerate(crops):
        chars = collapse(steps.best_NT[row].tolist(), steps.score_NT[row].tolist(), models.characters, step)
        inked = [char.score for char in chars if char.text != " "]
        score = float(np.mean(inked)) if inked else 0.0
        result.append(Reading(crop, chars, score, steps.space_NT[row], step))
    return result


def collapse(best: list[int], scores: list[float], alphabet: tuple[str, ...], step: float) -> tuple[Char, ...]:
    """Best-path CTC decoding (Graves et al. 2006): repeats joined, blanks dropped, each character with its steps."""
    chars: list[Char] = []
    index = 0
    while index < len(best):
        end = index
        while end < len(best) and best[end] == best[index]:
            end += 1
        if best[index] != 0:
            text = _plain(alphabet[best[index]])
            if text and not (text == " " and (not chars or chars[-1].text == " ")):
                chars.append(Char(text, index * step, end * step, min(1.0, max(scores[index:end]))))
        index = end
    while chars and chars[-1].text == " ":
        chars.pop()
    return tuple(chars)


def _plain(text: str) -> str:
    """NFC, no ligatures, one kind of space."""
    if text in {"\u3000", "\u00a0", "\t"}:
        return " "
    return unicodedata.normalize("NFC", _LIGATURES.get(text, text))
