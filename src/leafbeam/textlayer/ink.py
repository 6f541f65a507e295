"""What is drawn on the rendered page, against the glyphs of the text layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, PageLayer
from leafbeam.types import PageImage

Edges = npt.NDArray[np.uint8]

_SCALE = 1.25  # pixels per point of the working image: 90 dpi shows that there is ink, not what it is
_MAX_SIDE_PX = 2000
_CONTRAST = 28  # grey levels between neighbours: the edge of a stroke, on any ground
_EMPTY = 2e-4  # share of edge pixels of a page with nothing on it
_MIN_ROWS = 4  # rows of text-like ink that make a region of unread text
_ROW_HEIGHT_PT = (4.0, 30.0)
_ROW_LENGTH = 6.0  # of its height: shorter pieces are words or symbols at most
_ROW_DENSITY = (0.25, 0.95)  # of edge pixels inside a row's box
_SMALL_REGION = 0.04  # of the page: a logo, a signature, a stamp


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The edges of everything drawn, uint8 0/1 of shape (height, width), and its pixels per point."""

    edges: Edges
    scale: float

    @classmethod
    def of(cls, image: PageImage, layer: PageLayer) -> Ink:
        """The edges of the page image, worked out at low resolution."""
        height, width = image.pixels_HWC.shape[:2]
        scale = min(_SCALE, _MAX_SIDE_PX / max(layer.width_pt, layer.height_pt, 1.0), width / max(layer.width_pt, 1.0))
        size = (max(1, round(layer.width_pt * scale)), max(1, round(layer.height_pt * scale)))
        small = (
            cv2.resize(image.pixels_HWC, size, interpolation=cv2.INTER_AREA)
            if size != (width, height)
            else image.pixels_HWC
        )
        gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        kernel = np.ones((2, 2), np.uint8)
        edges = cv2.subtract(cv2.dilate(gray, kernel), cv2.erode(gray, kernel)) > _CONTRAST
        return cls(edges.astype(np.uint8), scale)

    @property
    def any(self) -> bool:
        """True unless the page is empty."""
        return bool(self.edges.mean() > _EMPTY)

    def bare(self, glyphs: Sequence[Glyph]) -> npt.NDArray[np.bool_]:
        """For each glyph whether nothing is drawn in its box."""
        boxes = self.pixels([g.ink if g.ink.area > 0 else g.box for g in glyphs])
        total = cv2.integral(self.edges)
        x0, y0, x1, y1 = boxes.T
        counts = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
        return np.asarray(counts == 0)

    def pixels(self, rects: Sequence[Rect], margin: int = 1) -> npt.NDArray[np.int64]:
        """Rectangles (left, top, right, bottom) in pixels with a margin, cut to the image."""
        height, width = self.edges.shape
        values = np.array(rects, dtype=np.float64).reshape(-1, 4) * self.scale
        boxes = np.empty(values.shape, dtype=np.int64)
        boxes[:, :2] = np.floor(values[:, :2]) - margin
        boxes[:, 2:] = np.ceil(values[:, 2:]) + margin
        return np.clip(boxes, 0, [width, height, width, height])

    def unread_text(self, layer: PageLayer, glyphs: Sequence[Glyph]) -> list[Rect]:
        """Regions with rows of ink that look like text but have no glyphs: text as outlines or in a picture."""
        candidates = self._carriers(layer)
        if not candidates:
            return []
        rest = self.edges.copy()
        for x0, y0, x1, y1 in self.pixels([g.ink for g in glyphs], margin=2).tolist():
            rest[y0:y1, x0:x1] = 0
        for x0, y0, x1, y1 in self.pixels([r.box for r in layer.rulings], margin=1).tolist():
            rest[y0:y1, x0:x1] = 0
        page = layer.width_pt * layer.height_pt
        return [box for box in candidates if box.area >= _SMALL_REGION * page and self._reads_as_text(rest, box)]

    def _carriers(self, layer: PageLayer) -> list[Rect]:
        """Where text without glyphs can be: pictures, and the area covered by many small drawn shapes."""
        page = Rect(0.0, 0.0, layer.width_pt, layer.height_pt)
        boxes = [_cut(p.box, page) for p in layer.pictures]
        letters = [s.box for s in layer.shapes if s.filled and 1.5 <= s.box.height <= 30 and s.box.width <= 40]
        if len(letters) >= 60:
            x0, y0 = min(b.x0 for b in letters), min(b.y0 for b in letters)
            x1, y1 = max(b.x1 for b in letters), max(b.y1 for b in letters)
            boxes.append(_cut(Rect(x0, y0, x1, y1), page))
        return [box for box in boxes if box.area > 0]

    def _reads_as_text(self, rest: Edges, box: Rect) -> bool:
        """True when several rows of the height and density of type lie in the box, filling a good part of its width."""
        x0, y0, x1, y1 = self.pixels([box], margin=0)[0].tolist()
        crop = rest[y0:y1, x0:x1]
        if crop.size == 0 or not crop.any():
            return False
        kernel = np.ones((1, max(3, round(6 * self.scale))), np.uint8)
        closed = cv2.morphologyEx(crop, cv2.MORPH_CLOSE, kernel)
        _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
        rows = 0
        length = 0.0
        for left, top, width, height, _area in stats[1:].tolist():
            tall = height / self.scale
            if not _ROW_HEIGHT_PT[0] <= tall <= _ROW_HEIGHT_PT[1] or width < _ROW_LENGTH * height:
                continue
            density = float(crop[top : top + height, left : left + width].mean())
            if _ROW_DENSITY[0] <= density <= _ROW_DENSITY[1]:
                rows += 1
                length += width / self.scale
        return rows >= _MIN_ROWS and length >= 2.0 * box.width


def _cut(box: Rect, page: Rect) -> Rect:
    x0, y0 = max(box.x0, page.x0), max(box.y0, page.y0)
    return Rect(x0, y0, max(x0, min(box.x1, page.x1)), max(y0, min(box.y1, page.y1)))
