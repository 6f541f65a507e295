"""Fonts that state other characters than they show."""

from __future__ import annotations

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph
from leafbeam.textlayer.stated import restated


def glyph(text: str, font: str, x: float = 0.0, **extent: float) -> Glyph:
    """A glyph of 10 pt on the baseline 100; ``top``, ``bottom``, ``width`` in type sizes."""
    top, bottom, width = extent.get("top", 0.7), extent.get("bottom", 0.0), extent.get("width", 0.5)
    ink = Rect(x, 100 - 10 * top, x + 10 * width, 100 - 10 * bottom)
    return Glyph(text, Rect(x, 92, x + 6, 102), ink, x, 100.0, 10.0, Font(font), int(x), 0, ord(text[0]))


def texts(*glyphs: Glyph) -> str:
    return "".join(g.text for g in restated(glyphs)[0])


def test_latin_letters_of_a_symbol_font_are_greek() -> None:
    assert texts(*(glyph(c, "SymbolMT", 10.0 * i) for i, c in enumerate("bg=\xb4\xa3"))) == "βγ=×≤"


def test_a_symbol_font_that_tells_the_truth_is_believed() -> None:
    assert texts(*(glyph(c, "Symbol", 10.0 * i) for i, c in enumerate("βγ×°-"))) == "βγ×°−"


@pytest.mark.parametrize("name", ["Symbola", "SymbolicSans", "Times-Roman"])
def test_letters_of_other_fonts_stay(name: str) -> None:
    assert texts(glyph("b", name), glyph("g", name, 10)) == "bg"


@pytest.mark.parametrize(
    ("stated", "top", "bottom", "width", "shown"),
    [
        ("\xbc", 0.36, 0.11, 0.69, "="),
        ("\xfe", 0.58, -0.08, 0.69, "+"),
        ("\xf0", 0.72, -0.21, 0.28, "("),
        ("\xde", 0.72, -0.21, 0.28, ")"),
        ("\ufffd", 0.28, 0.22, 0.71, "−"),
        ("1", 0.7, 0.44, 0.27, "°"),
        ("m", 0.46, -0.21, 0.49, "μ"),
        ("\xbc", 0.7, 0.0, 0.7, "\xbc"),  # one quarter
        ("\xfe", 0.7, -0.2, 0.45, "\xfe"),  # thorn
        ("1", 0.65, 0.0, 0.3, "1"),
        ("m", 0.45, 0.0, 0.8, "m"),
    ],
)
def test_signs_are_read_where_the_outline_contradicts_the_letter(
    stated: str, top: float, bottom: float, width: float, shown: str
) -> None:
    assert texts(glyph(stated, "SrphvrAdvP4C4E74", top=top, bottom=bottom, width=width)) == shown


def test_fonts_of_text_by_the_same_typesetter_are_believed() -> None:
    assert texts(glyph("m", "AdvOT863180fb", top=0.46, bottom=-0.21)) == "m"


def test_a_root_of_glyphs_is_a_radical_sign_with_a_bar() -> None:
    root = glyph("p", "AdvP4C4E46", top=0.04, bottom=-1.16, width=0.9)
    pieces = [glyph("ffi", "AdvP4C4E46", 9 + 2.0 * i, top=0.04, bottom=0.0, width=0.22) for i in range(3)]
    kept, bars = restated([root, *pieces])
    assert [g.text for g in kept] == ["√"]
    assert [(b.box.x0, round(b.box.x1, 1)) for b in bars] == [(9.0, 15.2)]
