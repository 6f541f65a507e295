"""What only the whole document tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafbeam.structure import finish_document, is_open, is_page_number, numbering_depth
from leafbeam.types import Block, BlockKind, Box, Document, OutlineEntry, Page, PageRef, Source, SourceKind, Style

SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0", 9, tuple(range(9)), "a")
TOP, MIDDLE, BOTTOM = Box(0.1, 0.04, 0.9, 0.06), Box(0.1, 0.3, 0.9, 0.6), Box(0.1, 0.94, 0.9, 0.96)


def document(*pages: list[Block], outline: tuple[OutlineEntry, ...] = ()) -> Document:
    return Document(
        SOURCE, tuple(Page(PageRef(SOURCE, i), tuple(blocks)) for i, blocks in enumerate(pages)), outline=outline
    )


def text(words: str, box: Box = MIDDLE, kind: BlockKind = BlockKind.PARAGRAPH) -> Block:
    return Block(kind, words, box=box)


def heading(words: str, size: float, bold: bool = False) -> Block:
    return Block(BlockKind.HEADING, words, level=2, box=MIDDLE, style=Style(size, bold))


def tagged(words: str, size: float, stated: int) -> Block:
    return Block(BlockKind.HEADING, words, level=2, box=MIDDLE, style=Style(size, True, stated=stated))


def levels(finished: Document) -> list[int]:
    return [block.level for page in finished.pages for block in page.blocks if block.kind is BlockKind.HEADING]


def test_text_that_comes_back_at_one_place_is_furniture() -> None:
    pages = [[text(f"Chapter {n} of it", TOP), text("Some text."), text(f"{n}", BOTTOM)] for n in (1, 2, 3)]
    finished = finish_document(document(*pages))
    kinds = [[block.kind for block in page.blocks] for page in finished.pages]
    assert kinds == [[BlockKind.HEADER, BlockKind.PARAGRAPH, BlockKind.PAGE_NUMBER]] * 3


def test_numbered_titles_of_which_a_page_has_two_are_no_running_head() -> None:
    pages = [[text(f"Example {n}", TOP), text("Some text."), text(f"Example {n + 1}"), text("More.")] for n in (1, 3)]
    finished = finish_document(document(*pages))
    assert all(block.kind is BlockKind.PARAGRAPH for page in finished.pages for block in page.blocks)


def test_alternating_heads_are_found() -> None:
    heads = ["The Book", "The Chapter"] * 3
    finished = finish_document(document(*([text(head, TOP), text("Words.")] for head in heads)))
    assert all(page.blocks[0].kind is BlockKind.HEADER for page in finished.pages)


def test_a_head_seen_once_stays_text() -> None:
    finished = finish_document(document([text("Dear Sir", TOP)], [text("Another first line", TOP)]))
    assert all(page.blocks[0].kind is BlockKind.PARAGRAPH for page in finished.pages)


def test_a_head_that_only_one_inner_page_has_is_text() -> None:
    guess = Block(BlockKind.HEADER, "The end of the matter", box=TOP, style=Style(10))
    body = Block(BlockKind.PARAGRAPH, "Some text.", box=MIDDLE, style=Style(10))
    finished = finish_document(document([body], [body], [guess, body], [body]))
    assert finished.pages[2].blocks[0].kind is BlockKind.PARAGRAPH


def test_a_first_line_that_a_heading_repeats_is_its_running_head() -> None:
    finished = finish_document(document([text("2. Method", TOP), text("Some text."), heading("2. Method", 14)]))
    assert [b.kind for b in finished.pages[0].blocks] == [BlockKind.HEADER, BlockKind.PARAGRAPH, BlockKind.HEADING]


def test_levels_follow_sizes_over_pages() -> None:
    finished = finish_document(
        document([heading("Title", 20), heading("A", 14)], [heading("a", 11, bold=True), heading("B", 14)])
    )
    assert levels(finished) == [1, 2, 3, 2]


def test_levels_follow_numbers() -> None:
    finished = finish_document(
        document([heading("Title", 20), heading("1 One", 12), heading("1.1 Two", 12), heading("Other", 12)])
    )
    assert levels(finished)[:3] == [1, 2, 3]


def test_levels_never_jump_down_by_two() -> None:
    finished = finish_document(document([heading("1 One", 14), heading("1.1.1 Deep", 10)]))
    assert levels(finished) == [1, 2]


def test_the_outline_knows_best() -> None:
    outline = (OutlineEntry("First", 1, 0), OutlineEntry("Second", 2, 0))
    finished = finish_document(document([heading("First", 12), heading("Second", 12)], outline=outline))
    assert levels(finished) == [1, 2]


def test_a_paragraph_goes_on_over_the_page_break() -> None:
    finished = finish_document(
        document([text("It was a divi-"), text("9", BOTTOM, BlockKind.PAGE_NUMBER)], [text("ded word.")])
    )
    assert finished.pages[0].blocks[0].text == "It was a divi"
    second = finished.pages[1].blocks[0]
    assert (second.joins_previous, second.joins_tight) == (True, True)


def test_a_finished_sentence_does_not_go_on() -> None:
    finished = finish_document(document([text("It ended.")], [text("another began")]))
    assert not finished.pages[1].blocks[0].joins_previous


def test_finishing_twice_changes_nothing() -> None:
    pages = [[text("Head", TOP), heading("1 One", 14), text("It goes")], [text("Head", TOP), text("on here.")]]
    once = finish_document(document(*pages))
    assert finish_document(once) == once


@pytest.mark.parametrize(
    ("words", "depth"),
    [
        ("2 Title", 1),
        ("2.1 Title", 2),
        ("2.1.3. Title", 3),
        ("IV. Title", 1),
        ("Chapter 3", 1),
        ("第三章 管网", 1),
        ("Title 3", 0),
        ("2020 was", 0),
    ],
)
def test_numbering_depth(words: str, depth: int) -> None:
    assert numbering_depth(words) == depth


NO_NUMERALS = [
    "Civil", "Mild", "Vivid", "Mix", "Dim", "Did", "Lid", "Mill", "Ill",
    "ill", "Dill", "LLC", "CC", "MD", "C", "D", "M", "iiii", "Iv", "XL", "civil", "mix",
]  # fmt: skip


@pytest.mark.parametrize("words", ["iv", "- iv -", "XII", "xcix", "Page iii", "I", "x", "ccxl"])
def test_roman_page_numbers(words: str) -> None:
    assert is_page_number(words)


@pytest.mark.parametrize("words", ["Page", "in 1815", "Section 3", "", "3.2", *NO_NUMERALS])
def test_what_is_no_page_number(words: str) -> None:
    assert not is_page_number(words)


def test_open_sentences() -> None:
    assert is_open("and then the", "same thing")
    assert not is_open("It ended.", "a new one")


def test_a_heading_larger_than_the_text_below_it_stays_on_every_page() -> None:
    head = Block(BlockKind.HEADING, "Results by Station", 1, box=Box(0.3, 0.08, 0.7, 0.1), style=Style(17, True))
    body = Block(BlockKind.PARAGRAPH, "Samples were taken.", box=Box(0.1, 0.11, 0.9, 0.3), style=Style(11))
    page = Page(PageRef(SOURCE, 0), (head, body), width_pt=595, height_pt=842)
    finished = finish_document(Document(SOURCE, (page,) * 5))
    assert [page.blocks[0].kind for page in finished.pages] == [BlockKind.HEADING] * 5


def test_page_numbers_that_agree_are_furniture_though_high_above_the_foot() -> None:
    pages = [[text("Some text."), text(f"{n}", Box(0.5, 0.8, 0.52, 0.81))] for n in (1, 2, 3)]
    finished = finish_document(document(*pages))
    assert all(page.blocks[-1].kind is BlockKind.PAGE_NUMBER for page in finished.pages)


def test_letters_in_a_lesser_style_stand_below_roman_numbers() -> None:
    heads = [heading("A Title", 20), heading("I. METHOD", 10), heading("A. Arrivals", 10), heading("II. END", 10)]
    assert levels(finish_document(document(heads))) == [1, 2, 3, 2]


def test_an_outline_without_the_title_leaves_it_the_first_level() -> None:
    outline = (OutlineEntry("Method", 1, 0), OutlineEntry("Data", 2, 0))
    heads = [heading("A Title", 20), heading("1 Method", 14), heading("1.1 Data", 12)]
    assert levels(finish_document(document(heads, outline=outline))) == [1, 2, 3]


def test_compounds_that_lost_their_hyphen_are_written_as_elsewhere_in_the_document() -> None:
    finished = finish_document(
        document(
            [text("A zeroshot test of $zeroshot$ and `zeroshot`. Zeroshot is online.")],
            [text("We call zero-shot what is zero-shot."), text("Zero-shot, on-line, zero-shot, on-line.")],
        )
    )
    first = finished.pages[0].blocks[0].text
    assert first == "A zero-shot test of $zeroshot$ and `zeroshot`. Zero-shot is online."


def test_a_word_written_without_a_hyphen_as_often_stays() -> None:
    finished = finish_document(document([text("A teamwork here.")], [text("Some team-work there.")]))
    assert finished.pages[0].blocks[0].text == "A teamwork here."


def test_levels_that_a_tagged_pdf_states_are_kept_unless_they_contradict_the_type() -> None:
    heads = [tagged("Report", 14, 1), tagged("Aims", 12, 2), tagged("First", 12, 3), tagged("Means", 12, 2)]
    assert levels(finish_document(document(heads))) == [1, 2, 3, 2]
    wrong = [tagged("Report", 20, 3), tagged("Aims", 14, 1), tagged("Means", 14, 1)]
    assert levels(finish_document(document(wrong))) == [1, 2, 2]
    outline = (OutlineEntry("Report", 1, 0), OutlineEntry("Aims", 2, 0), OutlineEntry("First", 2, 0))
    assert levels(finish_document(document(heads[:3], outline=outline))) == [1, 2, 2]


def test_headings_set_alike_in_one_part_have_one_level() -> None:
    heads = [heading("Small", 10), heading("Large", 20), heading("Small", 10), heading("Small", 10)]
    heads += [heading("Middle", 14), heading("Small", 10)]
    assert levels(finish_document(document(heads))) == [3, 1, 2, 2, 2, 3]
