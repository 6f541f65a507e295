"""PDF pages written by hand, for the tests of the text layer."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from leafbeam.types import PageImage, PageRef, Source, SourceKind

FONTS = {
    "F": "Helvetica",
    "B": "Helvetica-Bold",
    "I": "Times-Italic",
    "M": "Courier",
    "T": "Times-Roman",
    "S": "Symbol",
}


@dataclass(frozen=True)
class Sheet:
    """What a page is made of besides its content."""

    media: tuple[float, float, float, float] = (0, 0, 400, 600)
    crop: tuple[float, float, float, float] | None = None
    rotate: int = 0
    inherited: bool = False  # the boxes stand in the page tree, not in the page
    shift: int = 0  # ToUnicode of every font says this much more than the code
    form: str = ""  # content of a form XObject /X
    form_matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0)


def pdf_bytes(content: str, sheet: Sheet | None = None) -> bytes:
    """A PDF of one page with this content stream; fonts as in ``FONTS``, a grey image as /P, an 1-pixel picture."""
    sheet = sheet or Sheet()
    pdf = pikepdf.new()
    fonts = pikepdf.Dictionary()
    for key, name in FONTS.items():
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/" + name))
        if name != "Symbol":
            font.Encoding = pikepdf.Name.WinAnsiEncoding
        if sheet.shift:
            font.ToUnicode = pdf.make_stream(_shifted_map(sheet.shift))
        fonts["/" + key] = pdf.make_indirect(font)
    image = pdf.make_stream(
        b"\x80", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1, Height=1,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
    )  # fmt: skip
    resources = pikepdf.Dictionary(Font=fonts, XObject=pikepdf.Dictionary(P=image))
    if sheet.form:
        resources.XObject.X = pdf.make_stream(
            sheet.form.encode(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
            BBox=[-1000, -1000, 1000, 1000], Matrix=list(sheet.form_matrix), Resources=pikepdf.Dictionary(Font=fonts),
        )  # fmt: skip
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page, Resources=resources, Contents=pdf.make_stream(content.encode("latin-1"))
    )
    if sheet.rotate:
        page.Rotate = sheet.rotate
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    owner = pdf.Root.Pages if sheet.inherited else pdf.pages[0].obj
    if sheet.inherited:
        for key in ("/MediaBox", "/CropBox"):
            if key in pdf.pages[0].obj:
                del pdf.pages[0].obj[key]
    owner.MediaBox = list(sheet.media)
    if sheet.crop:
        owner.CropBox = list(sheet.crop)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def _shifted_map(shift: int) -> bytes:
    ranges = f"1 beginbfrange\n<20> <7e> <{0x20 + shift:04x}>\nendbfrange\n"
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n" + ranges + "endcmap end end\n"
    ).encode()


def open_page(content: str, sheet: Sheet | None = None) -> pdfium.PdfPage:
    """The page, opened; the document lives as long as the page."""
    return pdfium.PdfDocument(pdf_bytes(content, sheet))[0]


def picture_of(page: pdfium.PdfPage, dpi: float = 100.0) -> PageImage:
    """The page as rendered."""
    pixels = page.render(scale=dpi / 72).to_numpy()[:, :, :3].copy()
    source = Source("page.pdf", SourceKind.PDF, Path("page.pdf"), "", 1, (0,), "page")
    return PageImage(PageRef(source, 0), pixels, dpi)


def text_at(x: float, y: float, text: str, size: float = 10, font: str = "F") -> str:
    """Content that shows a string with its origin at x, y (PDF user space)."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size} Tf {x} {y} Td ({escaped}) Tj ET\n"


def paragraph(x: float, y: float, lines: list[str], size: float = 10, leading: float = 12) -> str:
    """Content of lines below each other."""
    return "".join(text_at(x, y - i * leading, line, size) for i, line in enumerate(lines))
