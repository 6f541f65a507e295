"""Repairing the readings of glyphs."""

from __future__ import annotations

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph
from leafbeam.textlayer.encodings import table_of
from leafbeam.textlayer.fonts import describe_font
from leafbeam.textlayer.repair import UNKNOWN, repair_glyphs

_ROMAN = Font("Times-Roman")


def glyph(text: str, x: float = 0.0, y: float = 100.0, **changes: object) -> Glyph:
    """A glyph of 10 pt: 5 pt wide, 4.5 pt high, on the baseline ``y``."""
    ink = changes.get("ink", Rect(x + 0.3, y - 4.5, x + 4.7, y))
    font = changes.get("font", _ROMAN)
    assert isinstance(ink, Rect)
    assert isinstance(font, Font)
    code = changes.get("code", ord(text[0]))
    assert isinstance(code, int)
    return Glyph(text, Rect(x, y - 8, x + 5, y + 2), ink, x, y, 10.0, font, int(x), 0, code)


def read(*glyphs: Glyph) -> list[str]:
    return [g.text for g in repair_glyphs(glyphs)]


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [
        ("CMEX10", 0x50, "∑"),
        ("CMEX10", 0x5A, "∫"),
        ("CMEX10", 0x70, "√"),
        ("CMEX10", 0x7F, "⇓"),
        ("CMSY10", 0x00, "−"),
        ("CMSY10", 0x14, "≤"),
        ("CMSY7", 0x31, "∞"),
        ("CMMI10", 0x0B, "α"),
        ("CMMI12", 0x21, "ω"),
        ("CMR10", 0x0E, "ffi"),
        ("CMBX12", 0x7B, "–"),
        ("CMTT10", 0x22, '"'),
        ("ECRM1000", 0x1C, "fi"),
        ("ECBX1000", 0xE9, "é"),
        ("TCRM1000", 0x88, "•"),
        ("MSAM10", 0x03, "□"),
        ("MSBM10", 0x7E, "ℏ"),
        ("Symbol", 0x61, "α"),
        ("ZapfDingbats", 0x34, "✔"),
        ("Unknown", 0x41, "A"),
        ("Unknown", 0x02, UNKNOWN),
    ],
)
def test_unmapped_codes_are_read_by_the_encoding_of_their_font(font: str, code: int, expected: str) -> None:
    assert read(glyph(UNKNOWN, font=describe_font(font), code=code)) == [expected]


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [
        ("Wingdings-Regular", 0xF0A7, "▪"),
        ("Wingdings-Regular", 0xF0FC, "✓"),
        ("SymbolMT", 0xF0B7, "•"),
        ("SymbolMT", 0xF062, "β"),
        ("ArialNarrow", 0xF041, "A"),
        ("CMEX10", 0xF8F2, "⎨"),
        ("MinionPro", 0xF737, "7"),
    ],
)
def test_private_use_characters_are_read(font: str, code: int, expected: str) -> None:
    tall = Rect(0, 90, 4, 100)
    assert read(glyph(chr(code), font=describe_font(font), ink=tall)) == [expected]


def test_the_raw_code_is_kept() -> None:
    (fixed,) = repair_glyphs([glyph(UNKNOWN, font=describe_font("CMEX10"), code=0x58)])
    assert (fixed.text, fixed.code) == ("∑", 0x58)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("\ufb03", "ffi"), ("\xa0", " "), ("\u2009", " "), ("\t", " "), ("\xad", "-"), ("e\u0301", "é")],
)
def test_characters_are_normalised(text: str, expected: str) -> None:
    assert read(glyph(text)) == [expected]


@pytest.mark.parametrize("text", ["\u200b", "\ufeff", "\x00", "\xad"])
def test_characters_without_reading_and_ink_are_dropped(text: str) -> None:
    assert read(glyph(text, ink=Rect(0, 0, 0, 0))) == []


def test_control_characters_that_are_drawn_stay_as_unknown() -> None:
    assert read(glyph("\x05")) == [UNKNOWN]


def test_an_unreadable_round_mark_is_a_bullet() -> None:
    assert read(glyph("\uf123", ink=Rect(1, 95, 4, 98))) == ["•"]
    assert read(glyph("\uf123", ink=Rect(1, 93, 9, 100))) == ["\uf123"]


def test_blackboard_letters() -> None:
    assert read(glyph("R", font=describe_font("MSBM10"))) == ["ℝ"]


class TestAccents:
    def accent(self, text: str, x: float) -> Glyph:
        return glyph(text, x, ink=Rect(x + 1.5, 93.0, x + 3.5, 94.5))

    def test_before_its_letter(self) -> None:
        assert read(glyph("c"), self.accent("´", 5), glyph("e", 5)) == ["c", "é"]

    def test_after_its_letter(self) -> None:
        assert read(glyph("a"), self.accent("¨", 0)) == ["ä"]

    def test_elsewhere_in_the_content(self) -> None:
        assert read(glyph("Z", 0), glyph(",", 50), self.accent("ˇ", 0)) == ["Ž", ","]

    def test_over_a_dotless_letter(self) -> None:
        assert read(self.accent("ˆ", 0), glyph("ı")) == ["î"]

    def test_below(self) -> None:
        assert read(glyph("c"), glyph("¸", 0, ink=Rect(1.5, 99.5, 3.5, 102))) == ["ç"]

    @pytest.mark.parametrize(("letter", "expected"), [("l", "ł"), ("L", "Ł")])
    def test_the_bar_of_the_polish_l(self, letter: str, expected: str) -> None:
        bar = glyph(UNKNOWN, font=describe_font("CMR10"), code=0x20, ink=Rect(1.3, 97.0, 3.5, 98.0))
        assert read(bar, glyph(letter), glyph("a", 5)) == [expected, "a"]

    def test_not_beside_a_letter(self) -> None:
        assert read(glyph("a"), self.accent("´", 5)) == ["a", "´"]

    def test_not_over_a_mathematical_letter(self) -> None:
        maths = describe_font("CMMI10")
        assert read(self.accent("ˆ", 0), glyph("x", font=maths)) == ["ˆ", "x"]

    def test_an_apostrophe_is_no_accent(self) -> None:
        assert read(self.accent("’", 0), glyph("s", 1)) == ["’", "s"]


def test_a_glyph_struck_twice_counts_once_and_as_bold() -> None:
    once, twice = glyph("l", 10), glyph("l", 10.4)
    (kept,) = repair_glyphs([once, twice])
    assert kept.font.bold


def test_equal_letters_side_by_side_stay() -> None:
    assert read(glyph("l", 10), glyph("l", 12.2), glyph("l", 10, y=112)) == ["l"] * 3


def test_a_ligature_cut_down_to_one_letter_is_read_by_its_width() -> None:
    letters = [glyph("f", 10 * i, ink=Rect(10 * i, 93, 10 * i + 3, 100)) for i in range(6)]
    letters += [glyph("i", 10 * i, y=120, ink=Rect(10 * i, 113, 10 * i + 2, 120)) for i in range(6)]
    fi, ffi = Rect(0, 133, 4.6, 140), Rect(20, 133, 26.5, 140)
    cut = [
        glyph("i", 0, y=140, ink=fi),
        glyph("i", 20, y=140, ink=ffi),
        glyph("f", 40, y=140, ink=Rect(40, 133, 46, 140)),
    ]
    assert read(*letters, *cut)[12:] == ["fi", "ffi", "ff"]


def test_capitals_stated_as_small_letters_are_read_by_their_height() -> None:
    def letter(text: str, x: float, height: float) -> Glyph:
        return glyph(text, x, ink=Rect(x, 100 - height, x + 4, 100))

    capitals = [letter(c, 10 * i, 6.7) for i, c in enumerate("HEAD")]
    small = [letter(c, 100 + 10 * i, 4.8) for i, c in enumerate("noun")]
    assert read(*capitals, *small, letter("n", 200, 6.7)) == [*"HEAD", *"noun", "N"]


def test_encodings_are_complete() -> None:
    for name in ("CMR10", "CMMI10", "CMSY10", "MSBM10"):
        table = table_of(name)
        assert table is not None
        assert max(table) == 0x7F
    assert table_of("Helvetica") is None
