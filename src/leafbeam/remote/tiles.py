"""A page in two halves that overlap, for pages with more text than one answer holds; and their answers put together."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_OVERLAP = 0.06  # of the page's height, on both sides of the cut
_SEARCH = 0.12  # of the height, around the middle: where the cut may fall
_MOST_LINES = 30  # at the end of one answer and the beginning of the next, compared for what both read
_ALIKE = 0.8
_STRICT = 24  # one line read twice the same weighs more than many that only look alike, as rows of tables do
_SAME = 0.95
_LEAST_CHARS = 8  # of a line that can tell where it is
_LEAST_LINES = 2  # shorter ones, all different, that can
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

    The end of the upper answer is laid over the start of the lower one where all lines between agree, else where most
    do. The most alike of these is where the lower answer takes over: the lines nearest to the cuts may be cut
    themselves.
    """
    above, below = upper.rstrip().split("\n"), lower.lstrip().split("\n")
    mine = [place for place, line in enumerate(above) if line.strip()][-_MOST_LINES:]
    theirs = [place for place, line in enumerate(below) if line.strip()][:_MOST_LINES]
    tail, head = [above[place].strip() for place in mine], [below[place].strip() for place in theirs]
    likeness_IJ = [[_likeness(line, other) for other in head] for line in tail]
    seam = _run(tail, likeness_IJ) or _offset(tail, head, likeness_IJ)
    if seam is None:
        return f"{upper.rstrip()}\n\n{lower.lstrip()}"
    return "\n".join([*above[: mine[seam[0]]], *below[theirs[seam[1]] :]])


def _run(tail: Sequence[str], likeness_IJ: Sequence[Sequence[float]]) -> tuple[int, int] | None:
    """Where the lower answer takes over, as (place in tail, place in head), when all lines of the overlap agree but
    the two that the cuts may have cut; None when there is no such overlap."""
    best, seam = 0.0, None
    for start in range(len(tail)):
        pairs = [likeness_IJ[start + j][j] for j in range(min(len(tail) - start, len(likeness_IJ[start])))]
        if start + len(pairs) < len(tail) or min(pairs[1:-1], default=1.0) < _ALIKE:
            continue  # the upper answer ends with the overlap
        same = [j for j, likeness in enumerate(pairs) if likeness >= _SAME]
        worth = sum(likeness**_STRICT for likeness in pairs)
        lines = {tail[start + j] for j in same}
        if worth > best and (len(lines) >= _LEAST_LINES or sum(len(tail[start + j]) for j in same) >= _LEAST_CHARS):
            j = max(same, key=lambda j: (pairs[j], -j))
            best, seam = worth, (start + j, j)
    return seam


def _offset(tail: Sequence[str], head: Sequence[str], likeness_IJ: Sequence[Sequence[float]]) -> tuple[int, int] | None:
    """The same where some lines of the overlap are parted otherwise or read by one only; None when no line agrees that
    can tell by itself where it is."""
    agreeing: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)  # by offset: (likeness, place in tail)
    for i, line in enumerate(tail):
        for j, other in enumerate(head):
            if min(len(line), len(other)) >= _LEAST_CHARS and likeness_IJ[i][j] >= _ALIKE:
                agreeing[i - j].append((likeness_IJ[i][j], i))
    if not agreeing:
        return None
    offset = max(agreeing, key=lambda offset: (sum(likeness**_STRICT for likeness, _ in agreeing[offset]), offset))
    _, i = max(agreeing[offset], key=lambda pair: (pair[0], -pair[1]))
    return i, i - offset


def _likeness(line: str, other: str) -> float:
    """0..1; short lines are the same or not."""
    if line == other:
        return 1.0
    if min(len(line), len(other)) < _LEAST_CHARS:
        return 0.0
    matcher = difflib.SequenceMatcher(None, line, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE else 0.0
