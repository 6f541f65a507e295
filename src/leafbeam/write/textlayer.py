"""The content stream that lays invisible words over a page."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from leafbeam.frame import frame_of_page, shown_relative
from leafbeam.types import Page, Word
from leafbeam.write.flow import clean
from leafbeam.write.glyphless import ADVANCE_EM, ASCENT_EM, DESCENT_EM, InvisibleFont
from leafbeam.write.lines import text_lines, word_areas

FONT_NAME = "/LeafbeamText"
_LEAST_GAP = 0.08  # of the type size: closer words (Chinese, Japanese) have no space between them
_LEVEL_DEG = 2.0
_UPRIGHT, _LEAST_UPRIGHT = 2.0, 3  # height to width, and characters, of words that stand upright


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a PDF page's visible area lies in its own coordinates (y up), and how it is turned for showing."""

    left: float
    bottom: float
    width: float
    height: float
    rotate: int = 0

    def point(self, u: float, v: float) -> tuple[float, float]:
        """A point of the page as shown, relative, y down, in the PDF's coordinates."""
        match self.rotate:
            case 90:
                return self.left + v * self.width, self.bottom + u * self.height
            case 180:
                return self.left + (1 - u) * self.width, self.bottom + v * self.height
            case 270:
                return self.left + (1 - v) * self.width, self.bottom + (1 - u) * self.height
            case _:
                return self.left + u * self.width, self.bottom + (1 - v) * self.height


def text_layer(page: Page, sheet: Sheet, font: InvisibleFont) -> bytes:
    """Operators that draw the page's words at their places on ``sheet``, in reading order.

    Text rendering mode 3 neither fills nor strokes.
    """
    parts = [b"q BT 3 Tr"]
    for area in word_areas(page):
        for line in text_lines(area, page):
            for word, following in zip(line, [*line[1:], None], strict=True):
                parts += _placed(page, word, following, sheet, font)
    parts.append(b"ET Q\n")
    return b"\n".join(parts)


def _placed(page: Page, word: Word, following: Word | None, sheet: Sheet, font: InvisibleFont) -> list[bytes]:
    text = _drawn_order(clean(word.text).strip().replace("\n", " "))
    corners = _text_corners(word, page)
    level = corners[0] == (word.box.left, word.box.bottom)
    start, end, top = (_corner(page, sheet, x, y) for x, y in corners)
    width, height = math.dist(start, end), math.dist(start, top)
    if not text or width <= 0 or height <= 0:
        return []
    cos, sin = _direction(start, end)
    # from the middle of the word, back along its line and down to the baseline, which lies above the box's lower edge
    size = height / (ASCENT_EM - DESCENT_EM)
    back, down = width / 2, height / 2 + DESCENT_EM * size
    x = (end[0] + top[0]) / 2 - cos * back + sin * down
    y = (end[1] + top[1]) / 2 - sin * back - cos * down
    stretch = 100 * width / (len(text) * ADVANCE_EM * size)
    matrix = f"{cos:.6f} {sin:.6f} {-sin:.6f} {cos:.6f} {x:.3f} {y:.3f}"
    operators = f"{FONT_NAME} {size:.3f} Tf {stretch:.3f} Tz {matrix} Tm"
    parts = [f"{operators} <{font.encode(text).hex().upper()}> Tj".encode("ascii")]
    if level and following is not None and following.box.left > word.box.right:
        gap = math.dist(end, _corner(page, sheet, following.box.left, word.box.bottom))
        if gap > _LEAST_GAP * size:
            stretch = 100 * gap / (ADVANCE_EM * size)
            parts.append(f"{stretch:.3f} Tz <{font.encode(' ').hex().upper()}> Tj".encode("ascii"))
    return parts


def _direction(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Cosine and sine of the way from start to end; exactly along an axis when it is nearly so.

    Within a word a small tilt moves nothing, but programs that work out the layout anew (Poppler) tear tilted words up.
    """
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    axis = round(angle / (math.pi / 2)) * (math.pi / 2)
    if abs(angle - axis) <= math.radians(_LEVEL_DEG):
        angle = axis
    return math.cos(angle), math.sin(angle)


def _text_corners(word: Word, page: Page) -> tuple[tuple[float, float], ...]:
    """Where a word's text begins and ends on its lower side, and where it begins on its upper side.

    A word much taller than wide stands upright: Chinese and Japanese run down, others are taken to run up.
    """
    box = word.box
    tall = (box.bottom - box.top) * page.height_pt > _UPRIGHT * (box.right - box.left) * page.width_pt
    if not tall or len(word.text) < _LEAST_UPRIGHT:
        return (box.left, box.bottom), (box.right, box.bottom), (box.left, box.top)
    if any(unicodedata.east_asian_width(char) in "WF" for char in word.text):
        return (box.left, box.top), (box.left, box.bottom), (box.right, box.top)
    return (box.right, box.bottom), (box.right, box.top), (box.left, box.bottom)


def _drawn_order(text: str) -> str:
    """A word as it is drawn from left to right: readers of PDF turn words in Hebrew or Arabic letters round."""
    directions = {unicodedata.bidirectional(char) for char in text}
    if "L" in directions or directions.isdisjoint(("R", "AL")):
        return text
    clusters: list[str] = []
    for char in text:
        if clusters and unicodedata.combining(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return "".join(reversed(clusters))


def _corner(page: Page, sheet: Sheet, x: float, y: float) -> tuple[float, float]:
    """A relative point of the straightened page in the PDF's coordinates."""
    return sheet.point(*shown_relative(x, y, frame_of_page(page)))
