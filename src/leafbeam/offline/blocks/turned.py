"""Lines that do not run level: which follow each other in one text, and in what order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leafbeam.layer import Line

_STEP = (0.5, 2.2)  # type sizes from one line of a text to the next
_ALIKE = 0.15  # by how much the type sizes of one text differ, at most


def turned_texts(lines: Sequence[Line]) -> list[list[Line]]:
    """The turned lines as texts, each in the order of its own direction; the texts in the order of their first lines.

    A line that runs up is followed by the one right of it, a line that runs down by the one left of it.
    """
    place = {id(line): index for index, line in enumerate(lines)}
    texts: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.angle, _across(line))):
        text = next((text for text in reversed(texts) if _follows(text[-1], line)), None)
        if text is None:
            texts.append([line])
        else:
            text.append(line)
    return sorted(texts, key=lambda text: min(place[id(line)] for line in text))


def _across(line: Line) -> float:
    """How far the line's middle lies in the direction in which its text goes on, line by line."""
    turn = math.radians(line.angle)
    return line.box.cx * math.sin(turn) + line.box.cy * math.cos(turn)


def _along(line: Line) -> float:
    turn = math.radians(line.angle)
    return line.box.cx * math.cos(turn) - line.box.cy * math.sin(turn)


def _follows(above: Line, line: Line) -> bool:
    size = max(above.size_pt, line.size_pt)
    if above.angle != line.angle or abs(above.size_pt - line.size_pt) > _ALIKE * size:
        return False
    step = (_across(line) - _across(above)) / size
    length = [max(one.box.width, one.box.height) for one in (above, line)]
    return _STEP[0] < step < _STEP[1] and abs(_along(line) - _along(above)) < 0.5 * max(length)
