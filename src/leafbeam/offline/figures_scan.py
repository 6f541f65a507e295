"""Where the figures of a scanned page are: ink that no text line explains, and what the layout model proposes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Region, RegionKind
from leafbeam.offline.figures import Figure, body_size, figure_of, merged, with_labels
from leafbeam.offline.recognition.cleanup import whiten
from leafbeam.types import PageImage

_DPI = 100.0  # enough to tell drawings from specks
_MOST_PIXELS = 12e6  # pages may measure metres
_INK = 200  # on the whitened page: darker is ink
_MIN_SIDE_PT = 30.0
_MIN_PART_PT = 18.0  # a drawing has one connected stroke at least this long; stray letters have not
_FIGURE_SCORE = 0.5
_AGREE = 0.5  # intersection over union from which ink and layout model mean the same figure
_WHOLE_PAGE = 0.6  # a proposal over more of the page than this is the page itself


def figures_of_scan(
    image: PageImage,
    regions: Sequence[Region],
    lines: Sequence[Line],
    taken: Sequence[Rect],
    used: frozenset[int] = frozenset(),
) -> tuple[Figure, ...]:
    """The figures of a scan in points, top to bottom.

    ``taken`` are the tables: neither they nor their rulings make a figure; ``used`` are the lines in them. The ink
    decides where a figure ends; the layout model adds figures too faint or too broken for that, such as halftones.
    """
    body_pt = body_size(lines)
    drawn = [with_labels(box, lines, body_pt) for box in _drawings(image, lines, taken)]
    height, width = image.pixels_HWC.shape[:2]
    page_area = height * width * (72.0 / image.dpi) ** 2
    figures = [r.box for r in regions if r.kind is RegionKind.FIGURE and r.score >= _FIGURE_SCORE]
    drawn = [union([box, *(other for other in figures if _iou(box, other) > _AGREE)]) for box in drawn]
    proposed = [
        box
        for box in figures
        if min(box.width, box.height) >= _MIN_SIDE_PT
        and box.area < _WHOLE_PAGE * page_area
        and not _covered(box, taken, 0.3)
        and not any(box.intersection(other) > 0 for other in drawn)
        and sum(box.intersection(line.box) for line in lines) < 0.25 * box.area
    ]
    found = sorted(merged([*drawn, *proposed]), key=lambda r: (r.y0, r.x0))
    free = [i for i in range(len(lines)) if i not in used and not starts_caption(lines[i].text)]
    return tuple(figure_of(box, lines, free) for box in found)


def _iou(a: Rect, b: Rect) -> float:
    common = a.intersection(b)
    return common / (a.area + b.area - common) if common else 0.0


def _covered(box: Rect, others: Sequence[Rect], share: float) -> bool:
    return any(box.intersection(other) > share * min(box.area, other.area) for other in others)


def _drawings(image: PageImage, lines: Sequence[Line], taken: Sequence[Rect]) -> list[Rect]:
    """Boxes of connected ink, text lines wiped out, too large and too coherent for specks and stray letters."""
    height, width = image.pixels_HWC.shape[:2]
    scale = min(_DPI / image.dpi, math.sqrt(_MOST_PIXELS / (height * width)))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image.pixels_HWC, size, interpolation=cv2.INTER_AREA)
    ink_HW = (cv2.cvtColor(whiten(small), cv2.COLOR_RGB2GRAY) < _INK).astype(np.uint8)
    per_pt = scale * image.dpi / 72.0
    for box in taken:
        _wipe(ink_HW, box.grown(4, 4), per_pt)
    large = _large_parts(ink_HW, per_pt)
    for line in lines:
        _wipe(ink_HW, line.box.grown(1.5, 1.5), per_pt)
    ink_HW |= large & _inside_page(large)
    closed = cv2.morphologyEx(ink_HW, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    boxes = []
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i, :4])
        at_edge = x <= 2 or y <= 2 or x + w >= size[0] - 2 or y + h >= size[1] - 2
        if at_edge or min(w, h) < _MIN_SIDE_PT * per_pt:
            continue
        if _longest_part(ink_HW[y : y + h, x : x + w]) < _MIN_PART_PT * per_pt:
            continue
        box = Rect(x / per_pt, y / per_pt, (x + w) / per_pt, (y + h) / per_pt)
        if not _covered(box, taken, 0.3) and not _is_frame(ink_HW[y : y + h, x : x + w], box, lines):
            boxes.append(box)
    return merged(boxes)


def _wipe(ink_HW: npt.NDArray[np.uint8], box: Rect, per_pt: float) -> None:
    x0, y0 = max(0, int(box.x0 * per_pt)), max(0, int(box.y0 * per_pt))
    ink_HW[y0 : int(box.y1 * per_pt) + 1, x0 : int(box.x1 * per_pt) + 1] = 0


def _large_parts(ink_HW: npt.NDArray[np.uint8], per_pt: float) -> npt.NDArray[np.uint8]:
    """The ink of connected parts much larger than any letter: wiping out labels must not cut a drawing to pieces."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=8)
    large = np.minimum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= _MIN_SIDE_PT * per_pt
    large[0] = False
    return np.asarray(large[labels], dtype=np.uint8)


def _inside_page(ink_HW: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The ink of parts that do not touch the edge of the image, as scanner shadows and page borders do."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=8)
    height, width = ink_HW.shape
    x, y, w, h = (stats[:, k] for k in range(4))
    inside = (x > 2) & (y > 2) & (x + w < width - 2) & (y + h < height - 2)
    return np.asarray(inside[labels], dtype=np.uint8)


def _longest_part(ink_HW: npt.NDArray[np.uint8]) -> int:
    """The longer side in px of the largest connected part."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink_HW, connectivity=8)
    return max((int(max(stats[i, 2], stats[i, 3])) for i in range(1, count)), default=0)


def _is_frame(ink_HW: npt.NDArray[np.uint8], box: Rect, lines: Sequence[Line]) -> bool:
    """Whether the ink is only a frame or rulings around text: little ink, much text inside."""
    text = sum(box.intersection(line.box) for line in lines)
    return text > 0.25 * box.area or (float(ink_HW.mean()) < 0.02 and text > 0.1 * box.area)
