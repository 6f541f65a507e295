"""The glyphs of a page with fonts, places and colours; what cannot be seen is set apart."""

from __future__ import annotations

import ctypes
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium

from leafbeam.geometry import Rect, union
from leafbeam.layer import Font, Glyph
from leafbeam.textlayer import native
from leafbeam.textlayer.actual import Places, one_cluster_each
from leafbeam.textlayer.bitmaps import names_by_shape
from leafbeam.textlayer.clips import ClipReader
from leafbeam.textlayer.fonts import describe_font, read_font
from leafbeam.textlayer.frame import Frame
from leafbeam.textlayer.objects import Content, Matrix, Paint
from leafbeam.textlayer.tags import Tags, tag_of

_INVISIBLE_MODES = frozenset({3, 7})  # PDF 32000-1, table 106: neither fill nor stroke; clip only
_FAKE_BOLD_MODES = frozenset({2, 6})  # fill, then stroke: how programs fatten a font that has no bold
_TINY_PT = 0.4
_TRACE_PT = 0.1
_SLANT_DEG = 3.0  # text turned less than this runs along the page's edges
_OVERHANG = 0.22  # of the type size: no letter reaches further over the next one
_RIM_PT = 2.0  # of a paint: what stands here may show
_PALE = 0xF00000  # no colour below this is white
_WHITE = 0xF0  # each channel at least this: white on paper
_LAM, _ALEFS = 0x644, "\u0627\u0623\u0625\u0622"
_HYPHEN_MARK = 2  # PDFium's code for a hyphen at a line's end


class _Run(NamedTuple):
    """What the glyphs of one text object share."""

    font: Font
    size_pt: float
    angle: int
    color: int
    z: int
    shown: bool
    font_handle: int = 0
    em_pt: float = 0.0  # the type size along the line
    clip: Rect | None = None  # where it may show
    tag: str = ""


class Glyphs(NamedTuple):
    """The glyphs of a page in content order: those that can be seen, and those that cannot."""

    shown: list[Glyph]
    hidden: list[Glyph]


def read_glyphs(page: pdfium.PdfPage, frame: Frame, content: Content, tags: Tags) -> Glyphs:
    """Every character the page states, unrepaired: ``text`` is what PDFium makes of it, U+FFFD where it cannot."""
    textpage = page.get_textpage()  # kept alive: PDFium frees the characters with it
    handle = native.address_of(textpage.raw)
    count = textpage.count_chars()
    if count <= 0:
        return Glyphs([], [])
    boxes = np.zeros((count, 6), dtype=np.float64)  # left, right, bottom, top of the ink; x, y of the origin
    loose = np.zeros((count, 4), dtype=np.float32)  # left, top, right, bottom
    rows = _read_rows(handle, count, boxes.ctypes.data, loose.ctypes.data)
    ink_rows = _screen(frame, boxes[:, [0, 2, 1, 3]])
    loose_rows = _screen(frame, loose[:, [0, 3, 2, 1]].astype(np.float64))
    origins = _screen(frame, boxes[:, [4, 5, 4, 5]])
    rows = one_cluster_each(rows, content.texts, frame, Places(ink_rows, loose_rows, origins))
    runs = _Runs(handle, frame, content, tags)
    result = Glyphs([], [])
    covers = [paint for paint in content.paints if paint.opaque]
    unnamed: dict[int, list[tuple[list[Glyph], int]]] = {}
    previous: tuple[int, float, float, Rect] | None = None
    for i, code, owner in rows:
        run = runs.of(owner, i)
        x, y = origins[i][0], origins[i][1]
        place = (owner, x, y, ink_rows[i])
        seen = run.shown and _inside(frame, ink_rows[i]) and (run.clip is None or _shows(ink_rows[i], run.clip))
        bucket = result.shown if seen else result.hidden
        if previous is not None and bucket and code >= 32 and _same_glyph(previous, place):  # letters of a ligature
            bucket[-1] = _joined(bucket[-1], code, loose_rows[i], ink_rows[i])
            previous = place
            continue
        previous = place
        box = loose_rows[i]
        if run.em_pt > 0 and box.x1 <= ink_rows[i].x1 + 0.01:
            box = runs.advanced(box, x, code, run)
        glyph = Glyph(
            text=_character(handle, i, code),
            box=box,
            ink=ink_rows[i],
            x_origin_pt=x,
            baseline_pt=y,
            size_pt=run.size_pt,
            font=run.font,
            order=i,
            angle=run.angle,
            code=code,
            color=run.color,
            tag=run.tag,
        )
        if bucket is result.shown and (covers or run.color >= _PALE) and _covered(glyph, run, covers, content.paints):
            bucket = result.hidden
        if glyph.text == "\ufffd" and not run.font.name:
            unnamed.setdefault(run.font_handle, []).append((bucket, len(bucket)))
        bucket.append(glyph)
    _name_fonts(list(unnamed.values()))
    return result


def _name_fonts(fonts: list[list[tuple[list[Glyph], int]]]) -> None:
    """Give the unmapped glyphs (list, index) of each unnamed font the font that their shapes tell."""
    names = names_by_shape([[glyphs[i] for glyphs, i in places] for places in fonts])
    for name, places in zip(names, fonts, strict=True):
        if not name:
            continue
        font = describe_font(name)
        for glyphs, i in places:
            glyphs[i] = replace(glyphs[i], font=font)


def _read_rows(handle: int, count: int, boxes: int, loose: int) -> list[tuple[int, int, int]]:
    """(index, Unicode value, text object) of the characters that are drawn; their geometry goes into the two arrays."""
    rows: list[tuple[int, int, int]] = []
    for i in range(count):
        if native.is_generated(handle, i) == 1:
            continue
        at = boxes + 48 * i
        if not native.get_char_box(handle, i, at, at + 8, at + 16, at + 24):
            continue
        native.get_origin(handle, i, at + 32, at + 40)
        native.get_loose_box(handle, i, loose + 16 * i)
        rows.append((i, native.get_unicode(handle, i), native.get_text_object(handle, i) or 0))
    return rows


def _screen(frame: Frame, ltrb: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[Rect]:
    """Columns left, bottom, right, top of user space as screen rectangles."""
    ax, ay = frame.point(ltrb[:, 0], ltrb[:, 1])  # type: ignore[arg-type]
    bx, by = frame.point(ltrb[:, 2], ltrb[:, 3])  # type: ignore[arg-type]
    columns = np.stack([np.minimum(ax, bx), np.minimum(ay, by), np.maximum(ax, bx), np.maximum(ay, by)], axis=1)
    return [Rect(*row) for row in columns.tolist()]


def _character(handle: int, i: int, code: int) -> str:
    if code == _HYPHEN_MARK and native.is_hyphen(handle, i) == 1:
        return "-"
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000 or native.has_map_error(handle, i) == 1:
        return "\ufffd"
    return chr(code)


def _same_glyph(last: tuple[int, float, float, Rect], place: tuple[int, float, float, Rect]) -> bool:
    """True for two characters of one glyph: PDFium gives both its ink, or shares the ink out in equal slices."""
    if last == place:
        return True
    a, b = last[3], place[3]
    slices = (
        a.y0 == b.y0
        and a.y1 == b.y1
        and min(abs(a.x1 - b.x0), abs(b.x1 - a.x0)) < 0.01
        and abs(a.width - b.width) < 0.01
    )
    return slices and last[:3] == place[:3]


def _joined(glyph: Glyph, code: int, box: Rect, ink: Rect) -> Glyph:
    """The glyph with one more letter, or with the second half of its UTF-16 pair (plane 1 letters of mathematics)."""
    text = glyph.text + chr(code)
    if code == _LAM and glyph.text in _ALEFS:  # PDFium turns some ligatures round; only this one is met
        text = chr(code) + glyph.text
    if 0xD800 <= glyph.code < 0xDC00 <= code < 0xE000:
        text = chr(0x10000 + ((glyph.code - 0xD800) << 10) + code - 0xDC00)
    return Glyph(
        text, box, union((glyph.ink, ink)), glyph.x_origin_pt, glyph.baseline_pt, glyph.size_pt, glyph.font,
        glyph.order, glyph.angle, glyph.code, glyph.color, glyph.tag,
    )  # fmt: skip


def _inside(frame: Frame, ink: Rect) -> bool:
    return 0 <= ink[0] + ink[2] <= 2 * frame.width_pt and 0 <= ink[1] + ink[3] <= 2 * frame.height_pt


def _shows(ink: Rect, clip: Rect) -> bool:
    """False for a glyph that is clipped away wholly but for a trace."""
    return ink.x1 > clip.x0 + _TRACE_PT and ink.x0 < clip.x1 - _TRACE_PT and ink.y1 > clip.y0 and ink.y0 < clip.y1


def _covered(glyph: Glyph, run: _Run, covers: list[Paint], paints: list[Paint]) -> bool:
    """True when something opaque was painted over the glyph later, or when it is white on bare paper."""
    x, y = glyph.ink.cx, glyph.ink.cy
    if any(paint.z > run.z and _within(paint.box).contains(x, y) for paint in covers):
        return True
    if not _is_white(run.color):
        return False
    return not any(p.z < run.z and p.box.contains(x, y) and not _is_white(p.color) for p in paints)


def _within(box: Rect) -> Rect:
    """A paint without its rim: drawings are often clipped a little short of what they fill, which shows the type."""
    return box.grown(-min(_RIM_PT, 0.2 * box.width), -min(_RIM_PT, 0.2 * box.height))


def _is_white(color: int) -> bool:
    return min(color >> 16, color >> 8 & 0xFF, color & 0xFF) >= _WHITE


def _direction(degrees: float) -> int:
    """Whole degrees 0..359, a slight slant rounded to the nearest right angle."""
    right_angle = 90 * round(degrees / 90)
    return (right_angle if abs(degrees - right_angle) <= _SLANT_DEG else round(degrees)) % 360


class _Runs:
    """The shared facts of text objects and fonts, read once each."""

    def __init__(self, textpage: int, frame: Frame, content: Content, tags: Tags) -> None:
        self._textpage, self._frame, self._content, self._tags = textpage, frame, content, tags
        self._clips = ClipReader(frame)
        self._runs: dict[int, _Run] = {}
        self._fonts: dict[int, Font] = {}
        self._widths: dict[tuple[int, int], float] = {}
        self._floats = (ctypes.c_float * 6)()
        self._ints = (ctypes.c_uint * 4)()

    def of(self, owner: int, index: int) -> _Run:
        """The facts of the text object ``owner``, whose first character is ``index``."""
        run = self._runs.get(owner)
        if run is None:
            run = self._runs[owner] = self._read(owner, index)
        return run

    def _read(self, owner: int, index: int) -> _Run:
        floats = ctypes.addressof(self._floats)
        if not owner:
            return _Run(Font(""), 0.0, 0, 0, 0, shown=True)
        native.text_font_size(owner, floats)
        nominal = abs(self._floats[0])
        native.get_char_matrix(self._textpage, index, floats)
        a, b, c, d = self._floats[:4]
        size = nominal * math.hypot(c, d)
        angle = _direction(math.degrees(math.atan2(b, a)) - self._frame.rotation)
        mode = native.text_render_mode(owner)
        color, alpha = self._color(owner)
        place = self._content.texts.get(owner)
        font = self._font(native.text_font(owner) or 0)
        if mode in _FAKE_BOLD_MODES and not font.bold:
            font = Font(font.name, True, font.italic, font.mono, font.symbolic)
        shown = mode not in _INVISIBLE_MODES and alpha > 0 and size > _TINY_PT
        em = nominal * math.hypot(a, b) if angle == 0 else 0.0
        clip = self._clips.extent(owner, place.form if place else Matrix())
        handle, tag = native.text_font(owner) or 0, tag_of(owner, self._tags)
        return _Run(font, size, angle, color, place.z if place else 0, shown, handle, em, clip, tag)

    def advanced(self, box: Rect, x: float, code: int, run: _Run) -> Rect:
        """The loose box of a glyph that overhangs its advance, with its right side where the next glyph may start.

        PDFium widens the loose box to the ink, which hides word spaces after slanted letters.
        """
        key = (run.font_handle, code)
        width = self._widths.get(key)
        if width is None:
            at = ctypes.addressof(self._floats)
            known = run.font_handle and native.glyph_width(run.font_handle, code, 1.0, at)
            width = self._widths[key] = self._floats[0] if known else 0.0
        advance = width * run.em_pt
        overhang = box.x1 - x - advance
        if advance < 0.15 * run.em_pt or not 0 <= overhang <= _OVERHANG * run.em_pt:
            return box
        return Rect(box.x0, box.y0, x + advance, box.y1)

    def _color(self, owner: int) -> tuple[int, int]:
        base = ctypes.addressof(self._ints)
        if not native.object_fill(owner, base, base + 4, base + 8, base + 12):
            return 0, 255
        red, green, blue, alpha = self._ints
        return red << 16 | green << 8 | blue, alpha

    def _font(self, handle: int) -> Font:
        if handle not in self._fonts:
            self._fonts[handle] = read_font(handle)
        return self._fonts[handle]
