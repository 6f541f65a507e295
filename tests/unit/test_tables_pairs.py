"""Labels and texts without rulings as tables, and labels beside several rows."""

from __future__ import annotations

import dataclasses

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Ruling, Span
from leafbeam.offline.tables import TablePage, find_tables
from leafbeam.types import Table

EM = 10.0


def line(x: float, y: float, text: str, *, bold: bool = False) -> Line:
    box = Rect(x, y - 0.8 * EM, x + 0.5 * EM * len(text), y + 0.2 * EM)
    return Line((Span(text, box, bold=bold),), box, y, EM, bold=bold)


def tables(lines: list[Line], rulings: tuple[Ruling, ...] = ()) -> list[Table]:
    return [found.table for found in find_tables(TablePage(tuple(lines), 595, 842, rulings=rulings))]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


FACTS = [
    line(300, 112, "Developer", bold=True),
    line(380, 112, "Several firms"),
    line(300, 124, "Kernel", bold=True),
    line(380, 124, "Monolithic, with modules"),
    line(380, 136, "that are loaded later"),
    line(300, 148, "Licence", bold=True),
    line(380, 148, "Free, and others"),
]


def test_bold_labels_beside_texts_that_wrap_are_a_table_also_next_to_prose() -> None:
    prose = [line(50, 100 + 12 * i, "and so the text runs on and on to the end") for i in range(8)]
    (table,) = tables([*prose, *FACTS])
    assert texts(table) == [
        ["Developer", "Several firms"],
        ["Kernel", "Monolithic, with modules that are loaded later"],
        ["Licence", "Free, and others"],
    ]


def test_two_columns_of_prose_are_none() -> None:
    left = [line(50, 100 + 12 * i, "and so the text runs on to the end") for i in range(9)]
    right = [line(300, 100 + 12 * i, "which was never said in the other") for i in range(9)]
    assert tables([*left, *right]) == []


def test_numbered_clauses_are_none() -> None:
    lines = []
    for i in range(5):
        y = 100 + 30 * i
        lines += [
            line(50, y, f"1.{i}"),
            line(90, y, "The tenant pays the rent in"),
            line(90, y + 12, "advance each month."),
        ]
    assert tables(lines) == []


def test_rows_are_told_by_space_when_labels_stand_about_the_middle() -> None:
    lines = []
    for i, label in enumerate(("Water", "Energy", "Heat", "Waste")):
        y = 100 + 42 * i
        value = ["Comes from the springs of", "the northern hills and is", "pumped into the towers."][
            : 3 if i != 1 else 2
        ]
        lines += [line(150, y + 12 * k, text) for k, text in enumerate(value)]
        lines.append(line(50, y + 6 * (len(value) - 1), label))
    (table,) = tables(lines)
    assert [row[0].text for row in table.rows] == ["Water", "Energy", "Heat", "Waste"]
    assert table.rows[1][1].text == "Comes from the springs of the northern hills and is"


def grouped(labels: list[tuple[float, str]], rows: int) -> list[Line]:
    lines = [line(50, 100, "Region"), line(150, 100, "Name"), line(250, 100, "Count"), line(320, 100, "Share")]
    for i in range(rows):
        y = 120 + 12 * i
        lines += [line(150, y, f"Place {'abcdefgh'[i]}"), line(250, y, str(100 + 7 * i)), line(320, y, f"0.{i + 2}")]
    return lines + [line(50, y, text) for y, text in labels]


def rules(*ys: float) -> tuple[Ruling, ...]:
    return tuple(Ruling(Rect(45, y, 360, y + 0.5), horizontal=True) for y in ys)


def test_labels_about_the_middle_of_their_rows_span_them() -> None:
    lines = grouped([(126, "North"), (162, "South")], 6)
    (table,) = tables(lines, rules(90, 106, 186))
    assert [(cell.text, cell.row_span) for row in table.rows for cell in row[:1] if cell.row_span > 1] == [
        ("North", 2),
        ("South", 4),
    ]
    assert len(table.rows) == 7


def test_labels_at_the_top_of_their_rows_do_not() -> None:
    lines = grouped([(120, "North"), (156, "South")], 6)
    (table,) = tables(lines, rules(90, 106, 186))
    assert all(cell.row_span == 1 for row in table.rows for cell in row)


def numbers(x0: float = 60) -> list[Line]:
    lines = [
        line(x0, 100, "Place"),
        line(x0 + 100, 100, "Count"),
        line(x0 + 170, 100, "Share"),
        line(x0 + 250, 100, "Cost"),
    ]
    for i in range(8):
        y = 116 + 14 * i
        lines += [line(x0, y, "abcdefgh"[i] * 5), line(x0 + 100, y, str(100 + 7 * i)), line(x0 + 170, y, f"0.{i + 2}")]
        lines.append(line(x0 + 250, y, f"{i + 1},200"))
    return lines


def test_a_table_on_a_scan_that_still_leans_keeps_its_rows() -> None:
    def leaning(made: Line) -> Line:
        dy = 0.03 * made.box.cx
        box = Rect(made.box.x0, made.box.y0 + dy, made.box.x1, made.box.y1 + dy)
        span = dataclasses.replace(made.spans[0], box=box)
        return dataclasses.replace(made, spans=(span,), box=box, baseline_pt=made.baseline_pt + dy)

    page = TablePage(tuple(leaning(made) for made in numbers()), 595, 842, scanned=True)
    (found,) = find_tables(page)
    assert [len(row) for row in found.table.rows] == [4] * 9
    assert [row[0].text for row in found.table.rows[1:4]] == ["aaaaa", "bbbbb", "ccccc"]


def test_a_table_set_sideways_is_read_from_its_side() -> None:
    def up(made: Line) -> Line:
        box = Rect(made.box.y0, 842 - made.box.x1, made.box.y1, 842 - made.box.x0)
        span = dataclasses.replace(made.spans[0], box=box)
        return dataclasses.replace(made, spans=(span,), box=box, baseline_pt=box.y1, angle=90)

    prose = line(60, 60, "Some text above the table.")
    (found,) = find_tables(TablePage((prose, *(up(made) for made in numbers())), 595, 842))
    assert texts(found.table)[0] == ["Place", "Count", "Share", "Cost"]
    assert texts(found.table)[8] == ["hhhhh", "149", "0.9", "8,200"]
    assert 0 not in found.used
    assert found.box.height > found.box.width


def test_a_frame_around_a_form_is_no_table_of_its_own() -> None:
    frame = [
        Ruling(Rect(40, 40, 560, 41), horizontal=True),
        Ruling(Rect(40, 600, 560, 601), horizontal=True),
        Ruling(Rect(40, 40, 41, 601), horizontal=False),
        Ruling(Rect(559, 40, 560, 601), horizontal=False),
    ]
    below = [Ruling(Rect(55, 104, 400, 104.5), horizontal=True)]
    notes = [
        line(50, 400 + 12 * i, "and the text of the conditions goes on and on here until the end") for i in range(6)
    ]
    (table,) = tables([line(200, 70, "Estimate"), *numbers(), *notes], (*frame, *below))
    assert len(table.rows) == 9
    assert all(cell.header for cell in table.rows[0])


def test_heads_of_other_columns_below_a_bold_line_begin_another_table() -> None:
    second = [line(60, 232, "Totals", bold=True)]
    second += [line(x, 248, text) for x, text in ((60, "Month"), (220, "Guests"), (280, "Nights"))]
    second += [line(x, 262, text) for x, text in ((60, "May"), (220, "31"), (280, "77"))]
    second += [line(x, 276, text) for x, text in ((60, "June"), (220, "40"), (280, "82"))]
    first, other = tables([*numbers(), *second])
    assert len(first.rows) == 9
    assert texts(other) == [["Month", "Guests", "Nights"], ["May", "31", "77"], ["June", "40", "82"]]
