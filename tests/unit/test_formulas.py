"""Formulas rebuilt from glyphs: every layout is set by a small typesetter with TeX's proportions, no TeX needed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typesetter import BB, EX, MI, RM, SY, Sheet

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Line, PageLayer
from leafbeam.offline.formulas import find_formulas, latex_of
from leafbeam.offline.formulas.valid import is_valid
from leafbeam.textlayer import text_lines


def test_scripts_of_two_orders_and_both_sides() -> None:
    sheet = Sheet()
    x = sheet.put("x", 10, 100)
    after = sheet.put("k", x, 102, 7)
    sheet.put("2", x, 96, 7, RM)
    x = sheet.put("+", after + 2, 100, font=RM)
    x = sheet.put("y", x + 2, 100)
    x = sheet.put("2", x, 96, 7, RM)
    sheet.put("n", x, 93.5, 5)
    assert sheet.latex == "x_{k}^{2}+y^{2^{n}}"


def test_primes_stand_before_the_subscript() -> None:
    sheet = Sheet()
    x = sheet.put("f", 10, 100)
    sheet.ink("′", Rect(x, 93, x + 1.5, 96), 96.4, 7, SY)
    sheet.put("n", x, 102, 7)
    assert sheet.latex == "f'_{n}"


def test_fraction_in_a_fraction() -> None:
    sheet = Sheet()
    x = sheet.put("a=", 10, 100, font=MI)
    sheet.bar(x + 2, x + 22, 97.3)
    sheet.put("b", x + 10, 93.2)
    sheet.put("c", x + 10, 101.5, 7)
    sheet.bar(x + 8, x + 15, 103.8)
    sheet.put("d", x + 10, 110.5, 7)
    assert sheet.latex == r"a=\frac{b}{\frac{c}{d}}"


def test_a_bar_with_nothing_over_it_is_an_overline() -> None:
    sheet = Sheet()
    sheet.put("ab", 10, 100)
    sheet.bar(10, 20, 91)
    assert sheet.latex == r"\overline{ab}"


def test_root_with_index() -> None:
    sheet = Sheet()
    sheet.put("3", 11, 95, 5, RM)
    sheet.ink("√", Rect(10, 90, 18, 102), 90.4, 10, SY)
    sheet.bar(18, 30, 90)
    sheet.put("x", 19, 100)
    sheet.put("y", 34, 100)
    assert sheet.latex == r"\sqrt[3]{x}y"


def test_sum_with_limits_over_and_under() -> None:
    sheet = Sheet()
    sheet.ink("X", Rect(20, 90, 34, 104), 90, 10, EX)
    sheet.put("n", 25, 87, 7)
    x = sheet.put("i", 19, 111, 7)
    x = sheet.put("=", x, 111, 7, RM)
    sheet.put("1", x, 111, 7, RM)
    x = sheet.put("x", 38, 100)
    sheet.put("i", x, 101.5, 7)
    assert sheet.latex == r"\sum_{i=1}^{n}x_{i}"


def test_scripts_beside_an_integral_are_not_limits() -> None:
    sheet = Sheet()
    sheet.ink("Z", Rect(20, 86, 30, 108), 86, 10, EX)
    sheet.put("0", 25, 109, 7, RM)
    sheet.put("1", 30, 91, 7, RM)
    sheet.put("f", 36, 100)
    assert sheet.latex == r"\int_{0}^{1}f"


def test_delimiters_of_pieces_make_a_matrix() -> None:
    sheet = Sheet()
    for codes, x in (("\x30\x40", 10.0), ("\x31\x41", 50.0)):
        sheet.ink(codes[0], Rect(x, 80, x + 4, 95), 80, 10, EX)
        sheet.ink(codes[1], Rect(x, 95, x + 4, 110), 95, 10, EX)
    for text, x, y in (("a", 18, 90), ("b", 38, 90), ("c", 18, 102), ("d", 38, 102)):
        sheet.put(text, x, y)
    assert sheet.latex == r"\begin{pmatrix}a&b\\c&d\end{pmatrix}"


def test_one_tall_brace_makes_cases_with_words_as_text() -> None:
    sheet = Sheet()
    sheet.ink("\x1a", Rect(30, 80, 36, 104), 80, 10, EX)
    sheet.put("s=", 10, 95)
    for value, word, y in (("1", "if", 89), ("0", "else", 101)):
        sheet.put(value, 38, y, font=RM)
        x = sheet.put(word, 56, y, font=RM)
        sheet.put("x", x + 3.4, y)
    assert sheet.latex == r"s=\begin{cases}1&\text{if}x\\0&\text{else}x\end{cases}"


@pytest.mark.parametrize(
    ("char", "font", "expected"),
    [
        ("R", BB, r"\mathbb{R}"),
        ("L", SY, r"\mathcal{L}"),
        ("ϵ", MI, r"\epsilon"),
        ("𝒙", Font("LatinModernMath-Regular"), r"\boldsymbol{x}"),
        ("𝜕", Font("XITSMath"), r"\partial"),
        ("x", Font("CMBX10", bold=True), r"\mathbf{x}"),
        ("≤", SY, r"\le"),
    ],
)
def test_fonts_and_code_points_name_their_commands(char: str, font: Font, expected: str) -> None:
    sheet = Sheet()
    sheet.put(char, 10, 100, font=font)
    assert sheet.latex == expected


def test_signs_of_two_glyphs() -> None:
    sheet = Sheet()
    sheet.put("a", 10, 100)
    sheet.ink("\u0338", Rect(18, 92, 23, 102), 100, 10, SY)
    sheet.ink("=", Rect(17, 95, 24, 98), 100, 10, RM)
    sheet.put("b", 28, 100)
    assert sheet.latex == r"a\neb"


def test_unknown_glyphs_give_no_latex() -> None:
    sheet = Sheet()
    sheet.put("x", 10, 100)
    sheet.put("\ue123", 20, 100, font=Font("MyMathSymbols"))
    assert sheet.latex is None


def prose(sheet: Sheet, y: float, text: str = "some words of running text that fill a line here") -> None:
    sheet.put(text, 20, y, font=RM)


def test_a_display_is_taken_out_with_its_number() -> None:
    sheet = Sheet()
    prose(sheet, 80)
    sheet.put("a", 100, 105)
    sheet.put("=", 108, 105, font=RM)
    sheet.put("b", 116, 105)
    sheet.put("(2.3)", 230, 105, font=RM)
    prose(sheet, 130)
    lines, displays = sheet.page()
    assert len(lines) == 2
    assert displays == [("a = b", "2.3")]


def test_lines_with_their_own_numbers_are_displays_of_their_own() -> None:
    sheet = Sheet()
    prose(sheet, 80)
    for y, number in ((105, "(4)"), (120, "(5)")):
        sheet.put("a", 100, y)
        sheet.put("=", 108, y, font=RM)
        sheet.put("b", 116, y)
        sheet.put(number, 240, y, font=RM)
    prose(sheet, 145)
    assert sorted(sheet.page()[1], key=str) == [("a = b", "4"), ("a = b", "5")]


def test_the_last_line_of_a_paragraph_stays_in_it() -> None:
    sheet = Sheet()
    prose(sheet, 80)
    sheet.put("m", 20, 92)
    sheet.put(">", 29, 92)
    sheet.put("0", 38, 92, font=RM)
    sheet.put(":", 43, 92, font=RM)
    lines, displays = sheet.page()
    assert displays == []
    assert lines[1] == "$m > 0$:"


def test_inline_formula_reaches_over_relations_numbers_and_parentheses() -> None:
    sheet = Sheet()
    x = sheet.put("where ", 20, 80, font=RM)
    x = sheet.put("f", x, 80)
    x = sheet.put("(", x, 80, font=RM)
    x = sheet.put("x", x, 80)
    x = sheet.put(")", x, 80, font=RM)
    x = sheet.put("=", x + 2.8, 80, font=RM)
    x = sheet.put("12", x + 2.8, 80, font=RM)
    sheet.put(" holds (see above).", x, 80, font=RM)
    assert sheet.page()[0] == ["where $f(x) = 12$ holds (see above)."]


def test_italic_letters_of_a_text_font_are_variables_only_alone() -> None:
    italic = Font("Times-Italic", italic=True)
    sheet = Sheet()
    x = sheet.put("Let ", 20, 80, font=RM)
    x = sheet.put("n", x, 80, font=italic)
    x = sheet.put(" be the ", x, 80, font=RM)
    x = sheet.put("order", x, 80, font=italic)
    sheet.put(" of it.", x, 80, font=RM)
    assert sheet.page()[0] == ["Let $n$ be the order of it."]


@pytest.mark.parametrize(
    "text", ["about 15% of 20 cases in 1998-2004", "page 3, 4.5 kg, 12:30 (see [7])", "it costs 250 now"]
)
def test_numbers_and_dates_are_not_formulas(text: str) -> None:
    sheet = Sheet()
    sheet.put(text, 20, 80, font=RM)
    assert sheet.page() == ([text], [])


def test_footnote_marks_stay_scripts() -> None:
    sheet = Sheet()
    x = sheet.put("as others found", 20, 80, font=RM)
    sheet.put("3", x, 76, 7, RM)
    layer = sheet.layer
    lines = text_lines(layer)
    assert find_formulas(layer, lines).lines == lines


def test_nothing_is_displayed_inside_tables() -> None:
    sheet = Sheet()
    for y in (80, 100):
        sheet.put("a", 100, y)
        sheet.put("=", 108, y, font=RM)
        sheet.put("b", 116, y)
    found = find_formulas(sheet.layer, text_lines(sheet.layer), tables=(Rect(90, 60, 200, 120),))
    assert found.displays == ()


def test_recognised_lines_pass_through() -> None:
    line = Line((), Rect(0, 0, 10, 10), 8, 10)
    assert find_formulas(PageLayer(100, 100), (line,)).lines == (line,)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b}",
        r"x_{1}^{2}",
        r"f''_{n}",
        r"\left(\frac{a}{b}\right)",
        r"\sqrt[3]{x}",
        r"\begin{cases}a & b \\ c\end{cases}",
    ],
)
def test_valid_latex(latex: str) -> None:
    assert is_valid(latex)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}",
        "x^{a}^{b}",
        "x^{a}'",
        r"\left(a",
        r"\foo{a}",
        "{a",
        "a}",
        r"\begin{cases}a\end{matrix}",
        "50%",
        "a$b",
        r"\text{a_b}",
    ],
)
def test_invalid_latex(latex: str) -> None:
    assert not is_valid(latex)


_FONTS = st.sampled_from([MI, SY, RM, EX, BB, Font("Times-Italic", italic=True), Font("XITSMath", symbolic=True)])
_MARKS = st.tuples(
    st.sampled_from("abxyNP012+=−∑∫√()[]{}|,.′ˆ/αϕ≤∈→⎧⎨⎩⏟"),
    st.floats(20, 200),
    st.floats(60, 160),
    st.sampled_from([5.0, 7.0, 10.0]),
    _FONTS,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_MARKS, min_size=1, max_size=25), st.lists(st.tuples(st.floats(20, 150), st.floats(60, 160)), max_size=3)
)
def test_any_heap_of_glyphs_gives_valid_latex_or_none(
    marks: list[tuple[str, float, float, float, Font]], bars: list[tuple[float, float]]
) -> None:
    sheet = Sheet()
    for text, x, y, size, font in marks:
        sheet.put(text, x, y, size, font)
    for x, y in bars:
        sheet.bar(x, x + 25, y)
    for latex, _ in sheet.page()[1]:
        assert latex is None or is_valid(latex)
    latex = latex_of(sheet.glyphs, [r.box for r in sheet.rulings])
    assert latex is None or is_valid(latex)


def test_a_formula_cut_by_a_line_break_is_joined_in_its_first_line() -> None:
    sheet = Sheet()
    x = sheet.put("so at least one of all ", 20, 80, font=RM)
    x = sheet.put("n", x, 80)
    sheet.put("∈", x + 3, 80, font=SY)
    x = sheet.put("{", 20, 92, font=SY)
    x = sheet.put("1,2", x, 92, font=RM)
    x = sheet.put("}", x, 92, font=SY)
    sheet.put(" remains.", x, 92, font=RM)
    assert sheet.page()[0] == [r"so at least one of all $n \in \{1,2\}$", "remains."]


def test_signed_numbers_stay_text_and_table_rules_are_no_fraction_bars() -> None:
    sheet = Sheet()
    x = sheet.put("Table of the spending until September", 20, 80, font=RM)
    sheet.ink("−", Rect(120, 88, 126, 89), 91, 10, SY)
    sheet.put("670", 127, 91, font=RM)
    sheet.bar(20, x, 84)
    lines, displays = sheet.page()
    assert displays == []
    assert lines == ["Table of the spending until September", "−670"]


def test_characters_nobody_can_read_do_not_get_out() -> None:
    sheet = Sheet()
    sheet.put("see the \ue123 home page \ufffd of the project", 20, 40, font=RM)
    lines, _ = sheet.page()
    assert lines == ["see the  home page  of the project"]


def fraction(sheet: Sheet, x: float, y: float) -> float:
    """A wide fraction of text style on the line at y; the x after it."""
    sheet.put("a", x + 2, y - 4, 7)
    sheet.put("−", x + 7, y - 4, 7, font=SY)
    sheet.put("b", x + 12, y - 4, 7)
    sheet.put("c", x + 2, y + 4.5, 7)
    sheet.put("−", x + 7, y + 4.5, 7, font=SY)
    end = sheet.put("d", x + 12, y + 4.5, 7)
    sheet.bar(x + 1, end + 1, y - 2.7)
    return end


def test_a_wide_fraction_between_words_or_at_a_line_end_stays_in_its_line() -> None:
    sheet = Sheet()
    prose(sheet, 28)
    for y, tail in ((43, "by the rule of the engineer"), (58, "")):
        x = sheet.put("Hence the slope", 20, y, font=RM) + 4
        x = sheet.put("w", x, y)
        x = fraction(sheet, sheet.put("=", x + 3, y, font=RM) + 3, y) + 4
        sheet.put(tail, x, y, font=RM)
    prose(sheet, 73)
    lines, displays = sheet.page()
    assert displays == []
    assert lines[1:3] == [
        "Hence the slope $w = \\frac{a - b}{c - d}$ by the rule of the engineer",
        "Hence the slope $w = \\frac{a - b}{c - d}$",
    ]


BF, TI = Font("Times-Bold", bold=True), Font("Times-Italic", italic=True)


@pytest.mark.parametrize(("after", "expected"), [("a short rope", "beam n. a short rope"), ("", "beam n.")])
def test_the_abbreviations_of_dictionaries_are_no_variables(after: str, expected: str) -> None:
    sheet = Sheet()
    x = sheet.put("beam", 20, 40, font=BF) + 3
    x = sheet.put("n.", x, 40, font=TI) + 3
    sheet.put(after, x, 40, font=RM)
    assert sheet.page()[0] == [expected]


def test_minutes_are_no_primes() -> None:
    sheet = Sheet()
    x = sheet.put("a latitude of 47", 20, 40, font=RM)
    x = sheet.put("° 12", x, 40, font=RM)
    x = sheet.put("′", x, 40, font=SY)
    sheet.put(" north by the mate", x, 40, font=RM)
    assert sheet.page()[0] == ["a latitude of 47° 12′ north by the mate"]


def test_an_upright_word_before_a_parenthesis_is_an_operator() -> None:
    sheet = Sheet()
    x = sheet.put("y", 20, 40)
    x = sheet.put("=", x + 3, 40, font=RM)
    x = sheet.put("sinc(", x + 3, 40, font=RM)
    x = sheet.put("x", x, 40)
    sheet.put(")", x, 40, font=RM)
    assert sheet.latex == "y=\\operatorname{sinc}(x)"
