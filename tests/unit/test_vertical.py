"""Columns of Chinese characters, read from right to left."""

from __future__ import annotations

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Span
from leafbeam.offline.blocks import PageContent, build_blocks
from leafbeam.offline.blocks.vertical import DOWN, join_vertical
from leafbeam.types import BlockKind

FIRST = "晋太元中武陵人捕鱼为业缘溪行忘路之远近"
SECOND = "忽逢桃花林夹岸数百步中无杂树芳草鲜美"
LAST = "落英缤纷。"


def column(x: float, text: str, size: float = 12.0, top: float = 100.0) -> list[Line]:
    """One line a character, as a text layer gives them."""
    boxes = [Rect(x, top + n * size, x + 0.95 * size, top + (n + 0.95) * size) for n in range(len(text))]
    return [Line((Span(c, box),), box, box.y1 - 2, size) for c, box in zip(text, boxes, strict=True)]


def standing(x: float, text: str, size: float = 12.0) -> Line:
    """One tall line, as recognition gives it."""
    box = Rect(x, 100, x + size, 100 + size * len(text))
    return Line((Span(text, box),), box, box.y1, size)


def test_columns_of_characters_are_one_text_from_right_to_left() -> None:
    lines = [*column(500, "桃花源记", size=20), *column(460, FIRST), *column(438, SECOND), *column(416, LAST)]
    blocks = build_blocks(PageContent(595, 842, tuple(lines)))
    assert [block.text for block in blocks] == ["桃花源记", FIRST + SECOND + LAST]
    assert blocks[0].kind is BlockKind.HEADING
    box = blocks[1].box
    assert box is not None
    assert abs(box.left * 595 - 416) < 1
    assert abs(box.right * 595 - 471.4) < 1
    assert abs(box.top * 842 - 100) < 1


def test_recognised_columns_read_the_same() -> None:
    lines = [standing(460, FIRST), standing(438, SECOND), standing(416, LAST)]
    blocks = build_blocks(PageContent(595, 842, tuple(lines), scanned=True))
    assert [block.text for block in blocks] == [FIRST + SECOND + LAST]


def test_level_text_with_a_few_characters_below_each_other_stays() -> None:
    box = Rect(60, 60, 60 + 12 * len(FIRST), 72)
    level = [Line((Span(FIRST, box),), box, 70, 12.0), *column(400, "一二三")]
    assert join_vertical(level) == tuple(level)
    assert all(line.angle == DOWN for line in join_vertical(column(400, FIRST)))


def test_characters_that_a_text_layer_joined_across_the_columns_are_parted_by_their_order() -> None:
    font, size = Font("Song"), 12.0
    rows: list[Line] = []
    for n in range(8):
        glyphs = []
        for c, text in enumerate((FIRST, SECOND)):
            box = Rect(460 - 14 * c, 100 + n * size, 471 - 14 * c, 111 + n * size)
            glyphs.append(Glyph(text[n], box, box, box.x0, box.y1, size, font, order=100 * c + n))
        glyphs.sort(key=lambda glyph: glyph.box.x0)
        whole = Rect(446, 100 + n * size, 471, 111 + n * size)
        spans = (Span("".join(glyph.text for glyph in glyphs), whole),)
        rows.append(Line(spans, whole, whole.y1, size, glyphs=tuple(glyphs)))
    assert sorted(line.text for line in join_vertical(rows)) == sorted([FIRST[:8], SECOND[:8]])
