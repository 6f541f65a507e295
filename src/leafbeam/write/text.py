"""A document as plain text: paragraphs with a blank line between them, pages with a form feed."""

from __future__ import annotations

from collections.abc import Iterator

from leafbeam.options import Furniture, WriteOptions
from leafbeam.types import Block, BlockKind, Document
from leafbeam.write.flow import Leaf, clean, formula_words, leaves, shown_label
from leafbeam.write.inline import to_plain
from leafbeam.write.tables import plain_table


def to_text(document: Document, options: WriteOptions) -> str:
    """The document's words without marks; "" when there are none. Pages are parted by a form feed, as pdftotext does.

    Tables are written row by row with tabs, formulas as LaTeX. Furniture is kept unless it is dropped.
    """
    drop = options.furniture is Furniture.DROP
    pages = ["\n\n".join(_chunks(leaf)) for leaf in leaves(document, Furniture.DROP if drop else Furniture.KEEP)]
    if not any(pages):
        return ""
    return "\n\f".join(pages).rstrip("\n") + "\n"


def _chunks(leaf: Leaf) -> Iterator[str]:
    items: list[str] = []
    for block in [*leaf.heads, *leaf.body, *leaf.notes, *leaf.feet]:
        text = _block_text(block, leaf)
        if block.kind is BlockKind.LIST_ITEM:
            items.append("  " * max(0, block.level) + f"{block.marker or '-'} {text}".rstrip())
            continue
        if items:
            yield "\n".join(items)
            items = []
        if text:
            yield text
    if items:
        yield "\n".join(items)


def _block_text(block: Block, leaf: Leaf) -> str:
    if block.kind is BlockKind.TABLE and block.table is not None:
        return plain_table(block.table) if block.table.rows else ""
    if block.kind is BlockKind.FORMULA:
        text = clean(block.text).strip() or formula_words(block, leaf.page)
        return f"{text}    {block.marker}".rstrip()
    if block.kind is BlockKind.CODE:
        return "\n".join(line.rstrip() for line in clean(block.text).split("\n")).strip("\n")
    text = "\n".join(line.strip() for line in to_plain(clean(block.text)).split("\n")).strip()
    if block.kind is BlockKind.FOOTNOTE and block.marker:
        return f"[{shown_label(block.marker)}] {text}"
    return text
