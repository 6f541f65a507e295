from __future__ import annotations

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Region, RegionKind, Span
from leafbeam.offline.formulas.scan import find_scan_displays


def _line(text: str, x: float, y: float, size: float = 10.0) -> Line:
    box = Rect(x, y - 0.8 * size, x + 0.5 * size * len(text), y + 0.2 * size)
    return Line((Span(text, box),), box, y, size)


ABOVE = _line("the amplitude minimises the mean of the squares,", 60, 100)
BELOW = _line("where the bar stands for the mean over the month.", 60, 160)
FORMULA = (_line("1", 122, 122), _line("S =", 100, 130), _line("∑ (yk − h)2", 135, 130), _line("m", 121, 138))


def test_a_formula_between_paragraphs_is_one_display_with_its_number() -> None:
    lines = (ABOVE, *FORMULA, _line("(2)", 280, 130), BELOW)
    (display,), used = find_scan_displays(lines, (), ())
    assert display.latex is None
    assert display.number == "2"
    assert used == {1, 2, 3, 4, 5}
    assert display.box.x0 <= 100
    assert display.box.y1 >= 138


def test_prose_headings_and_page_numbers_are_no_formulas() -> None:
    lines = (
        ABOVE,
        _line("4 Averages", 60, 130),
        BELOW,
        _line("17", 180, 560),
        _line("e.g. a < b holds for all of them", 60, 180),
    )
    assert find_scan_displays(lines, (), ()) == ((), frozenset())


def test_a_symbol_beside_prose_is_inline() -> None:
    lines = (ABOVE, _line("x = 3", ABOVE.box.x1 + 4, 100), BELOW)
    assert find_scan_displays(lines, (), ()) == ((), frozenset())


def test_nothing_inside_a_figure_or_table_is_a_formula() -> None:
    lines = (ABOVE, *FORMULA, BELOW)
    assert find_scan_displays(lines, (), (Rect(90, 105, 300, 145),)) == ((), frozenset())


def test_the_layout_model_decides_where_symbols_alone_do_not() -> None:
    lines = (ABOVE, _line("ωM", 120, 130), BELOW)
    assert find_scan_displays(lines, (), ()) == ((), frozenset())
    region = Region(RegionKind.EQUATION, Rect(100, 118, 160, 136), 0.9)
    (display,), _ = find_scan_displays(lines, (region,), ())
    assert display.text == "ωM"
