"""Rows of a zone grouped to paragraphs, and paragraphs as one run of spans."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.geometry import Rect, union
from leafbeam.layer import Span
from leafbeam.offline.blocks.breaks import Column, ends_early, is_block, split_rows
from leafbeam.offline.blocks.content import PlacedBlock, Row, Zone
from leafbeam.offline.blocks.contents import entry_rows, without_trail
from leafbeam.offline.blocks.hyphens import Vocabulary, joint

_FULL = 0.4  # of a column's width: rows that tell its edges
_ENOUGH = 6  # such rows
_FILLED = 0.85  # of the column's width: rows broken on purpose are shorter
_AMOUNTS = 0.3  # of the rows: prose has an amount at a line's end now and then
_ENDS_AMOUNT = re.compile(r"(?:[$€£¥]\s?-?\d[\d.,]*|\d[.,]\d\d(?:\s?(?:[$€£¥%A-Z]|[A-Z]{3}))?)$")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together: a paragraph, a heading, a list item, ... ``left`` and ``right`` bound its column.

    ``before`` is the white space above in units of the type size, ``after`` below; large numbers at a column's ends.
    ``entry`` marks an entry of a table of contents, ``pile`` the lines of one of several authors side by side.
    """

    rows: tuple[Row, ...]
    left: float
    right: float
    before: float = 99.0
    after: float = 99.0
    entry: bool = False
    pile: bool = False

    @property
    def box(self) -> Rect:
        return union(row.box for row in self.rows)

    @property
    def size_pt(self) -> float:
        return median(row.size_pt for row in self.rows)

    @property
    def bold(self) -> bool:
        return all(row.bold for row in self.rows)

    @property
    def italic(self) -> bool:
        return all(row.italic for row in self.rows)

    @property
    def mono(self) -> bool:
        return all(row.mono for row in self.rows)

    @property
    def text(self) -> str:
        return " ".join(row.text for row in self.rows)

    @property
    def centred(self) -> bool:
        """True when every row stands in the middle of the column with room on both sides."""
        room = [(row.box.x0 - self.left, self.right - row.box.x1) for row in self.rows]
        return (
            all(abs(a - b) < 1.5 * self.size_pt + 0.1 * (a + b) for a, b in room)
            and min(min(pair) for pair in room) > 1.5 * self.size_pt
        )


def group_zone(zone: Zone, page_text: Rect, scanned: bool) -> list[Group | PlacedBlock]:
    """The zone's rows as groups, objects between them, in order. ``page_text`` bounds all text of the page."""
    result: list[Group | PlacedBlock] = []
    stretch: list[Row] = []
    rows = [item for item in zone.items if isinstance(item, Row)]
    margins = _margins(rows, zone.box)
    if len(rows) < 4 and rows and abs(zone.box.cx - page_text.cx) < 2 * rows[0].size_pt:
        margins = page_text.x0, page_text.x1
    for item in [*zone.items, None]:
        if isinstance(item, Row):
            stretch.append(item)
            continue
        entries = {id(stretch[index]) for index in entry_rows(stretch)}
        result.extend(
            Group(tuple(group), *margins, entry=id(group[-1]) in entries)
            for group in split_rows(stretch, Column(*margins, scanned))
        )
        stretch = []
        if item is not None:
            result.append(item)
    return _with_spacing(result)


def _margins(rows: Sequence[Row], box: Rect) -> tuple[float, float]:
    """The column's text edges: robust against single lines that stick out."""
    if len(rows) < 4:
        return box.x0, box.x1
    full = [row for row in rows if row.box.width > _FULL * box.width]
    rows = full if len(full) >= _ENOUGH else rows
    lefts, rights = sorted(r.box.x0 for r in rows), sorted(r.box.x1 for r in rows)
    cut = len(rows) // 20
    return lefts[cut], rights[-1 - cut]


def _with_spacing(items: list[Group | PlacedBlock]) -> list[Group | PlacedBlock]:
    result: list[Group | PlacedBlock] = []
    for index, item in enumerate(items):
        if isinstance(item, PlacedBlock):
            result.append(item)
            continue
        size = item.size_pt
        before = (item.box.y0 - items[index - 1].box.y1) / size if index else 99.0
        after = (items[index + 1].box.y0 - item.box.y1) / size if index + 1 < len(items) else 99.0
        result.append(replace(item, before=before, after=after))
    return result


def join_rows(rows: Sequence[Row], vocabulary: Vocabulary, keep_lines: bool = False) -> list[Span]:
    """The rows as one run of spans: words divided at line ends made whole, a space (or none) between lines."""
    result: list[Span] = []
    for row in rows:
        result = join_spans(result, without_trail(row.spans), vocabulary, "\n" if keep_lines else " ")
    return result


def join_spans(first: list[Span], second: list[Span], vocabulary: Vocabulary, space: str = " ") -> list[Span]:
    """Two runs of spans as one text."""
    if not first or not second:
        return first or second
    if first[-1].latex is not None or second[0].latex is not None:
        return [*first, Span(" ", first[-1].box), *second]
    head = "".join(span.text for span in first)
    join = joint(head, "".join(span.text for span in second), vocabulary)
    last = replace(first[-1], text=first[-1].text.rstrip())
    if join.drop and last.text:
        last = replace(last, text=last.text[: -join.drop])
    start = replace(second[0], text=second[0].text.lstrip())
    glue = [Span(space if join.glue == " " else join.glue, last.box)] if join.glue else []
    return [*first[:-1], last, *glue, start, *second[1:]]


def _is_set_in_lines(rows: Sequence[Row]) -> bool:
    """True for short rows of different lengths about one axis, or up to one right edge: addresses, senders."""
    size = max(row.size_pt for row in rows)
    widths = [row.box.width for row in rows]
    if any(len(row.text) > 50 or row.text[-1:] in "-," for row in rows[:-1]) or len(rows) > 8:
        return False
    uneven = sum(abs(a - b) > size for a, b in itertools.pairwise(widths))
    axis, edge = rows[0].box.cx, rows[0].box.x1
    centred = all(abs(row.box.cx - axis) < 0.5 * size for row in rows)
    flush = all(abs(row.box.x1 - edge) < 0.3 * size for row in rows)
    return (centred and 2 * uneven >= len(widths) - 1) or (flush and len(rows) > 2 and uneven == len(widths) - 1)


def _is_address(rows: Sequence[Row], width: float) -> bool:
    """True for a few rows of a few words that each begin anew."""
    if not 1 < len(rows) < 8 or any(row.text[:1].islower() or len(row.text) > 45 for row in rows):
        return False
    if any(row.text[-1:] in "-.;:" for row in rows[:-1]) or not all(row.text[:1].isalnum() for row in rows):
        return False
    words = sum(len(row.text.split()) for row in rows)
    letters = sum(c.isalpha() for row in rows for c in row.text)
    if letters < 0.4 * sum(len(row.text) for row in rows):
        return False
    return words <= 5 * len(rows) and (len(rows) > 2 or rows[0].box.width < 0.8 * width)


def is_verse(group: Group) -> bool:
    """True when the lines were broken on purpose: each next first word would have fitted, with room to spare."""
    rows = group.rows
    if len(rows) < 2 or group.pile:
        return group.pile
    if sum(len(row.lines) > 1 for row in rows) > 0.6 * len(rows):
        return True  # labels and values side by side
    if sum(_ENDS_AMOUNT.search(row.text) is not None for row in rows) >= max(2, _AMOUNTS * len(rows)):
        return True  # the items of a receipt
    if is_block(rows):
        return False
    width = group.right - group.left
    if group.centred and all(row.box.width < 0.8 * width and len(row.text) < 60 for row in rows):
        return True
    if (_is_set_in_lines(rows) and (len(rows) > 2 or group.centred)) or _is_address(rows, width):
        return True
    if median(row.box.width for row in rows[:-1]) > _FILLED * width:
        return False
    room = 0.25 * (group.right - group.left) if len(rows) == 2 else 0.0
    column = Column(group.left, group.right - room, False)
    meant = sum(ends_early(a, b, column) for a, b in itertools.pairwise(rows))
    return meant >= 0.8 * (len(rows) - 1)
