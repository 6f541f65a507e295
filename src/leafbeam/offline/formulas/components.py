"""The ink of a scanned formula as pieces: connected components, with bars and radical signs told apart.

All lengths are in pixels of the crop. Dimension suffixes: H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect, union

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

_BAR_ASPECT = 3.0
_BAR_THICK = 0.15  # of an em; bars are thinner than this
_BAR_FILL = 0.55  # of its box: a bar of a page that is not quite straight fills no more
_SPECK = 0.045  # of an em: the side of what is no ink
_DARK = 0.55  # of full ink
_PAPER = 2.2  # ems: the closing that removes ink from the paper


@dataclass(frozen=True, slots=True)
class Piece:
    """Ink that belongs together. ``ink_HW`` is 0 paper to 1 ink, cut at ``box``, without other pieces' ink."""

    box: Rect
    ink_HW: Floats
    bar: bool = False


def ink_of(gray_HW: Pixels, em: float) -> Floats:
    """How much ink there is, 0 to 1, whatever the paper's colour and the ink's strength."""
    side = max(3, round(_PAPER * em)) | 1
    paper_HW = cv2.morphologyEx(gray_HW, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper_HW = cv2.blur(paper_HW, (side, side)).astype(np.float32)
    ink_HW = np.clip(1 - gray_HW.astype(np.float32) / np.maximum(paper_HW, 32), 0, 1)
    dark = ink_HW[ink_HW > max(0.12, 0.4 * float(ink_HW.max()))]
    full = float(np.percentile(dark, 85)) if dark.size else 1.0
    return np.asarray(np.clip(ink_HW / full, 0, 1), np.float32)


def pieces_of(ink_HW: Floats, em: float, level: float = 0.3) -> list[Piece]:
    """The pieces, left to right; ``em`` is a first guess of the type size.

    Hairlines are faint, so the level is low; what is nowhere darker than ``_DARK`` is the paper's grain.
    """
    return _cut(ink_HW, em, level, (0, 0))


def finer(piece: Piece, em: float, level: float) -> list[Piece]:
    """What a piece falls into when only its darker ink counts."""
    return _cut(piece.ink_HW, em, level, (round(piece.box.x0), round(piece.box.y0)))


def halves(piece: Piece, em: float) -> list[tuple[Piece, Piece]]:
    """The piece cut upright where its ink is thinnest: at most three ways of cutting two symbols that touch."""
    ink_HW, x0, y0 = piece.ink_HW, piece.box.x0, piece.box.y0
    width = ink_HW.shape[1]
    if width < 0.5 * em:
        return []
    columns = cv2.blur(ink_HW.sum(axis=0)[None], (3, 1))[0]
    edge = round(0.18 * width)
    inner = range(max(edge, 2), min(width - edge, width - 2))
    low = [x for x in inner if columns[x] <= columns[x - 1] and columns[x] < columns[x + 1] and columns[x] < 0.3 * em]
    ways = []
    for x in sorted(low, key=lambda x: columns[x])[:3]:
        parts = [_trimmed(ink_HW[:, :x], x0, y0), _trimmed(ink_HW[:, x:], x0 + x, y0)]
        if parts[0] is not None and parts[1] is not None:
            ways.append((parts[0], parts[1]))
    return ways


def _trimmed(ink_HW: Floats, x0: float, y0: float) -> Piece | None:
    x, y, width, height = cv2.boundingRect((ink_HW > 0.3).astype(np.uint8))
    if width < 2 or height < 2:
        return None
    box = Rect(x0 + x, y0 + y, x0 + x + width, y0 + y + height)
    return Piece(box, np.ascontiguousarray(ink_HW[y : y + height, x : x + width]))


def _cut(ink_HW: Floats, em: float, level: float, origin: tuple[int, int]) -> list[Piece]:
    """The connected components over ``level`` of a crop whose top left corner is ``origin``."""
    mask_HW = (ink_HW > level).astype(np.uint8)
    count, labels_HW, stats, _ = cv2.connectedComponentsWithStats(mask_HW, None, None, 8)
    darkest = np.zeros(count, np.float32)
    np.maximum.at(darkest, labels_HW.ravel(), ink_HW.ravel())
    pieces: list[Piece] = []
    for k in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[k])
        if darkest[k] < _DARK or area < (_SPECK * em) ** 2 or max(width, height) < 1.5 * _SPECK * em:
            continue
        own_HW = (labels_HW[y : y + height, x : x + width] == k).astype(np.uint8)
        near_HW = cv2.dilate(own_HW, np.ones((3, 3), np.uint8))
        other_HW = (mask_HW[y : y + height, x : x + width] > 0) & (own_HW == 0)
        cut_HW = np.where(other_HW, 0, ink_HW[y : y + height, x : x + width] * near_HW).astype(np.float32)
        x, y = x + origin[0], y + origin[1]
        box = Rect(x, y, x + width, y + height)
        pieces += _radical(box, cut_HW, own_HW, em) or [Piece(box, cut_HW, _is_bar(own_HW, area, em))]
    return sorted(pieces, key=lambda p: p.box.x0)


def _is_bar(own_HW: Pixels, area: int, em: float) -> bool:
    height, width = own_HW.shape
    thick = area / width
    tilt = 0.012 * width  # of a page that is not quite straight
    flat = height < 1.6 * thick + 2 + tilt and thick < _BAR_THICK * em and _is_straight(own_HW, thick)
    return flat and width > _BAR_ASPECT * thick and area > _BAR_FILL * width * min(height, thick + 3)


def _is_straight(own_HW: Pixels, thick: float) -> bool:
    """Whether the middle of the ink runs along a line: it does not in a hat or a tilde."""
    height, width = own_HW.shape
    columns = own_HW.sum(axis=0)
    inked = columns > 0
    x = np.arange(width)[inked]
    y = (own_HW * np.arange(height)[:, None]).sum(axis=0)[inked] / columns[inked]
    if x.size < 4:
        return False
    away = y - np.polyval(np.polyfit(x, y, 1), x)
    return float(np.abs(away).mean()) < 0.16 * thick + 0.15


def _radical(box: Rect, ink_HW: Floats, own_HW: Pixels, em: float) -> list[Piece]:
    """A radical sign joined to its bar, as the two pieces that they are; [] when it is no such thing."""
    height, width = own_HW.shape
    if height < 0.7 * em or width < 0.9 * em:
        return []
    thick = round(_BAR_THICK * em)
    tops_W = np.where(own_HW.any(axis=0), own_HW.argmax(axis=0), height)
    depth_W = own_HW.sum(axis=0)
    flat_W = (tops_W <= thick) & (depth_W <= 1.3 * thick)
    run = 0
    while run < width and flat_W[width - 1 - run]:
        run += 1
    sign = width - run
    lowest = int(np.flatnonzero(own_HW[:, :sign].any(axis=1)).max(initial=0))
    left_low = int(np.flatnonzero(own_HW[:, : max(1, sign // 2)].any(axis=1)).min(initial=height))
    if run < 0.4 * em or sign < 0.3 * em or sign > 1.3 * em or lowest < height - 2 or left_low < 0.15 * height:
        return []
    bar = Rect(box.x0 + sign, box.y0, box.x1, box.y0 + thick)
    return [
        Piece(Rect(box.x0, box.y0, box.x0 + sign, box.y1), np.ascontiguousarray(ink_HW[:, :sign])),
        Piece(bar, np.ascontiguousarray(ink_HW[:thick, sign:]), bar=True),
    ]


def joined(pieces: Sequence[Piece]) -> Piece:
    """Several pieces as one."""
    box = union(p.box for p in pieces)
    ink_HW = np.zeros((round(box.height), round(box.width)), np.float32)
    for p in pieces:
        x, y = round(p.box.x0 - box.x0), round(p.box.y0 - box.y0)
        place = ink_HW[y : y + p.ink_HW.shape[0], x : x + p.ink_HW.shape[1]]
        np.maximum(place, p.ink_HW, out=place)
    return Piece(box, ink_HW)


def stacks_of(pieces: Sequence[Piece], em: float) -> list[tuple[int, ...]]:
    """Pieces over each other that may be one sign (i, =, ≤, ÷): indexes, the smaller stacks first."""
    pairs = [
        (i, k) for i, upper in enumerate(pieces) for k, lower in enumerate(pieces) if i != k and _over(upper, lower, em)
    ]
    threes = [(i, k, m) for i, k in pairs for j, m in pairs if j == k and m != i]
    return [*pairs, *threes]


def _over(upper: Piece, lower: Piece, em: float) -> bool:
    a, b = upper.box, lower.box
    if a.width > 1.2 * em or b.width > 1.2 * em or a.cy >= b.cy or max(a.height, b.height) > 1.1 * em:
        return False
    common = a.x_overlap(b)
    return common > 0.5 * min(a.width, b.width) - 0.06 * em and -0.05 * em < b.y0 - a.y1 < 0.34 * em
