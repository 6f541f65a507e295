"""A page in two halves that overlap, for pages with more text than one answer holds; and their answers put together."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
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
_TOGETHER = 0.9  # of short lines in a row
_LEAST_CHARS = 8  # of a line that can tell where it is
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

    The end of the upper answer is laid over the start of the lower one where most lines agree. The most alike of these
    is where the lower answer takes over: the lines nearest to the cuts may be cut themselves.
    """
    above, below = upper.rstrip().split("\n"), lower.lstrip().split("\n")
    tail, head = above[-_MOST_LINES:], below[:_MOST_LINES]
    agreeing: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)  # by offset: (likeness, place in tail)
    for i, line in enumerate(tail):
        for j, other in enumerate(head):
            if (likeness := _likeness(line.strip(), other.strip())) >= _ALIKE:
                agreeing[i - j].append((likeness, i))
    if not agreeing:
        cut = _cut_of_short(tail, head)
        if cut is None:
            return f"{upper.rstrip()}\n\n{lower.lstrip()}"
        return "\n".join([*above[: len(above) - len(tail) + cut[0]], *below[cut[1] :]])
    offset = max(agreeing, key=lambda offset: (sum(likeness**_STRICT for likeness, _ in agreeing[offset]), offset))
    _, i = max(agreeing[offset], key=lambda pair: (pair[0], -pair[1]))
    keep = len(above) - len(tail) + i
    return "\n".join([*above[:keep], *below[i - offset :]])


def _cut_of_short(tail: list[str], head: list[str]) -> tuple[int, int] | None:
    """Where the lower answer takes over, as (place in tail, place in head), when no line alone can tell: short lines,
    such as columns of figures, are compared many together. Of each answer the line nearest to its cut may be cut."""
    for count in range(min(len(tail), len(head)), 1, -1):
        for spare in range(min(2, len(tail) - count + 1)):
            for skipped in range(min(2, len(head) - count + 1)):
                start = len(tail) - spare - count
                ours, theirs = tail[start : start + count], head[skipped : skipped + count]
                if _likeness("\n".join(ours), "\n".join(theirs)) >= _TOGETHER and ours[0].strip() == theirs[0].strip():
                    return start, skipped
    return None


def _likeness(line: str, other: str) -> float:
    if min(len(line), len(other)) < _LEAST_CHARS:
        return 0.0
    matcher = difflib.SequenceMatcher(None, line, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0
