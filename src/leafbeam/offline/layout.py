"""Layout regions of a page image, proposed by the packaged PicoDet network with the ten CDLA classes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Region, RegionKind
from leafbeam.offline.models import Floats, Models, Net
from leafbeam.offline.recognition.cleanup import whiten
from leafbeam.types import PageImage

_CLASSES = (
    RegionKind.TEXT,
    RegionKind.TITLE,
    RegionKind.FIGURE,
    RegionKind.FIGURE_CAPTION,
    RegionKind.TABLE,
    RegionKind.TABLE_CAPTION,
    RegionKind.HEADER,
    RegionKind.FOOTER,
    RegionKind.REFERENCE,
    RegionKind.EQUATION,
)
_HEIGHT, _WIDTH = 800, 608
_STRIDES = (8, 16, 32, 64)
_BINS = 8  # of the distribution of each side's distance, in strides: 0..7
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_MIN_SCORE = 0.35
_SAME_CLASS_IOU = 0.45
_CROSS_CLASS_IOU = 0.65
_CROSS_CLASS_COVER = 0.9  # a weaker box this much inside a stronger one of similar size is the same thing


def find_regions(image: PageImage, models: Models) -> tuple[Region, ...]:
    """The regions the network sees, best first, boxes in points of the image's frame, without duplicates."""
    pixels_HWC = whiten(image.pixels_HWC)
    height, width = pixels_HWC.shape[:2]
    small_HWC = cv2.resize(pixels_HWC, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    bgr_HWC = small_HWC[:, :, ::-1].astype(np.float32) / 255.0
    inputs_NCHW = ((bgr_HWC - _MEAN) / _STD).transpose(2, 0, 1)[None]
    outputs = models.session(Net.LAYOUT).run(np.ascontiguousarray(inputs_NCHW, dtype=np.float32))
    boxes_N4, scores_NK = decode(outputs)
    points = 72.0 / image.dpi
    scale = np.array([width / _WIDTH, height / _HEIGHT] * 2, dtype=np.float32) * points
    limit = np.array([width, height] * 2, dtype=np.float32) * points
    regions: list[Region] = []
    for index in keep_best(boxes_N4, scores_NK.max(axis=1), scores_NK.argmax(axis=1)):
        x0, y0, x1, y1 = (float(v) for v in np.clip(boxes_N4[index] * scale, 0, limit))
        if x1 > x0 and y1 > y0:
            kind = _CLASSES[int(scores_NK[index].argmax())]
            regions.append(Region(kind, Rect(x0, y0, x1, y1), float(min(1.0, scores_NK[index].max()))))
    return tuple(regions)


def decode(outputs: tuple[Floats, ...]) -> tuple[Floats, Floats]:
    """Boxes (n, 4: left, top, right, bottom in input pixels) and class scores (n, 10) above the least score.

    The head gives per stride class scores and, per side, a distribution over distances 0..7 strides from the cell's
    centre; the distance is its mean (generalised focal loss, Li et al. 2020).
    """
    boxes: list[Floats] = []
    scores: list[Floats] = []
    for level, stride in enumerate(_STRIDES):
        scores_PK = outputs[level][0]
        sides_PB = outputs[level + len(_STRIDES)][0].reshape(-1, 4, _BINS)
        rows, columns = -(-_HEIGHT // stride), -(-_WIDTH // stride)
        kept_P = np.flatnonzero(scores_PK.max(axis=1) > _MIN_SCORE)
        assert len(scores_PK) == rows * columns
        weights = np.exp(sides_PB[kept_P] - sides_PB[kept_P].max(axis=-1, keepdims=True))
        distance_P4 = (weights / weights.sum(axis=-1, keepdims=True)) @ np.arange(_BINS, dtype=np.float32) * stride
        x_P, y_P = (kept_P % columns + 0.5) * stride, (kept_P // columns + 0.5) * stride
        corners = (x_P - distance_P4[:, 0], y_P - distance_P4[:, 1], x_P + distance_P4[:, 2], y_P + distance_P4[:, 3])
        boxes.append(np.stack(corners, axis=1).astype(np.float32))
        scores.append(scores_PK[kept_P])
    return np.concatenate(boxes), np.concatenate(scores)


def keep_best(boxes_N4: Floats, scores_N: Floats, classes_N: npt.NDArray[np.int64]) -> list[int]:
    """Non-maximum suppression, best first: strict inside a class, looser across classes (figures may hold text)."""
    kept: list[int] = []
    for index in np.argsort(-scores_N):
        box = boxes_N4[index]
        for other in kept:
            iou, cover = _overlap(box, boxes_N4[other])
            same = classes_N[index] == classes_N[other]
            if iou > (_SAME_CLASS_IOU if same else _CROSS_CLASS_IOU) or (same and cover > _CROSS_CLASS_COVER):
                break
        else:
            kept.append(int(index))
    return kept


def _overlap(a: Floats, b: Floats) -> tuple[float, float]:
    """Intersection over union, and the share of the smaller box that is common."""
    width = max(0.0, float(min(a[2], b[2]) - max(a[0], b[0])))
    height = max(0.0, float(min(a[3], b[3]) - max(a[1], b[1])))
    common = width * height
    area_a, area_b = float((a[2] - a[0]) * (a[3] - a[1])), float((b[2] - b[0]) * (b[3] - b[1]))
    return common / max(1e-6, area_a + area_b - common), common / max(1e-6, min(area_a, area_b))
