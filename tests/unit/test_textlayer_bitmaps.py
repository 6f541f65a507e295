"""TeX's bitmap fonts: unnamed Type 3 fonts without a Unicode map, told apart by the shapes of their glyphs."""

import io

import pikepdf
import pypdfium2 as pdfium
import pytest

from leafbeam.layer import PageLayer
from leafbeam.textlayer import bitmaps, read_layer

_SIZE = 10


def _page(codes: bytes, extents: dict[int, tuple[float, float, float]], *, stretch: float = 1.0) -> PageLayer:
    """One line of ``codes`` in an unnamed Type 3 font whose glyphs are bars of the given extents in type sizes."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(600, 200))
    procs, widths = pikepdf.Dictionary(), []
    for code in range(256):
        top, bottom, width = extents.get(code, (0.0, 0.0, 0.3))
        wide = 1000 * width * stretch
        widths.append(wide + 40)
        bar = f"20 {1000 * bottom:.0f} {wide:.0f} {1000 * (top - bottom):.0f}"
        box = f"20 {1000 * bottom:.0f} {20 + wide:.0f} {1000 * top:.0f}"
        procs[f"/a{code}"] = pdf.make_stream(f"{wide + 40:.0f} 0 {box} d1 {bar} re f".encode())
    names = [pikepdf.Name(f"/a{code}") for code in range(256)]
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3, FontBBox=[0, 0, 0, 0],
        FontMatrix=[0.001, 0, 0, 0.001, 0, 0], CharProcs=procs, FirstChar=0, LastChar=255, Widths=widths,
        Encoding=pikepdf.Dictionary(Type=pikepdf.Name.Encoding, Differences=[0, *names]),
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(f"BT /F1 {_SIZE} Tf 50 100 Td <{codes.hex()}> Tj ET".encode())
    buffer = io.BytesIO()
    pdf.save(buffer)
    return read_layer(pdfium.PdfDocument(buffer.getvalue())[0])


def _text(layer: PageLayer) -> str:
    return "".join(g.text for g in layer.glyphs)


@pytest.mark.parametrize("stretch", [0.95, 1.0, 1.1])
def test_ligatures_and_dashes_are_read_in_the_encoding_that_the_shapes_tell(stretch: float) -> None:
    old = _page(b"o\x0ecialtext\x7bthe\x0crst", bitmaps._extents(bitmaps._OT1), stretch=stretch)
    cork = _page(b"o\x1ecialtext\x15the\x1crst\xe9", bitmaps._extents(bitmaps._T1), stretch=stretch)
    assert _text(old) == "officialtext–thefirst"
    assert _text(cork) == "officialtext–thefirsté"


def test_mathematical_fonts_are_known_as_such() -> None:
    italic = _page(b"\x0b\x19x;y", bitmaps._extents(bitmaps._OML))
    signs = _page(b"\x00\x02\x31\x32fg", bitmaps._extents(bitmaps._OMS))
    assert _text(italic) == "απx,y"
    assert _text(signs) == "−×∞∈{}"
    assert {g.font.symbolic for g in (*italic.glyphs, *signs.glyphs)} == {True}


def test_wide_letters_are_bold_and_an_f_below_the_line_is_italic() -> None:
    extents = bitmaps._extents(bitmaps._OT1)
    bold = _page(b"boldwords", extents, stretch=1.14)
    italic = _page(b"often", {**extents, ord("f"): (0.7, -0.2, 0.4)})
    plain = _page(b"plainwords", extents)
    assert {g.font.bold for g in bold.glyphs} == {True}
    assert {g.font.italic for g in italic.glyphs} == {True}
    assert {(g.font.bold, g.font.italic) for g in plain.glyphs} == {(False, False)}


def test_a_font_of_other_shapes_keeps_its_unknown_codes() -> None:
    layer = _page(b"ab\x1ccd\x15", dict.fromkeys(range(256), (1.5, -0.6, 1.2)))
    assert "\ufffd" in _text(layer)
    assert {g.font.name for g in layer.glyphs} == {""}


def test_a_few_glyphs_name_an_encoding_only_when_they_fit_it_well() -> None:
    letters = {0x19: (0.47, 0.0, 0.45), 0x12: (0.47, -0.02, 0.42)}  # "u" and "a" of some other font
    assert _text(_page(b"\x19\x12", letters)) == "\ufffd\ufffd"
    assert _text(_page(b"\x0b\x19", bitmaps._extents(bitmaps._OML))) == "απ"
