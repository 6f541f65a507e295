"""Rectangles in page points, for code that measures type. Records at module borders use the relative ``types.Box``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from leafbeam.types import Box


class Rect(NamedTuple):
    """A rectangle in points (1/72 inch), origin top left of the straightened page, y down: x0 <= x1, y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def cx(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def cy(self) -> float:
        return (self.y0 + self.y1) / 2

    def intersection(self, other: Rect) -> float:
        """The common area, in square points."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0.0

    def contains(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    def grown(self, dx: float, dy: float) -> Rect:
        return Rect(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def x_overlap(self, other: Rect) -> float:
        """Length of the common horizontal extent; negative is the gap."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)

    def y_overlap(self, other: Rect) -> float:
        """Length of the common vertical extent; negative is the gap."""
        return min(self.y1, other.y1) - max(self.y0, other.y0)

    def to_box(self, width_pt: float, height_pt: float) -> Box:
        """The relative box on a page of the given size, clipped to the page."""

        def clip(value: float, size: float) -> float:
            return min(1.0, max(0.0, value / size)) if size > 0 else 0.0

        left, right = clip(self.x0, width_pt), clip(self.x1, width_pt)
        top, bottom = clip(self.y0, height_pt), clip(self.y1, height_pt)
        return Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def rect_of_box(box: Box, width_pt: float, height_pt: float) -> Rect:
    """The inverse of ``Rect.to_box``."""
    return Rect(box.left * width_pt, box.top * height_pt, box.right * width_pt, box.bottom * height_pt)


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around all of them; raises ValueError for none."""
    items = list(rects)
    return Rect(min(r.x0 for r in items), min(r.y0 for r in items), max(r.x1 for r in items), max(r.y1 for r in items))
