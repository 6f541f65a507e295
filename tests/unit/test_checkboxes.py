"""Check boxes drawn on a page image, and form fields of a text layer, as characters in the lines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import FormField, Line, PageLayer, Span
from leafbeam.offline.checkboxes import with_checkboxes
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
def test_circles_and_bullets_are_no_boxes(drawing: str) -> None:
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
