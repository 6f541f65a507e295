"""Plans, charts and what stands beside a table are no tables and no part of one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Region, RegionKind, Ruling, Shape, Span
from leafbeam.offline.tables import FoundTable, TablePage, find_tables

SIZE = 10.0
XS = (250, 320, 390, 460)  # right ends of numbers
ROWS = (("Amber mine", 0), ("Basalt pit", 1), ("Clay works", 2), ("Dolomite bed", 3), ("Emery quarry", 4))


def line(x: float, baseline: float, text: str, *, right: bool = False) -> Line:
    width = 5.0 * len(text)
    x0 = x - width if right else x
    box = Rect(x0, baseline - 7.5, x0 + width, baseline + 2.5)
    return Line((Span(text, box),), box, baseline, SIZE)


def flat(y: float, x0: float, x1: float) -> Ruling:
    return Ruling(Rect(x0, y - 0.3, x1, y + 0.3), horizontal=True)


def tall(x: float, y0: float, y1: float) -> Ruling:
    return Ruling(Rect(x - 0.3, y0, x + 0.3, y1), horizontal=False)


def numbers() -> list[Line]:
    """Five rows of labels and numbers under heads, each 18 points high, from y = 100."""
    heads = [line(60, 112, "Site"), *(line(x, 112, f"In {2001 + i}", right=True) for i, x in enumerate(XS))]
    rows = [
        item
        for name, r in ROWS
        for item in (
            line(60, 130 + 18 * r, name),
            *(line(x, 130 + 18 * r, f"{r + 1}{c},{c}75", right=True) for c, x in enumerate(XS)),
        )
    ]
    return [*heads, *rows]


def find(
    lines: Sequence[Line], rulings: Sequence[Ruling] = (), shapes: Sequence[Shape] = (), regions: Sequence[Region] = ()
) -> tuple[FoundTable, ...]:
    page = TablePage(
        tuple(lines), 800.0, 600.0, tuple(rulings), tuple(shapes), regions=tuple(regions), scanned=bool(regions)
    )
    return find_tables(page)


def test_a_plan_with_labels_is_no_table() -> None:
    frame = [flat(100, 60, 660), flat(500, 60, 660), tall(60, 100, 500), tall(660, 100, 500)]
    steps = [flat(120 + 17 * i, 60 + 25 * i, 260 + 25 * i) for i in range(14)]
    steps += [tall(60 + 25 * i, 103 + 17 * i, 120 + 17 * i) for i in range(14)]
    labels = [line(x, y, f"part {x}") for x, y in ((80, 350), (300, 420), (500, 130), (90, 470), (520, 300))]
    assert find(labels, [*frame, *steps]) == ()


def test_the_words_of_a_sure_figure_on_a_scan_are_no_table() -> None:
    lines = numbers()
    area = Rect(50, 90, 480, 220)
    assert len(find(lines, regions=[Region(RegionKind.TEXT, area, 0.95)])) == 1
    assert find(lines, regions=[Region(RegionKind.FIGURE, area, 0.95)]) == ()
    assert len(find(lines, regions=[Region(RegionKind.FIGURE, area, 0.6)])) == 1
    both = [Region(RegionKind.FIGURE, area, 0.95), Region(RegionKind.TABLE, area, 0.7)]
    assert len(find(lines, regions=both)) == 1


def test_a_table_between_rulings_that_was_taken_for_a_figure_is_one() -> None:
    area = Rect(50, 95, 470, 215)
    regions = [Region(RegionKind.FIGURE, area, 0.95)]
    rules = [flat(y, 52, 468) for y in (100, 117, 212)]
    assert len(find(numbers(), rules, regions=regions)) == 1
    assert find(numbers(), [rules[0], rules[-1], tall(52, 100, 212), tall(468, 100, 212)], regions=regions) == ()


def test_a_table_ends_where_its_rulings_end() -> None:
    rulings = [flat(117 + 18 * i, 55, 465) for i in range(6)]
    beside = [line(560, 132, "Shares held"), line(560, 150, "40%"), line(560, 186, "Shares sold"), line(690, 186, "7%")]
    (found,) = find([*numbers(), *beside], rulings)
    assert [len(row) for row in found.table.rows] == [5] * 6
    assert found.box.x1 < 470


def test_shaded_rows_with_empty_cells_are_no_chart() -> None:
    rulings = [flat(117 + 18 * i, 55, 465) for i in range(7)]
    sides = (55, 190, 255, 325, 395, 465)
    bands = [
        Shape(Rect(a, y, b, y + 17), filled=True, color=0xD0E0FF, plain=True)
        for y in (135.5, 189.5)
        for a, b in itertools.pairwise(sides)
    ]
    kept = [item for item in numbers() if not (140 < item.baseline_pt < 150 or 195 < item.baseline_pt < 205)]
    groups = [line(60, 148, "Open pits"), line(60, 202, "Mines")]
    (found,) = find([*kept, *groups], rulings, bands)
    assert len(found.table.rows) == 6


def test_numbers_between_the_grid_lines_of_a_chart_are_no_table() -> None:
    xs = (160, 218, 276, 334, 392)
    lines = [
        *(
            line(60, 130 + 16 * i, f"{name} {i}.53")
            for i, name in enumerate(("Amber", "Basalt", "Clay", "Dolomite") * 2)
        ),
        *(line(164, 130 + 16 * i, f"{i}.61") for i in range(8)),
        *(line(396, 130 + 16 * i, f"{i}.72") for i in range(0, 8, 7)),
        *(line(x - 8, 262, f"{(x - 160) // 2}%") for x in xs[1:4]),
    ]
    assert find(lines, [tall(x, 100, 240) for x in xs]) == ()


def test_check_boxes_drawn_in_cells_are_no_columns() -> None:
    xs = (50, 150, 200, 300)
    rulings = [flat(100 + 20 * i, 50, 300) for i in range(6)] + [tall(x, 100, 200) for x in xs]
    lines = [line(60, 114, "Item"), line(160, 114, "Yes"), line(215, 114, "Not known")]
    shapes = []
    for i in range(1, 5):
        lines.append(line(60, 114 + 20 * i, f"Door {'abcd'[i - 1]}"))
        for x in (170, 240):
            box = Rect(x, 105 + 20 * i, x + 10, 115 + 20 * i)
            lines.append(Line((Span("\u2610", box),), box, 114 + 20 * i, SIZE))
            shapes.append(Shape(box, filled=False))
    (found,) = find(lines, rulings, shapes)
    assert [[cell.text for cell in row] for row in found.table.rows][:2] == [
        ["Item", "Yes", "Not known"],
        ["Door a", "\u2610", "\u2610"],
    ]
