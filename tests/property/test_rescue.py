"""A page half written by a model and finished by the offline reader: every word is there, and none twice."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.remote.located import said_in
from leafbeam.remote.rescue import join
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
)

SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0" * 64, 1, (0,), "a")


def paragraph(words: list[str]) -> Block:
    return Block(BlockKind.PARAGRAPH, " ".join(words))


def table(words: list[str]) -> Block:
    pairs = zip(words[::2], words[1::2], strict=True)
    return Block(BlockKind.TABLE, table=Table(tuple((Cell(one), Cell(other)) for one, other in pairs)))


def seen(*blocks: Block, assets: tuple[Asset, ...] = ()) -> Reading:
    return Reading(
        PageRef(SOURCE, 0), "", StopReason.END, Usage(), "offline", blocks=blocks, assets=assets, frame=Frame(400, 500)
    )


def words_of(blocks) -> Counter[str]:
    return Counter(word.text for word in said_in(blocks))


@st.composite
def pages(draw):
    """Blocks of words that are all different, and how many words a model wrote of them, in which order of blocks."""
    sizes = draw(st.lists(st.integers(1, 30), min_size=2, max_size=9))
    names = iter(hashlib.md5(bytes([number % 251, number // 251])).hexdigest()[:9] for number in range(1000))
    blocks = [
        table([next(names) for _ in range(2 * size)])
        if draw(st.booleans()) and size > 2
        else paragraph([next(names) for _ in range(size)])
        for size in sizes
    ]
    total = sum(words_of(blocks).values())
    return blocks, draw(st.integers(1, total)), draw(st.permutations(range(len(blocks))))


def cut_off(blocks: list[Block], words: int) -> list[Block]:
    """The first so many words of the blocks."""
    result: list[Block] = []
    for block in blocks:
        own = [word.text for word in said_in([block])][:words]
        words -= len(own)
        if own:
            whole = len(own) == sum(words_of([block]).values())
            result.append(block if whole else paragraph(own))
    return result


@settings(max_examples=150, deadline=None)
@given(pages(), st.booleans())
def test_every_word_is_there_and_none_twice(page, loops):
    blocks, count, order = page
    written = cut_off([blocks[i] for i in order], count)
    if loops:
        written.append(paragraph(["and", "on"] * 3))
    both = join(written, seen(*blocks), 0, 0)
    assert both is not None or loops
    if both is not None:
        assert words_of(both.blocks) == words_of(blocks)


def text(number: int) -> str:
    return f"This is paragraph number {number}, which tells of matter {number * 17} and of {number * 31} other things."


def test_a_page_that_loops_in_the_middle_goes_on_with_what_was_seen():
    page = [Block(BlockKind.PARAGRAPH, text(number)) for number in range(8)]
    written = [Block(BlockKind.PARAGRAPH, text(number).replace("matter", "**matter**")) for number in range(3)]
    written += [Block(BlockKind.PARAGRAPH, text(3)[:40]), Block(BlockKind.PARAGRAPH, "again and again and again")]
    both = join(written, seen(*page), 0, 0)
    assert both is not None
    assert [block.text for block in both.blocks] == [block.text for block in (*written[:3], *page[3:])]
    assert both.added == (3, 4, 5, 6, 7)


def test_what_the_model_spelled_otherwise_is_not_said_twice():
    page = [
        Block(BlockKind.PARAGRAPH, text(number).replace("tells", "te11s").replace("is", "1s")) for number in range(5)
    ]
    written = [Block(BlockKind.PARAGRAPH, text(number)) for number in range(3)]
    both = join(written, seen(*page), 0, 0)
    assert both is not None
    assert [block.text for block in both.blocks] == [block.text for block in (*written, *page[3:])]


def test_a_page_that_begins_otherwise_is_the_witness_s_alone():
    page = [Block(BlockKind.PARAGRAPH, text(number)) for number in range(4)]
    assert (
        join([Block(BlockKind.PARAGRAPH, "Sorry, no letters can be made out here at all.")], seen(*page), 0, 0) is None
    )


def test_a_heading_that_was_skipped_stands_before_its_text():
    page = [
        Block(BlockKind.HEADING, "The first part", 1),
        Block(BlockKind.PARAGRAPH, text(1)),
        Block(BlockKind.PARAGRAPH, text(2)),
    ]
    both = join(page[1:2], seen(*page), 0, 0)
    assert both is not None
    assert [block.text for block in both.blocks] == [block.text for block in page]
    assert both.added == (0, 2)


def test_a_table_that_was_cut_off_is_taken_whole():
    rows = tuple((Cell(f"Item {number}"), Cell(f"{number * 1.37:.2f}")) for number in range(12))
    page = [
        Block(BlockKind.PARAGRAPH, text(1)),
        Block(BlockKind.TABLE, table=Table(rows)),
        Block(BlockKind.PARAGRAPH, text(2)),
    ]
    both = join([page[0], Block(BlockKind.TABLE, table=Table(rows[:5]))], seen(*page), 0, 0)
    assert both is not None
    assert list(both.blocks) == page


def test_figures_and_formulas_behind_the_cut_come_with_their_pictures():
    where = Box(0.1, 0.6, 0.4, 0.8)
    page = [
        Block(BlockKind.PARAGRAPH, text(1)),
        Block(BlockKind.FORMULA, "a + b"),
        Block(BlockKind.PARAGRAPH, text(2)),
        Block(BlockKind.FIGURE, box=where, asset="p001-1.png"),
    ]
    written = [page[0], Block(BlockKind.FORMULA, "a+b"), Block(BlockKind.PARAGRAPH, text(2)[:50])]
    both = join(written, seen(*page, assets=(Asset("p001-1.png", where, b"png"),)), 0, 2)
    assert both is not None
    assert [block.kind for block in both.blocks] == [block.kind for block in page]
    assert both.blocks[3].asset == "p001-3.png"
    assert [(asset.name, asset.data) for asset in both.assets] == [("p001-3.png", b"png")]


COMMON = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
)
RARE = [hashlib.md5(str(number).encode()).hexdigest()[:6] for number in range(300)]


def prose(chance: random.Random, words: int) -> Block:
    return paragraph([chance.choice(COMMON if chance.random() < 0.55 else RARE) for _ in range(words)])


def misspelled(block: Block, chance: random.Random) -> Block:
    return paragraph([f"{word[:-1]}x" if chance.random() < 0.1 else word for word in block.text.split()])


def rare_in(blocks) -> Counter[str]:
    """Words of the page that say something, however they end."""
    return Counter(word[:5] for word in words_of(blocks).elements() if len(word) == 6)


def test_common_words_lose_and_double_nothing_in_any_order_of_blocks():
    wrong = total = 0
    for seed in range(200):
        chance = random.Random(seed)
        page = [prose(chance, chance.choice((2, 4, 10, 30, 60))) for _ in range(chance.randint(3, 12))]
        first = chance.choice((0, chance.randrange(len(page))))
        written = cut_off(page[first:] + page[:first], chance.randint(1, sum(words_of(page).values())))
        written += [paragraph([chance.choice(COMMON) for _ in range(12)])] * chance.randint(0, 1)
        both = join(written, seen(*(misspelled(block, chance) for block in page)), 0, 0)
        if both is not None:
            had, has = rare_in(page), rare_in(both.blocks)
            total += sum(had.values())
            wrong += sum((had - has).values()) + sum((has - had).values())
    assert wrong < 0.002 * total


def test_boxes_of_a_turned_page_are_turned_with_it():
    page = [Block(BlockKind.PARAGRAPH, text(1)), Block(BlockKind.PARAGRAPH, text(2), box=Box(0.1, 0.2, 0.5, 0.3))]
    boxes = []
    for rotation in (0, 90, 180, 270):
        both = join(page[:1], seen(*page), 0, 0, rotation)
        assert both is not None
        box = both.blocks[1].box
        boxes.append(tuple(round(side, 6) for side in (box.left, box.top, box.right, box.bottom)))
    assert boxes == [(0.1, 0.2, 0.5, 0.3), (0.7, 0.1, 0.8, 0.5), (0.5, 0.7, 0.9, 0.8), (0.2, 0.5, 0.3, 0.9)]
