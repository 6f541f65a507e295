"""Between the page as shown on screen and the straightened page that readers work on."""

from __future__ import annotations

import dataclasses
import math

from leafbeam.geometry import Rect
from leafbeam.types import Box, Frame, Page, PageImage, Reading


def shown_point(x: float, y: float, frame: Frame) -> tuple[float, float]:
    """A point of the straightened page, in points, on the page as shown: the inverse of ``frame``'s turn and skew.

    Of a flattened sheet (``frame.corners``) it is the point on the flat sheet as shown.
    """
    angle = math.radians(-frame.skew_deg)
    cx, cy = frame.width_pt / 2, frame.height_pt / 2
    dx, dy = x - cx, y - cy
    # y points down, so a positive angle turns clockwise on screen
    x = cx + dx * math.cos(angle) - dy * math.sin(angle)
    y = cy + dx * math.sin(angle) + dy * math.cos(angle)
    match frame.rotation:
        case 90:
            return y, frame.width_pt - x
        case 180:
            return frame.width_pt - x, frame.height_pt - y
        case 270:
            return frame.height_pt - y, x
        case _:
            return x, y


def shown_size(frame: Frame) -> tuple[float, float]:
    """Width and height in points of the page as shown."""
    if frame.rotation in (90, 270):
        return frame.height_pt, frame.width_pt
    return frame.width_pt, frame.height_pt


def shown_box(box: Box, frame: Frame) -> Box:
    """The smallest upright box on the page as shown around a box of the straightened page."""
    if frame.rotation == 0 and frame.skew_deg == 0 and frame.corners is None:
        return box
    corners = [shown_relative(x, y, frame) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Rect(min(xs), min(ys), max(xs), max(ys)).to_box(1.0, 1.0)


def shown_relative(x: float, y: float, frame: Frame) -> tuple[float, float]:
    """A relative point of the straightened page as a relative point of the page as shown."""
    width, height = shown_size(frame)
    if width <= 0 or height <= 0:
        return x, y
    left, top = shown_point(x * frame.width_pt, y * frame.height_pt, frame)
    u, v = left / width, top / height
    return (u, v) if frame.corners is None else _on_quadrilateral(frame.corners, u, v)


def _on_quadrilateral(corners: tuple[tuple[float, float], ...], u: float, v: float) -> tuple[float, float]:
    """Where the perspective map of the unit square onto four corners (clockwise from the top left) takes a point.

    Heckbert, Fundamentals of Texture Mapping and Image Warping (1989), section 2.2.3.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g, h = ((sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area) if area else (0.0, 0.0)
    scale = g * u + h * v + 1
    x = (x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0
    y = (y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0
    return x / scale, y / scale


def frame_of_image(image: PageImage) -> Frame:
    """The frame that an image's pixels are in."""
    height, width = image.pixels_HWC.shape[:2]
    scale = 72.0 / image.dpi
    return Frame(width * scale, height * scale, image.rotation, image.skew_deg, image.corners)


def frame_of_page(page: Page) -> Frame:
    """The frame of a finished page."""
    return Frame(page.width_pt, page.height_pt, page.rotation, page.skew_deg, page.corners)


def page_of(reading: Reading, image: PageImage) -> Page:
    """The page a reading of ``image`` makes, before the document-level pass of structure.py.

    Blocks, words, crops and problems move to the page: ``Page.reading`` keeps the text and what reading it cost.

    Raises ValueError for a reading without blocks: its text has to be parsed first.
    """
    if reading.blocks is None:
        raise ValueError(f"the reading of page {reading.ref.index + 1} holds text only")
    frame = reading.frame or frame_of_image(image)
    return Page(
        ref=reading.ref,
        blocks=reading.blocks,
        words=reading.words,
        assets=reading.assets,
        reading=dataclasses.replace(reading, blocks=None, words=(), assets=(), problems=()),
        problems=reading.problems,
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        rotation=frame.rotation,
        skew_deg=frame.skew_deg,
        corners=frame.corners,
        blank=reading.blank,
    )
