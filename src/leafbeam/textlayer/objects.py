"""The page's drawn objects other than text: rulings, shapes, pictures, and what they paint over."""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pypdfium2.raw as c

from leafbeam.geometry import Rect
from leafbeam.layer import Picture, Ruling, Shape
from leafbeam.textlayer import native
from leafbeam.textlayer.frame import Frame

_THIN_PT = 3.0  # a filled bar up to this thick is a ruling
_MAX_DEPTH = 8
_MAX_OBJECTS = 40_000  # of one page; what comes after them is left out, so that no drawing takes minutes
_MAX_SEGMENTS = 4000  # of one path; a longer one is a drawing, not a grid
_FLAT = 0.02  # largest slope of a straight horizontal or vertical segment
_RECTANGLE = 5  # segments of a level path; more make steps, not a rectangle
_ROUNDED_SEGMENTS = 32  # of a path; more are no rectangle with round corners
_STRAIGHT = 0.6  # of the outline of such a rectangle; a circle has none
_SHORT_PT = 1.5  # a segment below this length is a corner of something, not a ruling


class Matrix(NamedTuple):
    """A PDF matrix: x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, m: Matrix) -> Matrix:
        """This transformation, followed by ``m``."""
        return Matrix(
            self.a * m.a + self.b * m.c,
            self.a * m.b + self.b * m.d,
            self.c * m.a + self.d * m.c,
            self.c * m.b + self.d * m.d,
            self.e * m.a + self.f * m.c + m.e,
            self.e * m.b + self.f * m.d + m.f,
        )

    def apply(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def bounds(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """The bounding rectangle (left, bottom, right, top) of a transformed one."""
        corners = [self.apply(x, y) for x in (left, right) for y in (bottom, top)]
        xs, ys = [p[0] for p in corners], [p[1] for p in corners]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def scale(self) -> float:
        """The mean scale factor, for line widths."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))


class TextPlace(NamedTuple):
    """Where a text object stands: its place in the painting order and what surrounds it."""

    z: int
    form: Matrix


class Paint(NamedTuple):
    """Something painted over an area: ``opaque`` hides what is below it."""

    z: int
    box: Rect
    opaque: bool
    color: int


@dataclass(slots=True)
class Content:
    """What a walk over the page's objects found (mutable while it is filled)."""

    rulings: list[Ruling] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    paints: list[Paint] = field(default_factory=list)
    texts: dict[int, TextPlace] = field(default_factory=dict)


def read_content(page: int, frame: Frame) -> Content:
    """All objects of the page with handle ``page``, those inside form XObjects too, in painting order."""
    content, reader = Content(), _Reader(frame)
    for z, (handle, kind, form) in enumerate(_walk(page, Matrix(), 0)):
        if z >= _MAX_OBJECTS:
            # What lies above or below the remaining text is not known: it counts as seen, on a ground of some colour.
            content.paints = [Paint(-1, Rect(0.0, 0.0, frame.width_pt, frame.height_pt), opaque=False, color=0x808080)]
            break
        if kind == c.FPDF_PAGEOBJ_TEXT:
            content.texts[handle] = TextPlace(z, form)
        elif kind == c.FPDF_PAGEOBJ_IMAGE:
            box = reader.bounds(handle, form)
            content.pictures.append(Picture(box))
            content.paints.append(Paint(z, box, opaque=not native.object_transparent(handle), color=0x808080))
        elif kind == c.FPDF_PAGEOBJ_SHADING:
            box = reader.bounds(handle, form)
            content.shapes.append(Shape(box, filled=True, color=0x808080))
            content.paints.append(Paint(z, box, opaque=False, color=0x808080))
        elif kind == c.FPDF_PAGEOBJ_PATH:
            reader.path(handle, form, z, content)
    whole = Rect(0.0, 0.0, frame.width_pt, frame.height_pt)
    content.shapes = [replace(shape, box=part) for shape in content.shapes if (part := _within(shape.box, whole))]
    content.pictures = [Picture(part) for picture in content.pictures if (part := _within(picture.box, whole))]
    return content


def _within(box: Rect, page: Rect) -> Rect | None:
    """The part of a graphic that is on the page: what is drawn may reach a thousand pages far beyond it."""
    seen = Rect(max(box.x0, page.x0), max(box.y0, page.y0), min(box.x1, page.x1), min(box.y1, page.y1))
    return seen if seen.x0 <= seen.x1 and seen.y0 <= seen.y1 else None


def object_boxes(page: int, frame: Frame) -> Iterator[tuple[int, Rect]]:
    """Each object of the page itself (a form as one) and the box around it."""
    reader = _Reader(frame)
    for i in range(min(native.page_object_count(page), _MAX_OBJECTS)):
        if handle := native.page_object(page, i):
            yield handle, reader.bounds(handle, Matrix())


def _walk(owner: int, form: Matrix, depth: int) -> Iterator[tuple[int, int, Matrix]]:
    """(handle, type, matrix of the containing form) of every object, depth first."""
    count, get = (
        (native.form_object_count, native.form_object) if depth else (native.page_object_count, native.page_object)
    )
    for i in range(count(owner)):
        handle = get(owner, i)
        if not handle:
            continue
        kind = native.object_type(handle)
        yield handle, kind, form
        if kind == c.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            yield from _walk(handle, read_matrix(handle).then(form), depth + 1)


def read_matrix(handle: int) -> Matrix:
    """The object's own matrix; the identity for an object without one."""
    buffer = (ctypes.c_float * 6)()
    return Matrix(*buffer) if native.object_matrix(handle, ctypes.addressof(buffer)) else Matrix()


class _Segment(NamedTuple):
    """One straight piece of a path on the screen page."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def horizontal(self) -> bool:
        return abs(self.y1 - self.y0) <= max(0.3, _FLAT * abs(self.x1 - self.x0))

    @property
    def vertical(self) -> bool:
        return abs(self.x1 - self.x0) <= max(0.3, _FLAT * abs(self.y1 - self.y0))

    @property
    def length(self) -> float:
        return math.hypot(self.x1 - self.x0, self.y1 - self.y0)


class _Reader:
    """Reads objects through reused buffers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._floats = (ctypes.c_float * 4)()
        base = ctypes.addressof(self._floats)
        self._slots = tuple(base + 4 * i for i in range(4))
        self._ints = (ctypes.c_uint * 4)()
        base = ctypes.addressof(self._ints)
        self._int_slots = tuple(base + 4 * i for i in range(4))

    def bounds(self, handle: int, form: Matrix) -> Rect:
        native.object_bounds(handle, *self._slots)
        return self._frame.rect(*form.bounds(*self._floats))

    def color(self, handle: int, *, stroke: bool = False) -> tuple[int, int]:
        """(0xRRGGBB, alpha 0..255); a pattern counts as opaque grey."""
        get = native.object_stroke if stroke else native.object_fill
        if not get(handle, *self._int_slots):
            return 0x808080, 255
        red, green, blue, alpha = self._ints
        return red << 16 | green << 8 | blue, alpha

    def path(self, handle: int, form: Matrix, z: int, content: Content) -> None:
        """Sort one path into rulings and shapes."""
        native.path_draw_mode(handle, self._int_slots[0], self._int_slots[1])
        filled, stroked = bool(self._ints[0]), bool(self._ints[1])
        fill, fill_alpha = self.color(handle) if filled else (0, 0)
        stroke, stroke_alpha = self.color(handle, stroke=True) if stroked else (0, 0)
        filled, stroked = filled and fill_alpha > 0, stroked and stroke_alpha > 0
        if not filled and not stroked:
            return
        box = self.bounds(handle, form)
        color = fill if filled else stroke
        pieces = self._pieces(handle, form)
        if pieces is None:
            content.shapes.append(Shape(box, filled, color, plain=self._is_rounded(handle)))
            return
        if filled:
            opaque = fill_alpha == 255 and not native.object_transparent(handle)
            _sort_filled(pieces, Paint(z, box, opaque, fill), content)
        if stroked:
            thickness = self._stroke_width(handle, form)
            _sort_stroked(pieces, thickness, content)
            if not filled and any(len(piece) > 1 for piece in pieces):
                plain = all(len(piece) <= _RECTANGLE for piece in pieces)
                content.shapes.append(Shape(box, filled=False, color=stroke, plain=plain))

    def _is_rounded(self, handle: int) -> bool:
        """Whether a path is a rectangle with rounded corners: most of its outline lies straight on its extent."""
        count = native.path_segment_count(handle)
        if not 0 < count <= _ROUNDED_SEGMENTS:
            return False
        points: list[tuple[float, float, bool]] = []  # with whether a straight piece leads there
        start = (0.0, 0.0)
        for i in range(count):
            segment = native.path_segment(handle, i)
            kind = native.segment_type(segment)
            native.segment_point(segment, self._slots[0], self._slots[1])
            x, y = self._floats[0], self._floats[1]
            if kind == c.FPDF_SEGMENT_MOVETO:
                start = (x, y)
            points.append((x, y, kind == c.FPDF_SEGMENT_LINETO))
            if native.segment_closes(segment):
                points.append((*start, True))
        x0, x1 = min(p[0] for p in points), max(p[0] for p in points)
        y0, y1 = min(p[1] for p in points), max(p[1] for p in points)
        near = 0.01 * (x1 - x0 + y1 - y0)
        straight = 0.0
        for (ax, ay, _), (bx, by, is_line) in itertools.pairwise(points):
            upright = abs(ax - bx) < near and min(abs(ax - x0), abs(ax - x1)) < near
            level = abs(ay - by) < near and min(abs(ay - y0), abs(ay - y1)) < near
            if is_line and (upright or level):
                straight += abs(ax - bx) + abs(ay - by)
        return straight >= _STRAIGHT * 2 * (x1 - x0 + y1 - y0)

    def _stroke_width(self, handle: int, form: Matrix) -> float:
        native.object_stroke_width(handle, self._slots[0])
        return self._floats[0] * read_matrix(handle).then(form).scale

    def _pieces(self, handle: int, form: Matrix) -> list[list[_Segment]] | None:
        """The sub-paths as straight segments; None when one is curved, slanted or the path is too long to be a grid."""
        count = native.path_segment_count(handle)
        if not 0 < count <= _MAX_SEGMENTS:
            return None
        matrix = read_matrix(handle).then(form)
        pieces: list[list[_Segment]] = []
        start = last = (0.0, 0.0)
        for i in range(count):
            segment = native.path_segment(handle, i)
            kind = native.segment_type(segment)
            if kind == c.FPDF_SEGMENT_BEZIERTO:
                return None
            native.segment_point(segment, self._slots[0], self._slots[1])
            point = self._frame.point(*matrix.apply(self._floats[0], self._floats[1]))
            if kind == c.FPDF_SEGMENT_MOVETO or not pieces:
                pieces.append([])
                start = point
            else:
                pieces[-1].append(_Segment(*last, *point))
            last = point
            if native.segment_closes(segment):
                pieces[-1].append(_Segment(*last, *start))
                last = start
        pieces = [[s for s in piece if s.length > 0] for piece in pieces]
        pieces = [piece for piece in pieces if piece]
        straight = all(s.horizontal or s.vertical for piece in pieces for s in piece)
        return pieces if pieces and straight else None


def _extent(piece: list[_Segment]) -> Rect:
    xs = [x for s in piece for x in (s.x0, s.x1)]
    ys = [y for s in piece for y in (s.y0, s.y1)]
    return Rect(min(xs), min(ys), max(xs), max(ys))


def _sort_filled(pieces: list[list[_Segment]], paint: Paint, content: Content) -> None:
    """Thin filled rectangles are rulings, others shapes that hide what is below them."""
    for piece in pieces:
        box = _extent(piece)
        if box.height <= _THIN_PT and box.width > 2 * box.height:
            content.rulings.append(Ruling(box, horizontal=True))
        elif box.width <= _THIN_PT and box.height > 2 * box.width:
            content.rulings.append(Ruling(box, horizontal=False))
        elif box.area > 0:
            plain = len(piece) <= _RECTANGLE
            content.shapes.append(Shape(box, filled=True, color=paint.color, plain=plain))
            content.paints.append(paint._replace(box=box, opaque=paint.opaque and plain))


def _sort_stroked(pieces: list[list[_Segment]], thickness: float, content: Content) -> None:
    half = thickness / 2
    for piece in pieces:
        for s in piece:
            if s.length < _SHORT_PT:
                continue
            box = Rect(min(s.x0, s.x1), min(s.y0, s.y1), max(s.x0, s.x1), max(s.y0, s.y1))
            if s.horizontal:
                content.rulings.append(Ruling(box.grown(0, half), horizontal=True))
            else:
                content.rulings.append(Ruling(box.grown(half, 0), horizontal=False))
