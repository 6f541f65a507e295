"""Running heads, running feet and page numbers, as far as one page alone tells them from its text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.captions import starts_caption
from leafbeam.geometry import union
from leafbeam.layer import Line, RegionKind
from leafbeam.offline.blocks.content import PageContent, Row, body_size, make_row, make_rows
from leafbeam.offline.blocks.continued import going_on
from leafbeam.offline.blocks.escape import escape
from leafbeam.offline.blocks.inline import tidy
from leafbeam.structure import is_page_count, is_page_number
from leafbeam.types import Block, BlockKind, Style

_PRINTED = re.compile(
    r"(?:https?|file)://|\bwww\.\w|^\d{1,2}[./]\d{1,2}[./]\d{2,4},?\s+\d{1,2}:\d{2}"
    r"|\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?$"
)
_STAMP = re.compile(
    r"arXiv:\S+|^Downloaded (?:from|by)|^VerDate\b|^Digitized by|\bDOI:? ?10\.\d{4}|^©|^Copyright ", re.I
)
_CITED = re.compile(  # "PHYSICAL REVIEW E 111, 035406 (2025)", "Talanta 132 (2015) 8–17": the journal and the page
    r"[^\W\d][^\d(]{3,80}\s\d{1,4}(?:\s?\(\d+\))?[,:]\s?[A-Z]?\d{1,7}(?:\s?[-–—]\s?\d+)?\s\((?:19|20)\d\d\)"
    r"|[^\W\d][^\d(]{3,80}\s\d{1,4}\s\((?:19|20)\d\d\)\s[A-Z]?\d{1,7}(?:\s?[-–—]\s?\d+)?"
)
_ADDRESS = re.compile(r"https?://|\bwww\.\w")
_NOTE_START = re.compile(r"[*†‡§¶]|\d{1,2}(?:[\s)]|(?=[^\W\d_]{3}))|[¹²³⁴⁵⁶⁷⁸⁹]")
_SPAN_HEAD = re.compile(r"[^\W\d]+\s*(?:[—–=]|=?--?)[\s\-=]*[^\W\d]+\.?")  # "Acorn — Alder" over a dictionary's page
_TEXT_ZONE, _WIDE_ZONE = 0.13, 0.2  # of the page height, from the edge; the wide one for page numbers and ruled heads
_MAX_ROWS = 3
_MAX_CHARS = 130
_MOST_STAMP_ROWS = 6
_TITLE = 1.5  # type sizes of the body
_SMALL_PRINT = 0.0115  # of the page height: type of a stamp, also over text that is smaller still
_FOOT = re.compile(r"\d{1,4}\s+[^\W\d_]{3,}")
_LARGE_FOOT = 1.2  # of the body's type: no note is set so
_APART = 4.0  # type sizes between the page's number and the name at the foot's other end
_SIGN = 4  # characters: of a sign that stands at both ends of a foot, such as the language of a law
_LARGE_HEAD = 0.02  # of the page height: type that no running head is set in


@dataclass(frozen=True, slots=True)
class _Edge:
    """One end of the page: ``gap_pt`` from the row to its neighbour inwards, ``reach`` from the page's edge, 0..1."""

    top: bool
    gap_pt: float
    reach: float
    nearest: Row | None


@dataclass(frozen=True, slots=True)
class _Norm:
    """The page's usual type size and leading, how full it is, and the ids of lines that go on with their column."""

    body: float
    leading: float
    rows: int
    text: frozenset[int] = frozenset()


def split_furniture(content: PageContent) -> tuple[list[Block], list[Line]]:
    """The page's furniture as blocks, and the lines that are left.

    Lines that run up or down a side margin are furniture.
    """
    upright = [line for line in content.lines if line.angle == 0]
    turned = [line for line in content.lines if line.angle != 0]
    rows = make_rows(upright)
    norm = _Norm(body_size(upright), _leading(rows), len(rows) + 4 * len(content.objects))
    taken: list[tuple[Row, BlockKind]] = []
    for top in (True, False):
        gone = {id(line) for row, _ in taken for line in row.lines}
        left = [row for row in rows if not all(id(line) in gone for line in row.lines)]
        text = going_on(upright, norm.body, content.scanned, top)
        taken.extend(_peel(left, content, replace(norm, text=text), top))
    known = {id(line) for row, _ in taken for line in row.lines}
    taken.extend(
        (row, BlockKind.PAGE_NUMBER)
        for row in rows
        if is_page_count(row.text) and _reach(row, content) < _WIDE_ZONE and id(row.lines[0]) not in known
    )
    known |= {id(line) for row, _ in taken for line in row.lines}
    large = _large_foot([row for row in rows if id(row.lines[0]) not in known], content, norm)
    taken.extend((row, BlockKind.FOOTER) for row in large)
    margin = [line for line in turned if _in_side_margin(line, content)]
    blocks = [_block(row, kind, content) for row, kind in taken]
    blocks.extend(
        Block(BlockKind.HEADER, text=escape(tidy(line.text)), box=line.box.to_box(content.width_pt, content.height_pt))
        for line in margin
    )
    gone = {id(line) for row, _ in taken for line in row.lines} | {id(line) for line in margin}
    return blocks, [line for line in content.lines if id(line) not in gone]


def _large_foot(rows: Sequence[Row], content: PageContent, norm: _Norm) -> list[Row]:
    """The rows from one such as "206 Courts and Prisons" on, close to the page's end in larger type than its text."""
    order = sorted(rows, key=lambda row: row.box.y0)[-2:]
    for index, row in enumerate(order):
        foot = _FOOT.match(row.text) is not None and row.size_pt > _LARGE_FOOT * norm.body
        if foot and 1 - row.box.y0 / content.height_pt < _TEXT_ZONE / 2 + 0.005:
            return order[index:]
    return []


def _reach(row: Row, content: PageContent) -> float:
    """How far a row reaches into the page from the nearer of its two ends, 0..1."""
    return min(row.box.y1, content.height_pt - row.box.y0) / content.height_pt


def _leading(rows: Sequence[Row]) -> float:
    steps = sorted(b.box.cy - a.box.cy for a, b in itertools.pairwise(rows) if b.box.cy - a.box.cy > 3)
    size = median(row.size_pt for row in rows) if rows else 10.0
    return min(1.6 * size, max(1.1 * size, steps[len(steps) // 3] if steps else 1.2 * size))


def _peel(rows: Sequence[Row], content: PageContent, norm: _Norm, top: bool) -> list[tuple[Row, BlockKind]]:
    """Furniture rows from the edge inwards, until a row is none."""
    order = sorted(rows, key=lambda row: row.box.cy, reverse=not top)
    found: list[tuple[Row, BlockKind]] = []
    beyond_title = False  # only page numbers stand below a title's line
    while len(found) < min(_MAX_ROWS, len(order) - 1):
        row = order[len(found)]
        edge = _edge(row, order[len(found) + 1 :], content, top)
        free = [line for line in row.lines if id(line) not in norm.text]
        if not free:
            break
        if len(free) < len(row.lines):  # text of another column stands on the same height
            row = make_row(free)
        kind = _judge(row, edge, content, norm)
        if kind is not None and top and _is_head_of_text(row, edge, found, content):
            break
        small = [line for line in row.lines if not _is_title(line, norm)]
        if (beyond_title and kind is not BlockKind.PAGE_NUMBER) or not small:
            break
        if kind is not None and len(small) < len(row.lines):
            found.append((make_row(small), kind))
            beyond_title = True
            continue
        if kind is not None:
            found.append((row, kind))
            continue
        cluster = _numbered(order[len(found) :], content, norm, top)
        cluster = cluster or _cluster(order[len(found) :], content, norm, top)
        if any(id(line) in norm.text for member in cluster for line in member.lines):
            break
        small_rows = [[line for line in member.lines if not _is_title(line, norm)] for member in cluster]
        if not cluster or not all(small_rows):
            break
        found.extend((make_row(lines), BlockKind.HEADER if top else BlockKind.FOOTER) for lines in small_rows)
    return found


def _is_head_of_text(row: Row, edge: _Edge, found: Sequence[tuple[Row, BlockKind]], content: PageContent) -> bool:
    """True for a row on top of the page that no running head looks like: the title of a table right below, type that
    is large for the page, a bold line behind a light running head."""
    if is_page_number(row.text) or _has_number(row) or _PRINTED.search(row.text) or not re.search(r"\w", row.text):
        return False
    tables = [item.box for item in content.objects if item.block.kind is BlockKind.TABLE]
    titled = any(-0.2 < (b.y0 - row.box.y1) / row.size_pt < 1.0 and b.x0 < row.box.cx < b.x1 for b in tables)
    large = not found and row.size_pt > _LARGE_HEAD * content.height_pt and not content.scanned
    behind = bool(found) and row.bold and not any(other.bold for other, _ in found) and len(row.lines) == 1
    return (titled and edge.reach > 0.05) or large or behind


def _is_title(line: Line, norm: _Norm) -> bool:
    """True for type too large for a running head, as one page alone can tell."""
    return line.size_pt > _TITLE * norm.body and sum(c.isalpha() for c in line.text) > 2


def _numbered(order: Sequence[Row], content: PageContent, norm: _Norm, top: bool) -> list[Row]:
    """A short row and the page number right below (above) it, in the page's corner: "Appendix 5 / Page 8 of 11"."""
    if len(order) < 3 or len(order[0].text) > 40 or order[0].size_pt > 1.25 * norm.body:
        return []
    first, second = order[:2]
    near = abs(first.box.cy - second.box.cy) < 2.0 * first.size_pt and first.box.x_overlap(second.box) > 0
    corner = min(first.box.x0, content.width_pt - first.box.x1) < 0.3 * content.width_pt
    kind = _judge(second, _edge(second, order[2:], content, top), content, norm)
    return [first, second] if near and corner and kind is BlockKind.PAGE_NUMBER else []


def _cluster(order: Sequence[Row], content: PageContent, norm: _Norm, top: bool) -> list[Row]:
    """A few small rows close together at the very edge, far from the text: a stamp, a head of several lines."""
    if stamp := _stamp(order, content, norm):
        return stamp
    for count in range(2, min(_MAX_ROWS + 1, len(order) - 1) + 1):
        rows = order[:count]
        edge = _edge(rows[-1], order[count:], content, top)
        plain = [row for row in rows if row.size_pt > 0.93 * norm.body]
        if edge.reach > (0.1 if top else 0.08) or len(plain) > 1 or any(len(row.text) > 12 for row in plain):
            return []
        if sum(len(row.text) for row in rows) > _MAX_CHARS or (not top and any(_is_note(row) for row in rows)):
            return []
        if edge.gap_pt > 2.0 * norm.leading:
            return list(rows)
    return []


def _stamp(order: Sequence[Row], content: PageContent, norm: _Norm) -> list[Row]:
    """Narrow rows in the page's corner, set closer than any text: a logo with words in it."""
    for count in range(min(_MOST_STAMP_ROWS, len(order) - 1), 2, -1):
        rows = order[:count]
        box = union(row.box for row in rows)
        corner = min(box.x0, content.width_pt - box.x1) < 0.12 * content.width_pt
        reach = min(box.y1, content.height_pt - box.y0) / content.height_pt
        pitch = (max(row.box.cy for row in rows) - min(row.box.cy for row in rows)) / (count - 1)
        narrow = box.width < 0.15 * content.width_pt and len(" ".join(row.text for row in rows)) < 60
        if corner and narrow and reach < 0.08 and pitch < 0.85 * norm.body:
            return list(rows)
    return []


def _edge(row: Row, inner: Sequence[Row], content: PageContent, top: bool) -> _Edge:
    beside = 0.4 * row.box.height
    rows = [other for other in inner if other.box.y_overlap(row.box) < beside]
    boxes = [other.box for other in rows] + [item.box for item in content.objects]
    nearest = rows[0] if rows else None
    if top:
        limit = min((box.y0 for box in boxes if box.cy > row.box.cy), default=content.height_pt)
        return _Edge(True, limit - row.box.y1, row.box.y1 / content.height_pt, nearest)
    limit = max((box.y1 for box in boxes if box.cy < row.box.cy), default=0.0)
    return _Edge(False, row.box.y0 - limit, 1 - row.box.y0 / content.height_pt, nearest)


def _judge(row: Row, edge: _Edge, content: PageContent, norm: _Norm) -> BlockKind | None:
    size = min(row.size_pt, norm.body)
    if is_page_number(row.text) and edge.reach < _WIDE_ZONE and edge.gap_pt > 0.25 * size:
        return BlockKind.PAGE_NUMBER
    kind = BlockKind.HEADER if edge.top else BlockKind.FOOTER
    ends = _at_both_ends(row, edge, content)
    sure = edge.top and (ends or _has_rule(row, edge, content) or _has_number(row) or _is_span_head(row))
    told = all(line.tag == "Artifact" for line in row.lines)  # a tagged PDF says that it is no part of the text
    zone = (_WIDE_ZONE + 0.05) if sure or told else _TEXT_ZONE
    if edge.reach > zone or len(row.text) > _MAX_CHARS or norm.rows < 4:
        return None
    if told and edge.gap_pt > 0.5 * size:
        return kind
    if edge.top and edge.gap_pt > 0.5 * size and _CITED.fullmatch(row.text.strip()):
        return kind
    if not edge.top and _is_echo(row):
        return kind
    small = row.size_pt <= max(1.1 * norm.body, _SMALL_PRINT * content.height_pt)
    if small and (_PRINTED.search(row.text) or _STAMP.search(row.text)):
        noted = not edge.top and _is_note(row) and _ADDRESS.search(row.text) is not None
        return kind if edge.top or (edge.gap_pt > 0.36 * size and not noted) else None
    loose = content.scanned or (edge.reach < 0.05 and (sure or not edge.top))
    if row.size_pt > (1.25 if loose else 1.12) * norm.body:
        return None
    if starts_caption(row.text) or (not edge.top and (_is_note(row) or _is_sentence(row))):
        return None
    if edge.gap_pt > 0.9 * size and (ends or (edge.top and _is_span_head(row))):
        return kind
    apart = edge.gap_pt > 0.35 * size
    marked = row.italic or row.text.isupper() or len(row.lines) > 1
    # the first line of a letter, a recipe, a poem
    opening = edge.top and not marked and norm.rows < 25 and row.size_pt >= 0.97 * norm.body
    seen = not opening and _is_region(row, edge.top, content)
    if apart and (_has_number(row) or _has_rule(row, edge, content) or seen):
        return kind
    if edge.gap_pt > 0.8 * size and row.size_pt <= 0.93 * norm.body and not row.text.rstrip().endswith((",", "-")):
        return kind
    isolated = edge.gap_pt > 1.2 * norm.leading
    if opening:
        return None
    if not edge.top and edge.reach < 0.08 and edge.gap_pt > 0.9 * size and _differs(row, edge.nearest):
        return kind
    if isolated and edge.reach < 0.1 and (marked or edge.reach < 0.065 or edge.gap_pt > 3 * norm.leading):
        return None if edge.top and not marked and edge.reach > 0.085 else kind
    return None


def _differs(row: Row, nearest: Row | None) -> bool:
    """True when the row is set in another style than the text above it, and is no sentence."""
    if nearest is None or row.text.rstrip().endswith((".", ",", ";", "-", ":")):
        return False
    return row.bold != nearest.bold or row.italic != nearest.italic


def _is_note(row: Row) -> bool:
    first = row.lines[0]
    if len(row.lines) > 1 and is_page_number(first.text) and row.lines[1].box.x0 - first.box.x1 > _APART * row.size_pt:
        return False
    return row.spans[0].script > 0 or (_NOTE_START.match(row.text) is not None and not is_page_number(row.text))


def _is_sentence(row: Row) -> bool:
    """True for what no running foot says: a sentence, as the notes of a page do whose marks recognition misread."""
    return row.text.rstrip().endswith((".", ".)")) and len(re.findall(r"\b[^\W\d_A-Z]{2,}\b", row.text)) >= 6


def _has_number(row: Row) -> bool:
    """True for text with a page number at one end, apart from it."""
    if len(row.lines) < 2:
        return False
    return is_page_number(row.lines[0].text) or is_page_number(row.lines[-1].text)


def _at_both_ends(row: Row, edge: _Edge, content: PageContent) -> bool:
    """True for two short texts at the two ends of the text's width with nothing between: a head of a dictionary."""
    if len(row.lines) != 2:
        return False
    boxes = [line.box for line in content.lines if line.angle == 0]
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    first, last = row.lines[0].box, row.lines[-1].box
    reach = 2.5 * row.size_pt
    outer = first.x0 - left < reach and right - last.x1 < reach
    return outer and last.x0 - first.x1 > 0.25 * (right - left) and edge.gap_pt > 0.9 * row.size_pt


def _is_span_head(row: Row) -> bool:
    return _SPAN_HEAD.fullmatch(row.text.strip()) is not None and len(row.text) < 60


def _has_rule(row: Row, edge: _Edge, content: PageContent) -> bool:
    """True when a long rule parts the row from the text."""
    for ruling in content.rulings:
        box = ruling.box
        if not ruling.horizontal or box.width < 0.35 * content.width_pt:
            continue
        near = min(edge.gap_pt, 2.0 * row.size_pt)
        if edge.top and -0.3 * row.size_pt < box.y0 - row.box.y1 < near:
            return True
        if not edge.top and -0.3 * row.size_pt < row.box.y0 - box.y1 < near:
            return True
    return False


def _is_region(row: Row, top: bool, content: PageContent) -> bool:
    wanted = RegionKind.HEADER if top else RegionKind.FOOTER
    return any(
        region.kind is wanted and region.score > 0.4 and region.box.intersection(row.box) > 0.6 * row.box.area
        for region in content.regions
    )


def _in_side_margin(line: Line, content: PageContent) -> bool:
    share = line.box.cx / content.width_pt
    return min(share, 1 - share) < 0.1


def _block(row: Row, kind: BlockKind, content: PageContent) -> Block:
    return Block(
        kind,
        text=escape(tidy(row.text)),
        box=row.box.to_box(content.width_pt, content.height_pt),
        style=Style(row.size_pt, row.bold, row.italic, row.mono),
    )


def _is_echo(row: Row) -> bool:
    """True for one short sign at both ends of a foot, perhaps with the page's number between."""
    first, last = row.lines[0].text.strip(), row.lines[-1].text.strip()
    return len(row.lines) > 1 and first == last and 0 < len(first) <= _SIGN and first.isupper()
