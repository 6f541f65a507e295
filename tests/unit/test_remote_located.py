"""What a model wrote, laid on the places where another reader saw it."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafbeam.remote.located import located, with_figures
from leafbeam.types import (
    Asset,
    Block,
    BlockKind,
    Box,
    Cell,
    Frame,
    PageRef,
    Reading,
    Source,
    SourceKind,
    StopReason,
    Table,
    Usage,
    Word,
    WordOrigin,
)

REF = PageRef(Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0" * 64, 3, (0, 1, 2), "a"), 2)


def seen(*lines: str) -> tuple[Word, ...]:
    """Words of lines one under the other, each character a hundredth wide and high."""
    words = []
    for row, line in enumerate(lines):
        at = 0
        for text in line.split():
            box = Box(at / 100, (2 * row) / 20, (at + len(text)) / 100, (2 * row + 1) / 20)
            words.append(Word(text, box, 0.9, WordOrigin.DETECTOR))
            at += len(text) + 1
    return tuple(words)


def paragraph(text: str, confidence: float | None = None) -> Block:
    return Block(BlockKind.PARAGRAPH, text, confidence=confidence)


def test_words_take_the_models_spelling_and_the_other_readers_places():
    words = seen("Tne quick brown", "fox jumps")
    (block,), placed = located([paragraph("The **quick** brown fox jumps", 0.75)], words)
    assert [word.text for word in placed] == ["The", "quick", "brown", "fox", "jumps"]
    assert [word.box for word in placed] == [word.box for word in words]
    assert {word.score for word in placed} == {0.75}
    assert block.box == Box(0.0, 0.0, 0.15, 0.15)


def test_words_parted_differently_share_their_places():
    words = seen("alpha betagamma delta ep silon end")
    _, placed = located([paragraph("alpha beta gamma delta epsilon end")], words)
    assert [word.text for word in placed] == ["alpha", "beta", "gamma", "delta", "epsilon", "end"]
    beta, gamma, epsilon = placed[1], placed[2], placed[4]
    assert (beta.box.left, gamma.box.right) == (words[1].box.left, words[1].box.right)
    assert beta.box.right == pytest.approx(gamma.box.left)
    assert (epsilon.box.left, epsilon.box.right) == (words[3].box.left, words[4].box.right)


def test_what_only_one_of_them_has_is_not_mixed_up():
    words = seen("Page seven", "Real text here")
    blocks, placed = located([paragraph("Something invented altogether"), paragraph("Real text here")], words)
    assert [word.text for word in placed] == ["Page", "seven", "Real", "text", "here"]
    assert blocks[0].box is None
    assert blocks[1].box is not None


def test_columns_read_in_another_order_are_found():
    words = seen("left one right three", "left two right four")
    said = [paragraph("one two"), paragraph("three four")]
    blocks, placed = located(said, words)
    assert {word.text: word.box for word in placed}["three"] == words[3].box
    assert blocks[1].box is not None
    assert blocks[1].box.left > 0.1


def test_a_tables_cells_are_words_and_formulas_are_left_out():
    table = Block(BlockKind.TABLE, table=Table(((Cell("Year"), Cell("Sales")), (Cell("2024"), Cell("$x$ 17")))))
    (block, formula), placed = located([table, Block(BlockKind.FORMULA, "a+b")], seen("Year Sales", "2024 17"))
    assert [word.text for word in placed] == ["Year", "Sales", "2024", "17"]
    assert block.box == Box(0.0, 0.0, 0.1, 0.15)
    assert formula.box is None


def test_boxes_that_the_model_gave_stay():
    own = Box(0.1, 0.1, 0.9, 0.9)
    (block,), _ = located([Block(BlockKind.PARAGRAPH, "text", box=own)], seen("text"))
    assert block.box == own


def witness(*boxes: Box) -> Reading:
    assets = tuple(Asset(f"p003-{i}.png", box, b"png%d" % i) for i, box in enumerate(boxes, start=1))
    blocks = tuple(Block(BlockKind.FIGURE, asset=asset.name, box=asset.box) for asset in assets)
    return Reading(REF, "", StopReason.END, Usage(), "offline", blocks=blocks, assets=assets, frame=Frame(600.0, 800.0))


BOXES = (Box(0.1, 0.1, 0.5, 0.3), Box(0.1, 0.4, 0.15, 0.42), Box(0.1, 0.6, 0.9, 0.9))


def test_figures_without_boxes_get_the_largest_that_were_found_in_reading_order():
    said = [Block(BlockKind.FIGURE, "A cat"), paragraph("text"), Block(BlockKind.FIGURE)]
    blocks, assets, problems = with_figures(said, witness(*BOXES), 2, 1)
    assert [(block.asset, block.box) for block in blocks] == [
        ("p003-2.png", BOXES[0]),
        (None, None),
        ("p003-3.png", BOXES[2]),
    ]
    assert [(asset.name, asset.data) for asset in assets] == [("p003-2.png", b"png1"), ("p003-3.png", b"png3")]
    assert not problems


@pytest.mark.parametrize("there", [None, witness(BOXES[0])])
def test_figures_that_are_not_found_are_told_and_none_is_guessed(there):
    said = [Block(BlockKind.FIGURE), Block(BlockKind.FIGURE)]
    blocks, assets, problems = with_figures(said, there, 2)
    assert list(blocks) == said
    assert assets == ()
    assert [(problem.kind, problem.page_index) for problem in problems] == [("figures-not-found", 2)]
