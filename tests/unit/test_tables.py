"""Tables are found by rulings and by alignment, built as one grid, and running text is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Ruling, Shape, Span
from leafbeam.offline.tables import FoundTable, TablePage, find_rulings, find_tables
from leafbeam.types import Cell, PageImage, PageRef, Source, SourceKind, Table

SIZE = 10.0
CHAR = 5.0  # width of one character of the made-up type


def line(x: float, baseline: float, text: str, *, bold: bool = False, right: bool = False) -> Line:
    width = CHAR * len(text)
    x0 = x - width if right else x
    box = Rect(x0, baseline - 7.5, x0 + width, baseline + 2.5)
    return Line((Span(text, box, bold=bold),), box, baseline, SIZE, bold=bold)


def flat(y: float, x0: float, x1: float) -> Ruling:
    return Ruling(Rect(x0, y - 0.3, x1, y + 0.3), horizontal=True)


def tall(x: float, y0: float, y1: float) -> Ruling:
    return Ruling(Rect(x - 0.3, y0, x + 0.3, y1), horizontal=False)


def find(lines: Sequence[Line], rulings: Sequence[Ruling] = (), shapes: Sequence[Shape] = ()) -> tuple[FoundTable, ...]:
    return find_tables(TablePage(tuple(lines), 600.0, 800.0, rulings=tuple(rulings), shapes=tuple(shapes)))


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def spans(table: Table) -> dict[str, tuple[int, int]]:
    return {cell.text: (cell.row_span, cell.col_span) for row in table.rows for cell in row}


def cell(table: Table, text: str) -> Cell:
    return next(c for row in table.rows for c in row if c.text == text)


def numbers_table(y: float = 100.0) -> list[Line]:
    """Three columns, one head row, four rows of numbers set flush right."""
    rows = [("North", "1,204", "11.5"), ("South bank", "987", "9.25"), ("East", "12,011", "0.4"), ("West", "8", "7.0")]
    lines = [line(60, y, "Region"), line(250, y, "Output", right=True), line(350, y, "Share", right=True)]
    for i, (label, first, second) in enumerate(rows):
        base = y + 15 + 13 * i
        lines += [line(60, base, label), line(250, base, first, right=True), line(350, base, second, right=True)]
    return lines


def test_unruled_numbers_make_a_table_with_a_head() -> None:
    lines = numbers_table()
    (found,) = find(lines)
    assert texts(found.table)[0] == ["Region", "Output", "Share"]
    assert texts(found.table)[2] == ["South bank", "987", "9.25"]
    assert [c.header for c in found.table.rows[0]] == [True, True, True]
    assert not any(c.header for row in found.table.rows[1:] for c in row)
    assert found.used == tuple(range(len(lines)))


def test_caption_and_prose_stay_outside() -> None:
    prose = [
        line(60, 30 + 12 * i, "the quick brown fox jumps over the lazy dogs and some more of them here")
        for i in range(3)
    ]
    caption = line(60, 84, "Table 3. Output by region")
    lines = [*prose, caption, *numbers_table()]
    (found,) = find(lines)
    assert found.used == tuple(range(4, len(lines)))


def test_rules_name_groups_of_columns() -> None:
    head = [line(110, 106, "Site"), line(205, 100, "Spring"), line(335, 100, "Autumn")]
    names = [line(x, 113, name) for x, name in ((180, "N"), (240, "P"), (310, "N"), (370, "P"))]
    body = []
    for i, label in enumerate(("Harbour", "Inlet", "Bay")):
        body.append(line(110, 128 + 12 * i, label))
        body += [line(x, 128 + 12 * i, f"{i + 1}.{j}4") for j, x in enumerate((175, 235, 305, 365))]
    rulings = [
        flat(90, 108, 400),
        flat(103.5, 172, 262),
        flat(103.5, 302, 392),
        flat(117.5, 108, 400),
        flat(158, 108, 400),
    ]
    (found,) = find([*head, *names, *body], rulings)
    sizes = spans(found.table)
    assert sizes["Site"] == (2, 1)
    assert sizes["Spring"] == sizes["Autumn"] == (1, 2)
    assert len(found.table.rows) == 5
    assert all(c.header for c in found.table.rows[1])


def grid_rulings(xs: Sequence[float], ys: Sequence[float]) -> list[Ruling]:
    return [flat(y, xs[0], xs[-1]) for y in ys] + [tall(x, ys[0], ys[-1]) for x in xs]


def test_ruled_grid_joins_the_lines_of_a_cell() -> None:
    lines = [line(65, 112, "Item"), line(165, 112, "What it is")]
    lines += [
        line(65, 132, "Crane"),
        line(165, 132, "lifts loads and"),
        line(165, 144, "low-"),
        line(165, 156, "ers them"),
    ]
    lines += [line(65, 177, "Hoist"), line(165, 177, "pulls")]
    (found,) = find(lines, grid_rulings([60, 160, 260], [100, 120, 165, 185]))
    assert texts(found.table) == [["Item", "What it is"], ["Crane", "lifts loads and lowers them"], ["Hoist", "pulls"]]


def test_missing_rulings_make_spans() -> None:
    rulings = [flat(100, 60, 360), flat(120, 60, 360), flat(140, 160, 360), flat(160, 60, 360)]
    rulings += [tall(60, 100, 160), tall(160, 100, 160), tall(260, 120, 160), tall(360, 100, 160)]
    lines = [line(65, 113, "Kind"), line(230, 113, "Yield"), line(65, 143, "Oak")]
    lines += [line(165, 133, "10"), line(265, 133, "20"), line(165, 153, "30"), line(265, 153, "40")]
    (found,) = find(lines, rulings)
    assert spans(found.table)["Yield"] == (1, 2)
    assert spans(found.table)["Oak"] == (2, 1)
    assert texts(found.table)[2] == ["30", "40"]


def test_rulings_drawn_in_pieces_are_one_line() -> None:
    rulings = []
    for y in (100, 120, 140, 160):
        rulings += [flat(y, 60, 110), flat(y, 110.5, 160), flat(y, 160, 260)]
    for x in (60, 160, 260):
        rulings += [tall(x, y, y + 20) for y in (100, 120, 140)]
    lines = [line(x, y + 14, f"{name}{y}") for y in (100, 120, 140) for x, name in ((65, "a"), (165, "b"))]
    (found,) = find(lines, rulings)
    assert texts(found.table) == [["a100", "b100"], ["a120", "b120"], ["a140", "b140"]]


def test_a_form_of_labels_and_values() -> None:
    pairs = [
        ("Family name", "Okafor"),
        ("Given names", "Ada"),
        ("Address", "5 Tern Lane, Kilmory"),
        ("Card", "RR-0481"),
    ]
    lines = [line(x, 114 + 14 * i, pair[j]) for i, pair in enumerate(pairs) for j, x in enumerate((65, 165))]
    rulings = [flat(100, 60, 300), flat(160, 60, 300), *[tall(x, 100, 160) for x in (60, 160, 300)]]
    (found,) = find(lines, rulings)
    assert texts(found.table) == [list(pair) for pair in pairs]


def test_empty_cells_keep_their_columns() -> None:
    grid = [["SKU-1", "A-12", "450", "", "OK"], ["SKU-2", "", "780", "+15", ""], ["SKU-3", "B-07", "", "-23", "OK"]]
    xs = (60, 140, 220, 300, 380)
    head = [line(x, 100, name) for x, name in zip(xs, ("Code", "Place", "Due", "Gap", "State"), strict=True)]
    body = [line(x, 116 + 14 * i, t) for i, row in enumerate(grid) for x, t in zip(xs, row, strict=True) if t]
    (found,) = find([*head, *body])
    assert texts(found.table)[1:] == grid


def test_wrapped_rows_of_an_unruled_table_are_joined() -> None:
    lines = [line(60, 100, "Name"), line(160, 100, "Total", right=True)]
    for i, (first, second) in enumerate(
        (("Northern", "district"), ("Southern", "towns"), ("Eastern", "coast"), ("Western", "isles"))
    ):
        base = 120 + 28 * i
        lines += [line(60, base, first), line(160, base, f"{i + 1},000", right=True), line(60, base + 11, second)]
    (found,) = find(lines)
    assert texts(found.table)[1:] == [
        ["Northern district", "1,000"],
        ["Southern towns", "2,000"],
        ["Eastern coast", "3,000"],
        ["Western isles", "4,000"],
    ]


def test_numbers_joined_by_the_text_layer_are_cut_at_a_ruling() -> None:
    lines = [line(65, 114, "Year"), line(165, 114, "Men Women"), line(65, 134, "1999"), line(165, 134, "1,250 1,364")]
    lines += [line(65, 154, "2000"), line(165, 154, "1,260 1,370")]
    (found,) = find(lines, grid_rulings([60, 160, 192.5, 240], [100, 120, 140, 160]))
    assert texts(found.table)[1] == ["1999", "1,250", "1,364"]


def test_bold_labels_head_their_rows() -> None:
    lines = numbers_table()
    lines = [line(ln.box.x0, ln.baseline_pt, ln.text, bold=ln.box.x0 == 60) for ln in lines]
    (found,) = find(lines)
    assert cell(found.table, "East").header
    assert not cell(found.table, "12,011").header


def test_superscripts_and_formulas_are_kept() -> None:
    lines = numbers_table()
    box = lines[3].box
    spans_ = (
        Span("North", Rect(box.x0, box.y0, box.x1, box.y1)),
        Span("a", Rect(box.x1, box.y0, box.x1 + 3, box.y1), script=1),
    )
    lines[3] = Line(spans_, Rect(box.x0, box.y0, box.x1 + 3, box.y1), lines[3].baseline_pt, SIZE)
    head = lines[2]
    lines[2] = Line((Span("x2", head.box, latex="x^2"),), head.box, head.baseline_pt, SIZE)
    (found,) = find(lines)
    assert texts(found.table)[1][0] == "North<sup>a</sup>"
    assert texts(found.table)[0][2] == "$x^2$"


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_of_running_text_are_no_table(columns: int) -> None:
    width = 540 // columns
    text = "words that fill the line of a column of running text in a newspaper or a report"
    cut = text[: int(width / CHAR) - 4]
    lines = [line(30 + width * k, 50 + 12 * i, cut) for k in range(columns) for i in range(30)]
    assert find(lines) == ()


def test_a_heading_in_the_column_beside_a_table_is_no_cell_of_it() -> None:
    prose = "running text that fills the column it stands in"
    beside = [line(380, 100 + 13 * i, prose) for i in range(10) if i != 3]
    (table,) = find([*numbers_table(), *beside, line(460, 141, "References")])
    assert "References" not in str(texts(table.table))
    assert {len(row) for row in texts(table.table)} == {3}


def test_lists_and_contents_are_no_tables() -> None:
    items = [line(60, 60 + 14 * i, f"{i + 1}.") for i in range(8)] + [
        line(85, 60 + 14 * i, "an item of the list") for i in range(8)
    ]
    assert find(items) == ()
    contents = [line(60, 60 + 14 * i, f"Chapter about matter {i}") for i in range(8)]
    contents += [line(500, 60 + 14 * i, str(3 + 7 * i), right=True) for i in range(8)]
    assert find(contents) == ()


def test_too_little_is_no_table() -> None:
    assert find([]) == ()
    assert find([line(60, 60, "A"), line(200, 60, "B")]) == ()


def test_rulings_of_an_image() -> None:
    pixels = np.full((800, 1000, 3), 255, np.uint8)
    pixels[200:203, 100:900] = 0
    pixels[500:503, 100:480] = 0
    pixels[500:503, 484:900] = 0  # a gap of four pixels
    pixels[200:500, 300:302] = 0
    for x in range(320, 420, 12):
        pixels[300:320, x : x + 3] = 0  # strokes of letters
    source = Source("x", SourceKind.IMAGE, Path("x"), "0", 1, (0,), "x")
    found = find_rulings(PageImage(PageRef(source, 0), pixels, dpi=144.0))
    flats = sorted(r.box.y0 for r in found if r.horizontal)
    talls = [r.box for r in found if not r.horizontal]
    assert flats == pytest.approx([100.0, 250.0], abs=1.5)
    assert len(talls) == 1
    assert talls[0].x0 == pytest.approx(150.0, abs=1.0)
    assert talls[0].height > 140
