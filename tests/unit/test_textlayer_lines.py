"""Words, lines and their styles."""

from __future__ import annotations

import math

import pytest
from textlayer_pdf import Sheet, open_page, paragraph, picture_of, text_at

from leafbeam.layer import Line
from leafbeam.textlayer import check_layer, read_layer, text_lines

_LEFT = ["The council agreed on", "Thursday evening to restore", "the old lighthouse on the", "eastern pier at once."]
_RIGHT = [
    "The orchestra returned from",
    "the county festival with the",
    "first prize in its class, and",
    "all were glad of it.",
]


def lines_of(content: str, sheet: Sheet | None = None) -> tuple[Line, ...]:
    return text_lines(read_layer(open_page(content, sheet)))


def texts_of(content: str) -> list[str]:
    return [line.text for line in lines_of(content)]


def test_words_set_without_space_glyphs() -> None:
    words = "BT /T 10 Tf 50 300 Td [(Taylor)-250(expansion)-250(around)-250(a)-220(root.)] TJ ET\n"
    assert texts_of(words) == ["Taylor expansion around a root."]


def test_kerning_makes_no_spaces() -> None:
    assert texts_of("BT /F 10 Tf 50 300 Td [(A)80(V)-60(A)-90(T)70(A)] TJ ET\n") == ["AVATA"]


def test_letter_spaced_text_keeps_its_words() -> None:
    assert texts_of("BT /F 10 Tf 3 Tc 50 300 Td (WIDE AREA NEWS) Tj 0 Tc ET\n") == ["WIDE AREA NEWS"]


def test_words_drawn_out_of_order_make_one_line() -> None:
    assert texts_of(text_at(80, 300, "world") + text_at(50, 300, "Hello")) == ["Hello world"]


def test_a_line_has_place_size_and_glyphs() -> None:
    (line,) = lines_of(text_at(50, 300, "Hxg", size=12))
    assert line.baseline_pt == pytest.approx(300)
    assert line.size_pt == pytest.approx(12)
    assert line.box.x0 == pytest.approx(50, abs=1.2)
    assert line.box.y1 == pytest.approx(303, abs=1)
    assert "".join(g.text for g in line.glyphs) == "Hxg"


def test_styles_make_spans() -> None:
    line = "BT /F 10 Tf 50 300 Td (plain ) Tj /B 10 Tf (bold ) Tj /M 10 Tf (mono) Tj /F 10 Tf ( end) Tj ET\n"
    (found,) = lines_of(line)
    assert [(s.text.strip(), s.bold, s.mono) for s in found.spans] == [
        ("plain", False, False),
        ("bold", True, False),
        ("mono", False, True),
        ("end", False, False),
    ]
    assert found.text == "plain bold mono end"


def test_super_and_subscripts_belong_to_their_line() -> None:
    content = "BT /F 10 Tf 50 300 Td (x) Tj /F 7 Tf 4 Ts (2) Tj /F 10 Tf 0 Ts ( and y) Tj /F 7 Tf -2 Ts (k) Tj ET\n"
    (line,) = lines_of(content)
    assert [(s.text, s.script) for s in line.spans] == [("x", 0), ("2", 1), (" and y", 0), ("k", -1)]
    assert line.baseline_pt == pytest.approx(300)


def test_a_note_mark_joins_its_note() -> None:
    (line,) = lines_of(text_at(50, 303, "3", size=6) + text_at(62, 300, "See the annex.", size=8))
    assert [(s.text, s.script) for s in line.spans] == [("3", 1), (" See the annex.", 0)]


def test_columns_are_never_joined() -> None:
    found = texts_of(paragraph(50, 400, _LEFT) + paragraph(192, 400, _RIGHT))
    assert sorted(found) == sorted(_LEFT + _RIGHT)


def test_columns_with_unequal_leading_are_never_joined() -> None:
    found = texts_of(paragraph(50, 400, _LEFT, leading=12) + paragraph(190, 400, _RIGHT, leading=10, size=8))
    assert sorted(found) == sorted(_LEFT + _RIGHT)


def test_a_stretched_line_of_a_paragraph_holds_together() -> None:
    stretched = "BT /F 10 Tf 9 Tw 50 376 Td (Light winds from the south) Tj 0 Tw ET\n"
    body = ["The weather of the week was mild again", "and so it seems that it will remain for"]
    found = texts_of(paragraph(50, 400, body) + stretched + paragraph(50, 364, body))
    assert "Light winds from the south" in found
    assert len(found) == 5


def test_a_numbered_heading_holds_together() -> None:
    content = text_at(50, 400, "3", size=14) + text_at(75, 400, "Error bound", size=14)
    body = ["Suppose that the quotient of the derivatives", "is bounded by a constant from below and so"]
    assert texts_of(content + paragraph(50, 380, body))[0] == "3 Error bound"


@pytest.mark.parametrize("label", ["•", "1.", "(a)", "–"])
def test_list_marks_stay_with_single_line_items(label: str) -> None:
    code = {"•": "\x95", "–": "\x96"}.get(label, label)
    content = "".join(text_at(50, 400 - 14 * i, code) + text_at(64, 400 - 14 * i, "item of a list") for i in range(4))
    assert texts_of(content) == [f"{label} item of a list"] * 4


def test_table_cells_are_apart() -> None:
    rows = ["Harbour", "Reed bay", "Old mill"]
    content = "".join(
        text_at(50, 400 - 14 * i, row) + text_at(105, 400 - 14 * i, "4.12") + text_at(135, 400 - 14 * i, "good")
        for i, row in enumerate(rows)
    )
    assert sorted(texts_of(content)) == sorted([*rows, *["4.12", "good"] * 3])


def test_a_vertical_ruling_splits_even_a_narrow_gap() -> None:
    content = text_at(50, 300, "left") + text_at(72, 300, "right") + "0.5 w 69 290 m 69 320 l S\n"
    assert texts_of(content) == ["left", "right"]
    assert texts_of(text_at(50, 300, "left") + text_at(72, 300, "right")) == ["left right"]


def test_leaders_of_a_table_of_contents_hold_the_line() -> None:
    content = "BT /F 10 Tf 50 300 Td (Setting . . . . . . . .) Tj ET\n" + text_at(150, 300, "17")
    assert texts_of(content) == ["Setting . . . . . . . . 17"]


def test_leaders_set_wide_apart_hold_the_line() -> None:
    dots = "".join(text_at(92 + 8 * i, 300, ".") for i in range(9))
    content = text_at(50, 300, "Setting") + dots + text_at(170, 300, "17")
    assert texts_of(content) == ["Setting . . . . . . . . . 17"]


def test_an_ellipsis_beside_the_gutter_is_no_leader() -> None:
    left = ["methods producing sam-", "ples with much shorter", "times for a discussion"]
    right = ["1, . . . , K/2 and then", "we update all walkers", "move procedure based"]
    lines = texts_of(paragraph(40, 300, left) + paragraph(180, 300, right))
    assert sorted(lines) == sorted(left + right)


def test_leaders_in_a_table_end_their_cell() -> None:
    content = (
        "BT /F 10 Tf 50 300 Td (All ages . . . . . .) Tj ET\n" + text_at(130, 300, "291") + text_at(200, 300, "4.5")
    )
    assert texts_of(content) == ["All ages . . . . . .", "291", "4.5"]


def test_a_drop_cap_stands_apart() -> None:
    content = text_at(50, 376, "W", size=40) + paragraph(90, 400, ["hen the ferry came", "back to the harbour", "late"])
    assert "W" in texts_of(content)


def test_text_up_the_margin_is_a_line_of_its_own() -> None:
    content = text_at(100, 400, "The body of the page.") + "BT /F 10 Tf 0 1 -1 0 40 200 Tm (arXiv stamp) Tj ET\n"
    found = {line.text: line for line in lines_of(content)}
    stamp = found["arXiv stamp"]
    assert (stamp.angle, found["The body of the page."].angle) == (90, 0)
    assert stamp.box.height > 4 * stamp.box.width
    assert stamp.box.y1 == pytest.approx(600 - 200, abs=1)
    assert stamp.box.x1 == pytest.approx(40, abs=3)


def test_rotated_pages_give_the_same_words() -> None:
    content = paragraph(50, 400, _LEFT)
    for rotate in (90, 180, 270):
        assert sorted(line.text for line in lines_of(content, Sheet(rotate=rotate))) == sorted(_LEFT)


def test_no_lines_without_glyphs() -> None:
    assert lines_of("") == ()


def aslant(x: float, y: float, text: str, degrees: float, size: float = 10) -> str:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return f"BT /F {size} Tf {cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {x} {y} Tm ({text}) Tj ET\n"


@pytest.mark.parametrize("degrees", [20, 45, 60, 135, 300])
def test_text_set_aslant_is_read(degrees: int) -> None:
    content = paragraph(20, 380, ["Level text of the page that stays as it is."] * 5)
    page = open_page(content + aslant(200, 180, "Heads of columns", degrees))
    slanted = [line for line in text_lines(read_layer(page)) if line.angle % 90]
    assert [line.text for line in slanted] == ["Heads of columns"]
    assert slanted[0].angle == degrees
    assert slanted[0].box.width > 15
    assert slanted[0].box.height > 15


def test_a_watermark_is_no_text() -> None:
    content = paragraph(20, 380, ["Level text of the page that stays as it is."] * 5)
    page = open_page(content + aslant(120, 60, "DRAFT", 45, size=60))
    assert all(line.angle == 0 for line in text_lines(read_layer(page)))


def test_a_page_that_lies_askew_is_recognised_from_its_picture() -> None:
    page = open_page("".join(aslant(40, 380 - 18 * i, f"Line {i} of a page that was fed askew", 4) for i in range(20)))
    layer = read_layer(page)
    check = check_layer(layer, text_lines(layer), picture_of(page))
    assert not check.sound
    assert "aslant" in check.reason
