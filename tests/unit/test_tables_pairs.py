"""Labels and texts without rulings as tables, and labels beside several rows."""

from __future__ import annotations

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
