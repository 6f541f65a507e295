"""From what is seen on a page to its blocks in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leafbeam.captions import starts_caption
from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.offline.blocks.authors import with_piles
from leafbeam.offline.blocks.bullets import with_bullets
from leafbeam.offline.blocks.code import code_text, is_code
from leafbeam.offline.blocks.content import Item, PageContent, PlacedBlock, Row, body_size
from leafbeam.offline.blocks.contents import entry_text
from leafbeam.offline.blocks.dropcaps import with_drop_caps
from leafbeam.offline.blocks.frontmatter import author_groups
from leafbeam.offline.blocks.furniture import split_furniture
from leafbeam.offline.blocks.headings import PageNorm, is_heading, numbered_heads, page_norm, stated_level
from leafbeam.offline.blocks.hyphens import Vocabulary
from leafbeam.offline.blocks.inline import InlineStyle, spans_to_markdown
from leafbeam.offline.blocks.lists import Candidate, Mark, Nesting, believed, box_items, list_mark
from leafbeam.offline.blocks.notes import Note, NoteSearch, glued_marks, raise_glued, refer, split_notes, without_mark
from leafbeam.offline.blocks.order import reading_order
from leafbeam.offline.blocks.paragraphs import Group, group_zone, is_verse, join_rows, join_spans
from leafbeam.offline.blocks.signatures import signature_groups
from leafbeam.offline.blocks.titles import is_titled, with_titles
from leafbeam.offline.blocks.turned import turned_texts
from leafbeam.offline.blocks.vertical import is_vertical, join_vertical, laid_down, put_upright
from leafbeam.offline.recognition.gutters import split_at_gutters
from leafbeam.offline.recognition.linemetrics import is_low
from leafbeam.structure import is_open
from leafbeam.types import FURNITURE, Block, BlockKind, Style

__all__ = ["PageContent", "PlacedBlock", "build_blocks"]

_SPECKS = frozenset("'`´’‘.,-_|!:;~^°\"“”„")  # what a scan's specks are read as, when they stand alone
_SHORT = 0.4  # of the column's width that a last row leaves free
_GOES_ON = frozenset("-\u00ad‐,–—")
_COUNTED_LINES = "1:"  # the marks of an algorithm's lines, whose texts are set in by what they belong to
_FLOATS = frozenset({BlockKind.FIGURE, BlockKind.TABLE, BlockKind.CAPTION, BlockKind.FOOTNOTE})


@dataclass(frozen=True, slots=True)
class _Draft:
    """A block whose inline text is not written yet. ``zone`` counts the zones; ``short`` when its last row ends well
    short of the column."""

    kind: BlockKind
    spans: tuple[Span, ...]
    box: Rect
    style: Style | None
    zone: int
    level: int = 0
    marker: str = ""
    ready: Block | None = None
    indented: bool = False
    pile: bool = False  # the lines of one of several authors
    short: bool = False
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the page as a whole tells about each group: ``heads`` are the ids of the groups that are headings."""

    norm: PageNorm
    vocabulary: Vocabulary
    heads: frozenset[int]
    mono: bool


def build_blocks(page: PageContent) -> tuple[Block, ...]:
    """The page's blocks in reading order: heads, text with footnotes last, feet. Every line is in exactly one block,
    but for lone specks of a scan and single signs set sideways, as logos have."""
    page = replace(page, lines=join_vertical(page.lines))
    return put_upright(_build(laid_down(page)), page) if is_vertical(page) else _build(page)


def _build(page: PageContent) -> tuple[Block, ...]:
    """The blocks of a page whose text runs level."""
    if page.scanned:
        page = replace(page, lines=tuple(_with_sane_size(line) for line in page.lines))
    furniture, lines = split_furniture(page)
    upright = split_at_gutters([line for line in lines if line.angle == 0 and line.text.strip()])
    if page.scanned:
        upright = [line for line in upright if line.text.strip() not in _SPECKS]
    upright = with_bullets(upright, page.shapes, [item.box for item in page.objects])
    turned = [line for line in lines if line.angle != 0 and len(line.text.strip()) > 1]  # one sign alone is a logo's
    vocabulary = Vocabulary.of(line.text for line in lines)
    upright = with_drop_caps(upright, vocabulary)
    body = body_size(upright)
    items: list[Item] = [*upright, *page.objects]
    drafts: list[_Draft] = []
    notes: list[_Draft] = []
    stretches: list[list[Group | PlacedBlock]] = []
    page_text = union(item.box for item in items) if items else Rect(0, 0, page.width_pt, page.height_pt)
    glued = glued_marks(line.text for line in upright) if page.scanned else []
    guess = glued[0] if len(glued) == 1 else None
    text = [line.box for line in upright if line.size_pt > 0.96 * body]
    titles = [line.box for line in upright if line.size_pt > 1.15 * body and len(line.text) > 12]
    search = NoteSearch(body, page.rulings, page.height_pt, guess, text, titles)
    for zone in reading_order(items, page.rulings):
        rows, found = split_notes(zone, search)
        notes.extend(_note_draft(note, vocabulary) for note in found)
        gone = {id(row) for row in rows}
        stretches.append(
            group_zone(replace(zone, items=tuple(i for i in zone.items if id(i) not in gone)), page_text, page.scanned)
        )
    stretches = with_titles(with_piles(stretches, page.height_pt))
    groups = [item for stretch in stretches for item in stretch if isinstance(item, Group)]
    norm = page_norm(groups, body, page.scanned, page.regions)
    mono = sum(len(g.text) for g in groups if g.mono) > 0.6 * sum(len(g.text) for g in groups)
    heads = {
        id(group)
        for group in groups
        if not group.entry and not group.pile and is_heading(group, norm) and not _is_bullet(group)
    }
    heads |= numbered_heads(groups)
    heads -= author_groups(groups, heads) | signature_groups(groups)
    frame = _Frame(norm, vocabulary, frozenset(heads), mono)
    for number, stretch in enumerate(stretches):
        drafts.extend(_drafts(stretch, frame, number))
    drafts.extend(_turned_draft(text, len(stretches), vocabulary) for text in turned_texts(turned))
    drafts = [*_merged(drafts, vocabulary), *notes]
    written = [item for block in _written(drafts, norm, page) for item in box_items(block)]
    return _with_furniture(written, furniture)


def _with_sane_size(line: Line) -> Line:
    """Sizes on scans are estimates: none is more than half again as large as the line is high, of letters that rise."""
    most = 2.3 if is_low(line.text) else 1.5
    return line if line.angle else replace(line, size_pt=min(line.size_pt, most * line.box.height))


def _drafts(stretch: Sequence[Group | PlacedBlock], frame: _Frame, zone: int) -> list[_Draft]:
    """The groups and objects of one zone as drafts."""
    norm, vocabulary = frame.norm, frame.vocabulary
    heads, marks, items = _heads_and_marks(stretch, frame)
    nesting = Nesting(norm.body)
    result: list[_Draft] = []
    for item, head, mark, listed in zip(stretch, heads, marks, items, strict=True):
        if isinstance(item, PlacedBlock):
            result.append(_Draft(item.block.kind, (), item.box, None, zone, ready=item.block))
            continue
        if not listed and not item.entry and not (result and result[-1].kind is BlockKind.LIST_ITEM):
            nesting.reset()
        bold = item.bold and not norm.scanned  # an estimate there, too weak to rank headings by
        stated = stated_level(item) if head else 0
        style = Style(round(item.size_pt, 1), bold, item.italic, item.mono, item.centred, stated)
        if item.entry:
            entry = (Span(entry_text(item.rows), item.box),)
            level = nesting.level(item.rows[0].box.x0)
            result.append(_Draft(BlockKind.LIST_ITEM, entry, item.box, style, zone, level=level, marker="-"))
            continue
        if listed and mark is not None:
            spans = _cut_front(join_rows(item.rows, vocabulary), mark.mark.length)
            level = nesting.level(mark.indent if mark.mark.family == _COUNTED_LINES else mark.x0)
            draft = _Draft(BlockKind.LIST_ITEM, tuple(spans), item.box, style, zone, level, mark.mark.written)
            result.append(replace(draft, short=_is_short(item)))
            continue
        if not frame.mono and is_code(item):
            result.append(_code_draft(item, style, zone))
            if len(result) > 1 and result[-2].kind is BlockKind.CODE and result[-2].zone == zone:
                last = result.pop()
                result[-1] = replace(
                    result[-1], raw=f"{result[-1].raw}\n{last.raw}", box=union((result[-1].box, last.box))
                )
            continue
        if not head and result and _continues_item(result[-1], item):
            spans = join_spans(list(result[-1].spans), join_rows(item.rows, vocabulary), vocabulary)
            box = union((result[-1].box, item.box))
            result[-1] = replace(result[-1], spans=tuple(spans), box=box, short=_is_short(item))
            continue
        lined = not head and (frame.mono or not item.mono) and not is_titled(item) and is_verse(item)
        spans = join_rows(item.rows, vocabulary, keep_lines=lined)
        kind = BlockKind.HEADING if head else BlockKind.PARAGRAPH
        if starts_caption(item.text) and _is_caption(item, norm, stretch):
            kind = BlockKind.CAPTION
        first = item.rows[0]
        indented = first.box.x0 > item.left + 0.7 * first.size_pt
        draft = _Draft(kind, tuple(spans), item.box, style, zone, level=2 * head, indented=indented, pile=item.pile)
        result.append(replace(draft, short=_is_short(item)))
    return result


def _is_short(group: Group) -> bool:
    return group.right - group.rows[-1].box.x1 > _SHORT * (group.right - group.left)


def _heads_and_marks(
    stretch: Sequence[Group | PlacedBlock], frame: _Frame
) -> tuple[list[bool], list[Candidate | None], list[bool]]:
    """Which items are headings, the marks that the others begin with, and which of those are list items.

    A numbered line that is a heading by its number alone is a list item when its neighbours are.
    """
    size = frame.norm.body
    heads = [id(item) in frame.heads for item in stretch]
    weak = [h and isinstance(i, Group) and _is_weak(i, size) for h, i in zip(heads, stretch, strict=True)]
    all_marks = [None if h and not w else _candidate(i) for h, w, i in zip(heads, weak, stretch, strict=True)]
    plain_marks = [None if h else mark for h, mark in zip(heads, all_marks, strict=True)]
    listed = believed(all_marks, size)
    plain = believed(plain_marks, size)
    for index, is_weak in enumerate(weak):
        if is_weak and listed[index] and any(plain_marks[j] is not None for j in _near(index, len(stretch))):
            heads[index] = False
    marks = [None if head else mark for head, mark in zip(heads, all_marks, strict=True)]
    return heads, marks, believed(marks, size) if marks != plain_marks else plain


def _near(index: int, count: int) -> list[int]:
    return [j for j in (index - 1, index + 1) if 0 <= j < count]


def _is_weak(group: Group, size: float) -> bool:
    return not group.bold and group.size_pt < 1.07 * size


def _continues_item(item: _Draft, group: Group) -> bool:
    """True for text right below a list item and set in under its mark."""
    if item.kind is not BlockKind.LIST_ITEM or item.style is None or group.before > 0.5 or starts_caption(group.text):
        return False
    first = group.rows[0]
    alike = abs(item.style.size_pt - group.size_pt) < 0.12 * group.size_pt
    left = min(row.box.x0 for row in group.rows)  # an indented first line alone begins a paragraph
    return alike and left > item.box.x0 + 0.5 * first.size_pt and group.mono == item.style.mono


def _code_draft(group: Group, style: Style, zone: int) -> _Draft:
    return _Draft(BlockKind.CODE, (), group.box, style, zone, raw=code_text(group))


def _is_bullet(group: Group) -> bool:
    mark = list_mark(group.text)
    return mark is not None and mark.value is None


def _is_caption(group: Group, norm: PageNorm, stretch: Sequence[Group | PlacedBlock]) -> bool:
    """A caption-like start counts near an object, in smaller type, or when it is short."""
    near = any(
        isinstance(item, PlacedBlock)
        and -item.box.y_overlap(group.box) < 3.5 * norm.body
        and item.box.x_overlap(group.box) > 0
        for item in stretch
    )
    return near or group.size_pt < 0.95 * norm.body or len(group.rows) < 4


def _candidate(item: Group | PlacedBlock) -> Candidate | None:
    if isinstance(item, PlacedBlock) or item.entry:
        return None
    mark = list_mark(item.rows[0].text)
    if mark is None or not _is_own(mark, item.rows[0].spans):
        return None
    first = item.rows[0]
    hangs = len(item.rows) > 1 and all(row.box.x0 > first.box.x0 + 0.5 * first.size_pt for row in item.rows[1:])
    return Candidate(mark, first.box.x0, hangs, _text_edge(first, mark))


def _text_edge(row: Row, mark: Mark) -> float:
    """Where the text behind the mark begins."""
    count = len("".join(row.text[: mark.length].split()))
    inked = [glyph for line in row.lines for glyph in line.glyphs if not glyph.text.isspace()]
    return inked[count].box.x0 if count < len(inked) else row.box.x0


def _is_own(mark: Mark, spans: Sequence[Span]) -> bool:
    """False for a mark that is the beginning of a formula and does not stand there as it is written."""
    first = spans[0]
    return first.latex is None or first.latex.startswith(mark.written) or len(first.text.rstrip()) <= mark.length


def _cut_front(spans: list[Span], length: int) -> list[Span]:
    """The spans without their first ``length`` characters, white space after them stripped."""
    result = list(spans)
    while result and length >= len(result[0].text):
        length -= len(result[0].text)
        result.pop(0)
    if result:
        cut = result[0].text[:length].strip()
        latex = result[0].latex.removeprefix(cut).lstrip() if result[0].latex is not None else None
        result[0] = replace(result[0], text=result[0].text[length:].lstrip(), latex=latex)
    return result


def _note_draft(note: Note, vocabulary: Vocabulary) -> _Draft:
    spans = without_mark(join_rows(note.rows, vocabulary))
    style = Style(round(note.rows[0].size_pt, 1))
    return _Draft(BlockKind.FOOTNOTE, tuple(spans), union(row.box for row in note.rows), style, -1, marker=note.label)


def _turned_draft(lines: Sequence[Line], zone: int, vocabulary: Vocabulary) -> _Draft:
    spans: list[Span] = []
    for line in lines:
        spans = join_spans(spans, list(line.spans), vocabulary)
    style = Style(round(lines[0].size_pt, 1))
    return _Draft(BlockKind.PARAGRAPH, tuple(spans), union(line.box for line in lines), style, zone)


def _merged(drafts: Sequence[_Draft], vocabulary: Vocabulary) -> list[_Draft]:
    """Paragraphs and list items that go on in the next column or behind a float, in one piece."""
    result: list[_Draft] = []
    for draft in drafts:
        place = _open_text(result)
        if (
            draft.kind is BlockKind.PARAGRAPH
            and place is not None
            and _goes_on(result[place], draft, place == len(result) - 1)
        ):
            first = result[place]
            spans = join_spans(list(first.spans), list(draft.spans), vocabulary)
            result[place] = replace(first, spans=tuple(spans), zone=draft.zone, short=draft.short)
            continue
        result.append(draft)
    return result


def _open_text(drafts: Sequence[_Draft]) -> int | None:
    """The last text block with nothing but floats behind it."""
    for index in range(len(drafts) - 1, -1, -1):
        if drafts[index].kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
            return index
        if drafts[index].kind not in _FLOATS:
            return None
    return None


def _goes_on(first: _Draft, second: _Draft, adjacent: bool) -> bool:
    """True when ``second`` continues the sentence that ``first`` leaves open."""
    if adjacent and first.zone == second.zone and not _was_cut(first, second):
        return False
    if first.pile or second.pile:
        return False
    if first.marker.startswith("- ["):
        return False  # what follows a check box is an answer, not a sentence
    if (
        first.style is None
        or second.style is None
        or abs(first.style.size_pt - second.style.size_pt) > 0.12 * first.style.size_pt
    ):
        return False
    head = "".join(span.text for span in first.spans)
    tail = "".join(span.text for span in second.spans)
    if first.short and not tail[:1].islower() and head.rstrip()[-1:] not in _GOES_ON:
        return False  # the next word would have had room there
    return is_open(head, tail)


def _was_cut(first: _Draft, second: _Draft) -> bool:
    """True for a long text that goes on with a small letter in the same column: it was no paragraph's end."""
    head, tail = "".join(s.text for s in first.spans), "".join(s.text for s in second.spans)
    return len(head) > 60 and "\n" not in head and tail[:1].islower() and not head[-1:].isdigit()


def _written(drafts: Sequence[_Draft], norm: PageNorm, page: PageContent) -> list[Block]:
    """The drafts as blocks: inline text, footnote marks, boxes."""
    labels = frozenset(draft.marker for draft in drafts if draft.kind is BlockKind.FOOTNOTE)
    blocks = []
    for draft in drafts:
        if draft.ready is not None:
            blocks.append(draft.ready)
            continue
        box = draft.box.to_box(page.width_pt, page.height_pt)
        text = (
            draft.raw if draft.raw is not None else spans_to_markdown(draft.spans, _inline_style(draft, norm, labels))
        )
        blocks.append(Block(draft.kind, text=text, level=draft.level, marker=draft.marker, box=box, style=draft.style))
    blocks = [block for block in blocks if block.text or block.kind in _FLOATS or block.asset or block.table]
    if page.scanned:
        plain = {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}
        blocks = [replace(block, text=raise_glued(block.text)) if block.kind in plain else block for block in blocks]
    if labels:
        marked = {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CAPTION}
        places = [index for index, block in enumerate(blocks) if block.kind in marked]
        texts = refer([blocks[index].text for index in places], sorted(labels))
        for index, text in zip(places, texts, strict=True):
            blocks[index] = replace(blocks[index], text=text)
    return blocks


def _inline_style(draft: _Draft, norm: PageNorm, labels: frozenset[str]) -> InlineStyle:
    """Emphasis is what differs from the block's norm: none in headings, none where all of the block is so."""
    if draft.kind is BlockKind.HEADING:
        return InlineStyle(True, True, True, labels)
    shown = [span for span in draft.spans if span.text.strip() and span.latex is None and not span.script]
    return InlineStyle(
        bold=norm.bold or (bool(shown) and all(span.bold for span in shown)),
        italic=norm.italic,
        mono=bool(shown) and all(span.mono for span in shown),
        notes=labels,
    )


def _with_furniture(blocks: Sequence[Block], furniture: Sequence[Block]) -> tuple[Block, ...]:
    heads = [b for b in furniture if b.kind in FURNITURE and b.box is not None and b.box.top + b.box.bottom < 1.0]
    feet = [b for b in furniture if b not in heads]
    return (*heads, *blocks, *feet)
