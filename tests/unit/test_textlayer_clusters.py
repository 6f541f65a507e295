"""Syllables of several glyphs: replacement text, vowel signs and accents, ligatures of Arabic, spaces of Korean."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Dictionary, Name

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, PageLayer
from leafbeam.offline.blocks.hyphens import Vocabulary, joint
from leafbeam.textlayer import read_layer, text_lines

FONT = Font("Serif")


def shown(content: str) -> list[str]:
    """The lines of a page whose content stream this is."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 600))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(content.encode())
    buffer = io.BytesIO()
    pdf.save(buffer)
    lines = text_lines(read_layer(pdfium.PdfDocument(buffer.getvalue())[0]))
    return ["".join(span.text for span in line.spans) for line in lines]


def placed(*parts: tuple[str, float, float, float]) -> str:
    """The line of glyphs, each (text, origin, left and right of the ink), stated in this order; type size 10."""
    glyphs = tuple(
        Glyph(text, Rect(x, 92, max(x, x1), 102), Rect(x0, 94, x1, 100), x, 100.0, 10.0, FONT, i)
        for i, (text, x, x0, x1) in enumerate(parts)
    )
    (line,) = text_lines(PageLayer(400.0, 200.0, glyphs))
    return "".join(span.text for span in line.spans)


def cluster(text: str, body: str) -> str:
    stated = text.encode("utf-16-be").hex()
    return f"/Span <</ActualText <FEFF{stated}>>> BDC {body} EMC\n"


def test_a_replaced_cluster_is_said_once_and_as_wide_as_all_its_glyphs() -> None:
    # The second glyph of the first cluster starts behind the first glyph of the next.
    content = "BT /F 20 Tf 50 500 Td\n" + cluster("ว่", "(H) Tj 14.6 0 Td (i) Tj")
    content += "-.2 0 Td (H) Tj\n" + cluster("ษิ", "14.4 0 Td (H) Tj 14.4 0 Td (H) Tj") + "14.4 0 Td (H) Tj ET"
    assert shown(content) == ["ว่HษิH"]


def test_replacement_text_over_two_lines_keeps_its_place() -> None:
    content = "BT /F 20 Tf 50 500 Td\n" + cluster("ab", "(H) Tj 0 -60 Td (H) Tj") + "0 -60 Td (H) Tj ET"
    assert shown(content)[0] == "ab"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((("க", 10, 10, 16), ("ி", 16, 16, 19), ("த", 19, 19, 25)), "கித"),  # a sign with an advance
        ((("น", 10, 10.5, 15.5), ("ุ", 16.2, 13, 15), ("ษ", 16, 16.5, 21)), "นุษ"),  # a sign that starts too late
        ((("e", 10, 10, 14), ("\u0301", 14.5, 11, 13), ("t", 15, 15, 18)), "e\u0301t"),
        ((("ا", 10, 10, 18), ("ل", 10, 12, 18.5)), "لا"),  # both of one origin: the alef lies on the left
        ((("ל", 16, 16, 20), ("ָ", 16.5, 17, 19), ("ם", 10, 10, 15)), "לָם"),
        ((("م", 10, 10, 16), ("ل", 16, 16, 20), ("\u0651", 17, 11, 14)), "لم\u0651"),  # over the letter on the left
        ((("한", 10, 10, 19), ("국", 20, 20, 29), ("사", 33, 33, 42)), "한국 사"),
        ((("한", 10, 10, 19), ("국", 23, 23, 32), ("사", 36, 36, 45), ("람", 49, 49, 58)), "한 국 사 람"),
        ((("中", 10, 10, 19), ("文", 23, 23, 32)), "中文"),
    ],
)
def test_signs_stay_with_their_letters(parts: tuple[tuple[str, float, float, float], ...], expected: str) -> None:
    assert placed(*parts) == expected


def test_lines_of_thai_join_without_a_space() -> None:
    assert joint("เป็น", "หลัก", Vocabulary()).glue == ""
    assert joint("우리", "나라", Vocabulary()).glue == " "
