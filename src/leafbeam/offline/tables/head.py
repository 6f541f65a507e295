"""The head of a table: where the column heads end, and which fragments may stand over several columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leafbeam.offline.tables.columns import Column, columns_of
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import is_numeric

_YEAR = re.compile(r"(FY\s*)?(1[89]|20)\d\d([-–/]\d{2,4})?\s?[a-z*†]?")
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1(\d\d){1,2}|(\d\d){2}-\d\d-\d\d")
_MAX_HEAD_LINES = 8


def find_end(
    rows: Sequence[Row],
    columns: Sequence[Column],
    wide: Sequence[float],
    full: Sequence[float],
    shades: Sequence[float],
    *,
    closed: bool,
) -> float | None:
    """The y below which the body begins; None when nothing tells head from body.

    ``wide`` are the y of rulings over most of the columns, ``full`` those over all of them, ``shades`` those of the
    borders of filled bands.
    """
    data = _first_data_row(rows, columns)
    top = rows[0].baseline_pt - rows[0].size_pt
    limit = rows[data].baseline_pt - 0.3 * rows[data].size_pt if data is not None else rows[-1].baseline_pt
    inner = [y for y in wide if top + 0.5 * rows[0].size_pt < y < limit]
    if not closed and (ruled := _end_of_framed(rows, data, full)) is not None:
        return ruled
    if inner and not closed:
        lines = sum(row.baseline_pt < inner[-1] for row in rows)
        if data is not None and _names_follow(rows[:data], inner[-1], columns):
            return _end_by_words(rows, columns, data)
        return inner[-1] if lines <= _MAX_HEAD_LINES else inner[0]
    if inner and len(columns) > 2:
        return _end_of_closed(rows, columns, inner)
    if inner:
        return inner[0] if all(f.bold for row in rows if row.baseline_pt < inner[0] for f in row.frags) else None
    if data is not None and data > 0 and _is_numeric_body(rows, data, columns):
        return _end_by_words(rows, columns, data)
    bands = [y for y in shades if top + 0.5 * rows[0].size_pt < y < limit]
    if bands:
        return min(bands)
    if data is not None or len(columns) <= 2:
        return None
    return (rows[0].baseline_pt + rows[1].baseline_pt - 0.7 * rows[1].size_pt) / 2 if len(rows) > 1 else None


def _end_of_framed(rows: Sequence[Row], data: int | None, full: Sequence[float]) -> float | None:
    """The second of three full rulings when one line of numbers stands before it: years or sizes as column heads."""
    if len(full) < 3 or data is None or full[0] > rows[0].baseline_pt or full[-1] < rows[-1].baseline_pt:
        return None
    above = sum(row.baseline_pt < full[1] for row in rows)
    return full[1] if above == data + 1 <= 4 and 2 * above < len(rows) else None


def _names_follow(head: Sequence[Row], rule: float, columns: Sequence[Column]) -> bool:
    """Whether the ruling only underlines names of groups: below it stand, still without numbers, more names."""
    above = max((len(row.frags) for row in head if row.baseline_pt < rule), default=0)
    below = [row for row in head if row.baseline_pt > rule]
    if not below:
        return False
    most = max(len(row.frags) for row in below)
    return most > above and most >= 0.6 * len(columns)


def _first_data_row(rows: Sequence[Row], columns: Sequence[Column]) -> int | None:
    """The first line with a number outside the first column that is not a year over a column."""
    for i, row in enumerate(rows):
        texts = [f.text for f in row.frags if columns_of(f, columns)[0] > 0]
        numbers = [t for t in texts if is_numeric(t)]
        if numbers and not all(_YEAR.fullmatch(t.strip()) for t in numbers):
            if i == 0 and len(rows) > 1 and _dates(texts) >= 2 and not _dates([f.text for f in rows[1].frags]):
                continue
            if all(re.fullmatch(r"\(?\d{1,2}\)?", t.strip()) for t in texts) and _counts_up(texts):
                continue
            if 2 * len(numbers) >= len(texts):
                return i
    return None


def _dates(texts: Sequence[str]) -> int:
    return sum(bool(_DATE.fullmatch(t.strip())) for t in texts)


def _counts_up(texts: Sequence[str]) -> bool:
    """Column numbers "(1) (2) (3)" stand in the head."""
    numbers = [int(re.sub(r"\D", "", t)) for t in texts]
    return len(numbers) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 2


def _end_of_closed(rows: Sequence[Row], columns: Sequence[Column], inner: Sequence[float]) -> float:
    """In a grid the first ruled row is the head, and the next ones while a group of columns awaits its names."""
    start, end = -1e9, inner[0]
    for y in inner[1:]:
        above = [f for row in rows if start < row.baseline_pt < end for f in row.frags]
        below = [f for row in rows if end < row.baseline_pt < y for f in row.frags]
        groups = any(columns_of(f, columns)[1] > columns_of(f, columns)[0] for f in above)
        fewer = len({columns_of(f, columns)[0] for f in above}) < 0.7 * len(columns)
        lines = sum(row.baseline_pt < y for row in rows)
        if not (groups or fewer) or len(below) < 2 or lines > _MAX_HEAD_LINES:
            break
        start, end = end, y
    return end


def _is_numeric_body(rows: Sequence[Row], data: int, columns: Sequence[Column]) -> bool:
    """Whether most lines from ``data`` on hold numbers right of the first column, and they are not a mere tail."""
    if len(rows) - data < data and (len(columns) < 3 or data > 2):
        return False
    lines = [[f for f in row.frags if columns_of(f, columns)[0] > 0] for row in rows[data:]]
    filled = [line for line in lines if line]
    return 2 * sum(any(is_numeric(f.text) for f in line) for line in filled) > len(filled)


def _end_by_words(rows: Sequence[Row], columns: Sequence[Column], data: int) -> float | None:
    """Without a ruling: the lines with words over two columns or more before the first line with numbers."""
    last = None
    for i in range(min(data, _MAX_HEAD_LINES)):
        frags = rows[i].frags
        if len(frags) >= 2:
            last = i
    if last is None:
        return None
    after = rows[last + 1]
    return (rows[last].baseline_pt + after.baseline_pt - 0.7 * after.size_pt) / 2


def may_span(frag: Frag, row: Row, columns: Sequence[Column], *, in_head: bool) -> bool:
    """Whether text over a column border makes one cell of the columns, rather than a long label sticking out."""
    first, last = columns_of(frag, columns)
    if in_head or len(row.frags) > 1:
        return True
    if first > 0:
        return True
    x0, x1 = columns[0].ink0, columns[-1].ink1
    centred = abs(frag.box.cx - (x0 + x1) / 2) < 0.03 * (x1 - x0) + 2
    return centred or last == len(columns) - 1 or frag.box.width > 0.6 * (x1 - x0)
