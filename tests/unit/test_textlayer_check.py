"""Whether a text layer is to be trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textlayer_pdf import Sheet, open_page, paragraph, picture_of, text_at

from leafbeam.geometry import Rect
from leafbeam.layer import PageLayer
from leafbeam.textlayer import LayerCheck, check_layer, read_layer, text_lines

_TEXT = [
    "The engineer promised a wooden walkway and a watchman",
    "at night. Several fishermen offered to carry stone from",
    "the quarry without charge, before the autumn storms.",
    "Residents of the pier cottages asked that the footpath",
    "remain open while the work is going on. Judges praised",
    "the young players for their rhythm and for the courage",
    "with which they chose a difficult programme this year.",
    "Butter was dearer this week, while eggs fell slightly.",
]
_BODY = paragraph(40, 500, _TEXT)


def check(content: str, sheet: Sheet | None = None, layer: PageLayer | None = None) -> LayerCheck:
    page = open_page(content, sheet)
    layer = layer or read_layer(page)
    return check_layer(layer, text_lines(layer), picture_of(page))


def test_a_born_digital_page_is_sound() -> None:
    assert check(_BODY) == LayerCheck(True)


@pytest.mark.parametrize("text", ["SMALL", "ITEM 4711-XK", "f(x) = g(x)"])
def test_short_or_odd_text_is_sound(text: str) -> None:
    assert check(text_at(40, 400, text)).sound


@pytest.mark.parametrize("shift", [1, 3, 29, 0xE000 - 0x20])
def test_a_shifted_map_is_not_trusted(shift: int) -> None:
    found = check(_BODY, Sheet(shift=shift))
    assert not found.sound
    assert "map" in found.reason
    assert found.untrusted == (Rect(0, 0, 400, 600),)


def test_a_line_with_an_unmapped_character_is_sound_but_for_a_gap() -> None:
    layer = read_layer(open_page(_BODY))
    unmapped = tuple(replace(g, text="\ufffd") if g.order == 7 else g for g in layer.glyphs)
    found = check(_BODY, layer=replace(layer, glyphs=unmapped))
    assert found.sound
    assert found.untrusted == ()
    assert [line.box.contains(60, layer.glyphs[7].ink.cy) for line in found.gaps] == [True]


def test_a_line_of_mostly_unmapped_characters_is_recognised_instead() -> None:
    layer = read_layer(open_page(_BODY))
    level = layer.glyphs[7].baseline_pt
    lost = tuple(replace(g, text="\ufffd") if g.baseline_pt == level and g.text != " " else g for g in layer.glyphs)
    found = check(_BODY, layer=replace(layer, glyphs=lost))
    assert found.sound
    assert found.gaps == ()
    assert [box.contains(60, layer.glyphs[7].ink.cy) for box in found.untrusted] == [True]


def test_invisible_text_over_a_scan_is_a_foreign_recognition() -> None:
    scan = "q 400 0 0 600 0 0 cm /P Do Q\n"
    found = check(scan + "q 3 Tr\n" + _BODY + "Q\n")
    assert not found.sound
    assert found.ocr_layer


def test_text_in_the_wrong_place_is_not_trusted() -> None:
    page = open_page(_BODY)
    layer = read_layer(page)
    moved = replace(
        layer,
        glyphs=tuple(replace(g, ink=Rect(g.ink.x0, g.ink.y0 + 300, g.ink.x1, g.ink.y1 + 300)) for g in layer.glyphs),
    )
    assert not check_layer(moved, text_lines(moved), picture_of(page)).sound


def test_a_line_without_ink_is_untrusted() -> None:
    page = open_page(_BODY)
    ghost = read_layer(open_page(_BODY + text_at(40, 200, "nothing is drawn here")))
    found = check_layer(ghost, text_lines(ghost), picture_of(page))
    assert found.sound
    (box,) = found.untrusted
    assert box.contains(60, 397)
    assert box.height < 15


def test_text_in_a_picture_is_found() -> None:
    """A born-digital head over a page whose body is a picture: the body must be recognised."""
    page = open_page(text_at(40, 560, "Letter head") + "q 360 0 0 440 20 80 cm /P Do Q\n")
    shown = open_page(
        text_at(40, 560, "Letter head") + "1 g 20 80 360 440 re f 0 g " + _BODY + paragraph(40, 380, _TEXT)
    )
    layer = read_layer(page)
    found = check_layer(layer, text_lines(layer), picture_of(shown))
    regions = found.untrusted
    assert any(r.contains(200, 200) for r in regions)


def test_a_plain_picture_is_not_text() -> None:
    assert check(_BODY + "q 300 0 0 200 40 50 cm /P Do Q\n") == LayerCheck(True)


def test_an_empty_page_is_sound_and_an_unlettered_one_is_not() -> None:
    assert check("") == LayerCheck(True, "blank page")
    assert check("q 200 0 0 200 40 50 cm /P Do Q\n").reason == "no text layer"
