"""A sheet of paper photographed on a darker table: its corners, and the sheet alone as a flat page."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.cleanup import Pixels

Corners = npt.NDArray[np.float32]

_WORK_SIDE = 800
_MIN_SHARE, _MAX_SHARE = 0.3, 0.95  # of the picture that the sheet covers
_CONTRAST = 0.7  # the table is at most this bright, relative to the sheet
_FILL = 0.975  # how well four straight sides must describe the bright area


def find_sheet(pixels_HWC: Pixels) -> Corners | None:
    """The corners (4, 2) in px, clockwise from the top left, of a sheet that is clearly seen whole; None otherwise."""
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _WORK_SIDE / max(gray_HW.shape))
    small_HW = cv2.resize(gray_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small_HW = cv2.morphologyEx(small_HW, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))  # ink is not the sheet's edge
    height, width = small_HW.shape
    frame = np.concatenate(
        [small_HW[:4].ravel(), small_HW[-4:].ravel(), small_HW[:, :4].ravel(), small_HW[:, -4:].ravel()]
    )
    level, bright_HW = cv2.threshold(cv2.GaussianBlur(small_HW, (5, 5), 0), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if float((frame < level).mean()) < 0.9:
        return None
    contours, _ = cv2.findContours(bright_HW, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea, default=None)
    if outline is None:
        return None
    area = float(cv2.contourArea(outline))
    rough = cv2.approxPolyDP(outline, 0.02 * cv2.arcLength(outline, True), True)
    if not _MIN_SHARE < area / (height * width) < _MAX_SHARE or len(rough) != 4 or not cv2.isContourConvex(rough):
        return None
    corners_42 = _refined(_ordered(rough[:, 0].astype(np.float32)), outline[:, 0].astype(np.float32))
    inside_HW = np.zeros_like(small_HW)
    cv2.fillConvexPoly(inside_HW, np.round(corners_42).astype(np.int32), 255)
    quad = float(np.count_nonzero(inside_HW))
    common = float(np.count_nonzero(inside_HW & bright_HW))
    if common / max(1.0, quad + np.count_nonzero(bright_HW) - common) < _FILL - 0.02 or common / quad < _FILL:
        return None
    table, paper = np.median(small_HW[inside_HW == 0]), np.median(small_HW[inside_HW > 0])
    if table > _CONTRAST * paper:
        return None
    return np.asarray(corners_42 / scale, dtype=np.float32)


def flatten(pixels_HWC: Pixels, corners_42: Corners) -> Pixels:
    """The sheet alone, as large as it is in the picture (mean length of opposite sides)."""

    def side(a: int, b: int) -> float:
        return float(np.linalg.norm(corners_42[a] - corners_42[b]))

    width = max(1, round((side(0, 1) + side(3, 2)) / 2))
    height = max(1, round((side(0, 3) + side(1, 2)) / 2))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners_42, target)
    return np.asarray(cv2.warpPerspective(pixels_HWC, matrix, (width, height), flags=cv2.INTER_CUBIC), dtype=np.uint8)


def _ordered(points_42: Corners) -> Corners:
    """Clockwise from the corner nearest to the top left."""
    centre = points_42.mean(axis=0)
    angles = np.arctan2(points_42[:, 1] - centre[1], points_42[:, 0] - centre[0])
    around = points_42[np.argsort(angles)]
    return np.roll(around, -int(around.sum(axis=1).argmin()), axis=0)


def _refined(corners_42: Corners, outline_N2: Corners) -> Corners:
    """Corners as the crossings of straight lines fitted to the middle of each side of the outline."""
    lines: list[tuple[Corners, Corners]] = []
    for index in range(4):
        a, b = corners_42[index], corners_42[(index + 1) % 4]
        along = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
        offset_N2 = outline_N2 - a
        position_N = offset_N2 @ along / max(1e-6, float(np.linalg.norm(b - a)))
        distance_N = np.abs(offset_N2 @ np.array([-along[1], along[0]]))
        near_N2 = outline_N2[(position_N > 0.1) & (position_N < 0.9) & (distance_N < 8)]
        if len(near_N2) < 20:
            return corners_42
        vx, vy, x0, y0 = cv2.fitLine(near_N2, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((np.array([x0, y0], dtype=np.float32), np.array([vx, vy], dtype=np.float32)))
    crossings = [_crossing(lines[index - 1], lines[index]) for index in range(4)]
    return np.stack(crossings).astype(np.float32)


def _crossing(a: tuple[Corners, Corners], b: tuple[Corners, Corners]) -> Corners:
    (p, u), (q, v) = a, b
    t, _ = np.linalg.solve(np.stack([u, -v], axis=1).astype(np.float64), (q - p).astype(np.float64))
    return np.asarray(p + np.float32(t) * u, dtype=np.float32)
