"""PDFium's functions bound with plain integer handles.

These are called several times per glyph and per path segment, where the checked pointer types of ``pypdfium2.raw`` cost
more than PDFium itself. Handles are addresses; out-parameters are addresses of ctypes buffers. The calls keep the GIL.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pypdfium2.raw as c

_INT, _PTR = ctypes.c_int, ctypes.c_void_p


def _bind(function: ctypes._NamedFuncPointer, result: type | None, *arguments: type) -> Callable[..., int]:
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None, "PDFium lacks a function"
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


def address_of(handle: object) -> int:
    """The address a ctypes pointer holds; 0 for a null pointer."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


is_generated = _bind(c.FPDFText_IsGenerated, _INT, _PTR, _INT)
is_hyphen = _bind(c.FPDFText_IsHyphen, _INT, _PTR, _INT)
has_map_error = _bind(c.FPDFText_HasUnicodeMapError, _INT, _PTR, _INT)
get_unicode = _bind(c.FPDFText_GetUnicode, ctypes.c_uint, _PTR, _INT)
get_text_object = _bind(c.FPDFText_GetTextObject, _PTR, _PTR, _INT)
get_char_box = _bind(c.FPDFText_GetCharBox, _INT, _PTR, _INT, _PTR, _PTR, _PTR, _PTR)
get_loose_box = _bind(c.FPDFText_GetLooseCharBox, _INT, _PTR, _INT, _PTR)
get_origin = _bind(c.FPDFText_GetCharOrigin, _INT, _PTR, _INT, _PTR, _PTR)
get_char_matrix = _bind(c.FPDFText_GetMatrix, _INT, _PTR, _INT, _PTR)

text_font = _bind(c.FPDFTextObj_GetFont, _PTR, _PTR)
glyph_width = _bind(c.FPDFFont_GetGlyphWidth, _INT, _PTR, ctypes.c_uint, ctypes.c_float, _PTR)
text_font_size = _bind(c.FPDFTextObj_GetFontSize, _INT, _PTR, _PTR)
text_render_mode = _bind(c.FPDFTextObj_GetTextRenderMode, _INT, _PTR)

object_type = _bind(c.FPDFPageObj_GetType, _INT, _PTR)
object_bounds = _bind(c.FPDFPageObj_GetBounds, _INT, _PTR, _PTR, _PTR, _PTR, _PTR)
object_matrix = _bind(c.FPDFPageObj_GetMatrix, _INT, _PTR, _PTR)
object_fill = _bind(c.FPDFPageObj_GetFillColor, _INT, _PTR, _PTR, _PTR, _PTR, _PTR)
object_stroke = _bind(c.FPDFPageObj_GetStrokeColor, _INT, _PTR, _PTR, _PTR, _PTR, _PTR)
object_stroke_width = _bind(c.FPDFPageObj_GetStrokeWidth, _INT, _PTR, _PTR)
object_transparent = _bind(c.FPDFPageObj_HasTransparency, _INT, _PTR)
object_mcid = _bind(c.FPDFPageObj_GetMarkedContentID, _INT, _PTR)
object_mark_count = _bind(c.FPDFPageObj_CountMarks, _INT, _PTR)
object_mark = _bind(c.FPDFPageObj_GetMark, _PTR, _PTR, ctypes.c_ulong)
mark_name = _bind(c.FPDFPageObjMark_GetName, _INT, _PTR, _PTR, ctypes.c_ulong, _PTR)
mark_has = _bind(c.FPDFPageObjMark_GetParamValueType, _INT, _PTR, _PTR)
object_clip = _bind(c.FPDFPageObj_GetClipPath, _PTR, _PTR)
page_object_count = _bind(c.FPDFPage_CountObjects, _INT, _PTR)
page_object = _bind(c.FPDFPage_GetObject, _PTR, _PTR, _INT)
form_object_count = _bind(c.FPDFFormObj_CountObjects, _INT, _PTR)
form_object = _bind(c.FPDFFormObj_GetObject, _PTR, _PTR, ctypes.c_ulong)

path_draw_mode = _bind(c.FPDFPath_GetDrawMode, _INT, _PTR, _PTR, _PTR)
path_segment_count = _bind(c.FPDFPath_CountSegments, _INT, _PTR)
path_segment = _bind(c.FPDFPath_GetPathSegment, _PTR, _PTR, _INT)
segment_type = _bind(c.FPDFPathSegment_GetType, _INT, _PTR)
segment_point = _bind(c.FPDFPathSegment_GetPoint, _INT, _PTR, _PTR, _PTR)
segment_closes = _bind(c.FPDFPathSegment_GetClose, _INT, _PTR)
clip_path_count = _bind(c.FPDFClipPath_CountPaths, _INT, _PTR)
clip_segment_count = _bind(c.FPDFClipPath_CountPathSegments, _INT, _PTR, _INT)
clip_segment = _bind(c.FPDFClipPath_GetPathSegment, _PTR, _PTR, _INT, _INT)
