"""Letters and brackets that mathematics also uses stay text in the languages that write with them."""

from __future__ import annotations

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, PageLayer
from leafbeam.offline.formulas import find_formulas
from leafbeam.textlayer import text_lines

SERIF = Font("NotoSerif")


def read(text: str, font: Font = SERIF, size: float = 10.0, width: float = 0.5) -> list[tuple[str, str | None]]:
    """(text, LaTeX) of the spans of a line, or of the display it became."""
    glyphs, x = [], 40.0
    for char in text:
        if char == " ":
            x += 0.3 * size
            continue
        box = Rect(x, 100 - 0.8 * size, x + width * size, 100 + 0.2 * size)
        ink = Rect(x + 0.3, 100 - 0.6 * size, x + width * size - 0.3, 100)
        glyphs.append(Glyph(char, box, ink, x, 100.0, size, font, len(glyphs), code=ord(char)))
        x += width * size
    layer = PageLayer(600.0, 400.0, tuple(glyphs))
    found = find_formulas(layer, text_lines(layer), ())
    displays = [("", display.latex) for display in found.displays]
    return displays + [(span.text, span.latex) for line in found.lines for span in line.spans]


@pytest.mark.parametrize(
    "text",
    [
        "İnsan hakları ve ışık yılları",
        "Það er þeirra réttur að vera ið",
        "På Åland och i Ångström",
        "η δημιουργία ενός κόσμου και η ανάγκη",
        "ΟΙΚΟΥΜΕΝΙΚΗ ΔΙΑΚΗΡΥΞΗ ΓΙΑ ΤΑ ΔΙΚΑΙΩΜΑΤΑ",
        "ὅλα τὰ μέλη τῆς ἀνθρώπινης οἰκογένειας",
        "ВСЕОБЩАЯ ДЕКЛАРАЦИЯ ПРАВ ЧЕЛОВЕКА",
        "Il-bniedem jeħtieġ ħaddieħor",
    ],
)
@pytest.mark.parametrize("font", [SERIF, Font("LiberationSerif-Bold", bold=True), Font("LiberationSerif", italic=True)])
def test_letters_of_words_are_no_signs(text: str, font: Font) -> None:
    assert all(latex is None for _, latex in read(text, font))


def test_brackets_beside_ideographs_are_punctuation() -> None:
    assert read("〈前文〉", width=1.0) == [("〈前文〉", None)]


def test_greek_letters_amid_latin_words_stay_mathematics() -> None:
    assert [latex for _, latex in read("the angle α and the rate ω grow") if latex] == ["\\alpha", "\\omega"]
    assert [latex for _, latex in read("with the operator ħ here") if latex] == ["\\hbar"]


def test_the_dotless_i_of_a_mathematical_font_is_a_sign() -> None:
    assert any("\\imath" in (latex or "") for _, latex in read("x = ı", Font("CMMI10", symbolic=True)))
