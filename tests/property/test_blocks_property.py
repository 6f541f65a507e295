"""Nothing on a page is lost or said twice, whatever stands where."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from pages import HEIGHT_PT, WIDTH_PT, line_at

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks
from leafbeam.offline.blocks.inline import spans_to_markdown
from leafbeam.types import Block, BlockKind

_PLACES = st.tuples(
    st.integers(20, 400),
    st.integers(20, 780),
    st.integers(1, 6),
    st.sampled_from([7.0, 10.0, 10.0, 16.0]),
    st.booleans(),
)


def _lines(places: list[tuple[int, int, int, float, bool]]) -> list[Line]:
    number = 0
    lines = []
    for x, y, count, size, bold in places:
        words = [f"word{number + i:04d}q" for i in range(count)]
        number += count
        lines.append(line_at(x, y, " ".join(words), size=size, bold=bold))
    return lines


@settings(max_examples=120, deadline=None)
@given(st.lists(_PLACES, max_size=40), st.booleans())
def test_every_word_is_in_the_blocks_once(places: list[tuple[int, int, int, float, bool]], scanned: bool) -> None:
    lines = _lines(places)
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(lines), scanned=scanned))
    before = Counter(word for line in lines for word in re.findall(r"word\d+q", line.text))
    assert Counter(re.findall(r"word\d+q", " ".join(block.text for block in blocks))) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(_PLACES, max_size=20), st.lists(st.tuples(st.integers(0, 500), st.integers(0, 700)), max_size=4))
def test_every_object_is_in_the_blocks_once(
    places: list[tuple[int, int, int, float, bool]], corners: list[tuple[int, int]]
) -> None:
    objects = tuple(
        PlacedBlock(Block(BlockKind.FIGURE, asset=f"p001-{n}.png"), Rect(x, y, x + 100, y + 80))
        for n, (x, y) in enumerate(corners)
    )
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, tuple(_lines(places)), objects=objects))
    assert sorted(block.asset for block in blocks if block.asset) == sorted(str(o.block.asset) for o in objects)


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_inline_text_keeps_its_letters(text: str, bold: bool, italic: bool) -> None:
    written = spans_to_markdown([Span(text, Rect(0, 0, 1, 1), bold=bold, italic=italic)])
    again = spans_to_markdown([Span(text, Rect(0, 0, 1, 1))])
    letters = [c for c in again if c.isalnum()]
    assert [c for c in written if c.isalnum()] == letters
