"""Rows of type that only outlines show."""

from __future__ import annotations

import pytest
from outlines import outlined_at
from textlayer_pdf import open_page, paragraph, picture_of, text_at

from leafbeam.geometry import Rect
from leafbeam.textlayer import LayerCheck, check_layer, read_layer, text_lines

BODY = paragraph(40, 500, ["The engineer promised a wooden walkway and a watchman", "at night, before the storms."])


def _check(content: str) -> LayerCheck:
    page = open_page(content)
    layer = read_layer(page)
    return check_layer(layer, text_lines(layer), picture_of(page))


def test_a_row_of_outlines_beside_text_is_found_where_it_stands() -> None:
    found = _check(BODY + outlined_at(40, 300, "Strip length on radar cable: 500mm"))
    assert found.sound
    (row,) = found.drawn
    assert row.contains(100, 296)
    assert Rect(35, 285, 260, 308).intersection(row) > 0.95 * row.area


def test_a_word_beside_a_sure_row_is_found_too() -> None:
    content = BODY + outlined_at(40, 300, "Strip length on radar cable: 500mm") + outlined_at(40, 260, "Tips")
    assert len(_check(content).drawn) == 2


@pytest.mark.parametrize(
    "drawing",
    [
        "40 300 m 90 330 140 270 240 300 c S",  # a curve
        "".join(f"{40 + 25 * i} 300 m {50 + 25 * i} 320 l S\n" for i in range(9)),  # slanted ticks
        "".join(f"{40 + 25 * i} 300 15 20 re f\n" for i in range(9)),  # tiles
        text_at(40, 300, "more of the text that the layer states"),
    ],
)
def test_drawings_and_text_are_none(drawing: str) -> None:
    assert _check(BODY + drawing).drawn == ()
