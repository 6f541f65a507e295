"""Hostile and odd input files, made by code, with the outcome that loading and drawing them must have.

``CASES`` lists them; ``Case.make`` writes one file. Every file that can be read shows ``TEXT`` unless it is ``blank``.
"""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pikepdf
from PIL import Image
from robust_images import TEXT, alpha_ink, cmyk_jpeg, encoded, exif_image, grey_values, page_picture, png_header, tiff

from leafbeam.errors import InputError, LeafbeamError, LimitError, PasswordError, UnsupportedError

PASSWORD = "s3cret"
A4 = (595, 842)


@dataclass(frozen=True)
class Case:
    """One file: ``error`` is what loading raises, ``page_error`` what drawing its first page raises."""

    name: str
    make: Callable[[], bytes]
    pages: int = 1
    error: type[LeafbeamError] | None = None
    page_error: type[LeafbeamError] | None = None
    blank: bool | None = False  # None: it may show anything
    size: tuple[int, int] | None = None  # as shown, in points
    repaired: bool = False


def pdf(objects: Sequence[bytes], root: int = 1) -> bytes:
    """A PDF with these objects, numbered from 1, and a correct cross-reference table."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(out)


def stream(data: bytes, extra: bytes = b"", compress: bool = False) -> bytes:
    """A stream object's body."""
    if compress:
        data, extra = zlib.compress(data, 9), extra + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n" % (len(data), extra) + data + b"\nendstream"


def text_content(x: int = 60, y: int = 700) -> bytes:
    """Drawing commands that show ``TEXT``."""
    return b"BT /F1 24 Tf %d %d Td (%s) Tj ET" % (x, y, TEXT.encode())


def one_page(
    content: bytes = text_content(),
    page_keys: bytes = b"/MediaBox [0 0 595 842]",
    font: bytes = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    more: Sequence[bytes] = (),
    catalog_keys: bytes = b"",
    resources: bytes = b"",
    compress: bool = False,
) -> bytes:
    """A one-page PDF. Object 4 is the font, 5 the content; ``more`` begins at object 6."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog_keys,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R %s /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> %s >> >>"
            % (page_keys, resources),
            font,
            stream(content, compress=compress),
            *more,
        ]
    )


def many_pages(count: int) -> bytes:
    """``count`` pages that share one content, in a flat page tree."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>"
    )
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            stream(text_content()),
            *[page] * count,
        ]
    )


def deep_tree(depth: int) -> bytes:
    """One page below ``depth`` nested page tree nodes."""
    nodes = [
        b"<< /Type /Pages /Kids [%d 0 R] /Count 1 %s >>"
        % (number + 5, b"/Parent %d 0 R" % (number + 3) if number else b"")
        for number in range(depth)
    ]
    page = (
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents 3 0 R "
        b"/Resources << /Font << /F1 2 0 R >> >> >>"
    )
    return pdf(
        [
            b"<< /Type /Catalog /Pages 4 0 R >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            stream(text_content()),
            *nodes,
            page % (depth + 3),
        ]
    )


def looped_tree() -> bytes:
    """A page tree whose only node is its own child."""
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])


def encrypted(user: str, owner: str, strong: bool = True) -> bytes:
    """A page encrypted by AES-256 (``strong``) or RC4-128."""
    permissions = pikepdf.Permissions(extract=False)
    encryption = pikepdf.Encryption(
        user=user, owner=owner, R=6 if strong else 3, aes=strong, metadata=strong, allow=permissions
    )
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(one_page())) as document:
        document.save(out, encryption=encryption)
    return out.getvalue()


def object_streams() -> bytes:
    """A page in the compact form of PDF 1.5: objects inside object streams, cross-references as a stream."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(one_page())) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def catalogue_last() -> bytes:
    """Three pages whose catalogue and page tree stood at the cut-off end."""
    page = (
        b"<< /Type /Page /Parent 7 0 R /MediaBox [0 0 595 842] /Contents 2 0 R "
        b"/Resources << /Font << /F1 1 0 R >> >> >>"
    )
    tree = b"<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>"
    objects = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", stream(text_content()), page, page, page]
    data = pdf([*objects, b"<< /Type /Catalog /Pages 7 0 R >>", tree], root=6)
    return data[: data.index(b"6 0 obj")]


def damaged(data: bytes, seed: int = 7, count: int = 12) -> bytes:
    """``data`` with some bytes overwritten."""
    rng, out = random.Random(seed), bytearray(data)
    for _ in range(count):
        out[rng.randrange(20, len(out))] = rng.randrange(256)
    return bytes(out)


def form_fields() -> bytes:
    """A text field whose value is only in /V and its appearance, as form programs leave it."""
    appearance = stream(
        b"/Tx BMC BT /F1 24 Tf 2 8 Td (%s) Tj ET EMC" % TEXT.encode(),
        b"/Type /XObject /Subtype /Form /BBox [0 0 400 32] /Resources << /Font << /F1 4 0 R >> >>",
    )
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (%s) /Rect [60 690 460 722] /P 3 0 R /F 4 "
        b"/DA (/F1 24 Tf 0 g) /AP << /N 7 0 R >> >>" % TEXT.encode()
    )
    return one_page(
        b"",
        b"/MediaBox [0 0 595 842] /Annots [6 0 R]",
        more=[field, appearance],
        catalog_keys=b"/AcroForm << /Fields [6 0 R] /DR << /Font << /F1 4 0 R >> >> /DA (/F1 24 Tf 0 g) >>",
    )


def form_without_appearance(xfa: bool = False) -> bytes:
    """A text field with a value but no appearance: a reader has to draw it itself. With an XFA packet on request."""
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (%s) /Rect [60 690 460 722] /P 3 0 R /F 4 "
        b"/DA (/F1 24 Tf 0 g) >>" % TEXT.encode()
    )
    packet = stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>")
    return one_page(
        b"",
        b"/MediaBox [0 0 595 842] /Annots [6 0 R]",
        more=[field, packet],
        catalog_keys=b"/AcroForm << /Fields [6 0 R] /DR << /Font << /F1 4 0 R >> >> /DA (/F1 24 Tf 0 g) "
        b"/NeedAppearances true %s >>" % (b"/XFA 7 0 R" if xfa else b""),
    )


def attached_file() -> bytes:
    """A page with a file attached to the document."""
    return one_page(
        more=[
            b"<< /Type /Filespec /F (data.txt) /EF << /F 7 0 R >> >>",
            stream(b"not for reading", b"/Type /EmbeddedFile"),
        ],
        catalog_keys=b"/Names << /EmbeddedFiles << /Names [(data.txt) 6 0 R] >> >>",
    )


def image_in_pdf(width: int, height: int, data: bytes) -> bytes:
    """A page that draws one RGB image XObject."""
    image = stream(
        data,
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
        % (width, height),
        compress=True,
    )
    return one_page(b"500 0 0 500 40 40 cm /I1 Do", resources=b"/XObject << /I1 6 0 R >>", more=[image])


def recursive_form() -> bytes:
    """A form XObject that draws itself, below the page's text."""
    form = stream(
        b"/X1 Do", b"/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << /X1 6 0 R >> >>"
    )
    return one_page(text_content() + b" /X1 Do", resources=b"/XObject << /X1 6 0 R >>", more=[form])


def nested_forms(levels: int, times: int) -> bytes:
    """Forms that draw the next form several times each: the content grows with ``times ** levels``."""
    forms = []
    for level in range(levels):
        resources = b"/Resources << /XObject << /X1 %d 0 R >> >>" % (level + 7) if level + 1 < levels else b""
        content = b"/X1 Do " * times if resources else b"0 0 m 9 9 l S "
        forms.append(stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 100 100] " + resources))
    return one_page(text_content() + b" /X1 Do", resources=b"/XObject << /X1 6 0 R >>", more=forms)


def _box(keys: bytes) -> Callable[[], bytes]:
    return lambda: one_page(page_keys=keys)


def _blank(width: float, height: float) -> Callable[[], bytes]:
    return lambda: one_page(b"", b"/MediaBox [0 0 %g %g]" % (width, height))


_BAD_XREF = (b"startxref\n", b"startxref\n99")
_NO_FONT = b"<< /Type /Font /Subtype /TrueType /BaseFont /NoSuchFontAnywhere >>"

PDF_CASES: tuple[Case, ...] = (
    Case("plain.pdf", one_page, size=A4),
    Case("enc_user_aes256.pdf", lambda: encrypted(PASSWORD, "owner"), error=PasswordError),
    Case("enc_user_rc4.pdf", lambda: encrypted(PASSWORD, "owner", strong=False), error=PasswordError),
    Case("enc_owner_only.pdf", lambda: encrypted("", "owner"), size=A4),
    Case("empty.pdf", lambda: b"", error=InputError),
    Case("header_only.pdf", lambda: b"%PDF-1.5\n", error=InputError),
    Case("html.pdf", lambda: b"<!DOCTYPE html><html><body>404</body></html>", error=UnsupportedError),
    Case("office.pdf", lambda: b"PK\x03\x04" + bytes(60), error=UnsupportedError),
    Case("random.pdf", lambda: random.Random(1).randbytes(5000), error=UnsupportedError),
    Case("text.txt", lambda: b"Just a few words.\n", error=UnsupportedError),
    Case("truncated_half.pdf", lambda: object_streams()[:120], error=InputError),
    Case("truncated_tail.pdf", lambda: one_page()[:-60], size=A4, repaired=True),
    Case("truncated_xref_stream.pdf", lambda: object_streams()[:-40], size=A4, repaired=True),
    Case("truncated_catalogue.pdf", catalogue_last, pages=3, size=A4, repaired=True),
    Case("junk_prefix.pdf", lambda: b"HTTP/1.1 200 OK\r\n\r\n" + one_page(), size=A4),
    Case("junk_prefix_long.pdf", lambda: b"X-Junk: 1\r\n" * 200 + one_page(), size=A4, repaired=True),
    Case("bad_xref.pdf", lambda: one_page().replace(*_BAD_XREF), size=A4),
    Case("bad_xref_stream.pdf", lambda: object_streams().replace(*_BAD_XREF), size=A4),
    Case(
        "zero_pages.pdf",
        lambda: pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]),
        error=InputError,
    ),
    Case("looped_tree.pdf", looped_tree, error=InputError),
    Case("blank_page.pdf", _blank(595, 842), blank=True, size=A4),
    Case("huge_page.pdf", _blank(14400, 14400), blank=True, size=(14400, 14400)),
    Case("tiny_page.pdf", _blank(3, 3), blank=True, size=(3, 3)),
    Case("hair_page.pdf", _blank(0.2, 700), blank=True),
    Case("sliver_page.pdf", _blank(20, 5000), blank=True, size=(20, 5000)),
    Case("ribbon_page.pdf", _blank(14400, 2), blank=True, size=(14400, 2)),
    Case("inverted_mediabox.pdf", _box(b"/MediaBox [595 842 0 0]"), size=A4),
    Case("no_mediabox.pdf", _box(b""), size=(612, 792)),
    Case("rotate_90.pdf", _box(b"/MediaBox [0 0 595 842] /Rotate 90"), size=(842, 595)),
    Case("rotate_minus_90.pdf", _box(b"/MediaBox [0 0 595 842] /Rotate -90"), size=(842, 595)),
    Case("rotate_450.pdf", _box(b"/MediaBox [0 0 595 842] /Rotate 450"), size=(842, 595)),
    Case("rotate_37.pdf", _box(b"/MediaBox [0 0 595 842] /Rotate 37"), size=A4),
    Case("offset_mediabox.pdf", _box(b"/MediaBox [-100 500 495 1342]"), size=A4),
    Case("crop_box.pdf", _box(b"/MediaBox [0 0 595 842] /CropBox [40 600 500 800]"), size=(460, 200)),
    Case("crop_outside.pdf", _box(b"/MediaBox [0 0 595 842] /CropBox [-500 -500 5000 5000]"), size=A4),
    Case("user_unit.pdf", _box(b"/MediaBox [0 0 595 842] /UserUnit 3"), size=A4),
    Case("missing_font.pdf", lambda: one_page(font=_NO_FONT), size=A4),
    Case("no_font_object.pdf", lambda: one_page(font=b"null"), size=A4),
    Case("attached_file.pdf", attached_file, size=A4),
    Case("form_fields.pdf", form_fields, size=A4),
    Case("form_without_appearance.pdf", form_without_appearance, size=A4),
    Case("form_xfa.pdf", lambda: form_without_appearance(xfa=True), size=A4),
    Case(
        "javascript.pdf",
        lambda: one_page(catalog_keys=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        size=A4,
    ),
    Case("recursive_form.pdf", recursive_form, size=A4),
    Case("nested_forms.pdf", lambda: nested_forms(4, 3), size=A4),
    Case("nested_forms_bomb.pdf", lambda: nested_forms(12, 10), page_error=LimitError),
    Case("deep_tree_500.pdf", lambda: deep_tree(500), size=A4),
    Case("deep_tree_5000.pdf", lambda: deep_tree(5000), size=A4, repaired=True),
    Case("thirty_pages.pdf", lambda: many_pages(30), pages=30, size=A4),
    Case("ten_thousand_pages.pdf", lambda: many_pages(10_000), pages=10_000, size=A4),
    Case("content_bomb.pdf", lambda: one_page(b"0 0 m 9 9 l S\n" * 2_500_000, compress=True), page_error=LimitError),
    Case("image_bomb.pdf", lambda: image_in_pdf(60_000, 60_000, bytes(1000)), page_error=LimitError),
    Case("short_image.pdf", lambda: image_in_pdf(400, 400, b"\xd0" * 90_000), size=A4, blank=None),
)

IMAGE_CASES: tuple[Case, ...] = (
    Case("png_named.pdf", lambda: encoded(page_picture(), "PNG")),
    Case("grey.png", lambda: encoded(page_picture(), "PNG")),
    Case("grey.jpg", lambda: encoded(page_picture(), "JPEG")),
    Case("rgb.webp", lambda: encoded(page_picture().convert("RGB"), "WEBP")),
    Case("rgb.bmp", lambda: encoded(page_picture().convert("RGB"), "BMP")),
    Case("palette.gif", lambda: encoded(page_picture().convert("P"), "GIF")),
    Case("palette.png", lambda: encoded(page_picture().quantize(8), "PNG")),
    Case("palette_transparent.png", lambda: encoded(page_picture().quantize(8), "PNG", transparency=0)),
    Case("one_bit.png", lambda: encoded(page_picture().convert("1"), "PNG")),
    Case("fax_group4.tiff", lambda: encoded(page_picture().convert("1"), "TIFF", compression="group4")),
    Case("cmyk_adobe.jpg", lambda: cmyk_jpeg(adobe=True)),
    Case("cmyk_plain.jpg", lambda: cmyk_jpeg(adobe=False)),
    Case("cmyk.tiff", lambda: encoded(page_picture().convert("RGB").convert("CMYK"), "TIFF")),
    Case("lab.tiff", lambda: encoded(page_picture().convert("RGB"), "TIFF", compression="tiff_lzw")),
    Case("grey16.png", lambda: grey_values("uint16", 65535, "PNG")),
    Case("grey12_in_16.tiff", lambda: grey_values("uint16", 4095, "TIFF")),
    Case("float_unit.tiff", lambda: grey_values("float32", 1.0, "TIFF")),
    Case("float_255.tiff", lambda: grey_values("float32", 255.0, "TIFF")),
    Case("int32.tiff", lambda: grey_values("int32", 200_000, "TIFF")),
    Case("alpha_ink.png", alpha_ink),
    Case(
        "grey_alpha.png", lambda: encoded(Image.merge("LA", (page_picture(), Image.new("L", (777, 1100), 255))), "PNG")
    ),
    *(Case(f"exif_{number}.jpg", lambda number=number: exif_image(number)) for number in range(1, 9)),
    *(Case(f"exif_{number}.tiff", lambda number=number: exif_image(number, "TIFF")) for number in (3, 6, 8)),
    Case("exif_6.png", lambda: exif_image(6, "PNG")),
    Case("exif_6.webp", lambda: exif_image(6, "WEBP")),
    Case("two_pages.tiff", lambda: tiff(2), pages=2),
    Case(
        "animated.gif",
        lambda: encoded(page_picture(), "GIF", save_all=True, append_images=[Image.new("L", (777, 1100))]),
    ),
    Case("fax_204x196.tiff", lambda: encoded(page_picture(1728, 2200).convert("1"), "TIFF", dpi=(204, 196))),
    Case("truncated.jpg", lambda: encoded(page_picture(), "JPEG")[:6000]),
    Case("truncated.png", lambda: encoded(page_picture(), "PNG")[:2000]),
    Case("truncated_header.jpg", lambda: encoded(page_picture(), "JPEG")[:700], page_error=InputError),
    Case("truncated_header.png", lambda: encoded(page_picture(), "PNG")[:60], page_error=InputError),
    Case("header_only.png", lambda: b"\x89PNG\r\n\x1a\n", error=InputError),
    Case("header_only.jpg", lambda: b"\xff\xd8\xff\xe0", error=InputError),
    Case("one_pixel.png", lambda: encoded(Image.new("L", (1, 1), 255), "PNG"), blank=True),
    Case("one_row.png", lambda: encoded(Image.new("L", (3000, 1), 255), "PNG"), blank=True),
    Case("bomb.png", lambda: png_header(60_000, 60_000), error=LimitError),
    Case("bomb_zero.png", lambda: png_header(0, 10), error=InputError),
)

CASES = PDF_CASES + IMAGE_CASES
