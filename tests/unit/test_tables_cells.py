"""The text of cells goes the way of all text: its marks are no markup, its links and emphasis are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.tables.cellbreaks import Room
from leafbeam.offline.tables.cells import cell_text
from leafbeam.offline.tables.words import fragments
from leafbeam.options import TableFormat
from leafbeam.types import Cell, Table
from leafbeam.write.inline import Markup, to_plain
from leafbeam.write.tables import html_table, table_markdown


def line(y: float, *parts: Span) -> Line:
    spans, x = [], 50.0
    for part in parts:
        spans.append(replace(part, box=Rect(x, y - 7.5, x + 5 * len(part.text), y + 2.5)))
        x = spans[-1].box.x1
    return Line(tuple(spans), Rect(50, y - 7.5, x, y + 2.5), y, 10.0)


def written(*lines: Line, header: bool = False) -> str:
    return cell_text(fragments(lines, ()), header=header)


def part(text: str, **look: object) -> Span:
    return Span(text, Rect(0, 0, 1, 1), **look)  # type: ignore[arg-type]


HOSTILE = [
    "<img src=x onerror=alert(1)>", "a <script>alert(1)</script> b", "*a* and *b*", "__init__ and **kw**",
    "[x](https://a.org)", "$x$ is $y$", "`code`", "&lt;b&gt;", "[^1] note", r"\\server\share", "~~old~~",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("script", [0, 1])
def test_marks_in_a_cell_are_text(text: str, script: int) -> None:
    assert to_plain(written(line(100, part(text, script=script)))) == text


@pytest.mark.parametrize("form", list(TableFormat))
@pytest.mark.parametrize("wide", [1, 2])
def test_tags_in_a_cell_are_not_live(form: TableFormat, wide: int) -> None:
    cell = written(line(100, part("<img src=x onerror=alert(1)>")))
    table = Table(((Cell(cell, header=True, col_span=wide),), (Cell(cell, col_span=wide),)))
    assert "<img" not in table_markdown(table, form).replace(r"\<img", "")
    assert "<img" not in html_table(table, Markup(page=True))


def test_links_and_emphasis_of_a_part_are_kept() -> None:
    cell = written(line(100, part("see "), part("here", link="https://a.org"), part(" or "), part("there", bold=True)))
    assert cell == "see [here](https://a.org) or **there**"


def test_the_look_of_a_whole_cell_is_its_norm() -> None:
    assert written(line(100, part("Total sum", bold=True, mono=True))) == "Total sum"
    assert written(line(100, part("Head ", bold=True), part("unit")), header=True) == "Head unit"


def test_wrapped_lines_and_items_of_a_cell() -> None:
    assert written(line(100, part("the conver-")), line(112, part("sion of a/")), line(124, part("b"))) == (
        "the conversion of a/b"
    )
    assert written(line(100, part("• one")), line(112, part("two")), line(124, part("• three"))) == "• one two\n• three"


def test_numbers_keep_their_stars_plain() -> None:
    assert written(line(100, part("0.45** (a_b)"))) == "0.45** (a_b)"


def boxed(*texts: str, width: float, gap: float = 12.0, leading: float | None = None) -> str:
    lines = [line(100 + gap * i, part(text)) for i, text in enumerate(texts)]
    return cell_text(fragments(lines, ()), header=False, room=Room(width, leading))


def test_lines_of_a_cell_that_left_room_for_the_next_word_begin_anew() -> None:
    assert boxed("Biology", "Physics and Chemistry", width=150) == "Biology\nPhysics and Chemistry"
    assert boxed("Biology", "Physics and Chemistry", width=84) == "Biology Physics and Chemistry"
    assert boxed("Biology", "and Geology", width=150) == "Biology and Geology"
    assert boxed("North-", "West", width=150) == "North- West"


def test_space_between_the_lines_of_a_cell_parts_them() -> None:
    assert boxed("98.3% n=2", "(97.7%, n=3)", width=66, gap=24) == "98.3% n=2\n(97.7%, n=3)"
    assert boxed("98.3% n=2", "(97.7%, n=3)", width=66, gap=18, leading=12) == "98.3% n=2\n(97.7%, n=3)"
    assert boxed("98.3% n=2", "(97.7%, n=3)", width=66, gap=18) == "98.3% n=2 (97.7%, n=3)"


def test_long_lines_of_an_address_begin_anew_as_the_short_ones_do() -> None:
    assert boxed("Naval Board", "720 Kennon Avenue 309", "Washington", width=110).count("\n") == 2
