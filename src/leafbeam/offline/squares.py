"""Check boxes and radio buttons as drawn: squares of four straight strokes and rings, and what they hold.

Pixels are told by an ink mask; a place is looked at closely only where two level strokes could be the top and the foot
of a square, or where ink is as wide as high and hollow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect

Mask = npt.NDArray[np.bool_]

SMALLEST, LARGEST = 0.6, 1.7  # type sizes: the side of a box
OBLONG = 1.25  # the longer side over the shorter
_CLOSED = 0.85  # of each side's length is inked
_CORNER = 0.11  # of the side: ink lies within this of each corner; the letter O keeps further off
_RUNS_ON = 3  # of the eight places behind the corners: where so many are inked, the square is a cell of a grid
_LEAST_PX = 9  # a smaller square cannot be told from a letter
_EMPTY, _FULL = 0.05, 0.85  # shares of the inside that are inked
_MUCH = 0.55  # of the inside: no letter is so black
_RING = 0.9  # of a circle's directions are inked
_MOST_STROKES = 1500  # a page with more is a pattern or noise


class Mark(StrEnum):
    """What a box holds."""

    EMPTY = "☐"
    TICKED = "☑"
    CROSSED = "☒"
    OTHER = ""  # a letter or a drawing: it is a key, a cell of a comb or a part of a figure


@dataclass(frozen=True, slots=True)
class CheckBox:
    """One box on the page, in points. ``solid``: all black, a ticked box or a bullet; ``round``: a radio button."""

    box: Rect
    mark: Mark
    solid: bool = False
    round: bool = False


@dataclass(frozen=True, slots=True)
class Square:
    """A square in pixels of a mask, the strokes included: x0 <= column < x1, y0 <= row < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def side(self) -> int:
        return min(self.x1 - self.x0, self.y1 - self.y0)

    def fits(self, size_px: float) -> bool:
        """Whether a box may be so large beside type of this size, and is about as wide as high."""
        longer = max(self.x1 - self.x0, self.y1 - self.y0)
        return (
            self.side >= max(_LEAST_PX, SMALLEST * size_px)
            and longer <= LARGEST * size_px
            and longer <= OBLONG * self.side + 1
        )


def paired(strokes_N4: npt.NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    """The rectangles about as wide as high (x0, y0, x1, y1) that have two of these level strokes as top and foot."""
    if not 2 <= len(strokes_N4) <= _MOST_STROKES:
        return []
    x0, y0, x1, y1 = strokes_N4.T
    width = x1 - x0
    slack = 0.15 * width + 1.0
    high = y1[None, :] - y0[:, None]  # from the top of one to the foot of the other
    fits = (np.abs(x0[:, None] - x0[None, :]) <= slack[:, None]) & (np.abs(x1[:, None] - x1[None, :]) <= slack[:, None])
    fits &= (high <= 1.35 * width[:, None] + 2) & (high >= 0.7 * width[:, None] - 2)
    tops, feet = np.nonzero(fits)
    return [
        (float(min(x0[i], x0[j])), float(y0[i]), float(max(x1[i], x1[j])), float(y1[j]))
        for i, j in zip(tops.tolist(), feet.tolist(), strict=True)
        if i != j
    ]


def beside(ink_HW: Mask, strokes_N4: npt.NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    """The squares of which a level stroke is the top or the foot, with ink along both upright sides.

    They are for boxes whose other level side a mark hides or runs through.
    """
    if len(strokes_N4) > _MOST_STROKES:
        return []
    found = []
    height = ink_HW.shape[0]
    for x0, y0, x1, y1 in strokes_N4.astype(int).tolist():
        side = x1 - x0
        for top in (y0, y1 - side):
            if top < 0 or top + side > height:
                continue
            rows_HW = ink_HW[top : top + side]
            if all(rows_HW[:, max(0, x - 2) : x + 2].any(axis=1).mean() > _CLOSED for x in (x0, x1)):
                found.append((float(x0), float(top), float(x1), float(top + side)))
    return found


def level_strokes(ink_HW: Mask, length_px: int) -> npt.NDArray[np.float64]:
    """The level strokes of at least this length in a mask as rows x0, y0, x1, y1; long rules are left out."""
    thick_HW = cv2.dilate(ink_HW.astype(np.uint8), np.ones((3, 1), np.uint8))  # a stroke aslant stays one
    level_HW = cv2.morphologyEx(thick_HW, cv2.MORPH_OPEN, np.ones((1, length_px), np.uint8))
    upright_HW = cv2.morphologyEx(thick_HW, cv2.MORPH_OPEN, np.ones((max(6, length_px - 1), 1), np.uint8))
    filled_HW = cv2.morphologyEx(upright_HW, cv2.MORPH_OPEN, np.ones((1, max(5, length_px - 2)), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(level_HW & ~filled_HW, None, None, 8)
    x, y, w, h = (stats[1:, k].astype(np.float64) for k in range(4))
    fits = (w <= 3.6 * length_px) & (w >= length_px) & (h <= 0.6 * w)
    return np.asarray(np.stack([x, y + 1, x + w, y + h - 1], axis=1)[fits], dtype=np.float64)


def mark_of_square(ink_HW: Mask, square: Square) -> tuple[Mark, bool] | None:
    """What a square holds, and whether it is all black; None when it is not framed.

    ``ink_HW`` reaches a third of a side further than the square, else a grid cannot be told from a box.
    """
    framed_HW = ink_HW[square.y0 : square.y1, square.x0 : square.x1]
    band = max(2, round(0.14 * square.side))
    sides = (framed_HW[:band].any(0), framed_HW[-band:].any(0), framed_HW[:, :band].any(1), framed_HW[:, -band:].any(1))
    if any(np.count_nonzero(side) < _CLOSED * side.size for side in sides) or _runs_on(ink_HW, square, band):
        return None
    corner = max(2, int(_CORNER * square.side))
    for rows in (slice(None, corner), slice(-corner, None)):
        for columns in (slice(None, corner), slice(-corner, None)):
            if not framed_HW[rows, columns].any():
                return None
    inset = max(band + 1, round(0.2 * square.side))
    inside_HW = framed_HW[inset:-inset, inset:-inset]
    if inside_HW.size < 9:
        return None
    return _held(inside_HW, framed_HW[band:-band, band:-band])


def _held(inside_HW: Mask, within_HW: Mask) -> tuple[Mark, bool]:
    """The mark from the ink well inside the frame, and from that up to the frame."""
    share = float(inside_HW.mean())
    if share < _EMPTY:
        return Mark.EMPTY, False
    if share > _FULL:
        rim = np.concatenate([within_HW[0], within_HW[-1], within_HW[:, 0], within_HW[:, -1]])
        return Mark.CROSSED, bool(rim.mean() > 0.5)
    if is_cross(inside_HW):
        return Mark.CROSSED, False
    if is_tick(inside_HW):
        return Mark.TICKED, False
    return (Mark.CROSSED if share > _MUCH else Mark.OTHER), False


def _runs_on(ink_HW: Mask, square: Square, band: int) -> bool:
    """Whether the sides go on behind the corners, as the rules of a table do."""
    near, far = max(2, round(0.14 * square.side)), max(4, round(0.32 * square.side))
    count = 0
    for rows in (slice(square.y0, square.y0 + band), slice(square.y1 - band, square.y1)):
        for columns in (
            slice(max(0, square.x0 - far), max(0, square.x0 - near)),
            slice(square.x1 + near, square.x1 + far),
        ):
            count += _inked(np.asarray(ink_HW[rows, columns].any(0)))
    for columns in (slice(square.x0, square.x0 + band), slice(square.x1 - band, square.x1)):
        for rows in (
            slice(max(0, square.y0 - far), max(0, square.y0 - near)),
            slice(square.y1 + near, square.y1 + far),
        ):
            count += _inked(np.asarray(ink_HW[rows, columns].any(1)))
    return count >= _RUNS_ON


def _inked(line: Mask) -> bool:
    return line.size > 0 and float(line.mean()) > 0.8


def mark_of_ring(ink_HW: Mask) -> Mark | None:
    """What a ring holds that just fills the mask: nothing or a dot; None for anything else."""
    height, width = ink_HW.shape
    radius = (height + width) / 4
    rim = max(2, height // 8)
    middle, centre = slice(height // 2 - 1, height // 2 + 1), slice(width // 2 - 1, width // 2 + 1)
    if not all(
        part.any()
        for part in (ink_HW[:rim, centre], ink_HW[-rim:, centre], ink_HW[middle, :rim], ink_HW[middle, -rim:])
    ):
        return None
    around = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)

    def at(share: float, angle: npt.NDArray[np.float64] = around) -> Mask:
        rows = np.clip(np.round(height / 2 - 0.5 + share * radius * np.sin(angle)), 0, height - 1).astype(int)
        columns = np.clip(np.round(width / 2 - 0.5 + share * radius * np.cos(angle)), 0, width - 1).astype(int)
        return np.asarray(ink_HW[rows, columns])

    on_ring = at(0.98) | at(0.94) | at(0.9) | at(0.86) | at(0.82) | at(0.78)
    corners = at(1.25, np.pi * np.array([0.25, 0.75, 1.25, 1.75]))
    if float(on_ring.mean()) < _RING or corners.sum() > 1:
        return None
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((y - height / 2 + 0.5) / height, (x - width / 2 + 0.5) / width) * 2
    if float(ink_HW[distance < 0.66].mean()) < _EMPTY:
        return Mark.EMPTY
    free = float(min(at(share).mean() for share in (0.74, 0.7, 0.66, 0.62, 0.58)))
    return Mark.CROSSED if float(ink_HW[distance < 0.3].mean()) > 0.9 and free < 0.3 else None


def is_cross(inside_HW: Mask) -> bool:
    """Both diagonals inked, the middles of the sides free."""
    square_HW = _resampled(inside_HW)
    spots = np.arange(9)
    return bool(
        square_HW[spots, spots].mean() > 0.75
        and square_HW[spots, 8 - spots].mean() > 0.75
        and square_HW[[0, 4, 4, 8], [4, 0, 8, 4]].sum() <= 1
    )


def is_tick(inside_HW: Mask) -> bool:
    """Ink at the upper right and the lower middle, none at the upper left."""
    square_HW = _resampled(inside_HW)
    return bool(square_HW[:4, 6:].any() and square_HW[5:, 2:6].any() and square_HW[:3, :3].mean() < 0.15)


def _resampled(inside_HW: Mask) -> Mask:
    grid_HW = cv2.resize(inside_HW.astype(np.float32), (9, 9), interpolation=cv2.INTER_AREA)
    return np.asarray(grid_HW > 0.25, dtype=np.bool_)


def believed(found: Sequence[CheckBox]) -> list[CheckBox]:
    """The boxes without cells of combs, frames of letters, black squares that stand by no other box, single rings."""
    rows = [_neighbours(box, found) for box in found]
    kept = [box for box, near in zip(found, rows, strict=True) if len(near) < 2 and box.mark is not Mark.OTHER]
    return [box for box in kept if not (box.solid or box.round) or any(_is_kin(box, other) for other in kept)]


def _neighbours(box: CheckBox, found: Sequence[CheckBox]) -> list[CheckBox]:
    """The boxes close on the same row or in the same column, and what is close to those: cells in which letters go."""
    run, reach = [box], 0.45 * box.box.width
    for one in run:
        for other in found:
            level = abs(one.box.cy - other.box.cy) < 0.2 * one.box.height
            if level and other not in run and 0 <= abs(one.box.cx - other.box.cx) - one.box.width < reach:
                run.append(other)
    return run[1:]


def _is_kin(box: CheckBox, other: CheckBox) -> bool:
    """Whether the other is a box of the same size and form in the same row or column, and not black itself."""
    if other is box or other.solid or other.round != box.round:
        return False
    size = box.box.width
    alike = abs(other.box.width - size) < 0.15 * size
    return alike and (abs(other.box.cy - box.box.cy) < 0.4 * size or abs(other.box.cx - box.box.cx) < 0.4 * size)
