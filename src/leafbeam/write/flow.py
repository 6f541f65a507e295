"""What every text writer starts from: blocks page by page, joined over breaks and with furniture sorted out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leafbeam.options import Furniture
from leafbeam.types import FURNITURE, Block, BlockKind, Document, Page, Table, Word

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_NOTE_LABEL = re.compile(r"[^\s\[\]^\\]+")
_STOP = re.compile(r"[.!?](?=[*\s]*\s)[*]*|[。！？]")
_LABEL = re.compile(r"\**\w+\.?\s*[A-Z]?\d+(?:[.\-–]\d+)*\**(?=[\s.:|*])")  # "Figure 1", "Fig. 2.3", "图 4"
_LABEL_WORDS = 2  # words that may be no more than a caption's label
_LONG_ALT = 160  # characters


@dataclass(slots=True)
class Leaf:
    """One page ready to be written: running heads, text in reading order, footnotes, running feet."""

    page: Page
    heads: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)
    feet: list[Block] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The page number for people."""
        return self.page.ref.index + 1


def leaves(document: Document, furniture: Furniture) -> list[Leaf]:
    """One leaf per page. Text that goes on over a column or page break is in one piece, on the page where it began.

    Furniture is left out under ``Furniture.DROP``. A footnote label used again on a later page is made unique there, in
    the note and in the text that refers to it, because Markdown's footnotes are one name space per document.
    """
    done: list[Leaf] = []
    labels: set[str] = set()
    for page in document.pages:
        leaf = Leaf(page)
        for block in _unique_notes(page, labels):
            if block.kind in FURNITURE:
                if furniture is not Furniture.DROP:
                    (leaf.heads if _is_head(block) else leaf.feet).append(block)
                continue
            target = leaf.notes if block.kind is BlockKind.FOOTNOTE else leaf.body
            if not (block.joins_previous and _join(block, [*_last_with_text(done), leaf])):
                target.append(block)
        done.append(leaf)
    return done


def clean(text: str) -> str:
    """The text in NFC, without characters that no output format may hold (controls, lone surrogates)."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def joined(first: str, second: str, tight: bool) -> str:
    """Two parts of one text as one. Emphasis that closes at the break and opens again behind it is one emphasis."""
    for mark in ("***", "**", "*"):
        if _ends_with(first, mark) and _starts_with(second, mark):
            first, second = first[: -len(mark)], second[len(mark) :]
            break
    return first + second if tight else f"{first.rstrip()} {second.lstrip()}".strip()


def figure_alt(block: Block, neighbours: Sequence[Block]) -> str:
    """The text that stands for a figure: its caption's beginning, else its own, else "Figure"; Markdown inline text.

    The caption is also a block of its own, whole: an alternative text is not shown where the picture is. A figure's own
    text may be no more than the words in it, as of a chart's axes: it stands for a figure without a caption.
    """
    own = clean(block.text).strip()
    captions = [clean(item.text).strip() for item in neighbours if item.kind is BlockKind.CAPTION]
    return next((_beginning(caption) for caption in captions if caption), own or "Figure")


def _beginning(caption: str) -> str:
    """The caption's label and first sentence; the label alone before a long one. Formulas and emphasis stay whole."""
    ends = [m.end() for m in _STOP.finditer(caption) if _is_whole(caption[: m.end()])] + [len(caption)]
    first = next((end for end in ends if len(caption[:end].split()) > _LABEL_WORDS), len(caption))
    label = _LABEL.match(caption)
    if first > _LONG_ALT and label is not None and _is_whole(label.group(0)):
        return label.group(0)
    return caption[:first]


def _is_whole(text: str) -> bool:
    return not (text.count("$") % 2 or text.count("*") % 2 or text.count("`") % 2 or text.count("(") > text.count(")"))


def caption_owners(blocks: Sequence[Block]) -> dict[int, int]:
    """The index of each caption that stands beside a figure or table, and the index of that.

    Of two, the one it is nearer to on the page; where that is not known a figure stands before its caption and a table
    behind it. A figure or table has one caption, the first that it fits.
    """
    owners: dict[int, int] = {}
    for index, block in enumerate(blocks):
        if block.kind is not BlockKind.CAPTION:
            continue
        taken = set(owners.values())
        beside = [i for i in (index - 1, index + 1) if 0 <= i < len(blocks) and i not in taken]
        floats = [i for i in beside if blocks[i].kind in (BlockKind.FIGURE, BlockKind.TABLE)]
        if floats:
            owners[index] = min(floats, key=lambda i: (_gap(block, blocks[i]), _unusual(blocks[i], i < index)))
    return owners


def _unusual(item: Block, before_caption: bool) -> bool:
    return before_caption is not (item.kind is BlockKind.FIGURE)


def _gap(one: Block, other: Block) -> float:
    """The distance between two blocks' boxes, in hundredths of the page; 0 when a box is not known."""
    if one.box is None or other.box is None:
        return 0.0
    across = max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
    down = max(one.box.top, other.box.top) - min(one.box.bottom, other.box.bottom)
    return round(100 * max(0.0, across, down))


def formula_words(block: Block, page: Page) -> str:
    """The words seen where a formula stands: what can be said about a formula known only as a picture."""
    inside = [word.text for word in page.words if _is_inside(word, block)]
    return " ".join(clean(" ".join(inside)).split())


def words_for_text(page: Page) -> tuple[Word, ...]:
    """The few words of a page that the text formats need: those where a formula is known only as a picture."""
    pictures = [block for block in page.blocks if block.kind is BlockKind.FORMULA and not block.text.strip()]
    return tuple(word for word in page.words if any(_is_inside(word, block) for block in pictures)) if pictures else ()


def _is_inside(word: Word, block: Block) -> bool:
    if block.box is None:
        return False
    x, y = (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2
    return block.box.left <= x <= block.box.right and block.box.top <= y <= block.box.bottom


def note_label(block: Block) -> str | None:
    """The footnote's label when Markdown can hold it, else None."""
    return block.marker if _NOTE_LABEL.fullmatch(block.marker) else None


def shown_label(label: str) -> str:
    """A footnote's label as printed: without what ``leaves`` added to make it unique."""
    return re.sub(r"-p\d+$", "", label)


def _is_head(block: Block) -> bool:
    if block.kind is BlockKind.PAGE_NUMBER and block.box is not None:
        return block.box.top + block.box.bottom < 1.0
    return block.kind is BlockKind.HEADER


def _unique_notes(page: Page, labels: set[str]) -> list[Block]:
    own = {block.marker for block in page.blocks if block.kind is BlockKind.FOOTNOTE and note_label(block)}
    renamed = {label: f"{label}-p{page.ref.index + 1}" for label in own & labels}
    labels |= own
    if not renamed:
        return list(page.blocks)
    pattern = re.compile(r"\[\^(" + "|".join(re.escape(label) for label in sorted(renamed)) + r")\]")

    def rename(block: Block) -> Block:
        if block.kind in (BlockKind.CODE, BlockKind.FORMULA):
            return block
        text = pattern.sub(lambda found: f"[^{renamed[found.group(1)]}]", block.text)
        marker = renamed.get(block.marker, block.marker) if block.kind is BlockKind.FOOTNOTE else block.marker
        return replace(block, text=text, marker=marker)

    return [rename(block) for block in page.blocks]


def _last_with_text(done: Sequence[Leaf]) -> list[Leaf]:
    """The page that a page's first text may continue: the one before it, blank pages left aside."""
    return next(([leaf] for leaf in reversed(done) if leaf.body or leaf.notes), [])


def _join(block: Block, places: Sequence[Leaf]) -> bool:
    """Append the block to the last one of its kind on these leaves; False when there is none to continue."""
    for leaf in reversed(places):
        blocks = leaf.notes if block.kind is BlockKind.FOOTNOTE else leaf.body
        for index in range(len(blocks) - 1, -1, -1):
            if blocks[index].kind is block.kind:
                merged = _merged(blocks[index], block)
                if merged is not None:
                    blocks[index] = merged
                return merged is not None
    return False


def _merged(first: Block, second: Block) -> Block | None:
    if second.kind is BlockKind.TABLE:
        table = _merged_tables(first.table, second.table)
        return None if table is None else replace(first, table=table)
    if second.kind is BlockKind.CODE:
        return replace(first, text=f"{first.text}\n{second.text}")
    if second.kind in (BlockKind.FIGURE, BlockKind.FORMULA):
        return None
    return replace(first, text=joined(first.text, second.text, second.joins_tight))


def _merged_tables(first: Table | None, second: Table | None) -> Table | None:
    """Both as one table when they have as many columns; heading rows that the second repeats are left out."""
    if first is None or second is None or not first.rows or not second.rows:
        return None
    if sum(cell.col_span for cell in first.rows[0]) != sum(cell.col_span for cell in second.rows[0]):
        return None
    repeated = 0
    for old, new in zip(first.rows, second.rows, strict=False):
        if not all(cell.header for cell in new) or [c.text for c in old] != [c.text for c in new]:
            break
        repeated += 1
    return Table(first.rows + second.rows[repeated:])


def _ends_with(text: str, mark: str) -> bool:
    return len(text) > len(mark) and text.endswith(mark) and text[-len(mark) - 1] not in "*\\ "


def _starts_with(text: str, mark: str) -> bool:
    return len(text) > len(mark) and text.startswith(mark) and text[len(mark)] not in "* "
