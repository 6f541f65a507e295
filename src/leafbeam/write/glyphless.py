"""A PDF font without visible shapes, for text that is found and selected but not seen.

Every character is one CID of its own, numbered as they come, whose meaning stands in the ToUnicode map; so any Unicode
character can be written, also beyond the basic plane. All CIDs show the same glyph, half an em wide: a line slanting
from descent to ascent, without area, because PDFium leaves out turned text whose glyphs have no extent. (The idea of a
font without shapes is Tesseract's; the object follows ISO 32000-1, 9.7.4 and 9.10.3, and the OpenType tables.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

ADVANCE_EM = 0.5
# Boxes of recognised words hug the ink, which takes about four fifths of the type size. A size taken too small makes
# the spaces between words look like those between columns to programs that work out the layout anew (Poppler).
ASCENT_EM = 0.64
DESCENT_EM = -0.16

_NAME = Name("/LeafbeamInvisible")
_UNITS = 1000
_MOST_CIDS = 0xFFFE


class InvisibleFont:
    """Gives out character codes while text is written; ``build`` makes the font that explains them."""

    def __init__(self) -> None:
        self._cids: dict[str, int] = {}

    def encode(self, text: str) -> bytes:
        """The text as two-byte codes. The characters beyond 65,534 different ones share the last code."""
        codes = bytearray()
        for char in text:
            cid = self._cids.setdefault(char, min(len(self._cids) + 1, _MOST_CIDS))
            codes += cid.to_bytes(2, "big")
        return bytes(codes)

    def build(self, pdf: Pdf) -> pikepdf.Object:
        """The font as an indirect object of ``pdf``, for all text encoded so far."""
        descriptor = pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=_NAME,
                Flags=4,  # symbolic
                FontBBox=Array([0, round(DESCENT_EM * _UNITS), round(ADVANCE_EM * _UNITS), round(ASCENT_EM * _UNITS)]),
                ItalicAngle=0,
                Ascent=round(ASCENT_EM * _UNITS),
                Descent=round(DESCENT_EM * _UNITS),
                CapHeight=round(ASCENT_EM * _UNITS),
                StemV=80,
                FontFile2=_stream(pdf, _truetype(), Length1=len(_truetype())),
            )
        )
        descendant = pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.CIDFontType2,
                BaseFont=_NAME,
                CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
                FontDescriptor=descriptor,
                DW=round(ADVANCE_EM * _UNITS),
                CIDToGIDMap=_stream(pdf, b"\x00\x00" + b"\x00\x01" * len(self._cids)),
            )
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=_NAME,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([descendant]),
                ToUnicode=_stream(pdf, _to_unicode(self._cids.items())),
            )
        )


def _stream(pdf: Pdf, data: bytes, **keys: int) -> Stream:
    stream = Stream(pdf, data)
    for key, value in keys.items():
        stream[f"/{key}"] = value
    return stream


def _to_unicode(cids: Iterable[tuple[str, int]]) -> bytes:
    """The CMap from codes to UTF-16 text, at most 100 entries in a section as the format wants."""
    entries = [f"<{cid:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, cid in cids]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for start in range(0, len(entries), 100):
        section = entries[start : start + 100]
        lines += [f"{len(section)} beginbfchar", *section, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")


def _truetype() -> bytes:
    """A TrueType file with two glyphs half an em wide: ".notdef", empty, and the line."""
    advance, ascent, descent = (round(em * _UNITS) for em in (ADVANCE_EM, ASCENT_EM, DESCENT_EM))
    tables = {
        # a Macintosh format 6 map with one entry: a cmap may not be missing
        b"cmap": struct.pack(">HHHHIHHHHHH", 0, 1, 1, 0, 12, 6, 12, 0, 0x41, 1, 1),
        # one contour of two points on the curve, from (0, descent) to (advance, ascent)
        b"glyf": struct.pack(
            ">hhhhhHHBBhhhh", 1, 0, descent, advance, ascent, 1, 0, 1, 1, 0, advance, descent, ascent - descent
        ),
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, _UNITS, 0, 0, 0, descent, advance, ascent, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x00010000, ascent, descent, 0, advance, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1
        ),
        b"hmtx": struct.pack(">Hhh", advance, 0, 0),
        b"loca": struct.pack(">HHH", 0, 0, 12),  # in units of two bytes
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x00010000, 2, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        b"post": struct.pack(">IIhhIIIII", 0x00030000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    offset = 12 + 16 * len(tables)
    directory, body = struct.pack(">IHHHH", 0x00010000, len(tables), 128, 3, 16 * len(tables) - 128), b""
    for tag, data in tables.items():
        padded = data + b"\x00" * (-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag, checksum, offset + len(body), len(data))
        body += padded
    return directory + body
