"""Where the check boxes and radio buttons of a page are: on a scan by their strokes, on a PDF page by its drawings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.recognition.cleanup import background
from leafbeam.offline.squares import (
    LARGEST,
    OBLONG,
    SMALLEST,
    CheckBox,
    Mark,
    Mask,
    Square,
    believed,
    beside,
    level_strokes,
    mark_of_ring,
    mark_of_square,
    paired,
)
from leafbeam.types import PageImage

_SEARCH_PX = 16.0  # the type size in the reduced image that boxes are searched in
_SHORTEST = 0.55  # type sizes: a level stroke of a box
_ROUND = 0.75  # type sizes: a radio button is larger than most letters O
_MANY = 400  # drawn squares of one page: more are a pattern or the points of a chart
_DRAWN_INK = 185  # grey level: clean drawings have no paper to tell from
_LEAST_EMPTY = 2  # boxes without a mark: letters and bullets are rarely taken for several of them
_MOST_KIN = 60  # boxes whose rows and columns are followed
_SIDES, _LEAST_MARK = 0.85, 0.08  # shares of each side, and of the inside, that are inked where a box is expected
_NEAR = 2.5  # type sizes between a box and its word

Pixels = npt.NDArray[np.uint8]


def boxes_of_scan(image: PageImage, lines: Sequence[Line]) -> list[CheckBox]:
    """The boxes on a page image with these lines, which give the type size; in points."""
    sizes = [line.size_pt for line in lines if not line.angle]
    if not sizes:
        return []
    scale = image.dpi / 72.0
    gray_HW = cv2.cvtColor(image.pixels_HWC, cv2.COLOR_RGB2GRAY)
    size_px = median(sizes) * scale
    reduced = min(1.0, _SEARCH_PX / size_px)
    search = _Search(gray_HW, reduced)
    found: list[CheckBox] = []
    for place in (*search.squares(size_px), *search.parts(size_px)):
        box = search.judged(place, scale, lines, size_px)
        if box is not None and not any(box.box.intersection(other.box) > 0 for other in found):
            found.append(box)
    return _without_ends(believed([*found, *_marked(found, search, scale)]), lines)


def _marked(found: Sequence[CheckBox], search: _Search, scale: float) -> list[CheckBox]:
    """Boxes whose mark leaves the square, where the rows and columns of plain ones cross.

    A hand's cross runs over the sides and into the word, so that no square can be told by its outline alone; where a
    box stands in the same column and another in the same row, ink along all four sides is enough.
    """
    squares = [box for box in found if not box.round and not box.solid and box.mark is not Mark.OTHER]
    if sum(box.mark is Mark.EMPTY for box in squares) < _LEAST_EMPTY:
        return []
    pairs = [(a, b) for a in squares for b in squares if _is_crossing(a.box, b.box)] if len(squares) < _MOST_KIN else []
    result: list[CheckBox] = []
    for column, row in sorted(pairs, key=lambda pair: abs(pair[0].box.cy - pair[1].box.cy)):
        down = row.box.cy - column.box.cy
        place = column.box._replace(y0=column.box.y0 + down, y1=column.box.y1 + down)
        if any(place.intersection(other.box) > 0 for other in (*found, *result)):
            continue
        framed = search.framed(place, scale)
        if framed is not None:
            result.append(CheckBox(framed, Mark.CROSSED))
    return result


def _is_crossing(column: Rect, row: Rect) -> bool:
    """Whether two boxes are of one size and stand in different rows and columns."""
    size = column.width
    apart = abs(column.cx - row.cx) > 1.5 * size and abs(column.cy - row.cy) > size
    return apart and abs(row.width - size) < 0.2 * size


def boxes_of_layer(image: PageImage, layer: PageLayer, lines: Sequence[Line]) -> list[CheckBox]:
    """The boxes that a text layer's page draws as paths or as four rules; the image tells what they hold."""
    scale = image.dpi / 72.0
    found: list[CheckBox] = []
    for rect in _drawn(layer):
        size = _size_beside(rect, lines)
        if size is None or any(rect.intersection(other.box) > 0.5 * rect.area for other in found):
            continue
        inside = [glyph for glyph in layer.glyphs if rect.contains(glyph.ink.cx, glyph.ink.cy) and glyph.text.strip()]
        box = _judged_drawing(image, rect, size * scale)
        if box is None:
            continue
        if inside:
            is_mark = all(glyph.text.strip() in "xX×✓✔✕✖✗✘√" for glyph in inside)
            box = replace(box, mark=Mark.CROSSED if is_mark else Mark.OTHER)
        found.append(box)
    return _without_ends(believed(found), lines)


def _without_ends(found: Sequence[CheckBox], lines: Sequence[Line]) -> list[CheckBox]:
    """The boxes without the empty squares that end a proof: behind all text, one or two on a page, alone in the row."""
    kept = []
    for box in found:
        place = box.box
        behind = any(line.box.x1 > place.x1 + place.width and line.box.y_overlap(place) > 0 for line in lines)
        row = sum(abs(other.box.cy - place.cy) < 0.5 * place.height for other in found)
        column = sum(abs(other.box.cx - place.cx) < 0.5 * place.width for other in found)
        if behind or box.mark is not Mark.EMPTY or row > 1 or column > 2:
            kept.append(box)
    return kept


def _size_beside(rect: Rect, lines: Sequence[Line]) -> float | None:
    """The type size of the nearest line that a drawn square is level with, if its side suits that size."""
    level = [line for line in lines if not line.angle and line.box.y0 - 1 <= rect.cy <= line.box.y1 + 1]
    nearest = min(level, key=lambda line: max(-line.box.x_overlap(rect), 0.0), default=None)
    if nearest is None:
        return None
    fits = SMALLEST * nearest.size_pt <= min(rect.width, rect.height)
    return nearest.size_pt if fits and max(rect.width, rect.height) <= LARGEST * nearest.size_pt else None


def _drawn(layer: PageLayer) -> list[Rect]:
    """What is drawn about as wide as high and as large as a letter: paths, and squares of four rules."""

    def suits(rect: Rect) -> bool:
        shorter, longer = min(rect.width, rect.height), max(rect.width, rect.height)
        return shorter > 4 and longer < 28 and longer <= OBLONG * shorter

    rules = [r.box for r in layer.rulings if r.horizontal and 4 < r.box.width < 28]
    squares = paired(np.array(rules, dtype=np.float64).reshape(-1, 4))
    rects = [*(shape.box for shape in layer.shapes), *(Rect(*square) for square in squares)]
    places = list(dict.fromkeys(Rect(*(round(v, 1) for v in rect)) for rect in rects if suits(rect)))
    return sorted(places, key=lambda rect: -rect.area) if len(places) <= _MANY else []


def _judged_drawing(image: PageImage, rect: Rect, size_px: float) -> CheckBox | None:
    scale = image.dpi / 72.0
    margin = round(0.5 * rect.width * scale)
    x0, y0 = max(0, int(rect.x0 * scale) - margin), max(0, int(rect.y0 * scale) - margin)
    x1, y1 = int(rect.x1 * scale) + margin + 1, int(rect.y1 * scale) + margin + 1
    piece_HWC = image.pixels_HWC[y0:y1, x0:x1]
    if not piece_HWC.size:
        return None
    ink_HW = np.asarray(piece_HWC.min(axis=2) < _DRAWN_INK)
    for slack in (0, 1, -1):  # strokes lie on the path or around it
        left, top = round(rect.x0 * scale) - x0 - slack, round(rect.y0 * scale) - y0 - slack
        right, foot = round(rect.x1 * scale) - x0 + slack, round(rect.y1 * scale) - y0 + slack
        if left < 0 or top < 0:
            continue
        square = Square(left, top, right, foot)
        if square.fits(size_px) and (held := mark_of_square(ink_HW, square)) is not None:
            return CheckBox(rect, held[0], solid=held[1])
        if square.side >= _ROUND * size_px and (mark := mark_of_ring(ink_HW[top:foot, left:right])) is not None:
            return CheckBox(rect, mark, round=True)
    return None


class _Search:
    """One page's grey pixels, searched in a reduced copy and looked at closely in their own resolution."""

    def __init__(self, gray_HW: Pixels, reduced: float) -> None:
        self._gray_HW = gray_HW
        self._reduced = reduced
        height, width = gray_HW.shape
        size = (max(1, round(width * reduced)), max(1, round(height * reduced)))
        small_HW = cv2.resize(gray_HW, size, interpolation=cv2.INTER_AREA)
        self._paper_HW = np.maximum(background(small_HW), 32)
        paper_HW = cv2.resize(self._paper_HW, size, interpolation=cv2.INTER_LINEAR)
        flat_HW = cv2.divide(small_HW, paper_HW, scale=255)
        level, _ = cv2.threshold(flat_HW, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        self._level = min(215.0, max(90.0, level))
        # thin strokes are paler in the reduced copy
        self._small_HW: Mask = np.asarray(flat_HW < min(225.0, self._level + 25.0), dtype=np.bool_)

    def squares(self, size_px: float) -> Iterator[Square]:
        """Where two level strokes could be the top and the foot of a box, in pixels of the page."""
        strokes_N4 = level_strokes(self._small_HW, max(5, int(_SHORTEST * size_px * self._reduced)))
        for place in (*paired(strokes_N4), *beside(self._small_HW, strokes_N4)):
            yield Square(*(round(v / self._reduced) for v in place))

    def parts(self, size_px: float) -> Iterator[Square]:
        """Where ink is connected and about as wide as high, in pixels of the page."""
        _, _, stats, _ = cv2.connectedComponentsWithStats(self._small_HW.astype(np.uint8), None, None, 8)
        w, h = stats[:, 2], stats[:, 3]
        least, most = SMALLEST * size_px * self._reduced, LARGEST * size_px * self._reduced
        fits = (np.minimum(w, h) >= least - 1) & (np.maximum(w, h) <= most + 1) & (np.abs(w - h) <= 0.15 * w + 1)
        for row in stats[fits, :4][_hollow_sided(self._small_HW, stats[fits, :4])].tolist():
            yield Square(*(round(v / self._reduced) for v in (row[0], row[1], row[0] + row[2], row[1] + row[3])))

    def judged(self, place: Square, scale: float, lines: Sequence[Line], usual_px: float) -> CheckBox | None:
        """The box at about this place, if there is one that suits the type beside it or the page's usual type size."""
        margin = max(3, round(0.5 * place.side))
        x0, y0 = max(0, place.x0 - margin), max(0, place.y0 - margin)
        ink_HW = self._ink(x0, y0, place.x1 + margin, place.y1 + margin)
        around = Rect(place.x0 / scale, place.y0 / scale, place.x1 / scale, place.y1 / scale)
        size = _size_at(around, lines)
        if size is None or ink_HW.size == 0:
            return None
        start = Square(place.x0 - x0, place.y0 - y0, place.x1 - x0, place.y1 - y0)
        usual = max(2, round(0.6 / self._reduced) + 1)
        # the stem of a letter may stand close by, or the reduced copy join a letter to the box
        wide = max(usual + 1, round(2.2 / self._reduced))
        for slack in (usual, 1, wide):
            square = _snapped(ink_HW, start, slack)
            left, top, right, foot = x0 + square.x0, y0 + square.y0, x0 + square.x1, y0 + square.y1
            box = Rect(left / scale, top / scale, right / scale, foot / scale)
            if not (square.fits(size * scale) or square.fits(usual_px)):
                continue
            held = mark_of_square(ink_HW, square)
            if slack == wide and (held is None or held[0] is not Mark.EMPTY):
                return None  # letters have such outlines too
            if held is not None:
                return CheckBox(box, held[0], solid=held[1])
            mark = mark_of_ring(ink_HW[square.y0 : square.y1, square.x0 : square.x1])
            if mark is not None and square.side >= _ROUND * max(size * scale, usual_px) and _is_apart(ink_HW, square):
                return CheckBox(box, mark, round=True)
        return None

    def framed(self, place: Rect, scale: float) -> Rect | None:
        """Where, near this place in points, a square of this size has ink along all four sides and within."""
        side, slack = round(0.5 * (place.width + place.height) * scale), max(2, round(0.3 * place.width * scale))
        left, top = round(place.x0 * scale) - slack, round(place.y0 * scale) - slack
        if min(left, top) < 0:
            return None
        ink_HW = self._ink(left, top, left + side + 2 * slack, top + side + 2 * slack)
        if min(ink_HW.shape) < side + 2 * slack:
            return None
        band, best, where = max(2, round(0.1 * side)), 0.0, (0, 0)
        across_HW: Mask = np.asarray(np.lib.stride_tricks.sliding_window_view(ink_HW, band, axis=0).any(axis=-1))
        down_HW: Mask = np.asarray(np.lib.stride_tricks.sliding_window_view(ink_HW, band, axis=1).any(axis=-1))
        for y in range(2 * slack + 1):
            for x in range(2 * slack + 1):
                level = [across_HW[row, x : x + side].mean() for row in (y, y + side - band)]
                upright = [down_HW[y : y + side, column].mean() for column in (x, x + side - band)]
                least = float(min(*level, *upright))
                if least > best:
                    best, where = least, (y, x)
        y, x = where
        inset = max(band + 1, side // 5)
        inside_HW = ink_HW[y + inset : y + side - inset, x + inset : x + side - inset]
        if best < _SIDES or inside_HW.size == 0 or not float(inside_HW.mean()) > _LEAST_MARK:
            return None
        return Rect((left + x) / scale, (top + y) / scale, (left + x + side) / scale, (top + y + side) / scale)

    def _ink(self, x0: int, y0: int, x1: int, y1: int) -> Mask:
        """The ink of a part of the page in its own resolution."""
        part_HW = self._gray_HW[y0:y1, x0:x1]
        if not part_HW.size:
            return np.zeros((0, 0), dtype=np.bool_)
        height, width = self._gray_HW.shape
        rows, columns = self._paper_HW.shape
        row = min(rows - 1, (y0 + y1) * rows // (2 * height))
        column = min(columns - 1, (x0 + x1) * columns // (2 * width))
        return np.asarray(part_HW < self._level / 255.0 * float(self._paper_HW[row, column]), dtype=np.bool_)


def _snapped(ink_HW: Mask, start: Square, slack: int) -> Square:
    """The square with each side moved, by ``slack`` at most, out to the last line that is mostly ink."""
    height, width = ink_HW.shape
    rows = ink_HW[:, max(0, start.x0) : start.x1].mean(axis=1)
    columns = ink_HW[max(0, start.y0) : start.y1].mean(axis=0)

    def edge(shares: npt.NDArray[np.float64], at: int, step: int, most: int) -> int:
        places = [at - step * k for k in range(slack, -slack - 1, -1)]
        places = [p for p in places if 0 <= p < most]
        if not places:
            return at
        peak = max(float(shares[p]) for p in places)
        return next(p for p in places if shares[p] >= 0.6 * peak)

    return Square(
        edge(columns, start.x0, 1, width),
        edge(rows, start.y0, 1, height),
        edge(columns, start.x1 - 1, -1, width) + 1,
        edge(rows, start.y1 - 1, -1, height) + 1,
    )


def _hollow_sided(ink_HW: Mask, parts_N4: npt.NDArray[np.int32]) -> Mask:
    """Which parts (x, y, width, height) have ink at the middle of all four sides, as squares and rings have."""
    x, y, w, h = parts_N4.T
    middle, centre = y + h // 2, x + w // 2
    right, foot = x + w - 1, y + h - 1
    # the next one inwards, which a part of one pixel does not have
    inner_x, inner_y, inner_right, inner_foot = x + (w > 1), y + (h > 1), right - (w > 1), foot - (h > 1)
    inked = (ink_HW[middle, x] | ink_HW[middle, inner_x]) & (ink_HW[middle, right] | ink_HW[middle, inner_right])
    inked &= (ink_HW[y, centre] | ink_HW[inner_y, centre]) & (ink_HW[foot, centre] | ink_HW[inner_foot, centre])
    return np.asarray(inked, dtype=np.bool_)


def _is_apart(ink_HW: Mask, ring: Square) -> bool:
    """Whether a ring stands off the text as no letter O does: less than a space from neither side, more in front."""
    before, behind = max(2, round(0.5 * ring.side)), max(2, round(0.16 * ring.side))
    front_HW = ink_HW[ring.y0 : ring.y1, max(0, ring.x0 - before) : max(0, ring.x0 - 1)]
    back_HW = ink_HW[ring.y0 : ring.y1, ring.x1 + 1 : ring.x1 + behind]
    return all(side.size == 0 or float(side.mean()) < 0.05 for side in (front_HW, back_HW))


def _size_at(box: Rect, lines: Iterable[Line]) -> float | None:
    """The type size of the nearest line that a box is level with."""
    level = [line for line in lines if not line.angle and line.box.y0 - 2 <= box.cy <= line.box.y1 + 2]
    nearest = min(level, key=lambda line: max(-line.box.x_overlap(box), 0.0), default=None)
    return nearest.size_pt if nearest is not None else None
