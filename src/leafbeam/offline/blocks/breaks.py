"""Where one paragraph ends and the next begins: by size, weight, spacing, indents, marks and lines that end early."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leafbeam.captions import starts_caption
from leafbeam.offline.blocks.content import Row
from leafbeam.offline.blocks.contents import entry_rows, is_led
from leafbeam.offline.blocks.hyphens import is_wide
from leafbeam.offline.blocks.lists import Mark, has_box, list_mark
from leafbeam.offline.blocks.notes import is_raised
from leafbeam.structure import numbering_depth

_INDENT = 0.7  # type sizes that begin a paragraph
_SPACING = 1.3  # of the usual leading: a wider step is a break
_LARGE, _LARGE_LEADING = 1.15, 1.75  # display type, against the zone's; and the leading it may have, in type sizes
_JUSTIFIED = 4  # rows one above the other that end alike are no chance
_RULE = re.compile(r"[-–—=_*~.·\s]{6,}")  # a line drawn with characters
_REFERENCE = re.compile(r"\[(\d{1,3})\]\s+\S")
SECTION = re.compile(r"(\d{1,2})(?:\.?\s+|[.．]\s*(?=[\u3040-\u9fff]))[^\W\d_a-z]")  # "2. Terms"
_BARE_LABEL = 14  # characters: "Table III" and no more
_STOP = r"[.!?:;。！？：；…][\"'”’»)\]]*"
# a stop, with a note's number behind it; between digits it is an amount's: "$3.99"
_SENTENCE_END = re.compile(rf"(?:{_STOP}(?:\[\d{{1,3}}\])?|(?<!\d){_STOP}\[?\d{{1,3}}\]?)$")


@dataclass(frozen=True, slots=True)
class Column:
    """The text edges of a column, and whether it was recognised (sizes and weights are then estimates)."""

    left: float
    right: float
    scanned: bool


def split_rows(rows: Sequence[Row], column: Column) -> list[list[Row]]:
    """The rows of one uninterrupted stretch as paragraphs."""
    if not rows:
        return []
    groups = [[rows[0]]]
    hanging = _hanging_starts(rows, column)
    usual = median(row.size_pt for row in rows)
    letters = {index for index, row in enumerate(rows) if is_section_letter([row], usual)}
    letters |= _section_rows(rows, column)
    ends = entry_rows(rows) | letters
    marked = _listed(rows) | _ruled(rows) | letters | {index + 1 for index in ends}
    for index in range(1, len(rows)):
        leading = _leading(rows, index)
        if hanging and index not in hanging:
            broken = _step(rows, index) > 1.5 * leading * rows[index].size_pt
        else:
            broken = index in hanging or _breaks(rows, index, column, leading)
            broken = broken and not _one_title(rows[index - 1], rows[index], usual)
        begins = not hanging and not _one_title(rows[index - 1], rows[index], usual)
        if broken or index in marked or (begins and _starts_paragraph(rows, index, column)):
            groups.append([rows[index]])
        else:
            groups[-1].append(rows[index])
    return groups


def ends_early(above: Row, row: Row, column: Column) -> bool:
    """True when the next row's first word would have fitted on the row above: the break was meant."""
    words = row.text.split(" ")
    share = (len(words[0]) + 1) / max(1, len(row.text))
    room = column.right - above.box.x1
    if is_wide(row.text[:1]):
        return room > 2.5 * row.size_pt
    return room > share * row.box.width + 1.0 * row.size_pt


def _step(rows: Sequence[Row], index: int) -> float:
    return rows[index].baseline_pt - rows[index - 1].baseline_pt


def _leading(rows: Sequence[Row], index: int) -> float:
    """The usual distance of baselines, in type sizes, among rows of this row's size."""
    size = rows[index].size_pt
    pairs = [(a, b) for a, b in itertools.pairwise(rows) if abs(a.size_pt - b.size_pt) < 0.1 * a.size_pt]
    near = [(b.baseline_pt - a.baseline_pt) / a.size_pt for a, b in pairs if abs(a.size_pt - size) < 0.1 * size]
    steps = sorted(step for step in near if 0.7 < step < 2.6)
    if len(steps) < 3:
        steps = sorted([*steps, 1.25])
    return steps[len(steps) // 3]


def _one_title(above: Row, row: Row, usual: float) -> bool:
    """True for two rows of one large heading, which is set wider than the text."""
    if min(above.size_pt, row.size_pt) < _LARGE * usual or abs(above.size_pt - row.size_pt) > 0.05 * row.size_pt:
        return False
    step = row.baseline_pt - above.baseline_pt
    bold = above.bold == row.bold or all(any(span.bold for span in one.spans) for one in (above, row))
    same = bold and above.italic == row.italic and above.text.isupper() == row.text.isupper()
    return same and step < _LARGE_LEADING * row.size_pt and not row.text[:1].isdigit() and above.text[-1:] not in ".!?:"


def _breaks(rows: Sequence[Row], index: int, column: Column, leading: float) -> bool:
    """True when the two rows differ in kind, or stand apart."""
    above, row = rows[index - 1], rows[index]
    size = min(above.size_pt, row.size_pt)
    step = _step(rows, index)
    ratio = max(above.size_pt, row.size_pt) / size
    if ratio < 1.4 and above.text[-1:] not in ".:" and len(above.text) < _BARE_LABEL and starts_caption(above.text):
        return step > 2.2 * size
    display = above.size_pt > row.size_pt and above.box.x1 < column.left + 0.5 * (column.right - column.left)
    least = 1.6 if step < 1.15 * leading * size and not display else 1.25 if display else 1.3
    resized = ratio > (least if column.scanned else 1.12)
    if resized or above.mono != row.mono:
        return True
    if step > (_SPACING + 0.1 * column.scanned) * leading * size + 0.05 * size:
        return True
    if _is_head_in_other_face(above, row, column):
        return True
    full = above.box.x1 > column.right - 3 * size
    apart = step > 1.2 * leading * size or _is_short_head(above, row, column)
    if above.bold != row.bold and (apart or not column.scanned):
        divided = full and not _SENTENCE_END.search(above.text) and row.text[:1].islower()
        if not divided and not (column.scanned and _same_heading(above, row)):
            return True
    if list_mark(row.text) is not None and (ends_early(above, row, column) or list_mark(above.text) is not None):
        return True
    if is_raised(row) and (is_raised(rows[0]) or above.italic != row.italic) and step > 0.8 * size:
        return True
    if is_led(above.text) or _is_numbered_title(above, row, column):
        return True
    if has_box(above.text) and above.box.x1 < column.right - 3 * size:
        return True
    if starts_caption(row.text) and step > 1.1 * leading * size:
        return True
    if above.italic and not row.italic and row.text[:1].isupper() and numbering_depth(above.text) and not full:
        return True
    if _is_signature(above, row, column):
        return True
    centred = _is_centred(above, column)
    if above.italic != row.italic and not full and centred and step > 1.05 * leading * size:
        return True
    return centred and not _is_centred(row, column) and row.box.x0 < column.left + 2.5 * size


def _is_head_in_other_face(above: Row, row: Row, column: Column) -> bool:
    """True for a short row in another font than the row below, which begins anew: a head, whatever its font's name."""
    faces = _faces(above), _faces(row)
    short = ends_early(above, row, column) and above.box.x1 < column.left + 0.85 * (column.right - column.left)
    begun = above.text[:1].isupper() and row.text[:1].isupper() and above.text[-1:].isalnum()
    return all(len(names) == 1 for names in faces) and faces[0] != faces[1] and short and begun


def _faces(row: Row) -> set[str]:
    """The names of the fonts that the letters of a row are set in; none for recognised lines."""
    return {glyph.font.name for line in row.lines for glyph in line.glyphs if glyph.text.isalpha()}


def _is_numbered_title(above: Row, row: Row, column: Column) -> bool:
    """True for a short line such as "2.1 Method" with nothing behind it, above a line that begins anew."""
    short = above.box.x1 < column.left + 0.6 * (column.right - column.left) and len(above.text) < 60
    return short and numbering_depth(above.text) > 1 and row.text[:1].isupper() and above.text[-1:] not in ".,;:"


def _section_rows(rows: Sequence[Row], column: Column) -> set[int]:
    """Indexes of short rows such as "2. Terms" that count on over texts of some rows: titles set like the text."""
    found: list[tuple[int, int]] = []
    for index, (row, below) in enumerate(itertools.pairwise(rows)):
        number = SECTION.match(row.text)
        short = row.box.width < 0.5 * (column.right - column.left) and row.text[-1:] not in ".,;:。，"
        begun = below.text[:1].isupper() or is_wide(below.text[:1])
        if number and short and begun and ends_early(row, below, column) and list_mark(below.text) is None:
            found.append((index, int(number.group(1))))
    pairs = [(i, j) for (i, one), (j, two) in itertools.pairwise(found) if two == one + 1 and j - i > 2]
    return {index for pair in pairs for index in pair}


def _is_short_head(above: Row, row: Row, column: Column) -> bool:
    """True for a short bold row above a light one. On scans weight is a guess: a full row's says nothing."""
    short = above.box.x1 < column.left + 0.7 * (column.right - column.left)
    return above.bold and not row.bold and short and above.text[:1].isupper() and above.text[-1:] not in ".,;-"


def is_section_letter(rows: Sequence[Row], size: float) -> bool:
    """True for one large capital alone on its line: the head of a letter's entries in a dictionary or index."""
    text = rows[0].text.strip()
    return len(rows) == 1 and len(text) == 1 and text.isupper() and rows[0].size_pt > 1.15 * size


def _is_signature(above: Row, row: Row, column: Column) -> bool:
    """True where a text ends or begins at the right: a name below it, a date above it, two names."""
    size, middle = row.size_pt, column.left + 0.4 * (column.right - column.left)
    if above.box.x0 > row.box.x1 + size:
        return row.text[:1].isupper()
    if above.box.x0 > middle and row.box.x0 < column.left + 3 * size and row.text[:1].isupper():
        return _SENTENCE_END.search(above.text) is not None
    set_in = row.box.x0 > column.left + 0.3 * (column.right - column.left)
    loose = 1.5 if row.box.x0 > middle and _SENTENCE_END.search(above.text) else 0.5
    return set_in and row.box.x1 > column.right - loose * size and above.box.x0 < column.left + 3 * size


def _is_centred(row: Row, column: Column) -> bool:
    left, right = row.box.x0 - column.left, column.right - row.box.x1
    return min(left, right) > 2.5 * row.size_pt and abs(left - right) < 1.5 * row.size_pt


def _same_heading(above: Row, row: Row) -> bool:
    """On scans weight is a guess: rows all in capitals, or a word divided between them, belong together."""
    return (above.text.isupper() and row.text.isupper()) or (above.text.endswith("-") and row.text[:1].isalpha())


def _listed(rows: Sequence[Row]) -> set[int]:
    """Indexes of rows whose marks count on from, or up to, a mark at the same indent."""
    marks: list[tuple[int, Mark]] = []
    for index, row in enumerate(rows):
        if (mark := list_mark(row.text)) is not None:
            marks.append((index, mark))
    found: set[int] = set()
    for (i, first), (j, second) in itertools.combinations(marks, 2):
        if first.family != second.family or abs(rows[i].box.x0 - rows[j].box.x0) > rows[i].size_pt:
            continue
        roman = first.roman is not None and second.roman == first.roman + 1
        if (first.value is None and second.value is None and first.sure) or (
            roman or (first.value is not None and second.value == first.value + 1)
        ):
            found |= {i, j}
    numbered = [(index, int(m.group(1))) for index, row in enumerate(rows) if (m := _REFERENCE.match(row.text))]
    for (i, one), (j, two) in itertools.pairwise(numbered):
        if two == one + 1 and abs(rows[i].box.x0 - rows[j].box.x0) < rows[i].size_pt:
            found |= {i, j}
    return found


def _ruled(rows: Sequence[Row]) -> set[int]:
    """Indexes of rows drawn with characters, and of those behind them."""
    drawn = {index for index, row in enumerate(rows) if _RULE.fullmatch(row.text)}
    return drawn | {index + 1 for index in drawn}


def _starts_paragraph(rows: Sequence[Row], index: int, column: Column) -> bool:
    """True for a row set in, or behind a line that ends early with the end of a sentence."""
    above, row = rows[index - 1], rows[index]
    if row.mono or _is_stanza(above, row, column):
        return False
    if _SENTENCE_END.search(above.text) and ends_early(above, row, column) and not row.text[:1].islower():
        return not _is_justified(rows, index - 1)
    return _is_indented(rows, index)


def _is_justified(rows: Sequence[Row], index: int) -> bool:
    """True for a row that ends where its neighbours end, short of the column's edge: they stand beside a picture."""
    edge, near = rows[index].box.x1, 0.35 * rows[index].size_pt
    first = last = index
    while first > 0 and abs(rows[first - 1].box.x1 - edge) < near:
        first -= 1
    while last + 1 < len(rows) and abs(rows[last + 1].box.x1 - edge) < near:
        last += 1
    return last - first + 1 >= _JUSTIFIED


def is_block(rows: Sequence[Row]) -> bool:
    """True for rows that all but the first begin, and all but the last end, on one line: a text set to a width."""
    if len(rows) < _JUSTIFIED + 1:
        return False
    near = 0.35 * median(row.size_pt for row in rows)
    left, right = median(row.box.x0 for row in rows), median(row.box.x1 for row in rows)
    begun = sum(abs(row.box.x0 - left) < near for row in rows[1:])
    ended = sum(abs(row.box.x1 - right) < near for row in rows[:-1])
    return min(begun, ended) >= 0.8 * (len(rows) - 1)


def _is_stanza(above: Row, row: Row, column: Column) -> bool:
    """True for two short rows set in alike: lines of one verse."""
    size = row.size_pt
    alike = abs(above.box.x0 - row.box.x0) < 0.3 * size and row.box.x0 > column.left + 1.5 * size
    return alike and max(above.box.x1, row.box.x1) < column.right - 3 * size and list_mark(row.text) is None


def _is_indented(rows: Sequence[Row], index: int) -> bool:
    """True for a first-line indent: the row is set in against the one above and against the one below it."""
    above, row = rows[index - 1], rows[index]
    least = _INDENT * row.size_pt
    shift = row.box.x0 - above.box.x0
    if shift < least or shift > 6 * row.size_pt or list_mark(above.text) is not None:
        return False
    closed = _SENTENCE_END.search(above.text) is not None
    if not closed and row.text[:1].islower():
        return False
    if index + 1 == len(rows) or _step(rows, index + 1) > 2 * row.size_pt:
        return closed
    below = rows[index + 1]
    if not closed and _alternates(rows[index - 1 : index + 3]):
        return False
    if row.box.x0 - below.box.x0 >= least:
        return True
    level = abs(below.box.x0 - row.box.x0) < 0.3 * least
    return level and closed and index >= 2 and rows[index - 2].box.x0 < above.box.x0 + least


def _alternates(rows: Sequence[Row]) -> bool:
    """True for four rows set in by turns, as the lines of many poems are."""
    if len(rows) < 4:
        return False
    near = 0.3 * rows[0].size_pt
    return abs(rows[0].box.x0 - rows[2].box.x0) < near and abs(rows[1].box.x0 - rows[3].box.x0) < near


def _hanging_starts(rows: Sequence[Row], column: Column) -> set[int]:
    """Indexes of rows at the margin that begin entries with hanging indents (bibliographies, glossaries).

    A hanging line continues a full line above it; a first-line indent follows a line that ends early.
    """
    least = _INDENT * median(row.size_pt for row in rows)
    at_margin = [index for index, row in enumerate(rows) if row.box.x0 < column.left + 0.5 * least]
    set_in = [index for index, row in enumerate(rows) if index and row.box.x0 >= column.left + least]
    if len(rows) < 3 or not at_margin or len(set_in) < max(2, 0.15 * len(rows)):
        return set()
    if sum(list_mark(rows[index].text) is not None for index in set_in) > 0.3 * len(set_in):
        return set()
    depth = median(rows[index].box.x0 for index in set_in)
    regular = sum(abs(rows[index].box.x0 - depth) < least for index in set_in)
    continued = sum(not ends_early(rows[index - 1], rows[index], column) for index in set_in)
    open_ended = sum(_SENTENCE_END.search(rows[index - 1].text) is None for index in set_in)
    if regular < 0.7 * len(set_in) or continued < 0.7 * len(set_in) or open_ended < 0.4 * len(set_in):
        return set()
    if _run_on(rows, at_margin, column) > 0.3 * len(at_margin):
        return set()
    return {index for index in at_margin if not index or _is_entry(rows[index - 1], rows[index])}


def _run_on(rows: Sequence[Row], at_margin: Sequence[int], column: Column) -> int:
    """How many rows at the margin go on a full row there without end: those of prose, as entries would set them in."""
    margin = set(at_margin)
    return sum(
        index - 1 in margin
        and not ends_early(rows[index - 1], rows[index], column)
        and _SENTENCE_END.search(rows[index - 1].text) is None
        for index in at_margin
        if index
    )


def _is_entry(above: Row, row: Row) -> bool:
    """False for a line that only goes on: it begins with a small letter where the line above has no end."""
    return not row.text[:1].islower() or above.text[-1:] in ".;"
