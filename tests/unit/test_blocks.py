"""Lines of a page become blocks in reading order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from pages import HEIGHT_PT, WIDTH_PT, column, line_at, raised_at

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Region, RegionKind, Ruling, Span
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks
from leafbeam.types import FURNITURE, Block, BlockKind

LEFT = [f"left column line number {n:02d} goes on and on ab" for n in range(12)]
RIGHT = [f"right column line number {n:02d} goes on also ab" for n in range(12)]
BODY = [f"body text line number {n:02d} runs over the whole width of the page and on" for n in range(20)]


def page(lines: list[Line], **extra: object) -> PageContent:
    mixed = list(lines)
    random.Random(7).shuffle(mixed)
    return PageContent(WIDTH_PT, HEIGHT_PT, tuple(mixed), **extra)  # type: ignore[arg-type]


def kinds(blocks: tuple[Block, ...]) -> list[BlockKind]:
    return [block.kind for block in blocks]


def text_of(blocks: tuple[Block, ...]) -> str:
    return " ".join(block.text for block in blocks)


def in_order(text: str, parts: list[str]) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def test_two_columns_are_read_one_after_the_other_below_their_title() -> None:
    title = line_at(170, 90, "A Title Over Both of the Columns", size=18, bold=True)
    blocks = build_blocks(page([title, *column(60, 140, LEFT), *column(320, 140, RIGHT)]))
    assert blocks[0].kind is BlockKind.HEADING
    assert in_order(text_of(blocks), ["A Title", *LEFT, *RIGHT])


def test_a_figure_over_both_columns_parts_them() -> None:
    figure = PlacedBlock(Block(BlockKind.FIGURE, asset="p001-1.png"), Rect(60, 300, 560, 420))
    caption = line_at(60, 440, "Figure 1. What the experiment has shown over the years of its running.")
    lines = [*column(60, 140, LEFT), *column(320, 140, [*RIGHT[:-1], "and so it ends."]), caption]
    lines += [*column(60, 480, ["low " + t for t in LEFT]), *column(320, 480, ["low " + t for t in RIGHT])]
    blocks = build_blocks(page(lines, objects=(figure,)))
    at = kinds(blocks).index(BlockKind.FIGURE)
    assert blocks[at + 1].kind is BlockKind.CAPTION
    assert LEFT[0] in text_of(blocks[:at])
    assert RIGHT[-2] in text_of(blocks[:at])
    assert in_order(
        text_of(blocks[at:]), ["Figure 1", "low left column line number 00", "low right column line number 00"]
    )


def test_a_short_title_in_the_middle_stands_before_three_columns() -> None:
    lines = [line_at(255, 100, "The Gazette", size=18, bold=True)]
    for x, name in ((50, "one"), (230, "two"), (410, "three")):
        lines += column(x, 140, [f"column {name} line {n:02d} of news xx" for n in range(14)])
    text = text_of(build_blocks(page(lines)))
    assert in_order(text, ["The Gazette", "column one line 00", "column one line 13", "column two", "column three"])


def test_labels_and_values_are_read_row_by_row() -> None:
    names = ["Name:", "Address of residence:", "Telephone number:", "Date of birth:"]
    values = ["Ada Lovelace of London", "12 St James Square London", "020 7946 0000 daytime", "10 December 1815"]
    text = text_of(build_blocks(page([*column(60, 300, names), *column(300, 300, values)])))
    assert in_order(text, [part for pair in zip(names, values, strict=True) for part in pair])


def test_heads_at_the_side_stay_with_their_text() -> None:
    lines = column(200, 100, [f"entry line number {n:02d} says what was done where" for n in range(30)])
    lines += [line_at(60, 100 + 120 * n, f"SIDE HEAD NUMBER {n}") for n in range(3)]
    parts = [
        "NUMBER 0",
        "entry line number 00",
        "entry line number 09",
        "NUMBER 1",
        "number 10",
        "NUMBER 2",
        "number 29",
    ]
    assert in_order(text_of(build_blocks(page(lines))), parts)


def test_a_word_divided_over_a_column_break_is_whole() -> None:
    left = [*LEFT[:-1], "the left column ends in the middle of a divi-"]
    right = ["ded word and then it goes on for a while here", *RIGHT[1:]]
    assert "divided word" in text_of(build_blocks(page([*column(60, 140, left), *column(320, 140, right)])))


def test_indents_and_short_lines_begin_paragraphs() -> None:
    lines = [
        line_at(60, 140, "The first paragraph runs over the whole width of the text area here and"),
        line_at(60, 152, "ends here."),
        line_at(75, 164, "The second paragraph is set in and runs over the width of the text ar"),
        line_at(60, 176, "as far as this."),
        line_at(60, 188, "The third follows a line that ends early and is not set in at all, then"),
        line_at(60, 200, "it ends too."),
    ]
    texts = [block.text.split()[1] for block in build_blocks(page(lines))]
    assert texts == ["first", "second", "third"]


def test_hanging_entries_are_one_paragraph_each() -> None:
    lines: list[Line] = []
    for n in range(6):
        lines.append(line_at(60, 140 + 36 * n, f"Author{n}, A., Another, B., and Third, C. 2001, The Journal of Ma"))
        lines.append(line_at(72, 152 + 36 * n, f"Things and Other Things, volume {n}, with a title that is quite lo"))
        lines.append(line_at(72, 164 + 36 * n, "ng, 12"))
    blocks = build_blocks(page(lines))
    assert [block.text[:7] for block in blocks] == [f"Author{n}" for n in range(6)]


def test_head_foot_and_page_number_are_furniture() -> None:
    lines = [
        line_at(60, 40, "Annals of Examples"),
        line_at(500, 40, "17"),
        *column(60, 90, BODY),
        line_at(280, 760, "Page 3 of 10"),
    ]
    blocks = build_blocks(page(lines))
    assert blocks[0].kind is BlockKind.HEADER
    assert blocks[-1].kind is BlockKind.PAGE_NUMBER
    assert BODY[0] in text_of(blocks[1:-1])
    assert "Annals" not in text_of(blocks[1:-1])


@pytest.mark.parametrize("number", ["12", "- 12 -", "— 140 —", "xiv", "Page 3 of 10", "Seite 3", "第 12 页", "A-12"])
def test_page_numbers_of_many_kinds(number: str) -> None:
    blocks = build_blocks(page([*column(60, 90, BODY), line_at(300, 760, number)]))
    assert blocks[-1].kind is BlockKind.PAGE_NUMBER


def test_the_last_line_of_text_is_no_foot() -> None:
    blocks = build_blocks(page(column(60, 90, [*BODY, *BODY, "and so it ends with 12"], leading=16.0)))
    assert all(block.kind is BlockKind.PARAGRAPH for block in blocks)


def test_a_letter_keeps_its_first_line() -> None:
    blocks = build_blocks(page([line_at(60, 120, "Dear Madam,"), *column(60, 150, BODY)]))
    assert "Dear Madam," in [block.text for block in blocks if block.kind is BlockKind.PARAGRAPH]


def test_headings_by_size_and_by_weight() -> None:
    lines = [
        line_at(60, 80, "On Examples", size=20),
        *column(60, 120, [*BODY[:5], "and it ends."]),
        line_at(60, 212, "2.1 Method", bold=True),
        *column(60, 232, [*BODY[5:9], "and it ends."]),
    ]
    found = [block.text for block in build_blocks(page(lines)) if block.kind is BlockKind.HEADING]
    assert found == ["On Examples", "2.1 Method"]


def test_a_bold_beginning_is_no_heading() -> None:
    box = Rect(60, 113, 130, 122)
    first = Line(
        (Span("Remark. ", box, bold=True), Span("This goes on in light type " * 3, box)),
        Rect(60, 113, 540, 122),
        120,
        10,
    )
    (block,) = build_blocks(page([first, *column(60, 132, ["and on the second line it ends."])]))
    assert block.kind is BlockKind.PARAGRAPH
    assert block.text.startswith("**Remark.** This goes on")


def test_lists_nest_by_indent_and_keep_their_marks() -> None:
    lines = [
        line_at(60, 100, "What is needed for the work at hand, in the order of its being needed:"),
        line_at(75, 120, "1. Paper of a good weight and of an even colour, not less than forty sh"),
        line_at(88, 132, "eets of it"),
        line_at(95, 144, "• white"),
        line_at(95, 156, "• grey"),
        line_at(75, 168, "2. Ink"),
    ]
    items = [block for block in build_blocks(page(lines)) if block.kind is BlockKind.LIST_ITEM]
    assert [(item.marker, item.level) for item in items] == [("1.", 0), ("-", 1), ("-", 1), ("2.", 0)]
    assert items[0].text.endswith("forty sh eets of it")


def test_a_year_at_the_start_of_a_line_is_no_list() -> None:
    lines = column(
        60,
        100,
        [
            "the war that had begun long before came to its end in the spring of 18",
            "15. It was over at last, and peace came.",
        ],
    )
    assert kinds(build_blocks(page(lines))) == [BlockKind.PARAGRAPH]


def test_check_boxes() -> None:
    blocks = build_blocks(page(column(60, 100, ["☒ Family history", "☐ Academic research"])))
    assert [block.marker for block in blocks] == ["- [x]", "- [ ]"]


def test_footnotes_and_their_marks() -> None:
    text = line_at(60, 100, "Two laboratories analysed every sample.")
    mark = Span("1", Rect(255, 92, 258, 96), script=1)
    marked = Line((*text.spans, mark), text.box, 100, 10)
    rule = Ruling(Rect(60, 700, 200, 700.5), horizontal=True)
    note = raised_at(60, 715, "1", "The second changed its method in July.")
    blocks = build_blocks(page([marked, *column(60, 130, BODY), note], rulings=(rule,)))
    assert "every sample.[^1]" in blocks[0].text
    assert (blocks[-1].kind, blocks[-1].marker) == (BlockKind.FOOTNOTE, "1")
    assert blocks[-1].text == "The second changed its method in July."


def test_a_mark_that_a_scan_glued_to_its_word() -> None:
    lines = [
        line_at(60, 100, "Two laboratories analysed every sample.1 The values are medians of all"),
        *column(60, 112, BODY),
    ]
    blocks = build_blocks(page(lines, scanned=True))
    assert "sample.<sup>1</sup> The values" in text_of(blocks)


def test_code_keeps_its_indents() -> None:
    def mono(x: float, y: float, text: str) -> Line:
        box = Rect(x, y - 7, x + 6 * len(text), y + 2)
        return Line((Span(text, box, mono=True),), box, y, 10, mono=True)

    lines = [*column(60, 100, [*BODY[:4], "as here:"]), mono(60, 170, "def f(x):"), mono(84, 182, "return x")]
    blocks = build_blocks(page(lines))
    assert (blocks[-1].kind, blocks[-1].text) == (BlockKind.CODE, "def f(x):\n    return x")


def test_on_scans_the_layout_model_helps_with_headings() -> None:
    head = line_at(60, 232, "Recommendations for all", size=11)
    lines = [*column(60, 90, [*BODY[:9], "and ends."]), head, *column(60, 260, BODY[9:])]
    region = Region(RegionKind.TITLE, head.box.grown(2, 2), 0.9)
    blocks = build_blocks(page(lines, scanned=True, regions=(region,)))
    assert [block.text for block in blocks if block.kind is BlockKind.HEADING] == ["Recommendations for all"]


def test_no_lines_no_blocks() -> None:
    assert build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, ())) == ()


def test_the_last_line_of_a_column_stays_whatever_foot_stands_beside_it() -> None:
    left, right = column(60, 500, LEFT[:10]), column(320, 512, [*RIGHT, "and this is the last line of it."])
    foot = line_at(60, right[-1].baseline_pt, "Copyright 2009 by the authors", size=7)
    notes = [raised_at(60, right[-3].baseline_pt, "1", "https://example.org/one", size=7)]
    texts = text_of(build_blocks(page([*left, *right, *notes])))
    assert "last line of it" in texts
    assert "https://example.org/one" in texts
    assert "last line of it" in text_of(
        [b for b in build_blocks(page([*left, *right, foot])) if b.kind is not BlockKind.FOOTER]
    )


def test_an_address_apart_from_the_text_at_the_foot_is_printed_there_by_a_browser() -> None:
    lines = [*column(60, 90, BODY), line_at(60, 770, "https://example.org/page", size=8)]
    assert build_blocks(page(lines))[-1].kind is BlockKind.FOOTER


def test_a_date_of_printing_is_furniture_also_over_smaller_text() -> None:
    lines = [line_at(60, 50, "BOOKING ORDER", size=16, bold=True)]
    lines += [line_at(440, 50, "Print Date 12/15/2024 14:30:22", size=8), line_at(520, 65, "Page 1 of 1", size=8)]
    blocks = build_blocks(page([*lines, *column(60, 110, BODY, size=7)]))
    kept = text_of([block for block in blocks if block.kind not in (BlockKind.HEADER, BlockKind.PAGE_NUMBER)])
    assert kept.startswith("BOOKING ORDER body text")


def test_the_title_of_a_table_on_top_of_the_page_and_a_bold_head_behind_a_running_head_stay() -> None:
    table = PlacedBlock(Block(BlockKind.TABLE, table=None), Rect(100, 90, 500, 180))
    lines = [line_at(220, 84, "Example of a table", size=14, bold=True), *column(60, 300, BODY)]
    assert "Example" in text_of(
        [b for b in build_blocks(page(lines, objects=(table,))) if b.kind is not BlockKind.HEADER]
    )
    heads = [line_at(60, 40, "The Reference Manual", italic=True), line_at(60, 70, "Revision history", bold=True)]
    blocks = build_blocks(page([*heads, *column(60, 110, BODY)]))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADER] == ["The Reference Manual"]


def test_places_of_authors_are_no_notes_though_raised_marks_begin_them() -> None:
    lines = [line_at(120, 80, "What was found in the deep of the sea", size=16)]
    lines += [
        raised_at(100, 110 + 12 * n, f"{n + 1}", f"Institute number {n} of the Sea, University of Somewhere")
        for n in range(3)
    ]
    lines += [line_at(100, 152, "We have found a lot of things in the deep, and tell here what they were.", size=8)]
    lines += [*column(60, 190, BODY), raised_at(60, 700, "4", "A note at the foot of the page.")]
    blocks = build_blocks(page(lines))
    assert [block.marker for block in blocks if block.kind is BlockKind.FOOTNOTE] == ["4"]
    places = [line for block in blocks for line in block.text.split("\n") if "Institute number" in line]
    assert [place[:12] for place in places] == [f"<sup>{n}</sup>" for n in (1, 2, 3)]


@pytest.mark.parametrize("closing", ["Yours faithfully,", "Mit freundlichen Grüßen,"])
def test_a_name_below_a_letters_closing_line_is_no_heading(closing: str) -> None:
    lines = [
        line_at(60, 100, "Dear Sirs,"),
        line_at(60, 130, "The Repair of the Lighthouse", bold=True),
        *column(60, 160, BODY),
        line_at(60, 430, closing),
        line_at(60, 470, "Johanna Moller", bold=True),
    ]
    blocks = build_blocks(page(lines))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADING] == ["The Repair of the Lighthouse"]


@pytest.mark.parametrize(("name", "heading"), [("J. R. van Dyke", False), ("The Second Part", True)])
def test_a_name_as_the_last_text_is_no_heading(name: str, heading: bool) -> None:
    lines = [*column(60, 160, BODY), line_at(60, 450, name)]
    title = Region(RegionKind.TITLE, lines[-1].box, 0.9)
    blocks = build_blocks(page(lines, scanned=True, regions=(title,)))
    assert (blocks[-1].kind is BlockKind.HEADING) == heading


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Note:", False),
        ("Length of the cable: 800 mm", False),
        ("Date of birth: 10/10/1982", False),
        ("First name: ADA Last name: KING", False),
        ("Part 2: The Cable", True),
        ("The Cable and its Length", True),
    ],
)
def test_remarks_and_measures_are_no_headings_however_large(text: str, heading: bool) -> None:
    blocks = build_blocks(page([line_at(60, 140, text, size=14), *column(60, 170, BODY)]))
    assert (blocks[0].kind is BlockKind.HEADING) == heading


def test_what_was_stamped_or_written_on_a_scanned_page_is_no_heading() -> None:
    stamp, beside = line_at(300, 130, "BIBLIOTHEQUE", size=30), line_at(500, 60, "RT 13m", size=18)
    stamp = replace(stamp, box=Rect(300, 100, 340, 140), spans=(Span(stamp.text, Rect(300, 100, 340, 140)),))
    title = line_at(150, 160, "The Printed Title", size=18)
    blocks = build_blocks(page([stamp, beside, title, *column(60, 200, BODY)], scanned=True))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADING] == ["The Printed Title"]


def test_a_page_number_that_tells_of_how_many_is_furniture_below_a_title() -> None:
    lines = [line_at(60, 90, "A Title of the Page", size=18), line_at(500, 130, "Page 3 of 7"), *column(60, 200, BODY)]
    blocks = build_blocks(page(lines))
    assert [b.text for b in blocks if b.kind is BlockKind.PAGE_NUMBER] == ["Page 3 of 7"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Draws lines · · · · · ·", "Draws lines"),
        ("Seems sad or unhappy? ∙ ∙", "Seems sad or unhappy?"),
        ("Name of the child . . . . . . .", "Name of the child"),
        ("And so it went on ...", "And so it went on ..."),
    ],
)
def test_dots_that_lead_to_no_text_are_left_out(line: str, text: str) -> None:
    blocks = build_blocks(page([*column(60, 140, BODY), line_at(60, 420, line)]))
    assert blocks[-1].text == text


def test_the_source_below_a_tables_notes_is_no_part_of_the_last_note() -> None:
    notes = [
        raised_at(60, 600, "a", "In the north none was over the limit."),
        line_at(60, 612, "The rest was.", size=8),
    ]
    source = [line_at(60, 630, "Source: interviews in the autumn, of all", size=8), line_at(60, 640, "states.", size=8)]
    blocks = build_blocks(page([*column(60, 100, BODY), *notes, *source]))
    assert [b.text for b in blocks if b.kind is BlockKind.FOOTNOTE] == [
        "In the north none was over the limit. The rest was."
    ]
    assert "Source: interviews in the autumn, of all states." in [b.text.replace("\n", " ") for b in blocks]


def test_a_foot_with_the_pages_number_in_larger_type_than_a_table_is_no_heading() -> None:
    rows = [
        line_at(60, 100 + 9 * n, f"{n} of the sixty rows of a page in small print that goes on", size=6)
        for n in range(60)
    ]
    foot = [line_at(60, 755, "206 Courts and Prisons", size=8), line_at(300, 762, "Bureau of Counts, 2012", size=6)]
    blocks = build_blocks(page([*rows, *foot]))
    assert {b.text for b in blocks if b.kind in FURNITURE} == {"206 Courts and Prisons", "Bureau of Counts, 2012"}


def test_a_page_number_and_a_name_at_the_other_end_are_a_foot_and_no_note() -> None:
    foot = [line_at(60, 760, "4", size=8), line_at(440, 760, "Bureau of Counts", size=8)]
    blocks = build_blocks(page([*column(60, 100, BODY), *column(60, 340, BODY), *foot]))
    assert FURNITURE & set(kinds(blocks))
    assert "Bureau" not in text_of(tuple(b for b in blocks if b.kind not in FURNITURE))


@pytest.mark.parametrize("kind", [BlockKind.TABLE, BlockKind.FIGURE])
def test_the_title_below_the_number_of_a_table_is_its_caption(kind: BlockKind) -> None:
    table = PlacedBlock(Block(kind, asset="p001-1.png"), Rect(60, 420, 540, 600))
    head = [line_at(60, 380, "Table 1."), line_at(60, 395, "The Level of the Water", size=12, bold=True)]
    blocks = build_blocks(page([*column(60, 100, BODY), *head, line_at(60, 410, "(in feet)")], objects=(table,)))
    assert [b.text for b in blocks if b.kind is BlockKind.CAPTION] == ["Table 1. **The Level of the Water**"]
    assert BlockKind.HEADING not in kinds(blocks)


def test_the_level_that_a_tagged_pdf_states_of_a_heading_is_told() -> None:
    def tagged(line: Line, tag: str) -> Line:
        font = Font("Sans", bold=False, italic=False, mono=False, symbolic=False)
        glyph = Glyph("A", line.box, line.box, line.box.x0, line.baseline_pt, line.size_pt, font, 0, tag=tag)
        return replace(line, glyphs=(glyph,))

    heads = [tagged(line_at(60, 100, "The First Part"), "H3"), tagged(line_at(60, 400, "The Title"), "Title")]
    blocks = build_blocks(page([*heads, *column(60, 130, BODY)]))
    stated = {b.text: b.style.stated for b in blocks if b.kind is BlockKind.HEADING and b.style is not None}
    assert stated == {"The First Part": 3, "The Title": 0}


def test_a_label_with_its_value_a_sender_and_a_copyright_are_no_headings() -> None:
    lines = [line_at(60, 100, "The Estimate", size=16), *column(60, 130, BODY)]
    lines += [line_at(60, 420, "Remark", size=13), line_at(180, 420, "Minor repair", size=13)]
    lines += column(
        60, 460, ["Certified Repair", "123 Main Street, 98052 Redmond", "Phone 555 0100"], size=14, leading=16
    )
    lines += [line_at(60, 540, "Reports of the Society ©2007", size=14), *column(60, 570, BODY[:10])]
    blocks = build_blocks(page(lines))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADING] == ["The Estimate"]
