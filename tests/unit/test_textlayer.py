"""What is read off a page: places, fonts, rulings, hidden text, links."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from textlayer_pdf import Sheet, open_page, pdf_bytes, text_at

from leafbeam.layer import Font, Glyph, PageLayer
from leafbeam.textlayer import read_layer, read_outline, upright
from leafbeam.textlayer.fonts import describe_font


def text_of(glyphs: tuple[Glyph, ...]) -> str:
    return "".join(g.text for g in glyphs)


@pytest.mark.parametrize("inherited", [False, True])
def test_a_glyph_lies_where_it_is_drawn(inherited: bool) -> None:
    sheet = Sheet(media=(10, 20, 310, 420), inherited=inherited)
    layer = read_layer(open_page(text_at(60, 300, "H", size=20), sheet))
    assert (layer.width_pt, layer.height_pt) == (300, 400)
    (glyph,) = layer.glyphs
    assert glyph.x_origin_pt == pytest.approx(50)
    assert glyph.baseline_pt == pytest.approx(120)  # 420 - 300
    assert glyph.size_pt == pytest.approx(20)
    assert glyph.ink.y1 == pytest.approx(120, abs=0.5)
    assert glyph.ink.height == pytest.approx(0.72 * 20, abs=1)


def test_the_crop_box_is_the_page() -> None:
    sheet = Sheet(crop=(50, 100, 350, 500))
    layer = read_layer(open_page(text_at(60, 480, "in") + text_at(60, 50, "out"), sheet))
    assert (layer.width_pt, layer.height_pt) == (300, 400)
    assert text_of(layer.glyphs) == "in"
    assert text_of(layer.hidden) == "out"
    assert layer.glyphs[0].x_origin_pt == pytest.approx(10)


@pytest.mark.parametrize(
    ("rotate", "x", "y", "angle"), [(0, 60, 100, 0), (90, 500, 60, 270), (180, 340, 500, 180), (270, 100, 340, 90)]
)
def test_rotated_pages_are_read_as_shown(rotate: int, x: float, y: float, angle: int) -> None:
    layer = read_layer(open_page(text_at(60, 500, "HH"), Sheet(rotate=rotate)))
    assert (layer.width_pt, layer.height_pt) == ((600, 400) if rotate in (90, 270) else (400, 600))
    assert (layer.glyphs[0].x_origin_pt, layer.glyphs[0].baseline_pt) == (pytest.approx(x), pytest.approx(y))
    assert layer.glyphs[0].angle == angle


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_upright_turns_the_page_so_that_its_text_runs_level(rotate: int) -> None:
    content = text_at(60, 500, "Level") + "0 0 0 RG 1 w 60 480 m 200 480 l S\n"
    plain = read_layer(open_page(content))
    turned, rotation = upright(read_layer(open_page(content, Sheet(rotate=rotate))))
    assert rotation == (360 - rotate) % 360
    assert {g.angle for g in turned.glyphs} == {0}
    assert (turned.width_pt, turned.height_pt) == (plain.width_pt, plain.height_pt)
    for a, b in zip(plain.glyphs, turned.glyphs, strict=True):
        assert a.ink == pytest.approx(b.ink, abs=0.01)
        assert (a.x_origin_pt, a.baseline_pt) == (pytest.approx(b.x_origin_pt), pytest.approx(b.baseline_pt))
    assert turned.rulings[0].horizontal
    assert turned.rulings[0].box == pytest.approx(plain.rulings[0].box, abs=0.01)


def test_upright_leaves_a_page_without_a_majority() -> None:
    layer = read_layer(open_page(text_at(60, 500, "level text") + "BT /F 10 Tf 0 1 -1 0 30 100 Tm (up) Tj ET\n"))
    assert upright(layer) == (layer, 0)
    assert upright(PageLayer(10, 10)) == (PageLayer(10, 10), 0)


def test_a_grid_drawn_as_one_path_gives_its_rulings() -> None:
    grid = "1 w " + " ".join(f"{50 + 40 * i} 300 40 20 re" for i in range(3)) + " S\n"
    layer = read_layer(open_page(grid))
    assert sum(r.horizontal for r in layer.rulings) == 6
    assert sum(not r.horizontal for r in layer.rulings) == 6
    assert {round(r.box.cx) for r in layer.rulings if not r.horizontal} == {50, 90, 130, 170}
    assert {round(r.box.cy) for r in layer.rulings if r.horizontal} == {280, 300}


def test_a_stroked_rectangle_is_four_rulings_and_a_shape() -> None:
    layer = read_layer(open_page("0.5 w 50 300 100 60 re S\n"))
    assert len(layer.rulings) == 4
    (shape,) = layer.shapes
    assert not shape.filled
    assert shape.box == pytest.approx((50, 240, 150, 300), abs=1)


def test_a_thin_filled_bar_is_a_ruling_and_a_filled_area_a_shape() -> None:
    layer = read_layer(
        open_page("1 0 0 rg 50 300 100 0.7 re f 0 0 1 rg 50 100 100 60 re f 50 50 m 80 90 l 60 20 l f\n")
    )
    (ruling,) = layer.rulings
    assert ruling.horizontal
    assert ruling.box == pytest.approx((50, 299.3, 150, 300), abs=0.1)
    assert [(s.filled, s.color) for s in layer.shapes] == [(True, 0x0000FF), (True, 0x0000FF)]


def test_form_matrices_apply_to_paths_pictures_and_text() -> None:
    form = "1 w 0 0 m 50 0 l S " + text_at(0, 10, "in form")
    sheet = Sheet(form=form, form_matrix=(2, 0, 0, 2, 10, 20))
    layer = read_layer(open_page("q 1 0 0 1 100 200 cm /X Do Q\n", sheet))
    (ruling,) = layer.rulings
    assert ruling.box.x0 == pytest.approx(110)
    assert ruling.box.x1 == pytest.approx(210)
    assert ruling.box.cy == pytest.approx(600 - 220)
    assert ruling.box.height == pytest.approx(2)
    assert text_of(layer.glyphs) == "in form"
    assert layer.glyphs[0].size_pt == pytest.approx(20)
    assert layer.glyphs[0].baseline_pt == pytest.approx(600 - 240)


@pytest.mark.parametrize(
    "content",
    [
        "q BT /F 10 Tf 3 Tr 50 300 Td (ghost) Tj ET Q\n",
        "1 1 1 rg " + text_at(50, 300, "ghost"),
        text_at(-100, 300, "ghost"),
        text_at(50, 300, "ghost") + "0 0 0 rg 40 290 80 30 re f\n",
        text_at(50, 300, "ghost") + "q 100 0 0 40 40 290 cm /P Do Q\n",
        text_at(50, 300, "ghost", size=0.2),
        "q 150 280 100 60 re W n " + text_at(50, 300, "ghost") + " Q ",
        "q 0 0 300 200 re W n 40 100 200 300 re W n " + text_at(50, 300, "ghost") + " Q ",
    ],
    ids=[
        "invisible",
        "white on white",
        "off the page",
        "redacted",
        "below a picture",
        "tiny",
        "clipped",
        "clipped twice",
    ],
)
def test_text_that_cannot_be_seen_is_hidden(content: str) -> None:
    layer = read_layer(open_page(content + " 0 g " + text_at(50, 100, "seen")))
    assert text_of(layer.glyphs) == "seen"
    assert text_of(layer.hidden) == "ghost"


def test_a_short_rule_inside_a_word_is_an_underscore() -> None:
    word = text_at(50, 300, "file") + "63.3 299 3.4 0.4 re f " + text_at(67.3, 300, "name")
    layer = read_layer(open_page(word + text_at(50, 200, "field") + "80 199 100 0.4 re f\n"))
    assert text_of(layer.glyphs) == "file_namefield"
    assert [round(r.box.width) for r in layer.rulings] == [100]


def test_text_inside_its_clipping_path_is_seen() -> None:
    layer = read_layer(open_page("q 1 0 0 1 30 40 cm 10 250 100 60 re W n " + text_at(20, 260, "seen") + " Q\n"))
    assert text_of(layer.glyphs) == "seen"
    form = Sheet(form="0 0 60 30 re W n " + text_at(0, 10, "in form"), form_matrix=(2, 0, 0, 2, 10, 20))
    layer = read_layer(open_page("q 1 0 0 1 100 200 cm /X Do Q\n", form))
    assert text_of(layer.glyphs) == "in form"


def test_white_text_on_a_dark_ground_is_seen_and_keeps_its_colour() -> None:
    layer = read_layer(open_page("0 0 0.5 rg 40 290 80 30 re f 1 1 1 rg " + text_at(50, 300, "header")))
    assert text_of(layer.glyphs) == "header"
    assert {g.color for g in layer.glyphs} == {0xFFFFFF}


def test_text_drawn_twice_is_read_once() -> None:
    layer = read_layer(open_page(text_at(50, 300, "fat") + text_at(50.4, 300, "fat") + text_at(50, 200, "thin")))
    assert text_of(layer.glyphs) == "fatthin"


def test_filled_and_stroked_text_is_bold() -> None:
    layer = read_layer(open_page("BT /F 10 Tf 2 Tr 50 300 Td (fat) Tj ET\n"))
    assert all(g.font.bold for g in layer.glyphs)


def test_links_and_outline() -> None:
    pdf = pikepdf.open(io.BytesIO(pdf_bytes(text_at(50, 300, "click"))))
    action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/a")
    annotation = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[50, 295, 90, 312], A=action
    )
    pdf.pages[0].Annots = pdf.make_indirect([annotation])
    with pdf.open_outline() as outline:
        chapter = pikepdf.OutlineItem("One  \n chapter", 0)
        chapter.children.append(pikepdf.OutlineItem("Section", 0))
        outline.root.append(chapter)
    buffer = io.BytesIO()
    pdf.save(buffer)
    document = pdfium.PdfDocument(buffer.getvalue())
    (link,) = read_layer(document[0]).links
    assert link.uri == "https://example.org/a"
    assert link.box == pytest.approx((50, 288, 90, 305), abs=0.1)
    assert [(e.title, e.level, e.page_index) for e in read_outline(document)] == [
        ("One chapter", 1, 0),
        ("Section", 2, 0),
    ]


def test_an_empty_page_has_nothing() -> None:
    layer = read_layer(open_page(""))
    assert layer == PageLayer(400, 600)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Arial-BoldMT", Font("Arial-BoldMT", bold=True)),
        ("CMBX10", Font("CMBX10", bold=True)),
        ("NimbusRomNo9L-Medi", Font("NimbusRomNo9L-Medi", bold=True)),
        ("SegoeUI-Semilight", Font("SegoeUI-Semilight")),
        ("CMTI10", Font("CMTI10", italic=True)),
        ("TimesNewRomanPS-BoldItalicMT", Font("TimesNewRomanPS-BoldItalicMT", bold=True, italic=True)),
        ("CMMI10", Font("CMMI10", symbolic=True)),
        ("CMTT10", Font("CMTT10", mono=True)),
        ("Courier-Oblique", Font("Courier-Oblique", italic=True, mono=True)),
        ("MSBM10", Font("MSBM10", symbolic=True)),
        ("Garamond", Font("Garamond")),
        ("AdvTTaf7f9f4f.B", Font("AdvTTaf7f9f4f.B", bold=True)),
        ("AdvTT8861b38f.I+03", Font("AdvTT8861b38f.I+03", italic=True)),
        ("AdvOT1ef757c0.BI", Font("AdvOT1ef757c0.BI", bold=True, italic=True)),
    ],
)
def test_styles_come_from_font_names(name: str, expected: Font) -> None:
    assert describe_font(name) == expected


def test_an_endless_drawing_is_cut_short_and_its_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leafbeam.textlayer.objects._MAX_OBJECTS", 50)
    drawing = "1 0 0 rg " + "10 10 20 20 re f\n" * 60
    layer = read_layer(open_page(drawing + "1 1 1 rg " + text_at(50, 300, "still here")))
    assert len(layer.shapes) == 50
    assert text_of(layer.glyphs) == "still here"


def test_type_at_the_rim_of_a_later_paint_is_seen() -> None:
    text = text_at(60, 500, "rim")
    edge = read_layer(open_page(text)).glyphs[-1].ink.cx
    for inset, shown in ((1.0, "m"), (3.5, "i")):
        page = open_page(text + f"1 g {edge - inset} 490 200 30 re f\n")
        assert read_layer(page).glyphs[-1].text == shown


def test_graphics_are_known_only_as_far_as_the_page_goes() -> None:
    layer = read_layer(open_page("100 -1000000 1000000 1000200 re f 10 2000 m 20 2100 l 40 2050 l f"))
    (shape,) = layer.shapes
    assert shape.box == pytest.approx((100, 400, layer.width_pt, layer.height_pt), abs=1)
