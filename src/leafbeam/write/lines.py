"""Words put together as the lines they stand on."""

from __future__ import annotations

from collections.abc import Iterable

from leafbeam.types import Box, Page, Word

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
