"""Pages in columns with headlines, authors and captions across them; drop capitals."""

from __future__ import annotations

import random
from dataclasses import replace

from pages import HEIGHT_PT, WIDTH_PT, column, line_at

from leafbeam.geometry import Rect
from leafbeam.layer import Line
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks
from leafbeam.types import Block, BlockKind

LEFT = [f"left column line number {n:02d} goes on and on ab" for n in range(10)]
RIGHT = [f"right column line number {n:02d} goes on also ab" for n in range(10)]


def read(lines: list[Line]) -> str:
    mixed = list(lines)
    random.Random(3).shuffle(mixed)
    return " ".join(b.text for b in build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(mixed))))


def assert_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, text
    assert places == sorted(places), text


def low(texts: list[str]) -> list[str]:
    return ["low " + text for text in texts]


def test_a_headline_in_a_white_stripe_ends_the_columns_above_it() -> None:
    lines = [*column(60, 140, LEFT), *column(320, 140, RIGHT)]
    lines += [line_at(60, 300, "Second Story", size=16, bold=True)]
    lines += [*column(60, 330, low(LEFT)), *column(320, 330, low(RIGHT))]
    assert_order(read(lines), LEFT[0], RIGHT[0], RIGHT[-1], "Second Story", "low left", "low right")


def test_two_sections_that_begin_beside_each_other_part_nothing() -> None:
    lines = [*column(60, 140, LEFT), *column(320, 140, RIGHT)]
    lines += [line_at(60, 300, "Second Part", size=16, bold=True), line_at(320, 318, "Third Part", size=16, bold=True)]
    lines += [*column(60, 330, low(LEFT)), *column(320, 345, low(RIGHT))]
    assert_order(read(lines), LEFT[-1], "Second Part", "low left", RIGHT[0], "Third Part", "low right")


def test_the_short_last_line_of_a_text_over_both_columns_belongs_to_it() -> None:
    over = [
        "Figure 2: a caption that runs over both of the columns from the very left to the very right of it and",
        "ends.",
    ]
    lines = [*column(60, 100, over), *column(60, 160, LEFT), *column(320, 160, RIGHT)]
    assert_order(read(lines), over[0], "ends.", LEFT[0], RIGHT[0])


def test_facts_beside_prose_are_read_behind_it() -> None:
    prose = [f"prose line number {n:02d} goes on and on and on ab" for n in range(25)]
    prose.append("the last of the lines of prose ends here.")
    table = PlacedBlock(Block(BlockKind.TABLE, text="facts"), Rect(320, 250, 540, 420))
    figure = PlacedBlock(Block(BlockKind.FIGURE, text="figure"), Rect(360, 120, 500, 230))
    over = ["a line that runs over both of the columns, from the very left to the very right of the page it stands on"]
    lines = [
        *column(60, 90, prose),
        line_at(390, 100, "Name of it"),
        line_at(400, 240, "Facts"),
        *column(60, 520, over),
    ]
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines), objects=(table, figure)))
    assert_order(
        " ".join(block.text for block in blocks), prose[0], prose[-1], "Name of it", "figure", "Facts", "facts"
    )


def test_authors_close_above_the_columns_stand_before_both() -> None:
    one, two = ["Ann Example", "University of Town"], ["Bob Other", "Academy of the City"]
    lines = [line_at(170, 90, "A Title Over Both of the Columns", size=18, bold=True)]
    lines += [*column(120, 120, one), *column(380, 120, two)]
    lines += [*column(60, 155, LEFT), *column(320, 155, RIGHT)]
    assert_order(read(lines), *one, *two, LEFT[0], RIGHT[0])


def drop_cap(letter: str) -> Line:
    line = line_at(60, 112, letter, size=30)
    return replace(line, box=Rect(60, 90, 80, 113))


def test_a_drop_capital_is_the_beginning_of_its_first_line() -> None:
    lines = [line_at(82, 100, "he morning broke grey over the estuary and the master,")]
    lines += [line_at(82, 112, "who had not slept, came on deck before the watch was")]
    lines += column(60, 124, ["called, and he looked long at the sky over the hills"])
    assert read([drop_cap("T"), *lines]).startswith("The morning broke grey over the estuary and the master, who had")


def test_a_drop_capital_that_is_a_word_keeps_its_space() -> None:
    lines = [line_at(82, 100, "was late when the travellers came to the inn, where I")]
    lines += [line_at(82, 112, "had waited since the evening; the host, who was old,")]
    lines += column(60, 124, ["lit a lamp and set some bread upon the table for us"])
    assert read([drop_cap("I"), *lines]).startswith("I was late when")


def test_plain_numbered_lines_with_text_between_are_headings() -> None:
    text = "This section says in some lines what it is about and what it leaves out of its"
    lines: list[Line] = []
    for number, name in ((1, "Scope of the work"), (2, "Terms and their use")):
        top = 100 + 80 * number
        lines += [line_at(60, top, f"{number}. {name}"), *column(60, top + 24, [text, text, "length."])]
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines)))
    assert [b.text for b in blocks if b.kind is BlockKind.HEADING] == ["1. Scope of the work", "2. Terms and their use"]


def test_roman_items_nest_below_lettered_ones() -> None:
    rows = [(60, "1. one thing"), (80, "a. part of it"), (100, "i. a detail"), (100, "ii. a further one")]
    rows += [(80, "b. another part"), (60, "2. the other thing")]
    lines = [line_at(x, 100 + 12 * n, text) for n, (x, text) in enumerate(rows)]
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines)))
    assert [(b.kind, b.level) for b in blocks] == [(BlockKind.LIST_ITEM, level) for level in (0, 1, 2, 2, 1, 0)]


def test_verses_set_in_by_turns_are_one_stanza() -> None:
    verse = ["The lamp burns low beside the door,", "The road is long and bare,"]
    verse += ["The traveller comes back no more,", "And no one knows him there."]
    lines = [line_at(60 + 20 * (n % 2), 100 + 12 * n, text) for n, text in enumerate(verse)]
    lines += column(
        60, 170, [f"prose line number {n} that runs over the whole width of the page to its end" for n in range(6)]
    )
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines)))
    assert blocks[0].text == "\n".join(verse)
