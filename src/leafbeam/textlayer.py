"""What a PDF page itself says: glyphs with fonts and places, rulings, shapes, pictures, links, outline. Through PDFium.

The frame is the page as shown on screen: points, origin top left of the crop box, ``/Rotate`` applied.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, PageLayer, Picture, Ruling, Shape

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_MONO = re.compile(r"mono|courier|typewriter|consol|menlo|cmtt|ectt|sltt|txtt|inconsolata|code", re.I)
_SYMBOLIC = re.compile(
    r"^(cm(sy|ex|bsy|mi|mib)|ms[ab]m|eu[fsr][mb]|rsfs|stmary|wasy|esint|lasy|mathptm|pxsy|txsy|txex|txmi|pxmi|"
    r"(latinmodern|lm)math|lm(mi|sy|ex)|xits|stix.*math|symbol|mt2?(sy|mi|ex)|bbold|dsrom)",
    re.I,
)
_THIN_PT = 3.0


class _Frame:
    """PDF user space to screen points: crop box origin, ``/Rotate``, y down."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_cropbox(fallback_ok=True) or page.get_mediabox()
        self.width_pt, self.height_pt = page.get_size()
        self._left, self._bottom, self._right, self._top = left, bottom, right, top
        self.rotation = page.get_rotation()

    def point(self, x: float, y: float) -> tuple[float, float]:
        match self.rotation:
            case 90:
                return y - self._bottom, x - self._left
            case 180:
                return self._right - x, y - self._bottom
            case 270:
                return self._top - y, self._right - x
            case _:
                return x - self._left, self._top - y

    def rect(self, left: float, bottom: float, right: float, top: float) -> Rect:
        (ax, ay), (bx, by) = self.point(left, bottom), self.point(right, top)
        return Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def read_layer(page: pdfium.PdfPage) -> PageLayer:
    """Everything the page's content streams state, in content order. Cost: some tens of milliseconds a page."""
    frame = _Frame(page)
    rulings: list[Ruling] = []
    shapes: list[Shape] = []
    pictures: list[Picture] = []
    for obj in page.get_objects(max_depth=8):
        if obj.type == c.FPDF_PAGEOBJ_IMAGE:
            pictures.append(Picture(frame.rect(*obj.get_bounds())))
        elif obj.type == c.FPDF_PAGEOBJ_PATH:
            for item in _path(obj, frame):
                (rulings if isinstance(item, Ruling) else shapes).append(item)  # type: ignore[arg-type]
        elif obj.type == c.FPDF_PAGEOBJ_SHADING:
            shapes.append(Shape(frame.rect(*obj.get_bounds()), filled=True))
    return PageLayer(
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        glyphs=tuple(_glyphs(page, frame)),
        rulings=tuple(rulings),
        shapes=tuple(shapes),
        pictures=tuple(pictures),
    )


def _path(obj: pdfium.PdfObject, frame: _Frame) -> Iterator[Ruling | Shape]:
    """The path as one ruling when it is thin and straight, else as a shape."""
    box = frame.rect(*obj.get_bounds())
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    c.FPDFPath_GetDrawMode(obj.raw, fill, stroke)
    if not fill.value and not stroke.value:
        return
    if box.height <= _THIN_PT and box.width > 2 * box.height:
        yield Ruling(box, horizontal=True)
    elif box.width <= _THIN_PT and box.height > 2 * box.width:
        yield Ruling(box, horizontal=False)
    else:
        yield Shape(box, filled=bool(fill.value))


def _glyphs(page: pdfium.PdfPage, frame: _Frame) -> Iterator[Glyph]:
    textpage = page.get_textpage()  # kept alive: PDFium frees it with the object
    text = textpage.raw
    fonts: dict[int, tuple[Font, float]] = {}
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_double(), ctypes.c_double()
    loose, matrix = c.FS_RECTF(), c.FS_MATRIX()
    for i in range(c.FPDFText_CountChars(text)):
        if c.FPDFText_IsGenerated(text, i) == 1:
            continue
        code = c.FPDFText_GetUnicode(text, i)
        obj = c.FPDFText_GetTextObject(text, i)
        key = ctypes.addressof(obj.contents) if obj else 0
        if key not in fonts:
            fonts[key] = _font(obj), c.FPDFText_GetFontSize(text, i)
        font, nominal = fonts[key]
        if not c.FPDFText_GetCharBox(text, i, left, right, bottom, top):
            continue
        c.FPDFText_GetLooseCharBox(text, i, loose)
        c.FPDFText_GetCharOrigin(text, i, x, y)
        c.FPDFText_GetMatrix(text, i, matrix)
        x_origin, baseline = frame.point(x.value, y.value)
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) - frame.rotation
        yield Glyph(
            text=chr(code) if code else "\ufffd",
            box=frame.rect(loose.left, loose.bottom, loose.right, loose.top),
            ink=frame.rect(left.value, bottom.value, right.value, top.value),
            x_origin_pt=x_origin,
            baseline_pt=baseline,
            size_pt=nominal * math.hypot(matrix.c, matrix.d),
            font=font,
            order=i,
            angle=angle % 360,
            code=code,
        )


def _font(obj: ctypes._Pointer) -> Font:  # type: ignore[type-arg]
    if not obj:
        return Font("")
    raw = c.FPDFTextObj_GetFont(obj)
    size = c.FPDFFont_GetBaseFontName(raw, None, 0)
    buffer = ctypes.create_string_buffer(max(1, size))
    c.FPDFFont_GetBaseFontName(raw, buffer, size)
    name = _SUBSET.sub("", buffer.value.decode("utf-8", "replace"))
    flags = c.FPDFFont_GetFlags(raw)
    return Font(
        name,
        bold=bool(re.search(r"bold|black|heavy|semibold|demi|cmb|-bd|^sfb", name, re.I)) or c.FPDFFont_GetWeight(raw) >= 600,
        italic=bool(re.search(r"ital|obli|cmti|cmsl|-it\b|^sfti", name, re.I)) or bool(flags > 0 and flags & 64),
        mono=bool(_MONO.search(name)) or bool(flags > 0 and flags & 1),
        symbolic=bool(_SYMBOLIC.match(name)),
    )


