"""Check boxes drawn on a page image, and form fields of a text layer, as characters in the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from leafbeam.geometry import Rect
from leafbeam.layer import Font, FormField, Glyph, Line, PageLayer, Ruling, Span
from leafbeam.offline.boxes import _hollow_sided
from leafbeam.offline.checkboxes import _around_box, _opens, with_checkboxes, without_box_sides
from leafbeam.offline.squares import CheckBox, Mark
from leafbeam.types import PageImage, PageRef, Source, SourceKind, WordOrigin

_REF = PageRef(Source("form", SourceKind.IMAGE, Path("form.png"), "0" * 64, 1, (0,), "form"), 0)


def _page(drawing: str) -> PageImage:
    """A page of 300 x 100 points at 144 dpi with a square from (20, 40) to (31, 51) points."""
    pixels = np.full((200, 600, 3), 255, np.uint8)
    corners = (40, 80), (62, 102)
    if drawing == "circle":
        cv2.circle(pixels, (51, 91), 11, (0, 0, 0), 2)
    else:
        cv2.rectangle(pixels, *corners, (0, 0, 0), -1 if drawing == "solid" else 2)
    if drawing == "cross":
        cv2.line(pixels, (40, 80), (62, 102), (0, 0, 0), 2)
        cv2.line(pixels, (62, 80), (40, 102), (0, 0, 0), 2)
    if drawing == "tick":
        cv2.line(pixels, (45, 91), (50, 97), (0, 0, 0), 2)
        cv2.line(pixels, (50, 97), (58, 85), (0, 0, 0), 2)
    return PageImage(_REF, pixels, 144.0)


def _line(text: str = "Student", x0: float = 38.0, origin: WordOrigin = WordOrigin.DETECTOR) -> Line:
    box = Rect(x0, 38.0, x0 + 40.0, 53.0)
    return Line((Span(text, box),), box, 50.0, 12.0, origin=origin)


@pytest.mark.parametrize(("drawing", "mark"), [("empty", "☐"), ("cross", "☒"), ("tick", "☑")])
def test_a_framed_square_before_a_word_becomes_its_mark(drawing: str, mark: str) -> None:
    (line,) = with_checkboxes((_line(),), _page(drawing), None)
    assert line.text == f"{mark} Student"
    assert line.box.x0 == pytest.approx(20.0, abs=1.0)


@pytest.mark.parametrize("drawing", ["circle", "solid"])
def test_a_single_circle_or_bullet_is_no_box(drawing: str) -> None:
    lines = (_line(),)
    assert with_checkboxes(lines, _page(drawing), None) == lines


@pytest.mark.parametrize("read", ["口Student", "XStudent", "□ Student"])
def test_what_recognition_made_of_the_box_is_replaced(read: str) -> None:
    (line,) = with_checkboxes((_line(read, x0=20.0),), _page("cross"), None)
    assert line.text == "☒ Student"


def test_a_chinese_letter_that_looks_like_a_box_stays() -> None:
    lines = (_line("口语", x0=20.0),)
    assert with_checkboxes(lines, _page("empty"), None) == lines


def test_a_square_far_from_text_is_left_alone() -> None:
    lines = (_line(x0=120.0),)
    assert with_checkboxes(lines, _page("empty"), None) == lines


def test_with_a_text_layer_only_its_own_shapes_and_fields_count() -> None:
    lines = (_line(origin=WordOrigin.TEXT_LAYER),)
    assert with_checkboxes(lines, _page("empty"), PageLayer(300.0, 100.0)) == lines


def test_form_fields_become_text() -> None:
    fields = (
        FormField(Rect(20, 40, 31, 51), checked=True),
        FormField(Rect(100, 38, 200, 54), text="Marta", size_pt=12.0),
    )
    misread = _line("Maria", x0=110.0)
    lines = (_line(origin=WordOrigin.TEXT_LAYER), misread)
    result = with_checkboxes(lines, _page("tick"), PageLayer(300.0, 100.0, fields=fields))
    assert [line.text for line in result] == ["☑ Student", "Marta"]


def test_boxes_told_by_mathematical_signs_are_boxes() -> None:
    box = Rect(60, 90, 200, 100)
    line = Line((Span("⊠ History □ Research", box),), box, 98, 10)
    (told,) = with_checkboxes((line,), None, None)
    assert told.text == "☒ History ☐ Research"
    (other,) = with_checkboxes((Line((Span("q.e.d. □", box),), box, 98, 10),), None, None)
    assert other.text == "q.e.d. □"


def _form(squares: Sequence[tuple[int, int]], side: int = 22) -> NDArray[np.uint8]:
    """A page of 300 x 200 points at 144 dpi with empty squares whose top left corners (px) are given."""
    pixels = np.full((400, 600, 3), 255, np.uint8)
    for x, y in squares:
        cv2.rectangle(pixels, (x, y), (x + side, y + side), (0, 0, 0), 2)
    return pixels


def _row(text: str, x0: float, y0: float, origin: WordOrigin = WordOrigin.DETECTOR) -> Line:
    box = Rect(x0, y0, x0 + 6.0 * len(text), y0 + 15.0)
    return Line((Span(text, box),), box, y0 + 12.0, 12.0, origin=origin)


def test_a_tick_that_reaches_over_its_box_and_grey_noise_do_not_hide_it() -> None:
    pixels = _form([(40, 80)])
    cv2.polylines(pixels, [np.array([[45, 91], [50, 97], [70, 70]])], False, (20, 20, 60), 2)
    noise = np.random.default_rng(1).normal(-20, 7, pixels.shape[:2])[..., None]
    grainy = np.clip(cv2.GaussianBlur(pixels, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
    (line,) = with_checkboxes((_row("Student", 38, 38),), PageImage(_REF, grainy, 144.0), None)
    assert line.text == "☑ Student"


def test_a_cross_that_leaves_its_box_is_told_by_the_boxes_in_its_row_and_column() -> None:
    pixels = _form([(40, 80), (240, 80), (40, 180), (240, 180)])
    for ends in (((30, 70), (76, 112)), ((34, 114), (70, 66)), ((36, 72), (80, 108))):
        cv2.line(pixels, *ends, (40, 40, 60), 2)
    lines = tuple(_row(text, x, y) for text, x in (("Yes", 40), ("No", 140)) for y in (38, 88))
    result = with_checkboxes(lines, PageImage(_REF, pixels, 144.0), None)
    assert sorted(line.text for line in result) == ["☐ No", "☐ No", "☐ Yes", "☒ Yes"]


def test_boxes_in_cells_of_their_own_become_lines_of_their_own() -> None:
    pixels = _form([(240, 80), (400, 80)])
    for x in (200, 320, 480):
        cv2.line(pixels, (x, 60), (x, 130), (0, 0, 0), 2)
    result = with_checkboxes((_row("Heating", 40, 38),), PageImage(_REF, pixels, 144.0), None)
    assert sorted(line.text for line in result) == ["Heating", "☐", "☐"]


def test_the_cells_of_a_comb_are_no_boxes() -> None:
    pixels = _form([(80 + 26 * k, 80) for k in range(6)])
    lines = (_row("Town", 150, 38),)
    assert with_checkboxes(lines, PageImage(_REF, pixels, 144.0), None) == lines


def test_rings_of_one_size_in_a_row_are_radio_buttons_and_a_letter_is_none() -> None:
    pixels = _form([])
    for x in (52, 252):
        cv2.circle(pixels, (x, 92), 11, (0, 0, 0), 2)
    cv2.circle(pixels, (252, 92), 5, (0, 0, 0), -1)
    lines = (_row("Yes", 38, 38), _row("No", 138, 38))
    result = with_checkboxes(lines, PageImage(_REF, pixels, 144.0), None)
    assert [line.text for line in result] == ["☐ Yes", "☒ No"]
    letters = _form([])
    for x in (52, 72, 252):
        cv2.circle(letters, (x, 92), 8, (0, 0, 0), 3)
    assert with_checkboxes(lines, PageImage(_REF, letters, 144.0), None) == lines


def test_a_box_of_four_rules_with_a_cross_set_as_a_letter() -> None:
    pixels = _form([(40, 80)])
    rules = [Ruling(Rect(20, y, 31, y + 0.5), horizontal=True) for y in (40.0, 50.5)]
    rules += [Ruling(Rect(x, 40, x + 0.5, 51), horizontal=False) for x in (20.0, 30.5)]
    font = Font("Helvetica")
    glyphs = tuple(
        Glyph(char, Rect(x, 38, x + 6, 53), Rect(x, 42, x + 6, 50), x, 50.0, 12.0, font, order)
        for order, (char, x) in enumerate([("x", 22.0), ("N", 38.0), ("o", 44.0)])
    )
    box = Rect(22, 38, 50, 53)
    line = Line((Span("x No", box),), box, 50.0, 12.0, origin=WordOrigin.TEXT_LAYER, glyphs=glyphs)
    layer = PageLayer(300.0, 200.0, glyphs=glyphs, rulings=tuple(rules))
    (told,) = with_checkboxes((line,), PageImage(_REF, pixels, 144.0), layer)
    assert told.text == "☒ No"
    (letter,) = with_checkboxes(
        (replace(line, spans=(Span("A No", box),), glyphs=(replace(glyphs[0], text="A"), *glyphs[1:])),),
        PageImage(_REF, pixels, 144.0),
        replace(layer, glyphs=(replace(glyphs[0], text="A"), *glyphs[1:])),
    )
    assert letter.text == "A No"


def test_the_sides_of_boxes_are_no_rules_of_a_table() -> None:
    box = Rect(20, 40, 31, 51)
    line = Line((Span("☐", box),), box, 50.0, 12.0)
    side = Ruling(Rect(20, 40, 31, 40.5), horizontal=True)
    rule = Ruling(Rect(10, 40, 200, 40.5), horizontal=True)
    assert without_box_sides((side, rule), (line,)) == (rule,)
    assert without_box_sides((side, rule), (_line(),)) == (side, rule)


def test_a_single_box_of_a_scan_stands_before_words() -> None:
    def opens(text: str, x0: float, box_x: float) -> bool:
        rect = Rect(x0, 100, x0 + 60, 110)
        line = Line((Span(text, rect),), rect, 108, 10)
        return _opens(line, CheckBox(Rect(box_x, 100, box_x + 9, 109), Mark.CROSSED))

    assert opens("I agree", 115, 100)
    assert not opens("3-2 Pressure", 115, 100)
    assert not opens("Linn", 20, 85)


def test_a_box_over_blanks_parts_nothing() -> None:
    assert _around_box(Span("  ", Rect(8, 8, 24, 22)), CheckBox(Rect(10, 10, 20, 20), Mark.EMPTY)) is None


def test_parts_of_one_pixel_at_the_edge_are_looked_at_within_the_page() -> None:
    ink_HW = np.ones((4, 4), dtype=np.bool_)
    parts_N4 = np.array([[3, 0, 1, 4], [0, 3, 4, 1], [3, 3, 1, 1]], dtype=np.int32)
    assert _hollow_sided(ink_HW, parts_N4).all()
