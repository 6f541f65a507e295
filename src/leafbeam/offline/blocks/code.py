"""Code: paragraphs set in a fixed-width face, with the indentation that the positions tell."""

from __future__ import annotations

import re
from statistics import median

from leafbeam.offline.blocks.content import Row
from leafbeam.offline.blocks.paragraphs import Group

# "ada@example.org", "{ada,bob}@example.org", "www.example.org/page": text even in a typewriter's face
_ADDRESS = re.compile(r"[\w.,{}+ -]+@[\w-]+(?:\.[\w-]+)+[.,;]?|(?:https?://|www\.)\S+", re.IGNORECASE)
_ADVANCE = 0.6  # type sizes: the usual width of a fixed-width character


def is_code(group: Group) -> bool:
    """True for groups that are wholly in a fixed-width face and more than addresses."""
    return group.mono and not all(_ADDRESS.fullmatch(row.text.strip()) for row in group.rows)


def code_text(group: Group) -> str:
    """The rows as raw lines, each set in by as many characters as it stands right of the column's edge."""
    advance = _advance(group.rows)
    left = min(row.box.x0 for row in group.rows)
    return "\n".join(_row_text(row, left, advance) for row in group.rows)


def _advance(rows: tuple[Row, ...]) -> float:
    widths = [line.box.width / len(line.text) for row in rows for line in row.lines if len(line.text) > 3]
    return median(widths) if widths else _ADVANCE * rows[0].size_pt


def _row_text(row: Row, left: float, advance: float) -> str:
    text = ""
    for line in row.lines:
        column = round((line.box.x0 - left) / advance) if advance > 0 else 0
        text = text.ljust(column) if column > len(text) else text + " " * bool(text)
        text += line.text.rstrip()
    return text
