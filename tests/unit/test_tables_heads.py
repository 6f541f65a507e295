"""Heads of tables: names that stand over several columns, and the rows of a head in a full grid."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Ruling, Span
from leafbeam.offline.tables import TablePage, find_tables
from leafbeam.offline.tables.columns import Column
from leafbeam.offline.tables.shares import shared
from leafbeam.types import Table

SIZE = 10.0
CHAR = 5.0  # width of one character of the made-up type


def line(x: float, baseline: float, text: str, *, right: bool = False, centred: bool = False) -> Line:
    width = CHAR * len(text)
    x0 = x - width if right else x - width / 2 if centred else x
    box = Rect(x0, baseline - 0.75 * SIZE, x0 + width, baseline + 0.25 * SIZE)
    return Line((Span(text, box),), box, baseline, SIZE)


def flat(y: float, x0: float, x1: float) -> Ruling:
    return Ruling(Rect(x0, y - 0.3, x1, y + 0.3), horizontal=True)


def tall(x: float, y0: float, y1: float) -> Ruling:
    return Ruling(Rect(x - 0.3, y0, x + 0.3, y1), horizontal=False)


def table(lines: Sequence[Line], rulings: Sequence[Ruling]) -> Table:
    (found,) = find_tables(TablePage(tuple(lines), 600.0, 800.0, rulings=tuple(rulings)))
    return found.table


def spans(found: Table, row: int = 0) -> list[tuple[str, int, int]]:
    return [(cell.text, cell.row_span, cell.col_span) for cell in found.rows[row]]


def numbers(y: float, rights: Sequence[float], count: int = 6) -> list[Line]:
    found = []
    for i in range(count):
        found.append(line(50, y + 12 * i, f"Offence {'abcdefgh'[i]}"))
        found += [line(x, y + 12 * i, f"{(i + 3) * (k + 2)}.{k}", right=True) for k, x in enumerate(rights)]
    return found


def test_one_ruling_under_several_groups_is_shared_out_by_the_upright_ones() -> None:
    rights = [200, 240, 280, 330, 370, 410]
    groups = [line(227, 110, "Male", centred=True), line(357, 110, "Women", centred=True)]
    names = [line(x, 124, "Tot" if k % 3 == 0 else "old", right=True) for k, x in enumerate(rights)]
    rulings = [flat(100, 50, 420), flat(114, 160, 420), flat(130, 50, 420), flat(210, 50, 420)]
    rulings += [tall(x, 100, 210) for x in (160, 290)]
    found = table([line(60, 117, "Offence"), *groups, *names, *numbers(142, rights)], rulings)
    assert spans(found) == [("Offence", 2, 1), ("Male", 1, 3), ("Women", 1, 3)]


def test_names_of_groups_in_one_open_row_of_a_grid_take_the_columns_under_them() -> None:
    xs = [50, 150, 200, 240, 290, 330, 380, 420]
    rulings = [flat(y, 50 if i != 1 else 150, 420) for i, y in enumerate(range(100, 220, 16))]
    rulings += [tall(x, 100 if x in (50, 150, 420) else 116, 212) for x in xs]
    heads = [
        line(x, 112, text, centred=True) for x, text in ((197, "12/31/2019"), (285, "12/31/2020"), (374, "6/30/21"))
    ]
    names = [line(x, 128, "GBP" if i % 2 == 0 else "%") for i, x in enumerate((160, 210, 250, 300, 340, 390))]
    lines = [line(60, 128, "Loan"), *heads, *names]
    for i in range(5):
        lines.append(line(60, 144 + 16 * i, "Homes" if i % 2 else "Shops"))
        lines += [line(x, 144 + 16 * i, f"{i + 1}{i}", right=True) for x in (195, 235, 285, 325, 375, 415)]
    found = table(lines, rulings)
    assert spans(found) == [("Loan", 2, 1), ("12/31/2019", 1, 2), ("12/31/2020", 1, 2), ("6/30/21", 1, 2)]
    assert [cell.header for cell in found.rows[0]] == [True] * 4


def test_a_name_over_two_columns_is_not_cut_between_its_words() -> None:
    lines = [line(222, 110, "Year of", centred=True), line(312, 110, "Changes", centred=True)]
    lines += [line(50, 122, "Extension"), line(187, 122, "spec"), line(225, 122, "launch")]
    lines += [line(290, 122, "new"), line(320, 122, "old")]
    for i in range(8):
        y = 140 + 12 * i
        lines += [line(50, y, "Vectors"), line(187, y, f"20{10 + i}"), line(230, y, f"20{12 + i}")]
        lines += [line(305, y, f"{i}", right=True), line(335, y, "0", right=True)]
    found = table(lines, [flat(100, 50, 340), flat(128, 50, 340), flat(230, 50, 340)])
    assert spans(found) == [("Extension", 2, 1), ("Year of", 1, 2), ("Changes", 1, 2)]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.floats(5, 30))
def test_names_in_the_middle_of_their_columns_share_all_columns_out(sizes: list[int], width: float) -> None:
    columns = [Column(width * i, width * (i + 1), width * i + 1, width * (i + 1) - 1) for i in range(sum(sizes))]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    centres = {start + (size - 1) // 2: width * (start + size / 2) for start, size in zip(starts, sizes, strict=True)}
    ends = shared(columns, centres, em=width / 4)
    assert ends == [start + size - 1 for start, size in zip(starts, sizes, strict=True)][:-1]


def test_rows_of_a_head_in_a_full_grid_are_the_ruled_ones() -> None:
    xs = [50, 130, 210, 300, 390]
    rulings = [flat(y, 50, 390) for y in (100, 172, 200, 228)] + [flat(127, 210, 390)]
    rulings += [tall(x, 127 if x == 300 else 100, 228) for x in xs]
    heads = [(90, 127, "Kind of"), (90, 141, "grief"), (170, 134, "People"), (300, 112, "Results")]
    heads += [(255, 139, "Share"), (345, 139, "Time to"), (345, 156, "complete")]
    lines = [line(x, y, text, centred=True) for x, y, text in heads]
    for y, texts in ((186, ("Blind", "5", "34.5%", "11 sec")), (214, ("Deaf", "3", "95.4%", "14 sec"))):
        lines += [line(x, y, text, centred=True) for x, text in zip((90, 170, 255, 345), texts, strict=True)]
    found = table(lines, rulings)
    assert spans(found) == [("Kind of grief", 2, 1), ("People", 2, 1), ("Results", 1, 2)]
    assert [cell.text for cell in found.rows[1]] == ["Share", "Time to complete"]
    assert len(found.rows) == 4


def test_a_head_that_goes_on_in_small_letters_is_one_though_its_lines_stand_apart() -> None:
    rights = [200, 250, 330, 380, 460]
    heads = [line(60, 110, "Age"), line(215, 110, "White", centred=True), line(345, 110, "Black", centred=True)]
    heads += [line(445, 110, "Total", centred=True), line(445, 126, "population", centred=True)]
    heads += [line(x, 126, name, right=True) for x, name in zip(rights, ["Male", "Girl"] * 2, strict=False)]
    rulings = [flat(100, 50, 480), flat(130, 50, 480), flat(212, 50, 480)]
    rulings += [tall(x, 100, 212) for x in (150, 275, 405)]
    found = table([*heads, *numbers(142, rights)], rulings)
    assert spans(found)[-1] == ("Total population", 2, 1)


def test_names_of_two_boxes_side_by_side_span_what_their_rulings_underline() -> None:
    heads = [line(125, 110, "Customer", centred=True), line(365, 110, "Vehicle", centred=True)]
    lines = [*heads]
    for i in range(5):
        y = 128 + 14 * i
        lines += [line(50, y, f"Claim {i}"), line(140, y, f"{i}02-{i}5")]
        lines += [line(290, y, f"Model {i}"), line(380, y, f"{i}4.{i}7")]
    found = table(lines, [flat(114, 50, 200), flat(114, 290, 440)])
    assert spans(found) == [("Customer", 1, 2), ("Vehicle", 1, 2)]
