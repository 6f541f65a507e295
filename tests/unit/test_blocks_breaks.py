"""Where paragraphs begin and end beside pictures, in old books, and among lists; authors side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages import HEIGHT_PT, WIDTH_PT, column, line_at

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Span
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks
from leafbeam.types import Block, BlockKind

FULL = "prose that runs on and on and fills the whole measure of its column here"


def page(lines: list[Line], **extra: object) -> PageContent:
    return PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines), **extra)  # type: ignore[arg-type]


def paragraphs_of(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks if block.kind is BlockKind.PARAGRAPH]


def test_prose_with_first_line_indents_is_no_list_of_hanging_entries() -> None:
    lines: list[Line] = []
    y = 100.0
    for name in ("One", "Two", "Six"):
        lines.append(line_at(75, y, f"{name} {FULL[7:]}"))
        lines += [line_at(60, y + 12 * n, f"{start} {FULL}") for n, start in enumerate(("on", "Then", "an"), 1)]
        lines.append(line_at(60, y + 48, "Ending short."))
        y += 60
    lines += [line_at(75, y + 12 * n, f"an item's further line {FULL[:40]}") for n in range(3)]
    found = paragraphs_of(build_blocks(page(lines)))
    assert [text[:3] for text in found][:3] == ["One", "Two", "Six"]
    assert all("Ending short." in text for text in found[:3])


def test_text_beside_a_picture_is_prose_though_it_ends_far_from_the_edge() -> None:
    narrow = [
        "a report creeps into the camp that",
        "an army comes with fifty thousand.",
        "Grant will march us there and seize",
    ]
    lines = [line_at(60, 100 + 12 * n, narrow[n % 3].ljust(34)[:34].replace("  ", " x")) for n in range(9)]
    lines += [line_at(60, 208, "the prize.")]
    lines += [line_at(60, 220 + 12 * n, FULL) for n in range(9)]
    found = paragraphs_of(build_blocks(page(lines)))
    assert "\n" not in found[0]
    assert found[0].endswith("the prize." if len(found) > 1 else "here")
    assert found[0].count("fifty thousand. Grant") == 3


def test_authors_side_by_side_are_a_text_of_lines_each() -> None:
    def pile(axis: float, *texts: str) -> list[Line]:
        return [
            line_at(axis - 2.5 * len(text), 140 + 12 * n, text, bold=not n, size=10) for n, text in enumerate(texts)
        ]

    lines = [line_at(150, 100, "A title of some length", size=18, bold=True)]
    lines += pile(130, "Ann Anders", "Some University", "ann@some.edu")
    lines += pile(300, "Bob Berger", "Another University", "bob@another.edu")
    lines += pile(470, "Cyd Charis", "Third College", "cyd@third.edu")
    for x in (60, 310):
        lines += [line_at(x, 220 + 12 * n, FULL[:45]) for n in range(20)]
    blocks = build_blocks(page(lines))
    assert [block.text for block in blocks if block.kind is BlockKind.HEADING] == ["A title of some length"]
    assert [text.split("\n")[0].strip("* ") for text in paragraphs_of(blocks)[:3]] == [
        "Ann Anders",
        "Bob Berger",
        "Cyd Charis",
    ]
    assert all(text.count("\n") == 2 for text in paragraphs_of(blocks)[:3])


def test_an_author_below_the_name_of_a_journal_and_the_title_is_no_heading() -> None:
    lines = [line_at(200, 90, "Journal of Tests", size=14), line_at(60, 130, "How papers are tested", size=13.5)]
    lines += [line_at(60, 160, "Masa Hiro*", size=12, bold=True)]
    lines += [line_at(60, 190 + 12 * n, FULL) for n in range(20)]
    blocks = build_blocks(page(lines))
    heads = [block.text for block in blocks if block.kind is BlockKind.HEADING]
    assert heads == ["Journal of Tests", "How papers are tested"]


def test_numbered_lines_set_like_the_text_are_headings_where_they_count_on_over_texts() -> None:
    lines: list[Line] = []
    for section, name in enumerate(("1. Aims", "2. Means", "3. Ends")):
        lines.append(line_at(60, 100 + 75 * section, name))
        lines += [line_at(60 + 10 * (not n), 112 + 75 * section + 12 * n, f"The {FULL}") for n in range(4)]
    blocks = build_blocks(page(lines))
    heads = [block.text for block in blocks if block.kind is BlockKind.HEADING]
    assert heads == ["1. Aims", "2. Means", "3. Ends"]
    assert not any(block.kind is BlockKind.LIST_ITEM for block in blocks)


def test_names_and_dates_at_the_right_are_no_part_of_the_text() -> None:
    texts = [FULL, FULL, "the end of it, in Japan."]
    lines = [line_at(60, 100 + 12 * n, text) for n, text in enumerate(texts)]
    lines += [line_at(330, 136, "U. S. Grant."), line_at(70, 148, "Washington, January 27.")]
    lines += [line_at(330, 190, "Lima, June 3."), line_at(75, 202, f"The {FULL[4:]}"), line_at(60, 214, FULL)]
    found = paragraphs_of(build_blocks(page(lines)))
    assert found[1:4] == ["U. S. Grant.", "Washington, January 27.", "Lima, June 3."]
    assert len(found) == 5


def test_the_citation_of_a_journal_on_top_is_no_title() -> None:
    lines = [line_at(180, 55, "JOURNAL OF TESTS E 111, 035406 (2025)", size=12)]
    lines += [line_at(100, 107, "On the breaking of lines", size=12, bold=True)]
    lines += [line_at(60, 140 + 12 * n, FULL) for n in range(30)]
    heads = [block.text for block in build_blocks(page(lines)) if block.kind is BlockKind.HEADING]
    assert heads == ["On the breaking of lines"]


def turned(x: float, y: float, text: str, angle: int) -> Line:
    """A line of 10-point type that runs up, down or upside down from the corner of its box at x, y."""
    length = 5.0 * len(text)
    box = Rect(x, y, x + length, y + 10) if angle == 180 else Rect(x, y, x + 10, y + length)
    return Line((Span(text, box),), box, box.y1, 10.0, angle=angle)


def test_turned_texts_are_read_from_their_own_first_line() -> None:
    lines = [*(line_at(60, 100 + 12 * n, FULL) for n in range(6)), line_at(60, 172, "the end.")]
    lines += [turned(60, 300, "Goes up and", 90), turned(73, 310, "on here.", 90)]
    lines += [turned(200, 300, "down there.", 270), turned(213, 300, "This runs", 270)]
    lines += [turned(300, 320, "upside down.", 180), turned(300, 333, "It stands", 180)]
    found = paragraphs_of(build_blocks(page(lines)))
    assert found[1:] == ["Goes up and on here.", "This runs down there.", "It stands upside down."]


def test_a_sign_at_both_ends_of_the_foot_is_furniture() -> None:
    lines = [line_at(60, 100 + 12 * n, FULL) for n in range(20)]
    lines += [
        line_at(60, HEIGHT_PT - 50, "EN", size=20, bold=True),
        line_at(500, HEIGHT_PT - 50, "EN", size=20, bold=True),
    ]
    blocks = build_blocks(page(lines))
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH, BlockKind.FOOTER]


TABLE = PlacedBlock(Block(BlockKind.TABLE, text="table"), Rect(60, 150, 420, 300))


@pytest.mark.parametrize("behind", ["1 What stands behind the table.", "What stands behind the table."])
def test_a_short_last_line_goes_on_in_nothing_behind_a_table(behind: str) -> None:
    lines = [*column(60, 100, [FULL, FULL, "in thousands"]), *column(60, 330, [behind, FULL])]
    found = paragraphs_of(build_blocks(page(lines, objects=(TABLE,))))
    assert [text[-12:] for text in found] == ["in thousands", FULL[-12:]]


@pytest.mark.parametrize("last", ["in thousands", "in thou-"])
def test_a_sentence_goes_on_behind_a_table(last: str) -> None:
    lines = [*column(60, 100, [FULL, FULL, last]), *column(60, 330, ["sands and so on", FULL])]
    (found,) = paragraphs_of(build_blocks(page(lines, objects=(TABLE,))))
    assert last.rstrip("-") in found


def test_lines_that_end_with_amounts_are_kept() -> None:
    texts = ["Wireless headphones, black", "AB-5521 1 @ $349.99", "$349.99", "A cable with two ends", "HD-77 2 @ $4.99"]
    (found,) = paragraphs_of(build_blocks(page(column(60, 100, [*texts, "$9.98"]))))
    assert found.split("\n") == [*texts, "$9.98"]


def test_prose_with_an_amount_at_a_line_s_end_is_no_receipt() -> None:
    texts = [FULL, FULL, "prose that runs on and on and fills the measure of its column: $12.50", FULL, "ends."]
    (found,) = paragraphs_of(build_blocks(page(column(60, 100, texts))))
    assert "\n" not in found


def test_a_last_line_of_low_letters_on_a_scan_belongs_to_its_paragraph() -> None:
    low = line_at(60, 136, "sewer.")
    low = replace(low, box=Rect(60, 131, 90, 136))  # ink between the baseline and the top of the small letters
    lines = [*column(60, 100, [FULL, FULL, FULL]), low]
    (found,) = paragraphs_of(build_blocks(page(lines, scanned=True)))
    assert found.endswith("here sewer.")


def test_a_short_line_in_another_font_is_parted_from_the_text_below() -> None:
    def in_font(line: Line, name: str) -> Line:
        font = Font(name, bold=False, italic=False, mono=False, symbolic=False)
        glyph = Glyph("A", line.box, line.box, line.box.x0, line.baseline_pt, line.size_pt, font, 0)
        return replace(line, glyphs=(glyph,))

    texts = ["Choice of the pattern", "All movements that were seen in the first of the two long series of trials"]
    texts += ["and all that followed them in the second, with the same hands and the same"] * 4
    lines = [in_font(line, "AdvB" if n == 0 else "AdvR") for n, line in enumerate(column(60, 140, texts))]
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines)))
    assert blocks[0].text == "Choice of the pattern"
    same = [replace(line, glyphs=()) for line in lines]
    assert build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(same)))[0].text != "Choice of the pattern"


def test_a_large_title_with_a_name_in_another_face_is_one_heading_and_an_address_below_is_none() -> None:
    first, second = column(60, 100, ["Reader: a Toolkit for the", "Analysis of Documents"], size=16, leading=19)
    name = Span("Reader", first.box._replace(x1=110))
    first = replace(first, spans=(name, Span(": a Toolkit for the", first.box._replace(x0=110), bold=True)))
    second = replace(second, bold=True, spans=(replace(second.spans[0], bold=True),))
    address = line_at(230, 150, "1 Institute of Reading ada@example.org")
    blocks = build_blocks(page([first, second, address, *column(60, 180, [FULL] * 8)]))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADING] == [
        "Reader: a Toolkit for the Analysis of Documents"
    ]


def test_the_lines_of_an_algorithm_keep_their_indents() -> None:
    def drawn(line: Line) -> Line:
        font = Font("Serif", bold=False, italic=False, mono=False, symbolic=False)
        glyphs = [
            Glyph(char, box, box, box.x0, line.baseline_pt, line.size_pt, font, n)
            for n, char in enumerate(line.text)
            if (box := line.box._replace(x0=line.box.x0 + 5 * n, x1=line.box.x0 + 5 * n + 5))
        ]
        return replace(line, glyphs=tuple(glyphs))

    texts = ["1: for all lines do", "2:    read the line", "3:    if it ends then", "4:       stop", "5: end for"]
    blocks = build_blocks(page([drawn(line) for line in column(60, 140, texts)]))
    assert [block.level for block in blocks] == [0, 1, 1, 2, 0]
