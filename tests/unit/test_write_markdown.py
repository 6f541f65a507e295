"""Markdown: blocks, joins over breaks, page marks, furniture, footnotes."""

from __future__ import annotations

import dataclasses

import pytest
from documents import K, document, item, paragraph, png, source, table, word

from leafbeam.options import Furniture, PageBreak, WriteOptions
from leafbeam.types import Asset, Block, Box, Document, Page, PageRef
from leafbeam.write import to_markdown


def markdown(*blocks: Block, **options: object) -> str:
    return to_markdown(document(blocks), dataclasses.replace(WriteOptions(), **options))


def pages(*blocks: tuple[Block, ...], **options: object) -> str:
    return to_markdown(document(*blocks), dataclasses.replace(WriteOptions(), **options))


def test_blocks_stand_one_blank_line_apart_and_the_text_ends_with_one_newline() -> None:
    assert markdown(Block(K.HEADING, "A", 2), paragraph("b"), paragraph("c ")) == "## A\n\nb\n\nc\n"


def test_nothing_on_the_pages_is_nothing_in_the_file() -> None:
    assert to_markdown(document(), WriteOptions()) == ""
    assert markdown() == ""
    assert markdown(paragraph("  "), Block(K.CODE, "\n"), Block(K.TABLE)) == ""


@pytest.mark.parametrize(
    "text", ["# sign", "> quoted", "- dash", "+ plus", "* star", "---", "===", "```", "~~~", "* * *", "| a", "***"]
)
def test_a_paragraph_stays_a_paragraph(text: str) -> None:
    assert markdown(paragraph(text)) == f"\\{text}\n"
    assert markdown(paragraph(f"above\n{text}")) == f"above  \n\\{text}\n"


@pytest.mark.parametrize("text", ["*it* is", "**Bold** start", "-5 degrees", "#tag", "+49 30", "1. Introduction", "=x"])
def test_text_that_begins_no_other_block_is_left_alone(text: str) -> None:
    assert markdown(paragraph(text)) == f"{text}\n"


def test_headings_are_one_line_of_level_1_to_6() -> None:
    assert markdown(Block(K.HEADING, "A\nb", 0), Block(K.HEADING, "C#", 9)) == "# A b\n\n###### C\\#\n"


def test_lists_are_tight_and_indent_by_the_width_of_the_mark_they_stand_under() -> None:
    got = markdown(item("a", "9."), item("b", "-", 1), item("c\nd", "-", 2), item("e", "10."), item("f", "-", 1))
    assert got == "9. a\n   - b\n     - c\n       d\n10. e\n    - f\n"


def test_a_list_that_begins_deep_begins_at_the_margin() -> None:
    assert markdown(paragraph("p"), item("a", "-", 2), item("b", "-", 3)) == "p\n\n- a\n  - b\n"


def test_marks_that_markdown_does_not_know_stay_as_text() -> None:
    assert markdown(item("form", "(a)"), item("", "-"), item("todo", "- [ ]")) == "- (a) form\n-\n- [ ] todo\n"


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert markdown(Block(K.CODE, "a\n  ````\n\n\tb  \n")) == "`````\na\n  ````\n\n    b\n`````\n"


def test_formulas_stand_between_dollars_without_blank_lines_and_with_their_number() -> None:
    assert markdown(Block(K.FORMULA, "a\n\nb", marker="(2.1)")) == "$$\na\nb \\qquad (2.1)\n$$\n"
    assert markdown(Block(K.FORMULA, r"a \tag{7}", marker="(7)")) == "$$\na \\tag{7}\n$$\n"
    assert markdown(Block(K.FORMULA, "a $$ b", marker="#$}")) == "$$\na $ $ b\n$$\n"


def test_a_formula_without_latex_is_its_picture_with_the_words_seen_there() -> None:
    origin = source()
    block = Block(K.FORMULA, asset="p001-1.png", box=Box(0.1, 0.1, 0.5, 0.2))
    words = (word("x*", 0.1, 0.1, 0.2, 0.2), word("+1", 0.3, 0.1, 0.4, 0.2), word("far", 0.6, 0.1, 0.7, 0.2))
    page = Page(PageRef(origin, 0), (block,), words, (Asset("p001-1.png", Box(0, 0, 1, 1), png()),))
    assert to_markdown(Document(origin, (page,)), WriteOptions()) == "![x\\* +1](figures/p001-1.png)\n"


def test_a_figures_alternative_text_is_its_caption_which_also_stands_below_it() -> None:
    got = markdown(Block(K.FIGURE, asset="p001-1.png"), Block(K.CAPTION, "Fig. 12a. All of it."))
    assert got == "![Fig. 12a. All of it.](figures/p001-1.png)\n\nFig. 12a. All of it.\n"
    both = markdown(Block(K.FIGURE, "0 10 20 years", asset="p001-1.png"), Block(K.CAPTION, "Figure 3: x"))
    assert both == "![Figure 3: x](figures/p001-1.png)\n\nFigure 3: x\n"
    assert markdown(Block(K.FIGURE, "A heron", asset="p001-1.png")) == "![A heron](figures/p001-1.png)\n"


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("**Figure 1.** What is seen. It was made in the summer.", "**Figure 1.** What is seen."),
        ("Fig. 2. The value $x. y$ and more. The rest.", "Fig. 2. The value $x. y$ and more."),
        ("Figure 3: " + 60 * "very " + "long.", "Figure 3"),
        ("A caption without a label (see sec. 2) ends. More.", "A caption without a label (see sec. 2) ends."),
    ],
)
def test_a_long_caption_is_not_written_twice(caption: str, wanted: str) -> None:
    got = markdown(Block(K.FIGURE, asset="p001-1.png"), Block(K.CAPTION, caption))
    assert got == f"![{wanted}](figures/p001-1.png)\n\n{caption}\n"


def test_captions_go_with_the_figure_they_are_nearest_to() -> None:
    figures = [Block(K.FIGURE, asset=f"p{n}.png") for n in (1, 2)]
    captions = [Block(K.CAPTION, f"Figure {n}. x") for n in (1, 2)]
    above = markdown(captions[0], figures[0], captions[1], figures[1])
    assert "![Figure 1. x](figures/p1.png)" in above
    assert "![Figure 2. x](figures/p2.png)" in above
    placed = [dataclasses.replace(figures[n], box=Box(0, 0.5 * n, 1, 0.5 * n + 0.3)) for n in (0, 1)]
    near_second = dataclasses.replace(captions[1], box=Box(0, 0.45, 1, 0.48))
    assert "![Figure 2. x](figures/p2.png)" in markdown(placed[0], near_second, placed[1])


def test_a_figures_own_text_is_its_alt_with_brackets_kept_harmless() -> None:
    assert markdown(Block(K.FIGURE, "a] b\n[c", asset="p.png")) == "![a\\] b \\[c](figures/p.png)\n"
    assert markdown(Block(K.FIGURE, asset="p.png")) == "![Figure](figures/p.png)\n"


def test_paths_to_figures_are_url_escaped() -> None:
    blocks = (Block(K.FIGURE, asset="p001-1.png"),)
    assert (
        to_markdown(document(blocks), WriteOptions(), "my (b).figures")
        == "![Figure](my%20%28b%29.figures/p001-1.png)\n"
    )


def test_pages_after_the_first_are_announced() -> None:
    two = ((paragraph("a"),), (), (paragraph("c"),))
    assert pages(*two) == "a\n\n<!-- page 2 -->\n\n<!-- page 3 -->\n\nc\n"
    assert pages(*two, page_break=PageBreak.RULE) == "a\n\n---\n\n---\n\nc\n"
    assert pages(*two, page_break=PageBreak.NONE) == "a\n\nc\n"


def test_a_paragraph_over_a_page_break_is_in_one_piece_before_the_mark() -> None:
    first = (paragraph("The end-"), Block(K.FIGURE, asset="p.png"), Block(K.FOOTNOTE, "n", marker="1"))
    got = pages(first, (paragraph("less road", joins=True, tight=True), paragraph("next")))
    assert got == "The end-less road\n\n![Figure](figures/p.png)\n\n[^1]: n\n\n<!-- page 2 -->\n\nnext\n"


def test_a_blank_page_does_not_stop_a_paragraph() -> None:
    assert pages((paragraph("a"),), (), (paragraph("b", joins=True),)) == "a b\n\n<!-- page 2 -->\n\n<!-- page 3 -->\n"


@pytest.mark.parametrize(
    ("first", "second", "tight", "whole"),
    [
        ("*so it", "is*", False, "*so it is*"),
        ("*so*", "*it*", False, "*so it*"),
        ("**under**", "**stand**", True, "**understand**"),
        ("**a**", "*b*", False, "**a** *b*"),
        ("a *", "* b", False, "a * * b"),
        ("漢", "字", True, "漢字"),
    ],
)
def test_emphasis_goes_on_over_a_join(first: str, second: str, tight: bool, whole: str) -> None:
    assert markdown(paragraph(first), paragraph(second, joins=True, tight=tight)) == f"{whole}\n"


def test_a_block_with_nothing_to_join_stands_alone() -> None:
    assert markdown(Block(K.HEADING, "H", 1), paragraph("b", joins=True)) == "# H\n\nb\n"


def test_a_table_over_a_page_break_is_one_table_with_one_heading() -> None:
    second = Block(K.TABLE, table=table("a & b", "3 & 4"), joins_previous=True)
    got = pages((Block(K.TABLE, table=table("a & b", "1 & 2")),), (second,), page_break=PageBreak.NONE)
    assert got == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"
    wider = dataclasses.replace(second, table=table("a & b & c"))
    assert pages((Block(K.TABLE, table=table("a & b", "1 & 2")),), (wider,)).count("| --- | --- |") == 2


def test_footnotes_stand_at_the_end_of_their_page_and_their_labels_are_unique() -> None:
    note = Block(K.FOOTNOTE, "n\nm", marker="1")
    code = Block(K.CODE, "x[^1]")
    got = pages((note, paragraph("a[^1]")), (note, code, paragraph("b[^1] c[^2]")))
    assert got == (
        "a[^1]\n\n[^1]: n\n    m\n\n<!-- page 2 -->\n\n```\nx[^1]\n```\n\nb[^1-p2] c[^2]\n\n[^1-p2]: n\n    m\n"
    )
    assert markdown(Block(K.FOOTNOTE, "n", marker="a b")) == "a b n\n"


def test_furniture_is_dropped_kept_or_marked() -> None:
    foot = Block(K.PAGE_NUMBER, "3", box=Box(0.4, 0.9, 0.6, 0.95))
    blocks = (foot, paragraph("text"), Block(K.HEADER, "Head --> x"))
    assert markdown(*blocks) == "text\n"
    assert markdown(*blocks, furniture=Furniture.KEEP) == "Head --> x\n\ntext\n\n3\n"
    marked = markdown(*blocks, furniture=Furniture.MARK)
    assert marked == "<!-- header: Head - -> x -->\n\ntext\n\n<!-- page-number: 3 -->\n"


def test_characters_that_no_file_may_hold_are_left_out_and_text_is_nfc() -> None:
    assert markdown(paragraph("a\x00b\ud800c\r\nu\u0308")) == "abc  \n\u00fc\n"


def test_a_paragraph_is_no_link_definition() -> None:
    assert markdown(paragraph("[1]: https://a.org")) == "\\[1]: https://a.org\n"
