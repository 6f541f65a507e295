"""What stands about a table, or only looks like one, stays outside; marks and signs stay with their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Ruling, Shape, Span
from leafbeam.offline.tables import FoundTable, TablePage, find_tables
from leafbeam.types import Table

SIZE = 10.0
CHAR = 5.0  # width of one character of the made-up type


def line(x: float, baseline: float, text: str, *, right: bool = False, mono: bool = False, size: float = SIZE) -> Line:
    width = CHAR * len(text) * size / SIZE
    x0 = x - width if right else x
    box = Rect(x0, baseline - 0.75 * size, x0 + width, baseline + 0.25 * size)
    return Line((Span(text, box, mono=mono),), box, baseline, size, mono=mono)


def flat(y: float, x0: float, x1: float) -> Ruling:
    return Ruling(Rect(x0, y - 0.3, x1, y + 0.3), horizontal=True)


def tall(x: float, y0: float, y1: float) -> Ruling:
    return Ruling(Rect(x - 0.3, y0, x + 0.3, y1), horizontal=False)


def find(lines: Sequence[Line], rulings: Sequence[Ruling] = (), shapes: Sequence[Shape] = ()) -> tuple[FoundTable, ...]:
    return find_tables(TablePage(tuple(lines), 600.0, 800.0, rulings=tuple(rulings), shapes=tuple(shapes)))


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def items(y: float) -> list[Line]:
    """The lines of an invoice: heads, three items, two sums."""
    lines = [line(60, y, "Description")]
    lines += [line(x, y, head, right=True) for x, head in ((300, "Quantity"), (400, "Unit price"), (500, "Amount"))]
    rows = [
        ("Oak door", "3", "245.00", "735.00"),
        ("Lining set", "12", "38.50", "462.00"),
        ("Fitting", "1.5", "220.00", "330.00"),
    ]
    for i, (label, *values) in enumerate(rows):
        base = y + 16 + 14 * i
        lines += [line(60, base, label)]
        lines += [line(x, base, value, right=True) for x, value in zip((300, 400, 500), values, strict=True)]
    for i, (label, total) in enumerate((("Subtotal", "1,527.00"), ("VAT 20%", "305.40"))):
        lines += [line(400, y + 58 + 14 * i, label, right=True), line(500, y + 58 + 14 * i, total, right=True)]
    return lines


def test_addresses_above_and_notes_below_an_invoice_stay_outside() -> None:
    address = [
        line(x, 60 + 12 * i, text)
        for x, block in (
            (60, ("Bill to", "Ann Carter", "12 Orchard Close")),
            (400, ("Deliver to", "Site office", "Ford")),
        )
        for i, text in enumerate(block)
    ]
    notes = [line(60, 220, "Bank: Tyne Mutual"), line(330, 220, "Payment terms"), line(60, 232, "Sort code of branch")]
    lines = [*address, *items(110), *notes]
    (found,) = find(lines, [flat(100, 60, 500)])
    assert texts(found.table)[0] == ["Description", "Quantity", "Unit price", "Amount"]
    assert texts(found.table)[-1] == ["", "", "VAT 20%", "305.40"]
    assert set(found.used) == set(range(6, len(lines) - 3))


def test_text_beside_a_ruled_table_has_no_share_in_its_rulings() -> None:
    rulings = [flat(y, 50, 450) for y in (100, 118, 136, 154)] + [tall(x, 100, 154) for x in (50, 180, 320, 450)]
    grid = [line(x, 112 + 18 * r, f"cell {r}{c}") for r in range(3) for c, x in enumerate((60, 190, 330))]
    below = [line(60, 168, "Bank: Tyne"), line(330, 168, "Terms"), line(60, 180, "Sort code"), line(330, 180, "Days")]
    (found,) = find([*grid, *below], rulings)
    assert len(found.table.rows) == 3


def test_currency_signs_and_signs_of_percentage_belong_to_the_number() -> None:
    lines = [line(60, 100, "Item"), line(300, 100, "2020", right=True), line(420, 100, "Share", right=True)]
    for i, (label, amount, share) in enumerate(
        [("Rent", "1,200", "61.5"), ("Heat", "(87)", "4.5"), ("Sum", "1,113", "66")]
    ):
        base = 116 + 14 * i
        lines += [line(60, base, label), line(300, base, amount, right=True), line(420, base, share, right=True)]
        lines += [line(250, base, "$")] if i != 1 else []
        lines += [line(424, base, "%")]
    (found,) = find(lines)
    assert texts(found.table) == [
        ["Item", "2020", "Share"],
        ["Rent", "$ 1,200", "61.5 %"],
        ["Heat", "(87)", "4.5 %"],
        ["Sum", "$ 1,113", "66 %"],
    ]


def test_contents_with_dots_set_one_by_one_are_no_table() -> None:
    lines = []
    for i, title in enumerate(("Getting started", "Installing", "First steps", "Reference", "Errors")):
        base = 100 + 14 * i
        lines += [line(60, base, f"{i + 1}"), line(80, base, title), line(536, base, str(2 + 3 * i), right=True)]
        lines += [line(200 + 9 * k, base, ".") for k in range(35)]
    assert find(lines) == ()


def test_dots_that_lead_to_numbers_are_left_out_and_used_up() -> None:
    lines = []
    for i, label in enumerate(("Coal", "Natural gas", "Nuclear", "Wind")):
        base = 100 + 14 * i
        lines += [line(60, base, label), line(300, base, f"{9 - 2 * i}.5", right=True)]
        lines += [line(400, base, f"{40 * i % 70}", right=True)]
        lines += [line(150 + 9 * k, base, ".") for k in range(12)]
    (found,) = find(lines)
    assert texts(found.table)[1] == ["Natural gas", "7.5", "40"]
    assert found.used == tuple(range(len(lines)))


def test_numbered_program_text_in_a_frame_is_no_table() -> None:
    code = ("import sys", "for name in sys.argv:", "with open(name) as f:", "print(len(f.read()))")
    lines = [line(60, 112 + 12 * i, str(i + 1), size=7) for i in range(4)]
    lines += [line(80, 112 + 12 * i, text, mono=True) for i, text in enumerate(code)]
    frame = [flat(100, 50, 400), flat(154, 50, 400), tall(50, 100, 154), tall(75, 100, 154), tall(400, 100, 154)]
    assert find(lines, frame) == ()


def test_a_form_keeps_labels_above_values_and_cells_over_all_columns() -> None:
    rulings = [flat(y, 50, 450) for y in (100, 130, 160, 190)]
    rulings += [tall(50, 100, 190), tall(450, 100, 190), tall(250, 100, 160)]
    fields = [(55, 108, "1. Surname", "Okonkwo"), (255, 108, "2. Given names", "Amara"), (55, 138, "3. Born", "1991")]
    fields += [(255, 138, "4. Nationality", "British"), (55, 168, "5. Home address", "Flat 3, 40 Castle Terrace")]
    lines = [part for x, y, label, value in fields for part in (line(x, y, label, size=5), line(x, y + 12, value))]
    (found,) = find(lines, rulings)
    assert texts(found.table) == [
        ["1. Surname\nOkonkwo", "2. Given names\nAmara"],
        ["3. Born\n1991", "4. Nationality\nBritish"],
        ["5. Home address\nFlat 3, 40 Castle Terrace"],
    ]
    assert found.table.rows[2][0].col_span == 2


def test_charts_and_diagrams_of_boxes_are_no_tables() -> None:
    labels = ("Agriculture", "Construction", "Trade", "Transport", "Finance")
    widths = (60, 130, 90, 150, 40)
    lines = [line(100, 100 + 20 * i, label, right=True) for i, label in enumerate(labels)]
    lines += [line(115 + w, 100 + 20 * i, f"{w / 10}") for i, w in enumerate(widths)]
    bars = [
        Shape(Rect(106, 91 + 20 * i, 106 + w, 103 + 20 * i), filled=True, color=0x336699) for i, w in enumerate(widths)
    ]
    assert find(lines, shapes=bars) == ()
    boxes = [Shape(Rect(60 + 110 * i, 300, 140 + 110 * i, 340), filled=False) for i in range(4)]
    names = [
        line(70 + 110 * i, 316 + 13 * j, f"{word} {i}") for i in range(4) for j, word in enumerate(("unit", "step"))
    ]
    arrows = [flat(320, 140 + 110 * i, 170 + 110 * i) for i in range(3)]
    assert find(names, arrows, boxes) == ()


def test_three_rulings_tell_a_head_with_numbers_from_the_body() -> None:
    lines = [line(260, 110, "Sparsity")]
    rulings = [flat(100, 60, 400), flat(114, 200, 400), flat(130, 60, 400), flat(174, 60, 400)]
    for r, row in enumerate((("Method", "5", "10", "20"), ("ours", "41", "17", "3"), ("theirs", "97", "88", "52"))):
        base = 125 + 16 * r
        lines += [line(60, base, row[0])]
        lines += [line(x, base, text, right=True) for x, text in zip((230, 290, 350), row[1:], strict=True)]
    lines += [line(60, 171, "best"), *(line(x, 171, "9", right=True) for x in (230, 290, 350))]
    (found,) = find(lines, rulings)
    assert [cell.header for cell in found.table.rows[1]] == [True] * len(found.table.rows[1])
    assert found.table.rows[2][0].text == "ours"
    assert not found.table.rows[2][0].header


def overprinted(baseline: float, texts_at: Sequence[tuple[float, str]]) -> Line:
    """One line of characters in which the second text begins over the end of the first."""
    glyphs = [
        Glyph(
            char,
            Rect(x + CHAR * i, baseline - 7.5, x + CHAR * (i + 1), baseline + 2.5),
            Rect(x + CHAR * i, baseline - 7.5, x + CHAR * (i + 1), baseline),
            x + CHAR * i,
            baseline,
            SIZE,
            Font("Helvetica"),
            i,
        )
        for x, text in texts_at
        for i, char in enumerate(text)
    ]
    box = Rect(glyphs[0].box.x0, baseline - 7.5, glyphs[-1].box.x1, baseline + 2.5)
    return Line((Span("".join(text for _, text in texts_at), box),), box, baseline, SIZE, glyphs=tuple(glyphs))


def test_text_set_over_the_end_of_a_long_cell_goes_to_its_own_column() -> None:
    names = [("VICENTE", "PABLO ARIEL"), ("BERRA", "CLAUDIA"), ("TORRES", "CARLOS HUGO"), ("THORP", "MARIO")]
    lines = []
    for i, (last, first) in enumerate(names):
        y = 100 + 14 * i
        lines += [line(60, y, last), line(152, y, first), line(300, y, f"14.433.{112 + i}"), line(400, y, "10.000,00")]
    lines.append(overprinted(156, [(60, "VALSANGIACOMOBLANCO"), (152, "FERNANDOJORGE")]))
    lines += [line(300, 156, "26.800.203"), line(400, 156, "10.000,00")]
    (found,) = find(lines)
    assert texts(found.table)[-1] == ["VALSANGIACOMOBLANCO", "FERNANDOJORGE", "26.800.203", "10.000,00"]
    assert found.used == tuple(range(len(lines)))


def test_dots_set_one_by_one_with_wide_gaps_make_no_columns() -> None:
    lines = [line(60, 100, "Behaviour"), line(300, 100, "Count"), line(400, 100, "Share")]
    for i, label in enumerate(("Seem nervous", "Seem sad", "Act restless", "Have trouble")):
        y = 116 + 14 * i
        lines += [line(60, y, label), *(line(140 + 24 * k, y, "∙") for k in range(5))]
        lines += [line(300, y, f"{i + 3}"), line(400, y, f"{i}.5%")]
    (found,) = find(lines)
    assert texts(found.table)[1] == ["Seem nervous", "3", "0.5%"]
