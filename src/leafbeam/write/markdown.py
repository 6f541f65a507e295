"""A document as clean Markdown (CommonMark with GitHub's tables and footnotes, formulas between dollars)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from leafbeam.options import Furniture, PageBreak, TableFormat, WriteOptions
from leafbeam.types import Block, BlockKind, Document
from leafbeam.write.flow import Leaf, caption_owners, clean, figure_alt, formula_words, leaves, note_label
from leafbeam.write.tables import table_markdown

_DEFAULTS = WriteOptions()
_LIST_MARK = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?: \[[ xX]\])?")
_PARENTHESES = re.compile(r"[(\[](.*)[)\]]")
# What would begin a block of another kind. A number and a dot is left alone: it then reads as the list it looks like,
# while an escaped one would be found by nobody who searches for "1. Introduction".
_BLOCK_START = re.compile(
    r"(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|={1,}$|-{2,}$|~~~|```|(?:[-*_] *){3,}$|\||\[(?=[^\]]+\]:))"
)
_TEX_SPECIAL = re.compile(r"[\\#$%&_{}^~]")


def to_markdown(document: Document, options: WriteOptions = _DEFAULTS, figures: str = "figures") -> str:
    """The document as Markdown; "" when nothing is on its pages, else it ends with one newline.

    ``figures`` is the folder that pictures are referred to in, as seen from the Markdown file ("" for the same folder).
    Pages after the first are announced as ``options.page_break`` says; a blank page leaves only that mark.
    """
    chunks: list[str] = []
    for position, leaf in enumerate(leaves(document, options.furniture)):
        if position and options.page_break is PageBreak.COMMENT:
            chunks.append(f"<!-- page {leaf.number} -->")
        elif position and options.page_break is PageBreak.RULE:
            chunks.append("---")
        chunks += _leaf_chunks(leaf, options, figures)
    return "\n\n".join(chunks) + "\n" if chunks else ""


def _leaf_chunks(leaf: Leaf, options: WriteOptions, figures: str) -> Iterator[str]:
    yield from _furniture(leaf.heads, options.furniture)
    items: list[Block] = []
    for index, block in enumerate(leaf.body):
        if block.kind is BlockKind.LIST_ITEM:
            items.append(block)
            continue
        yield from _list_chunk(items)
        items = []
        yield from filter(None, [_block_chunk(leaf, index, options.tables, figures)])
    yield from _list_chunk(items)
    yield from filter(None, map(_note, leaf.notes))
    yield from _furniture(leaf.feet, options.furniture)


def _block_chunk(leaf: Leaf, index: int, tables: TableFormat, figures: str) -> str:
    block = leaf.body[index]
    if block.kind is BlockKind.TABLE:
        return table_markdown(block.table, tables) if block.table is not None else _paragraph(block)
    if block.kind is BlockKind.FIGURE:
        captions = [leaf.body[caption] for caption, owner in caption_owners(leaf.body).items() if owner == index]
        alt = figure_alt(block, captions)
        return picture(alt, block.asset, figures) if block.asset else _paragraph(block)
    if block.kind is BlockKind.FORMULA:
        return _formula(block, leaf, figures)
    plain: dict[BlockKind, Callable[[Block], str]] = {BlockKind.HEADING: _heading, BlockKind.CODE: _code}
    return plain.get(block.kind, _paragraph)(block)


def picture(alt: str, asset: str, figures: str) -> str:
    """A Markdown image; ``alt`` is Markdown inline text, put on one line."""
    line = " ".join(clean(alt).split())
    path = f"{figures}/{asset}" if figures else asset
    return f"![{_balanced(line)}]({quote(path)})"


def tagged(latex: str, marker: str) -> str:
    """A display formula's LaTeX with its equation number as ``\\tag``, for KaTeX's own layout; "(3)" and "3" give 3."""
    latex, number = _numbered(latex, marker)
    return f"{latex} \\tag{{{number}}}" if number else latex


def numbered(latex: str, marker: str) -> str:
    """The same with the number as part of the formula: every renderer knows ``\\qquad (3)``, many refuse ``\\tag``."""
    latex, number = _numbered(latex, marker)
    return f"{latex} \\qquad ({number})" if number else latex


def _numbered(latex: str, marker: str) -> tuple[str, str]:
    """The LaTeX on lines without gaps, and its equation number without parentheses, "" when it has a tag of its own."""
    lines = [line.strip() for line in clean(latex).replace("$$", "$ $").split("\n")]
    latex = "\n".join(line for line in lines if line)
    number = clean(marker).strip()
    if found := _PARENTHESES.fullmatch(number):
        number = found.group(1)
    return latex, "" if r"\tag" in latex else _TEX_SPECIAL.sub("", number)


def _formula(block: Block, leaf: Leaf, figures: str) -> str:
    if block.text.strip():
        return f"$$\n{numbered(block.text, block.marker)}\n$$"
    _, number = _numbered("", block.marker)
    words = formula_words(block, leaf.page)
    if block.asset:
        image = picture(_escaped(words) or "Formula", block.asset, figures)
        return f"{image} ({number})" if number else image
    return _escaped(words)


def _heading(block: Block) -> str:
    text = " ".join(clean(block.text).split())
    if text.endswith("#"):
        text = text[:-1] + r"\#"
    return f"{'#' * min(6, max(1, block.level))} {text}" if text else ""


def _paragraph(block: Block) -> str:
    """The text; lines that are meant as lines end in two spaces, Markdown's break that leaves no mark in the text."""
    lines = [line.strip() for line in clean(block.text).split("\n")]
    return "  \n".join(
        _BLOCK_START.sub(lambda m: "\\" + m.group(0), line, count=1) if _BLOCK_START.match(line) else line
        for line in lines
        if line
    )


def _code(block: Block) -> str:
    text = "\n".join(line.rstrip() for line in clean(block.text).expandtabs(4).split("\n")).strip("\n")
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _list_chunk(items: list[Block]) -> Iterator[str]:
    """The items as one tight list. An item stands under the text of the one it belongs to, so marks set the indent."""
    lines: list[str] = []
    widths: list[int] = []
    for item in items:
        text = [line for line in (line.strip() for line in clean(item.text).split("\n")) if line]
        level = min(max(0, item.level), len(widths))
        mark = item.marker.strip() or "-"
        if not _LIST_MARK.fullmatch(mark):
            mark, text = "-", [" ".join([mark, *text[:1]]), *text[1:]]
        indent = " " * sum(widths[:level])
        bullet = mark.split(" ")[0]
        widths[level:] = [len(bullet) + 1]
        first = f"{indent}{mark} {text[0] if text else ''}".rstrip()
        lines += [first, *(f"{indent}{' ' * widths[level]}{line}" for line in text[1:])]
    if lines:
        yield "\n".join(lines)


def _note(block: Block) -> str:
    label = note_label(block)
    lines = [line.strip() for line in clean(block.text).split("\n") if line.strip()]
    if not lines:
        return ""
    if label is None:
        return "\n".join([f"{block.marker.strip()} {lines[0]}".strip(), *lines[1:]])
    return f"[^{label}]: " + "\n    ".join(lines)


def _furniture(blocks: list[Block], furniture: Furniture) -> Iterator[str]:
    for block in blocks:
        if furniture is Furniture.MARK:
            text = " ".join(clean(block.text).split()).replace("--", "- -")
            yield f"<!-- {block.kind.value}: {text} -->"
        elif text := _paragraph(block):
            yield text


def _escaped(text: str) -> str:
    """Plain words as Markdown inline text."""
    return re.sub(r"([\\`*_\[\]$<&])", r"\\\1", text)


def _balanced(text: str) -> str:
    """Inline text for an image's alt: brackets that do not pair would end it early."""
    depth = 0
    for found in re.finditer(r"\\.|[\[\]]", text):
        depth += {"[": 1, "]": -1}.get(found.group(0), 0)
        if depth < 0:
            break
    return text if depth == 0 else re.sub(r"(?<!\\)([\[\]])", r"\\\1", text)
