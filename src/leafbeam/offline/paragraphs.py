"""Rows of a zone grouped to paragraphs, and paragraphs as one run of spans."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.geometry import Rect, union
from leafbeam.layer import Span
from leafbeam.offline.captions import starts_caption
from leafbeam.offline.content import PlacedBlock, Row, Zone
from leafbeam.offline.hyphens import Vocabulary, is_wide, joint
from leafbeam.offline.lists import list_mark

_INDENT = 0.7  # type sizes that begin a paragraph
_SPACING = 1.3  # of the usual leading: a wider step is a break
_SENTENCE_END = re.compile(r"[.!?:;。！？：；…][\"'”’»)\]]*(?:\[?\d{0,3}\]?)$")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together: a paragraph, a heading, a list item, ... ``left`` and ``right`` bound its column.

    ``before`` is the white space above in units of the type size, ``after`` below; large numbers at a column's ends.
    """

    rows: tuple[Row, ...]
    left: float
    right: float
    before: float = 99.0
    after: float = 99.0

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
        result.extend(_groups(stretch, margins, scanned))
        stretch = []
        if item is not None:
            result.append(item)
    return _with_spacing(result)


def _margins(rows: Sequence[Row], box: Rect) -> tuple[float, float]:
    """The column's text edges: robust against single lines that stick out."""
    if len(rows) < 4:
        return box.x0, box.x1
    lefts, rights = sorted(r.box.x0 for r in rows), sorted(r.box.x1 for r in rows)
    cut = len(rows) // 20
    return lefts[cut], rights[-1 - cut]


def _groups(rows: list[Row], margins: tuple[float, float], scanned: bool) -> list[Group]:
    if not rows:
        return []
    groups: list[list[Row]] = [[rows[0]]]
    steps = _leading(rows)
    hanging = _hanging_starts(rows, margins)
    for index in range(1, len(rows)):
        if hanging and index not in hanging:
            broken = rows[index].baseline_pt - rows[index - 1].baseline_pt > 1.8 * steps * rows[index].size_pt
        else:
            broken = index in hanging or _breaks(rows, index, margins, steps, scanned)
        if broken or (not hanging and _starts_paragraph(rows, index, margins)):
            groups.append([rows[index]])
        else:
            groups[-1].append(rows[index])
    return [Group(tuple(group), *margins) for group in groups]


def _leading(rows: Sequence[Row]) -> float:
    """The usual distance of baselines, in type sizes."""
    steps = [
        (b.baseline_pt - a.baseline_pt) / a.size_pt
        for a, b in itertools.pairwise(rows)
        if abs(a.size_pt - b.size_pt) < 0.1 * a.size_pt
    ]
    steps = sorted(step for step in steps if 0.7 < step < 2.6)
    return steps[len(steps) // 3] if steps else 1.25


def _breaks(rows: Sequence[Row], index: int, margins: tuple[float, float], leading: float, scanned: bool) -> bool:
    """True when a new group begins with rows[index]."""
    above, row = rows[index - 1], rows[index]
    size = min(above.size_pt, row.size_pt)
    tolerance = 1.3 if scanned else 1.12
    if max(above.size_pt, row.size_pt) > tolerance * size:
        return True
    if above.mono != row.mono:
        return True
    step = row.baseline_pt - above.baseline_pt
    if step > (_SPACING + 0.1 * scanned) * leading * size + 0.05 * size:
        return True
    full = above.box.x1 > margins[1] - 3 * size
    if (
        above.bold != row.bold
        and not (scanned and _same_heading(above, row))
        and not (full and not _SENTENCE_END.search(above.text) and row.text[:1].islower())
    ):
        return True
    if list_mark(row.text) is not None and (_ends(above, row, margins) or list_mark(above.text) is not None):
        return True
    if starts_caption(row.text) and step > 1.1 * leading * size:
        return True
    if above.italic != row.italic and not full and _is_centred(above, margins) and step > 1.05 * leading * size:
        return True
    return _is_centred(above, margins) and not _is_centred(row, margins) and row.box.x0 < margins[0] + 2.5 * size


def _is_centred(row: Row, margins: tuple[float, float]) -> bool:
    left, right = row.box.x0 - margins[0], margins[1] - row.box.x1
    return min(left, right) > 2.5 * row.size_pt and abs(left - right) < 1.5 * row.size_pt


def _starts_paragraph(rows: Sequence[Row], index: int, margins: tuple[float, float]) -> bool:
    """True for a row set in, or behind a line that ends early with the end of a sentence."""
    above, row = rows[index - 1], rows[index]
    if row.mono:
        return False
    if _SENTENCE_END.search(above.text) and _ends(above, row, margins) and not row.text[:1].islower():
        return True
    return _indented(rows, index, margins)


def _same_heading(above: Row, row: Row) -> bool:
    """On scans weight is a guess: rows all in capitals, or a word divided between them, belong together."""
    return (above.text.isupper() and row.text.isupper()) or (above.text.endswith("-") and row.text[:1].isalpha())


def _ends(above: Row, row: Row, margins: tuple[float, float]) -> bool:
    """True when the next row's first word would have fitted on the row above: the break was meant."""
    words = row.text.split(" ")
    share = (len(words[0]) + 1) / max(1, len(row.text))
    room = margins[1] - above.box.x1
    if is_wide(row.text[:1]):
        return room > 2.5 * row.size_pt
    return room > share * row.box.width + 1.0 * row.size_pt


def _indented(rows: Sequence[Row], index: int, margins: tuple[float, float]) -> bool:
    """True for a first-line indent: the row is set in against the one above and against the one below it."""
    above, row = rows[index - 1], rows[index]
    least = _INDENT * row.size_pt
    shift = row.box.x0 - above.box.x0
    if shift < least or shift > 6 * row.size_pt:
        return False
    if _starts_list(above) or (_SENTENCE_END.search(above.text) is None and row.text[:1].islower()):
        return False
    if index + 1 < len(rows) and rows[index + 1].baseline_pt - row.baseline_pt < 2 * row.size_pt:
        below = rows[index + 1]
        if row.box.x0 - below.box.x0 >= least:
            return True
        return (
            abs(below.box.x0 - row.box.x0) < 0.3 * least
            and _SENTENCE_END.search(above.text) is not None
            and (index < 2 or rows[index - 2].box.x0 < above.box.x0 + least)
            and index >= 2
        )
    return _SENTENCE_END.search(above.text) is not None


def _starts_list(row: Row) -> bool:
    return list_mark(row.text) is not None


def _hanging_starts(rows: Sequence[Row], margins: tuple[float, float]) -> set[int]:
    """Indexes of rows at the margin that begin entries with hanging indents (bibliographies, glossaries).

    A hanging line continues a full line above it; a first-line indent follows a line that ends early.
    """
    least = _INDENT * median(row.size_pt for row in rows)
    at_margin = [index for index, row in enumerate(rows) if row.box.x0 < margins[0] + 0.5 * least]
    set_in = [index for index, row in enumerate(rows) if index and row.box.x0 >= margins[0] + least]
    if len(rows) < 3 or not at_margin or len(set_in) < max(2, 0.15 * len(rows)):
        return set()
    if sum(list_mark(rows[index].text) is not None for index in set_in) > 0.3 * len(set_in):
        return set()
    depth = median(rows[index].box.x0 for index in set_in)
    regular = sum(abs(rows[index].box.x0 - depth) < least for index in set_in)
    continued = sum(not _ends(rows[index - 1], rows[index], margins) for index in set_in)
    open_ended = sum(_SENTENCE_END.search(rows[index - 1].text) is None for index in set_in)
    if regular < 0.7 * len(set_in) or continued < 0.7 * len(set_in) or open_ended < 0.4 * len(set_in):
        return set()
    return set(at_margin)


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
        result = join_spans(result, list(row.spans), vocabulary, "\n" if keep_lines else " ")
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


def is_verse(group: Group) -> bool:
    """True when the lines were broken on purpose: each next first word would have fitted."""
    rows = group.rows
    if len(rows) < 3 or group.mono:
        return False
    meant = sum(_ends(a, b, (group.left, group.right)) for a, b in itertools.pairwise(rows))
    return meant >= 0.8 * (len(rows) - 1)
