"""Bullets drawn as shapes, contents lists, author lines, addresses, and what is level with other columns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages import HEIGHT_PT, WIDTH_PT, column, line_at

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Ruling, Shape, Span
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks
from leafbeam.offline.blocks.hyphens import Vocabulary, joint
from leafbeam.offline.blocks.inline import InlineStyle, spans_to_markdown
from leafbeam.offline.blocks.lists import box_items
from leafbeam.offline.blocks.notes import refer
from leafbeam.types import FURNITURE, Block, BlockKind, WordOrigin

PROSE = [f"body text line number {n:02d} runs over the whole width of the page and on" for n in range(14)]


def page(lines: list[Line], **extra: object) -> PageContent:
    return PageContent(WIDTH_PT, HEIGHT_PT, tuple(reversed(lines)), **extra)  # type: ignore[arg-type]


def heads_of(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks if block.kind is BlockKind.HEADING]


def items_of(blocks: tuple[Block, ...]) -> list[tuple[str, int, str]]:
    return [(b.marker, b.level, b.text) for b in blocks if b.kind is BlockKind.LIST_ITEM]


def dot(x: float, baseline: float, *, filled: bool = True, size: float = 3.0) -> Shape:
    return Shape(Rect(x, baseline - 3 - size / 2, x + size, baseline - 3 + size / 2), filled)


def right_aligned(right: float, baseline: float, text: str) -> Line:
    return line_at(right - 5 * len(text), baseline, text)


# -- drawn bullets --------------------------------------------------------------------------------------------------


def test_small_shapes_before_lines_are_bullets() -> None:
    lines = [*column(60, 100, PROSE[:3]), line_at(85, 150, "white paper"), line_at(110, 162, "of any weight")]
    lines.append(line_at(85, 174, "black ink"))
    shapes = (dot(74, 150), dot(98, 162, filled=False, size=4.8), dot(74, 174))
    blocks = build_blocks(page(lines, shapes=shapes))
    assert items_of(blocks) == [("-", 0, "white paper"), ("-", 1, "of any weight"), ("-", 0, "black ink")]


def test_a_shape_of_a_figure_or_behind_a_word_is_no_bullet() -> None:
    lines = [line_at(85, 150, "in the figure"), line_at(60, 200, "before"), line_at(100, 200, "behind a word here")]
    figure = PlacedBlock(Block(BlockKind.FIGURE, asset="p001-1.png"), Rect(60, 130, 84, 160))
    blocks = build_blocks(page(lines, shapes=(dot(74, 150), dot(93, 200)), objects=(figure,)))
    assert items_of(blocks) == []


# -- contents lists -------------------------------------------------------------------------------------------------


def test_a_contents_list_has_an_entry_a_line_without_its_dots() -> None:
    def entry(x: float, baseline: float, title: str, number: str) -> list[Line]:
        dots = line_at(300, baseline, ". . . . . . . . . . . . . . . . ")
        return [line_at(x, baseline, title), dots, line_at(505, baseline, number)]

    lines = [line_at(60, 90, "Contents", size=20), line_at(60, 130, "1", bold=True)]
    lines += [line_at(75, 130, "Getting started", bold=True), line_at(505, 130, "2", bold=True)]
    lines += [*entry(75, 142, "1.1 Installing the tool", "2"), *entry(75, 154, "1.2 A first program", "12")]
    blocks = build_blocks(page(lines))
    assert heads_of(blocks) == ["Contents"]
    assert [text for _, _, text in items_of(blocks)] == [
        "1 Getting started ... 2",
        "1.1 Installing the tool ... 2",
        "1.2 A first program ... 12",
    ]


def test_a_dotted_line_to_write_on_is_no_contents_list() -> None:
    lines = [line_at(60, 100, "Name: . . . . . . . . . . . . . ."), line_at(60, 120, "Place: ________________")]
    assert items_of(build_blocks(page(lines))) == []


# -- titles, authors, headings --------------------------------------------------------------------------------------


def centred(baseline: float, text: str, size: float = 10.0, *, bold: bool = False) -> Line:
    return line_at(WIDTH_PT / 2 - 0.25 * size * len(text), baseline, text, size=size, bold=bold)


@pytest.mark.parametrize("author", ["A. Keller and M. Oduya", "Astrid Lindqvist", "L. VARGA", "12 March 2024"])
def test_what_stands_between_title_and_text_is_no_heading(author: str) -> None:
    lines = [centred(90, "On the Depth of Harbours", 18), centred(115, author, 12), centred(130, "Kilmory")]
    lines += [line_at(60, 170, "1 Introduction", size=13, bold=True), *column(60, 190, PROSE)]
    assert heads_of(build_blocks(page(lines))) == ["On the Depth of Harbours", "1 Introduction"]


def test_a_section_right_below_the_title_stays_a_heading() -> None:
    lines = [line_at(60, 90, "Annual Report", size=20), line_at(60, 120, "Executive Summary", size=14)]
    assert heads_of(build_blocks(page([*lines, *column(60, 145, PROSE)]))) == ["Annual Report", "Executive Summary"]


def test_a_numbered_line_among_list_items_is_no_heading() -> None:
    lines = [*column(60, 100, PROSE), line_at(80, 300, "1. Renewal"), line_at(80, 316, "2. Repair of long pipes")]
    lines += [line_at(110, 332, "a. Main"), line_at(110, 348, "b. Town"), line_at(80, 364, "3. Meters")]
    blocks = build_blocks(page(lines))
    assert heads_of(blocks) == []
    assert [(marker, level) for marker, level, _ in items_of(blocks)] == [
        ("1.", 0),
        ("2.", 0),
        ("a.", 1),
        ("b.", 1),
        ("3.", 0),
    ]


def test_an_italic_lettered_line_above_text_is_a_heading() -> None:
    lines = [*column(60, 100, PROSE[:4]), line_at(60, 160, "A. Arrivals", italic=True)]
    lines += [
        line_at(70, 175, "Let the count of arrivals be given in each slot; the queue then grows a"),
        *column(60, 187, PROSE),
    ]
    assert heads_of(build_blocks(page(lines))) == ["A. Arrivals"]


def test_index_terms_are_no_heading() -> None:
    lines = [*column(60, 100, PROSE), line_at(60, 290, "Index Terms—scheduling, real-time, inference", bold=True)]
    assert heads_of(build_blocks(page([*lines, *column(60, 320, PROSE)]))) == []


def test_on_scans_the_line_alone_knows_its_weight() -> None:
    def recognised(line: Line, bold: bool = False) -> Line:
        words = line.text.split(" ")
        spans = tuple(Span(word + " ", line.box) for word in words)
        return replace(line, spans=spans, bold=bold, origin=WordOrigin.DETECTOR)

    head = recognised(line_at(60, 90, "Repair of the eastern lighthouse"), bold=True)
    lines = [head, *(recognised(line) for line in column(60, 125, [*PROSE[:5], "and it ends."]))]
    noisy = replace(lines[3], bold=True)
    blocks = build_blocks(page([*lines[:3], noisy, *lines[4:]], scanned=True))
    assert heads_of(blocks) == ["Repair of the eastern lighthouse"]
    assert len(blocks) == 2


# -- lines meant as lines -------------------------------------------------------------------------------------------


def test_addresses_keep_their_lines() -> None:
    sender = ["Libreria El Faro", "Calle Mayor, 18", "39001 Santander"]
    lines = [right_aligned(540, 100 + 12 * n, text) for n, text in enumerate(sender)]
    to = ["Sra. Lucia Ibanez", "Avda. de la Constitucion, 7", "33201 Gijon"]
    lines += column(60, 160, to)
    lines += column(60, 240, PROSE)
    blocks = build_blocks(page(lines))
    assert [block.text for block in blocks[:2]] == ["\n".join(sender), "\n".join(to)]


def test_ragged_prose_is_one_text_though_a_date_stands_further_right() -> None:
    date = line_at(480, 90, "3 March 1931")
    text = [
        "Our estimate for the whole work is 3,480 crowns. If you approve it now",
        "before the end of April, the scaffolding can be raised in May, and the",
        "lamp lit again before the autumn storms.",
    ]
    lines = [date, *column(60, 120, PROSE[:6]), *column(60, 220, text)]
    assert build_blocks(page(lines, scanned=True))[-1].text == " ".join(text)


def test_a_line_drawn_with_characters_stands_alone() -> None:
    blocks = build_blocks(page(column(60, 100, ["CHANGE 0.00", "--------------------------------", "Items sold: 6"])))
    assert "--------------------------------" in [block.text for block in blocks]


def test_numbered_references_are_one_paragraph_each() -> None:
    lines = column(60, 100, ["[1] S. Ito, Phys. Rev. 112, 050401 (2014).", "[2] P. Hartmann, Phys. Rev. A 89 (2015)."])
    assert [block.text[:3] for block in build_blocks(page(lines))] == ["[1]", "[2]"]


# -- beside and above columns ---------------------------------------------------------------------------------------


def newspaper(top: float) -> list[Line]:
    lines = []
    for x, name in ((50, "one"), (230, "two"), (410, "three")):
        lines += column(x, top, [f"column {name} line {n:02d} of news xx" for n in range(14)])
    return lines


def test_a_rule_over_all_columns_ends_them() -> None:
    strip = [
        line_at(50, 120, "Vol. XLII No. 113"),
        line_at(250, 120, "TUESDAY, 4 MARCH"),
        line_at(480, 120, "PRICE 3d"),
    ]
    rule = Ruling(Rect(50, 126, 560, 126.5), horizontal=True)
    text = " ".join(b.text for b in build_blocks(page([*strip, *newspaper(142)], rulings=(rule,))))
    assert text.index("PRICE 3d") < text.index("column one line 00") < text.index("column two line 00")


def test_authors_side_by_side_stand_before_both_columns() -> None:
    lines = [centred(80, "Low-Latency Scheduling for Edge Inference", 20)]
    for x, name in ((130, "Ines"), (390, "Tobias")):
        lines += [line_at(x, 110 + 12 * n, f"{name} {word}") for n, word in enumerate(["Moreau", "Computing", "City"])]
    for x, side in ((60, "left"), (320, "right")):
        lines += column(x, 190, [f"{side} column line number {n:02d} goes on and on ab" for n in range(12)])
    text = " ".join(block.text for block in build_blocks(page(lines)))
    places = [text.index(part) for part in ("Ines Moreau", "Ines City", "Tobias Moreau", "left column", "right column")]
    assert places == sorted(places)


def test_things_below_each_other_are_no_columns() -> None:
    lines = [line_at(430, 100 + 12 * n, t) for n, t in enumerate(["Sender and Sons Ltd", "of Long Street Town"])]
    lines += [line_at(60, 150 + 12 * n, t) for n, t in enumerate(["To the Receiver of it", "at the Other Street"])]
    text = " ".join(block.text for block in build_blocks(page([*lines, *column(60, 220, PROSE)])))
    assert text.index("Sender") < text.index("Receiver")


# -- marks, captions, furniture -------------------------------------------------------------------------------------


def test_a_star_in_a_formula_is_no_note() -> None:
    box = Rect(60, 93, 300, 102)
    spans = (
        Span("Lift it to ", box),
        Span("xx", box, italic=True),
        Span("∗", box, script=1),
        Span(" by A. Keller", box),
    )
    text = Line((*spans, Span("∗", box, script=1)), box, 100, 10)
    note = Line(
        (Span("∗", Rect(60, 700, 63, 704), script=1), Span("Corresponding author", Rect(64, 700, 160, 708))),
        Rect(60, 700, 160, 708),
        706,
        8,
    )
    blocks = build_blocks(page([text, *column(60, 115, PROSE), note]))
    assert "*xx*<sup>∗</sup> by A. Keller[^*]" in blocks[0].text


@pytest.mark.parametrize(
    "text",
    [
        "Cuadro 1. Datos",
        "Figuur 2. Uitgaven",
        "Tabla 3: Datos",
        "Figura 1 – Mappa",
        "Rys. 4. Wykres",
        "Gráfico 2. Ventas",
        "附表 3 数据",
    ],
)
def test_captions_in_other_languages(text: str) -> None:
    assert starts_caption(text)


def test_a_stamp_in_the_corner_is_furniture() -> None:
    words = [("AUTHENTICATED", 13, 3), ("U.S. GOVERNMENT", 19, 4), ("INFORMATION", 24, 3), ("GPO", 31, 5)]
    lines = [line_at(50, baseline, text, size=size) for text, baseline, size in words]
    blocks = build_blocks(page([*lines, *column(60, 120, PROSE)]))
    assert [block.kind for block in blocks] == [BlockKind.HEADER] * 4 + [BlockKind.PARAGRAPH]


def test_side_heads_of_several_lines_stand_before_their_text() -> None:
    heads = [(100, "AWARDS AND"), (112, "SCHOLARSHIPS"), (220, "PROFESSIONAL"), (232, "AFFILIATIONS"), (340, "SKILLS")]
    lines = [line_at(60, baseline, text, bold=True) for baseline, text in heads]
    lines += column(200, 100, [f"entry line number {n:02d} says what was done where and when" for n in range(28)])
    blocks = build_blocks(page(lines))
    assert heads_of(blocks) == ["AWARDS AND SCHOLARSHIPS", "PROFESSIONAL AFFILIATIONS", "SKILLS"]
    text = " ".join(block.text for block in blocks)
    places = [
        text.index(part) for part in ("SCHOLARSHIPS", "number 00", "PROFESSIONAL", "number 10", "SKILLS", "number 20")
    ]
    assert places == sorted(places)


def test_a_letter_alone_heads_the_entries_of_a_dictionary() -> None:
    lines = [
        line_at(160, 100, "A", size=16, bold=True),
        line_at(60, 120, "abeam at right angles to the keel of a ship, bu"),
    ]
    lines += [
        line_at(68, 132, "t outside the hull."),
        line_at(60, 144, "awash so low in the water that the water is con"),
    ]
    lines += [line_at(68, 156, "stantly washing across"), line_at(160, 178, "B", size=16, bold=True)]
    lines += [line_at(60, 198, "backstay a stay or cable reaching from the top "), line_at(68, 210, "of the mast aft.")]
    blocks = build_blocks(page(lines))
    assert heads_of(blocks) == ["A", "B"]


def test_a_raised_mark_apart_from_its_note_stays_with_it() -> None:
    mark = line_at(60, 196, "a", size=6)
    blocks = build_blocks(page([*column(60, 100, PROSE[:6]), mark, line_at(66, 200, "Excluding recycling.", size=9)]))
    assert (blocks[-1].kind, blocks[-1].marker) == (BlockKind.FOOTNOTE, "a")
    assert blocks[-1].text == "Excluding recycling."


def test_a_signature_set_flush_right_is_no_part_of_the_text() -> None:
    text = [*PROSE[:4], "May I, through your columns, appeal for a kettle?"]
    lines = [*column(60, 100, text), right_aligned(410, 160, "I am, &c., M. DUNSTAN")]
    assert build_blocks(page(lines))[-1].text == "I am, &c., M. DUNSTAN"


def test_a_stanza_is_one_block_of_lines() -> None:
    verse = ["The wind it blew from sou'-sou'-west,", "And still the sea did rise;", "There was no man of all the rest"]
    lines = [*column(60, 100, [*PROSE[:4], "together."]), *column(90, 174, verse), *column(60, 226, PROSE)]
    assert "\n".join(verse) in [block.text for block in build_blocks(page(lines))]


def test_a_title_level_with_a_date_is_no_running_head() -> None:
    lines = [line_at(60, 60, "BOOKING ORDER", size=18, bold=True), line_at(440, 60, "Print Date 12/15/2024")]
    lines.append(line_at(490, 75, "Page 1 of 1"))
    blocks = build_blocks(page([*lines, *column(60, 130, PROSE)]))
    assert heads_of(blocks) == ["BOOKING ORDER"]
    assert all(block.kind in FURNITURE for block in blocks[:2])


def test_a_row_of_check_boxes_is_one_item_a_box_and_ends_the_list() -> None:
    row = Block(BlockKind.LIST_ITEM, "History ☐ Research ☒ Newspapers", marker="- [x]")
    assert [(item.marker, item.text) for item in box_items(row)] == [
        ("- [x]", "History"),
        ("- [ ]", "Research"),
        ("- [x]", "Newspapers"),
    ]
    plain = Block(BlockKind.PARAGRAPH, "a ☐ in prose")
    assert box_items(plain) == [plain]


def test_a_heading_that_a_tagged_pdf_states_is_one_whatever_its_type() -> None:
    def glyphs(text: str, tag: str) -> tuple[Glyph, ...]:
        box = Rect(60, 90, 65, 100)
        return tuple(Glyph(c, box, box, 60, 98, 10, Font("Serif"), order=k, tag=tag) for k, c in enumerate(text))

    prose = "The level of the water rose again in the night and fell by noon"
    text = [line_at(60, 140 + 12 * k, prose) for k in range(6)]
    plain = line_at(60, 100, "Tides of the northern harbours")
    stated = replace(plain, glyphs=glyphs("Tides", "H2"))
    assert build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, (stated, *text)))[0].kind is BlockKind.HEADING
    assert build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, (plain, *text)))[0].kind is not BlockKind.HEADING


@pytest.mark.parametrize(
    ("above", "below", "wanted"),
    [
        ("some data-", "driven models", "data-driven"),
        ("the closely-", "related words", "closely-related"),
        ("these inter-", "related words", "interrelated"),
        ("À TROIS-", "RIVIÈRES AU", "TROIS-RIVIÈRES"),
        ("THINGS RE-", "LATED TO", "RELATED"),
        ("a non-", "linear one", "nonlinear"),
    ],
)
def test_hyphens_of_compounds_at_a_line_end_stay(above: str, below: str, wanted: str) -> None:
    how = joint(above, below, Vocabulary())
    assert wanted in above[: len(above) - how.drop] + how.glue + below


def test_a_prefix_keeps_its_hyphen_where_the_page_writes_others_so() -> None:
    assert joint("a non-", "linear one", Vocabulary.of(["the non-zero values of it"])).drop == 0


def test_stars_that_the_text_must_escape_refer_to_their_note() -> None:
    assert (
        refer([r"the hunting grounds\*\*) and more", r"a word\*\*, then"], ["**"])[0]
        == "the hunting grounds[^**] and more"
    )


def test_marks_without_a_note_stay_raised_beside_those_with_one() -> None:
    box = Rect(0, 0, 10, 10)
    spans = [Span("Jane Doe", box), Span("4,5,*", box, script=1)]
    assert spans_to_markdown(spans, InlineStyle(notes=frozenset({"*"}))) == "Jane Doe<sup>4,5</sup>[^*]"
    assert spans_to_markdown(spans, InlineStyle(notes=frozenset({"4"}))).startswith("Jane Doe<sup>4,5,")


def test_addresses_in_a_typewriters_face_are_no_code() -> None:
    def typed(top: float, text: str) -> Line:
        line = line_at(60, top, text)
        return replace(line, spans=tuple(replace(span, mono=True) for span in line.spans))

    text = [f"text line number {n:02d} runs over the whole width of the page and on" for n in range(8)]
    lines = [typed(100, "ada@example.org"), *column(60, 140, text), typed(260, "x = f(1)"), *column(60, 290, text)]
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines)))
    assert [block.text for block in blocks if block.kind is BlockKind.CODE] == ["x = f(1)"]
    assert "ada@example.org" in " ".join(block.text for block in blocks if block.kind is BlockKind.PARAGRAPH)
