"""What is no formula though it has signs of one: letters of words, code, units, citations."""

from __future__ import annotations

import pytest
from typesetter import MI, RM, SY, Sheet

from leafbeam.layer import Font

PLAIN, MONO = Font("MinionPro-Regular"), Font("CMTT10", mono=True)
TI = Font("Times-Italic", italic=True)


@pytest.mark.parametrize(
    "text",
    ["yaşamı sınırlı bir çalışma", "það er íþrótt við sjó", "Ångström i Århus", "is-sħab u l-baħar", "at 5 µm depth"],
)
def test_letters_beside_letters_of_their_font_are_letters(text: str) -> None:
    sheet = Sheet()
    sheet.put(text, 10, 40, font=PLAIN)
    assert sheet.page()[0] == [text]


def test_lone_letters_between_greek_words_are_words() -> None:
    sheet = Sheet()
    sheet.put("αλλα η μητηρ", 10, 40, font=PLAIN)
    assert sheet.page()[0] == ["αλλα η μητηρ"]


def test_a_lone_greek_letter_between_other_words_is_a_variable() -> None:
    sheet = Sheet()
    sheet.put("the angle η here", 10, 40, font=PLAIN)
    assert sheet.page()[0] == ["the angle $\\eta$ here"]


def test_braces_of_another_font_around_typewriter_text_are_code() -> None:
    sheet = Sheet()
    x = sheet.put("{", 10, 40, font=SY)
    x = sheet.put("ann,bob", x, 40, font=MONO)
    x = sheet.put("}", x, 40, font=SY)
    sheet.put("@example.org", x, 40, font=MONO)
    assert sheet.page()[0] == ["{ann,bob}@example.org"]


def test_a_backslash_before_letters_of_text_is_a_backslash() -> None:
    sheet = Sheet()
    x = sheet.put("write ", 10, 40, font=RM)
    x = sheet.put("\\", x, 40, font=SY)
    x = sheet.put("n for a new line and ", x, 40, font=RM)
    x = sheet.put("A", x, 40)
    x = sheet.put("\\", x + 2, 40, font=SY)
    sheet.put("B", x + 2, 40, font=MI)
    assert sheet.page()[0] == ["write \\n for a new line and $A \\setminus B$"]


def test_lines_of_code_and_references_are_no_displays() -> None:
    sheet = Sheet()
    sheet.put("This is a plain paragraph of several words", 10, 40, font=RM)
    sheet.put("q = f(x) + 2", 60, 70, font=MONO)
    sheet.put("2009; 39(3): 361-365", 60, 100, font=PLAIN)
    assert sheet.page()[1] == []


def test_the_page_of_a_bold_reference_is_no_variable() -> None:
    sheet = Sheet()
    bold = Font("CMBX10", bold=True)
    x = sheet.put("see enhanced text for this (", 10, 40, font=RM)
    x = sheet.put("p", x, 40, font=bold)
    sheet.put(". 34) and more", x, 40, font=RM)
    assert sheet.page()[0] == ["see enhanced text for this (p. 34) and more"]


def test_a_lone_letter_under_a_bar_is_a_variable() -> None:
    sheet = Sheet()
    x = sheet.put("such as in (", 10, 40, font=RM)
    after = sheet.put("n", x, 40, font=TI)
    sheet.bar(x, after, 33)
    x = sheet.put("+", after + 2, 40, font=RM)
    after = sheet.put("m", x + 2, 40, font=TI)
    sheet.bar(x + 2, after, 33)
    sheet.put(")—of it", after, 40, font=RM)
    assert sheet.page()[0] == ["such as in $(\\overline{n} + \\overline{m})$—of it"]


def test_a_line_that_begins_like_a_sentence_is_no_display() -> None:
    sheet = Sheet()
    x = sheet.put("i.e., ", 10, 100, font=RM)
    sheet.put("x", x, 100)
    sheet.put("≤", x + 8, 100, font=SY)
    sheet.put("y", x + 16, 100)
    lines, displays = sheet.page()
    assert displays == []
    assert lines == ["i.e., $x \\le y$"]


@pytest.mark.parametrize(("number", "expected"), [("22,000", "N=22{,}000"), ("1,2", "N=1,2"), ("4,5000", "N=4,5000")])
def test_thousands_are_one_number(number: str, expected: str) -> None:
    sheet = Sheet()
    x = sheet.put("N", 10, 40)
    x = sheet.put("=", x + 3, 40, font=RM)
    sheet.put(number, x + 3, 40, font=RM)
    assert sheet.latex == expected
