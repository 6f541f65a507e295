"""A page in two halves that overlap, for pages with more text than one answer holds; and their answers put together."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_OVERLAP = 0.06  # of the page's height, on both sides of the cut
_SEARCH = 0.12  # of the height, around the middle: where the cut may fall
_MOST_LINES = 30  # at the end of one answer and the beginning of the next, compared for what both read
_ALIKE = 0.8
_BOX = re.compile(r"(\]\([^)\s]*\)[ \t]*|\]\()(\d{1,5})(\s*,\s*)(\d{1,5})(\s*,\s*)(\d{1,5})(\s*,\s*)(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Tile:
    """A horizontal band of a page: its pixels and where it lies, 0..1 of the page's height."""

    pixels_HWC: Pixels
    top: float
    bottom: float


def halves(pixels_HWC: Pixels) -> tuple[Tile, Tile]:
    """The upper and the lower half, cut at the emptiest row near the middle; both reach a little over it."""
    height = pixels_HWC.shape[0]
    gray_HW = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2GRAY)
    ink_H = (gray_HW < 128).mean(axis=1)
    reach = max(1, height // 200)
    ink_H = np.convolve(ink_H, np.ones(reach) / reach, mode="same")
    first, last = int((0.5 - _SEARCH) * height), int((0.5 + _SEARCH) * height)
    cut = first + int(np.argmin(ink_H[first:last]))
    over = int(_OVERLAP * height)
    return (
        Tile(pixels_HWC[: min(height, cut + over)], 0.0, min(height, cut + over) / height),
        Tile(pixels_HWC[max(0, cut - over) :], max(0, cut - over) / height, 1.0),
    )


def on_page(text: str, tile: Tile) -> str:
    """The tile's answer with its boxes (thousandths of the tile) turned into thousandths of the page."""

    def moved(found: re.Match[str]) -> str:
        lead, x1, a, y1, b, x2, c, y2 = found.groups()
        high = tile.bottom - tile.top
        y1, y2 = (str(round(1000 * (tile.top + int(y) / 1000 * high))) for y in (y1, y2))
        return f"{lead}{x1}{a}{y1}{b}{x2}{c}{y2}"

    return _BOX.sub(moved, text)


def joined(upper: str, lower: str) -> str:
    """The two answers as one; lines of the overlap, which both read, are written once.

    The end of the upper answer and the start of the lower one are compared line by line; where they meet best, the
    upper one's lines stay, but for its last, which the edge of the tile may have cut.
    """
    above, below = upper.rstrip().split("\n"), lower.lstrip().split("\n")
    tail, head = above[-_MOST_LINES:], below[:_MOST_LINES]
    best: tuple[float, int, int] | None = None
    for i, line in enumerate(tail):
        for j, other in enumerate(head):
            if len(line.strip()) < 8 or len(other.strip()) < 8:
                continue
            alike = difflib.SequenceMatcher(None, line, other, autojunk=False).quick_ratio()
            if alike < _ALIKE:
                continue
            alike = difflib.SequenceMatcher(None, line, other, autojunk=False).ratio()
            if alike >= _ALIKE and (best is None or alike + 0.01 * (i - j) > best[0]):
                best = (alike + 0.01 * (i - j), i, j)
    if best is None:
        return f"{upper.rstrip()}\n\n{lower.lstrip()}"
    _, i, j = best
    keep = len(above) - len(tail) + i
    return "\n".join([*above[:keep], *below[j:]])
