"""What kind of file this is, from its first bytes; the suffix is never asked."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

# The PDF header may come late: readers accept it anywhere in the first kilobyte, mail gateways put more before it.
_HEADER_WINDOW = 4096
_PDF_HEADER = re.compile(rb"%PDF-[12]\.\d|%!PS-Adobe-\d\.\d PDF-\d")
_BMP_INFO_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


class FileType(StrEnum):
    """The file types that leafbeam reads."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"
    BMP = "bmp"
    GIF = "gif"


# What else people hand over, with the way out. (start of the file, offset, what it is, remedy)
_OTHERS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"PK\x03\x04", 0, "an Office or ZIP file", "export the document as PDF, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", 0, "an old Office file", "export it as PDF"),
    (b"{\\rtf", 0, "an RTF file", "export it as PDF"),
    (b"%!PS", 0, "a PostScript file", "convert it with ps2pdf"),
    (b"AT&TFORM", 0, "a DjVu file", "convert it with ddjvu -format=pdf"),
    (b"\x00\x00\x00\x0cjP  ", 0, "a JPEG 2000 image", "convert it to PNG or TIFF"),
    (b"ftypheic", 4, "a HEIC photo", "convert it to JPEG"),
    (b"ftypheix", 4, "a HEIC photo", "convert it to JPEG"),
    (b"ftypmif1", 4, "a HEIF photo", "convert it to JPEG"),
    (b"ftypavif", 4, "an AVIF image", "convert it to PNG or JPEG"),
    (b"\x1f\x8b", 0, "a gzip archive", "unpack it"),
    (b"BZh", 0, "a bzip2 archive", "unpack it"),
    (b"\xfd7zXZ", 0, "an xz archive", "unpack it"),
    (b"7z\xbc\xaf", 0, "a 7-Zip archive", "unpack it"),
    (b"8BPS", 0, "a Photoshop file", "export it as PNG or PDF"),
)


def read_head(path: Path) -> bytes:
    """The first bytes of a file, enough for ``sniff``. Raises OSError."""
    with path.open("rb") as handle:
        return handle.read(_HEADER_WINDOW)


def sniff(head: bytes) -> FileType | None:
    """The type of a file that starts with ``head``; None when it is not one we read."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return FileType.TIFF
    if head.startswith((b"GIF87a", b"GIF89a")):
        return FileType.GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_INFO_SIZES:
        return FileType.BMP
    return FileType.PDF if _PDF_HEADER.search(head[:_HEADER_WINDOW]) else None


def pdf_header_offset(head: bytes) -> int:
    """How many bytes stand before the PDF header; 0 when there is none."""
    match = _PDF_HEADER.search(head)
    return match.start() if match else 0


def describe(head: bytes) -> tuple[str, str]:
    """What an unsupported file seems to be, and what to do with it: ("an RTF file", "export it as PDF")."""
    for start, offset, what, remedy in _OTHERS:
        if head[offset : offset + len(start)] == start:
            return what, remedy
    lowered = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "a web page", "print it to PDF from a browser"
    if b"<svg" in lowered:
        return "an SVG drawing", "export it as PDF or PNG"
    if head and b"\x00" not in head and _is_text(head):
        return "plain text", "it needs no reading"
    return "of an unknown type", "give a PDF, PNG, JPEG, TIFF, WebP, BMP or GIF file"


def _is_text(head: bytes) -> bool:
    """UTF-8 or mostly printable; the window may cut a character in two."""
    try:
        head[: max(1, len(head) - 3)].decode("utf-8")
    except UnicodeDecodeError:
        printable = sum(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
        return printable >= 0.97 * len(head)
    return True
