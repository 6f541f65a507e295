"""What is filled in on a page without being part of its content: values of form fields, ticked boxes, typed notes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.layer import FormField
from leafbeam.textlayer.frame import Frame

_MAX_ANNOTATIONS = 2000
_UNSEEN = 0x02 | 0x20  # annotation flags Hidden and NoView, PDF 32000-1, 12.5.3
_PASSWORD = 1 << 13  # field flag, PDF 32000-1, 12.7.4.3
_CHOICES = (c.FPDF_FORMFIELD_COMBOBOX, c.FPDF_FORMFIELD_LISTBOX)
_BOXES = (c.FPDF_FORMFIELD_CHECKBOX, c.FPDF_FORMFIELD_RADIOBUTTON)

_Buffer = ctypes.Array[ctypes.c_ushort]


def read_fields(page: pdfium.PdfPage, frame: Frame) -> tuple[FormField, ...]:
    """The page's filled text and choice fields, its check boxes and radio buttons, and text typed as annotations.

    Hidden fields, passwords and fields without a value are left out.
    """
    fields: list[FormField] = []
    for index in range(min(c.FPDFPage_GetAnnotCount(page.raw), _MAX_ANNOTATIONS)):
        annotation = c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            if (field := _field(page, annotation, frame)) is not None:
                fields.append(field)
        finally:
            c.FPDFPage_CloseAnnot(annotation)
    return tuple(fields)


def _field(page: pdfium.PdfPage, annotation: c.FPDF_ANNOTATION, frame: Frame) -> FormField | None:
    box = c.FS_RECTF()
    if c.FPDFAnnot_GetFlags(annotation) & _UNSEEN or not c.FPDFAnnot_GetRect(annotation, box):
        return None
    place = frame.rect(box.left, box.bottom, box.right, box.top)
    subtype = c.FPDFAnnot_GetSubtype(annotation)
    if subtype == c.FPDF_ANNOT_FREETEXT:
        drawn = c.FPDFAnnot_GetAP(annotation, c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2
        text = _text(lambda buffer, size: c.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))
        return FormField(place, text) if drawn and text else None
    if subtype != c.FPDF_ANNOT_WIDGET or page.formenv is None:
        return None
    form = page.formenv.raw
    kind = c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _BOXES:
        return FormField(place, checked=bool(c.FPDFAnnot_IsChecked(form, annotation)))
    if kind in _CHOICES:
        text = _chosen(form, annotation)
    elif kind == c.FPDF_FORMFIELD_TEXTFIELD and not c.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        text = _text(lambda buffer, size: c.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
    else:
        return None
    size = ctypes.c_float(0.0)
    c.FPDFAnnot_GetFontSize(form, annotation, size)
    return FormField(place, text, size_pt=size.value) if text else None


def _chosen(form: c.FPDF_FORMHANDLE, annotation: c.FPDF_ANNOTATION) -> str:
    """The labels of the chosen options, one a line; the value itself when it is none of the options."""

    def label(index: int) -> str:
        return _text(lambda buffer, size: c.FPDFAnnot_GetOptionLabel(form, annotation, index, buffer, size))

    count = min(c.FPDFAnnot_GetOptionCount(form, annotation), _MAX_ANNOTATIONS)
    chosen = [label(i) for i in range(count) if c.FPDFAnnot_IsOptionSelected(form, annotation, i)]
    value = _text(lambda buffer, size: c.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
    return "\n".join(text for text in chosen if text) or value


def _text(get: Callable[[_Buffer | None, int], int]) -> str:
    """A UTF-16 string that PDFium writes into a buffer of the size in bytes it asks for."""
    size = get(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(buffer, size)
    text = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
