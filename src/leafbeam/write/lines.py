"""Words put together as the lines they stand on."""

from __future__ import annotations

from collections.abc import Iterable

from leafbeam.types import Box, Word


def text_lines(words: Iterable[Word]) -> list[tuple[Word, ...]]:
    """Runs of words that follow each other to the right on one line; the order of the words is kept."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _follows(lines[-1][-1].box, word.box):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [tuple(line) for line in lines]


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them; raises ValueError for none."""
    items = list(boxes)
    return Box(
        min(box.left for box in items),
        min(box.top for box in items),
        max(box.right for box in items),
        max(box.bottom for box in items),
    )


def _follows(first: Box, second: Box) -> bool:
    common = min(first.bottom, second.bottom) - max(first.top, second.top)
    lower = min(first.bottom - first.top, second.bottom - second.top)
    return common >= 0.5 * lower and second.left >= (first.left + first.right) / 2
