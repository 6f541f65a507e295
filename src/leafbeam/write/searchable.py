"""The searchable PDF: the pages as they were, with what was recognised on them as an invisible text layer."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from leafbeam.errors import InputError, PasswordError
from leafbeam.types import Document, Page, SourceKind, WordOrigin
from leafbeam.write.glyphless import InvisibleFont
from leafbeam.write.imagepdf import add_image_page
from leafbeam.write.textlayer import FONT_NAME, Sheet, text_layer

# What leads from the whole document to its pages: it would keep pages in the file that were not asked for.
_ABOUT_ALL_PAGES = (
    "/Outlines",
    "/Names",
    "/Dests",
    "/OpenAction",
    "/AcroForm",
    "/StructTreeRoot",
    "/PageLabels",
    "/Threads",
)
_LETTER = (0.0, 0.0, 612.0, 792.0)


def write_searchable_pdf(document: Document, path: Path, pages: Iterable[Page] | None = None) -> None:
    """Write the document's pages to ``path`` as a PDF whose words can be searched and selected.

    ``pages``, when given, are the document's own with their words, and are gone through once.

    Pages of a PDF are kept as they are, with invisible words added where the reader recognised them on the image;
    text that the PDF has is not added again. Images become pages of their true size; a JPEG file is embedded unchanged,
    others without loss. A password-protected PDF is written without protection.

    Raises InputError (PasswordError) when the source cannot be read any more, OSError when ``path`` cannot be
    written.
    """
    if not document.source.path.is_file():
        raise InputError(
            f"{document.source.name}: the file is not there any more; read it again from a file that stays"
        )
    font = InvisibleFont()
    with _source_pdf(document) as pdf:
        try:
            layers = _lay_text(pdf, document, document.pages if pages is None else pages, font)
            built = font.build(pdf)
            for page in layers:
                _add_font(page, built)
        except (pikepdf.PdfError, IndexError) as error:  # qpdf sees another page tree than PDFium did
            raise _damaged(document, error) from error
        pdf.save(path, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _source_pdf(document: Document) -> Pdf:
    source = document.source
    if source.kind is not SourceKind.PDF:
        return Pdf.new()
    try:
        try:
            return Pdf.open(source.path, suppress_warnings=True)
        except pikepdf.PasswordError:  # a password is only given where one is needed: pikepdf warns otherwise
            return Pdf.open(source.path, password=source.password or "", suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise PasswordError(f"{source.name}: the PDF is encrypted; give its password with --password") from error
    except pikepdf.PdfError as error:
        raise _damaged(document, error) from error


def _damaged(document: Document, error: Exception) -> InputError:
    return InputError(
        f"{document.source.name}: too damaged to be written as a searchable PDF ({error}); repair it with "
        "`qpdf IN OUT` or leave pdf out of --to"
    )


def _lay_text(pdf: Pdf, document: Document, pages: Iterable[Page], font: InvisibleFont) -> list[pikepdf.Page]:
    """Bring the pages into ``pdf`` in the order asked for and draw their words; gives back those with words."""
    if document.source.kind is SourceKind.PDF:
        _select(pdf, document)
    done: list[pikepdf.Page] = []
    for index, page in enumerate(pages):
        words = tuple(word for word in page.words if word.origin is WordOrigin.DETECTOR)
        sheet = _sheet(pdf.pages[index]) if document.source.kind is SourceKind.PDF else add_image_page(pdf, page)
        if words and page.width_pt > 0 and page.height_pt > 0:
            target = pdf.pages[index]
            # first in the page: what its own content does to the coordinates cannot move it
            target.contents_add(_packed(pdf, text_layer(replace(page, words=words), sheet, font)), prepend=True)
            done.append(target)
    return done


def _packed(pdf: Pdf, content: bytes) -> Stream:
    """A compressed stream: all of them are held until the file is written."""
    stream = Stream(pdf, zlib.compress(content))
    stream.Filter = Name.FlateDecode
    return stream


def _select(pdf: Pdf, document: Document) -> None:
    wanted = [page.ref.index for page in document.pages]
    if wanted == list(range(len(pdf.pages))):
        return
    pages = [pdf.pages[index] for index in wanted]
    del pdf.pages[:]
    for page in pages:
        pdf.pages.append(page)
    for key in _ABOUT_ALL_PAGES:
        if key in pdf.Root:
            del pdf.Root[key]


def _sheet(page: pikepdf.Page) -> Sheet:
    """The visible area: the crop box within the media box, as PDFium takes it."""
    media = _rectangle(page, "/MediaBox") or _LETTER
    crop = _rectangle(page, "/CropBox") or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if left >= right or bottom >= top:
        left, bottom, right, top = media
    rotate = _inherited(page, "/Rotate")
    turned = int(rotate) % 360 if isinstance(rotate, int) else 0
    return Sheet(left, bottom, right - left, top - bottom, turned if turned % 90 == 0 else 0)


def _rectangle(page: pikepdf.Page, key: str) -> tuple[float, float, float, float] | None:
    value = _inherited(page, key)
    if not isinstance(value, Array) or len(value) != 4:
        return None
    try:
        a, b, c, d = (float(edge) for edge in value)
    except (TypeError, ValueError):
        return None
    return (min(a, c), min(b, d), max(a, c), max(b, d)) if a != c and b != d else None


def _inherited(page: pikepdf.Page, key: str) -> object:
    """A page attribute, also when it stands on the page's parents (at most 64: the tree may be circular)."""
    node = page.obj
    for _ in range(64):
        if key in node:
            return node[key]
        node = node.get("/Parent")
        if not isinstance(node, Dictionary):
            return None
    return None


def _add_font(page: pikepdf.Page, font: pikepdf.Object) -> None:
    """Name the font in resources of the page's own: others may share or inherit the old ones."""
    resources, fonts = Dictionary(), Dictionary()
    old = _inherited(page, "/Resources")
    if isinstance(old, Dictionary):
        resources = Dictionary(dict(old.items()))
        old_fonts = old.get("/Font")
        if isinstance(old_fonts, Dictionary):
            fonts = Dictionary(dict(old_fonts.items()))
    fonts[FONT_NAME] = font
    resources[Name.Font] = fonts
    page.obj[Name.Resources] = resources
