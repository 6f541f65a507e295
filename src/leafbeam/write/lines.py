"""Words put together as the lines they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leafbeam.types import Block, BlockKind, Box, Page, Word

_WIDEST_GAP = 4.0  # heights between two words of a line: farther ones stand in another column


def text_lines(words: Iterable[Word], page: Page) -> list[tuple[Word, ...]]:
    """Runs of words that follow each other to the right on one line; the order of the words is kept."""
    aspect = page.width_pt / page.height_pt if page.height_pt > 0 else 1.0
    lines: list[list[Word]] = []
    for word in words:
        if lines and _follows(lines[-1][-1].box, word.box, aspect):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [tuple(line) for line in lines]


def word_areas(page: Page) -> list[list[Word]]:
    """The page's words by the smallest block that each lies in, in reading order; then all others.

    In a table they go row by row; elsewhere their order is kept.
    """
    boxed = [block for block in page.blocks if block.box is not None]
    areas: list[list[Word]] = [[] for _ in range(len(boxed) + 1)]
    for word in page.words:
        areas[_home(word, boxed)].append(word)
    for index, block in enumerate(boxed):
        if block.kind is BlockKind.TABLE:
            areas[index] = _by_rows(areas[index])
    return [area for area in areas if area]


def _home(word: Word, boxed: Sequence[Block]) -> int:
    x, y = (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2
    sizes = [
        ((box.right - box.left) * (box.bottom - box.top), index)
        for index, block in enumerate(boxed)
        if (box := block.box) is not None and box.left <= x <= box.right and box.top <= y <= box.bottom
    ]
    return min(sizes)[1] if sizes else len(boxed)


def _by_rows(words: Iterable[Word]) -> list[Word]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda item: item.box.top + item.box.bottom):
        middle = (word.box.top + word.box.bottom) / 2
        if rows and rows[-1][0].box.top <= middle <= rows[-1][0].box.bottom:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda item: item.box.left)]


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them; raises ValueError for none."""
    items = list(boxes)
    return Box(
        min(box.left for box in items),
        min(box.top for box in items),
        max(box.right for box in items),
        max(box.bottom for box in items),
    )


def _follows(first: Box, second: Box, aspect: float) -> bool:
    if (second.left - first.right) * aspect > _WIDEST_GAP * max(first.bottom - first.top, second.bottom - second.top):
        return False
    common = min(first.bottom, second.bottom) - max(first.top, second.top)
    lower = min(first.bottom - first.top, second.bottom - second.top)
    return common >= 0.5 * lower and second.left >= (first.left + first.right) / 2
