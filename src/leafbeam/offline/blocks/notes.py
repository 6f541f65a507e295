"""Footnotes: small type with a mark at the foot of a column, and the marks in the text that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Ruling, Span
from leafbeam.offline.blocks.content import Row, Zone
from leafbeam.offline.blocks.inline import note_label

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARK = re.compile(r"\s*(?:([*∗]{1,3}|[†‡§¶#]{1,3}|\d{1,3}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})([).]?)(\s*)|\(([*\d]{1,2})\)(\s*))(?=\S)")
_STARRED = re.compile(r"[*†‡]{1,3}\)\s")  # the mark of old prints, with its bracket
_SOURCE = re.compile(r"(?:sources?|quellen?|fuentes?|fonti?|bron(?:nen)?|kilde)\s?:\s", re.IGNORECASE)
_LARGER = 1.2  # of a note's type: no part of it
_SMALL = 0.95  # of the body's type size
_FOOT = 0.35  # of the page height: where notes may begin
_MOST_ROWS = 0.5  # of a column's rows below a rule that parts notes
_TEXT_BELOW = 4  # lines of text below, and share of the page's text above, that speak against notes
_BEFORE = 0.15
_SHORT_RULE = 0.7  # of the column's width


@dataclass(frozen=True, slots=True)
class Note:
    """One footnote: its label and its rows; the mark is still in the first row's spans."""

    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class NoteSearch:
    """What notes are told by: the body's type size, the page's rulings and height, a label for a mark unread, the boxes
    of the page's lines of text in the body's size, and those of its larger type: a title."""

    body: float
    rulings: Sequence[Ruling]
    page_height_pt: float
    guess: str | None = None
    text: Sequence[Rect] = ()
    titles: Sequence[Rect] = ()


def split_notes(zone: Zone, search: NoteSearch) -> tuple[tuple[Row, ...], list[Note]]:
    """The zone's rows that are footnotes, and the same as notes. Empty when there are none."""
    rule = _rule_above_notes(zone, search)
    tail = _tail(zone, search, rule)
    if tail and rule is not None and _label(tail[0]) is None and search.guess:
        return tuple(tail), [Note(search.guess, tuple(tail))]
    while tail and _label(tail[0]) is None:
        tail = tail[1:]
    if rule is None and tail and _stands_before_text(tail, search):
        return (), []
    notes: list[Note] = []
    rest: list[Row] = []  # whence the figures are, a foot in larger type: no part of the note above them
    for row in tail:
        label = _label(row)
        if label is not None and (not notes or _follows(notes[-1], label, row)):
            notes.append(Note(label, (row,)))
        elif _SOURCE.match(row.text) or row.size_pt > _LARGER * notes[-1].rows[0].size_pt or _goes_on(rest, row, notes):
            rest.append(row)
        else:
            notes[-1] = replace(notes[-1], rows=(*notes[-1].rows, row))
    return tuple(row for row in tail if not any(row is other for other in rest)), notes


def _goes_on(rest: Sequence[Row], row: Row, notes: Sequence[Note]) -> bool:
    """True for a row below one that left the notes, rather than below a note."""
    return bool(rest) and notes[-1].rows[-1].box.y0 < rest[-1].box.y0 < row.box.y0


def _stands_before_text(rows: Sequence[Row], search: NoteSearch) -> bool:
    """True when a title but hardly any text stands above the rows and more text below: places of authors, dates."""
    box = union(row.box for row in rows)
    if not any(title.cy < box.y0 for title in search.titles):
        return False
    above = sum(other.cy < box.y0 for other in search.text)
    below = [other for other in search.text if other.cy > box.y1]
    beside = sum(other.x_overlap(box) > 0.5 * min(other.width, box.width) for other in below)
    return above < _BEFORE * len(search.text) and beside >= _TEXT_BELOW


def _tail(zone: Zone, search: NoteSearch, rule: float | None) -> list[Row]:
    """The rows at the foot that are small, stand below a short rule, or follow a gap and a raised mark."""
    last = len(zone.items)
    while last and isinstance(zone.items[last - 1], Row):
        last -= 1
    rows = [item for item in zone.items[last:] if isinstance(item, Row)]
    for index, row in enumerate(rows):
        smaller = index > 2 and row.size_pt < _SMALL * rows[index - 1].size_pt
        if smaller and is_raised(row) and all(other.size_pt < 1.05 * row.size_pt for other in rows[index:]):
            return rows[index:]
    rows = [row for row in rows if row.box.cy > _FOOT * search.page_height_pt]
    if rule is not None:
        return [row for row in rows if row.box.cy > rule]
    for index, row in enumerate(rows):
        apart = index > 0 and row.box.y0 - rows[index - 1].box.y1 > 0.7 * row.size_pt
        if apart and is_raised(row) and all(other.size_pt < 1.1 * row.size_pt for other in rows[index:]):
            return rows[index:]
    for index, row in enumerate(rows):
        found = _STARRED.match(row.text)
        if index and found and any(found.group(0).strip() in other.text[1:] for other in rows[:index]):
            return rows[index:]
    start = len(rows)
    while start and rows[start - 1].size_pt <= _SMALL * search.body:
        start -= 1
    return rows[start:]


def is_raised(row: Row) -> bool:
    """True when the row begins with a raised mark, as notes and places of authors do."""
    first = row.spans[0]
    return first.script > 0 and re.fullmatch(r"\s*(\d{1,3}|[*∗†‡§¶#]{1,3}|[a-z])\s*", first.text) is not None


def _rule_above_notes(zone: Zone, search: NoteSearch) -> float | None:
    """The y of a short rule in the white above the last rows of the zone, from its left edge."""
    best: float | None = None
    rows = [item for item in zone.items if isinstance(item, Row)]
    for box in _whole_rules(search.rulings):
        if box.y0 < _FOOT * search.page_height_pt or not 20 < box.width < _SHORT_RULE * zone.box.width:
            continue
        if abs(box.x0 - zone.box.x0) > 0.1 * zone.box.width:
            continue
        below = [row for row in rows if row.box.cy > box.y1]
        above = [row for row in rows if row.box.cy <= box.y1]
        if not below or len(below) > _MOST_ROWS * len(rows):
            continue
        if _label(below[0]) is None and not (search.guess and len(below) < 6):
            continue
        near = below[0].box.y0 - box.y1 < 2.0 * below[0].size_pt
        white = not above or box.y0 - above[-1].box.y1 > 0.15 * above[-1].size_pt
        if near and white and below[0].box.y0 > box.y0:
            best = box.y0 if best is None else min(best, box.y0)
    return best


def _whole_rules(rulings: Sequence[Ruling]) -> list[Rect]:
    """Horizontal rules, broken pieces of one line (faxes, scans) put together."""
    boxes: list[Rect] = []
    for ruling in sorted((r for r in rulings if r.horizontal), key=lambda r: (round(r.box.cy / 2), r.box.x0)):
        box = ruling.box
        if boxes and abs(boxes[-1].cy - box.cy) < 2 and 0 <= box.x0 - boxes[-1].x1 < 8:
            boxes[-1] = union((boxes[-1], box))
        else:
            boxes.append(box)
    return boxes


_GLUED = re.compile(r"(?<=[^\W\d_A-Z]{4})([.,;:!?][\"”’)]?)(\d{1,2})(?=\s+[^\W\d_]|$)")


def glued_marks(texts: Iterable[str]) -> list[str]:
    """Numbers that stand glued behind a word's punctuation ("sample.1 The"): note marks read as plain digits."""
    return [found.group(2) for text in texts for found in _GLUED.finditer(text)]


def raise_glued(text: str) -> str:
    """The text with such numbers as superscripts."""
    return _GLUED.sub(r"\1<sup>\2</sup>", text)


def _label(row: Row) -> str | None:
    """The mark that the row begins with as a label."""
    if is_raised(row):
        return note_label(row.spans[0].text)
    found = _MARK.match(row.text)
    if found is None:
        return None
    mark, rest = found.group(1) or found.group(4), row.text[found.end() :]
    if mark.isdigit() and (found.group(2) == "." or not (rest[:1].isalpha() or rest[:1] in "\"'“„«(*")):
        return None
    if mark in "§¶#" and rest[:1].isdigit():
        return None
    return note_label(mark.translate(_SUPERSCRIPTS))


def _follows(last: Note, label: str, row: Row) -> bool:
    """A raised mark always begins a note; a plain number only when it counts on."""
    if row.spans[0].script > 0 or not (label.isdigit() and last.label.isdigit()):
        return True
    return int(label) == int(last.label) + 1


def without_mark(spans: Sequence[Span]) -> list[Span]:
    """The note's spans without the mark."""
    result = list(spans)
    if result and result[0].script > 0:
        return _stripped(result[1:])
    found = _MARK.match("".join(span.text for span in result))
    drop = found.end() if found else 0
    while result and drop:
        cut = min(drop, len(result[0].text))
        drop -= cut
        result[0] = replace(result[0], text=result[0].text[cut:])
        if not result[0].text:
            result.pop(0)
    return _stripped(result)


def _stripped(spans: list[Span]) -> list[Span]:
    if spans:
        spans[0] = replace(spans[0], text=spans[0].text.lstrip())
    return spans


def refer(texts: list[str], labels: Sequence[str]) -> list[str]:
    """The texts with ``[^1]`` for marks that were read as plain characters ("sample.1 The"), once per label.

    Only for labels that no text refers to yet.
    """
    result = list(texts)
    for label in labels:
        if label.isalpha():
            continue
        if any(f"[^{label}]" in text for text in result):
            continue
        core = re.escape(label)
        starred = "".join(rf"\\?{re.escape(char)}" for char in label)  # a star of the text is escaped where it must be
        if label.isdigit():
            raised = label.translate(_RAISED)
            behind = rf"(?<=[^\W\d_][.,;:!?)”\"'’]){core}(?=\s|$)|(?<=[^\W\d_]){core}(?=[\s.,;:!?)]|$)"
            pattern = re.compile(rf"{raised}|<sup>{core}\)?</sup>|{behind}")
        else:
            pattern = re.compile(rf"<sup>{starred}\)?</sup>|(?<=\S)\s?{starred}\)|(?<=[^\s*\\]){starred}(?=[\s.,;:]|$)")
        hits = [(index, found) for index, text in enumerate(result) for found in pattern.finditer(text)]
        if hits and (not label.isdigit() or len(hits) == 1):
            index, found = hits[0]
            text = result[index]
            result[index] = f"{text[: found.start()]}[^{label}]{text[found.end() :]}"
    return result
