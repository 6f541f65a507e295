r"""A model's Markdown as pieces: headings, lists, tables (HTML or pipes), formulas, code, figures.

CommonMark is markdown-it-py's work; tables and display formulas are taken out before, since blank lines and signs at
the beginning of lines mean something else in Markdown than inside them. What stays inline is kept as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from leafbeam.answers.pieces import Piece, RawBox
from leafbeam.answers.tables import table_of_html
from leafbeam.captions import starts_caption
from leafbeam.types import BlockKind, Cell, Table

_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_INNER_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_DISPLAY = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|(\\begin\{(equation|align|gather|multline)\*?\}.+?\\end\{\4\*?\})", re.DOTALL
)
_FENCED = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1", re.DOTALL | re.MULTILINE)
_TAGGED = re.compile(r"\\tag\*?\{([^{}]*)\}|\\qquad\s*(?:\\text\{)?\((\d[\w.]*)\)\}?\s*\Z")
_FIGURE = re.compile(
    r"!\[([^\]\n]*)\]\(([^)\s]*)\)(?:[ \t]*(\d{1,5})\s*,\s*(\d{1,5})\s*,\s*(\d{1,5})\s*,\s*(\d{1,5}))?"
)
_NOTE = re.compile(r"\[\^([^\]\s]+)\]:\s*")
_TASK = re.compile(r"\[([ xX])\]\s+")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLACE = re.compile("\ue000(\\d+)\ue001")  # stands for a piece that was taken out
_NO_ALT = frozenset({"image", "figure", "picture", "img", ""})
_OUTER_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(equation|align|gather|multline)\*?\}")
_INNER = {"equation": "", "align": "aligned", "gather": "gathered", "multline": "gathered"}


def pieces_of_markdown(text: str) -> tuple[Piece, ...]:
    """The pieces in the order they were written; nothing of the text is lost but comments and rules."""
    taken: list[Piece] = []
    rest = _take_out(_COMMENT.sub("", text), taken)
    root = SyntaxTreeNode(_parser().parse(rest))
    return tuple(_with_captions([piece for node in root.children for piece in _pieces(node, taken, 0)]))


@cache
def _parser() -> MarkdownIt:
    # no indented code: models indent as the page does. No setext headings: a rule under a line is a rule
    return MarkdownIt("commonmark").enable("table").disable(["code", "lheading", "reference", "html_inline"])


def _take_out(text: str, taken: list[Piece]) -> str:
    """Tables and display formulas out of the text, each replaced by a paragraph of its own that names its place."""

    def place(piece: Piece) -> str:
        taken.append(piece)
        return f"\n\n\ue000{len(taken) - 1}\ue001\n\n"

    parts: list[str] = []
    at = 0
    for fence in [*_FENCED.finditer(text), None]:
        prose = text[at : fence.start() if fence else len(text)]
        prose = _TABLE.sub(lambda found: _table_place(found.group(0), place), prose)
        parts.append(_DISPLAY.sub(lambda found: place(_formula(next(filter(None, found.groups())))), prose))
        if fence:
            parts.append(fence.group(0))
            at = fence.end()
    return "".join(parts)


def _table_place(source: str, place: Callable[[Piece], str]) -> str:
    if len(_INNER_TABLE.findall(source)) > 1 and not source.rstrip().endswith("</table></td>"):
        source += "</table>"  # the inner table's end was taken for the outer's: lxml closes what is left
    table = table_of_html(source)
    return place(Piece(BlockKind.TABLE, table=table)) if table else ""


def _formula(latex: str) -> Piece:
    latex = latex.strip()
    number = ""
    if found := _TAGGED.search(latex):
        number = (found.group(1) or found.group(2) or "").strip("() ")
        latex = (latex[: found.start()] + latex[found.end() :]).strip()
    latex = _OUTER_ENVIRONMENT.sub(_inner_environment, latex).strip()
    return Piece(BlockKind.FORMULA, text=latex, marker=number)


def _inner_environment(found: re.Match[str]) -> str:
    """KaTeX knows the environments inside a display, not those that make one."""
    inner = _INNER[found.group(1)]
    return found.group(0).split("{")[0] + f"{{{inner}}}" if inner else ""


def _pieces(node: SyntaxTreeNode, taken: Sequence[Piece], level: int) -> Iterator[Piece]:
    match node.type:
        case "heading":
            yield from _heading(node, taken)
        case "bullet_list" | "ordered_list":
            yield from _list(node, taken, level)
        case "table":
            yield Piece(BlockKind.TABLE, table=_pipe_table(node))
        case "fence" | "code_block":
            yield Piece(BlockKind.CODE, text=node.content.rstrip("\n"))
        case "html_block":
            yield from _paragraph(re.sub(r"<[^>]+>", " ", node.content).strip(), taken)
        case "hr":
            return
        case "blockquote":
            for child in node.children:
                yield from _pieces(child, taken, level)
        case _:
            yield from _paragraph(_raw(node), taken)


def _raw(node: SyntaxTreeNode) -> str:
    """The inline source of a heading, paragraph or cell."""
    return "\n".join(child.content for child in node.children if child.type == "inline")


def _heading(node: SyntaxTreeNode, taken: Sequence[Piece]) -> Iterator[Piece]:
    for piece in _paragraph(_raw(node), taken):
        if piece.kind is BlockKind.PARAGRAPH:
            piece = replace(piece, kind=BlockKind.HEADING, level=int(node.tag[1]), text=_unmarked(piece.text))
        yield piece


def _unmarked(text: str) -> str:
    """A heading that is bold as a whole is just a heading."""
    bold = re.fullmatch(r"\*\*([^*]+)\*\*", text)
    return bold.group(1) if bold else text


def _list(node: SyntaxTreeNode, taken: Sequence[Piece], level: int) -> Iterator[Piece]:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for item in node.children:
        marker = "-" if number is None else f"{number}{item.markup or '.'}"
        number = None if number is None else number + 1
        first = True
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list(child, taken, level + 1)
                continue
            for piece in _pieces(child, taken, level):
                if first and piece.kind is BlockKind.PARAGRAPH:
                    piece = _list_item(piece.text, marker, level)
                    first = False
                yield piece
        if first and not item.children:
            yield Piece(BlockKind.LIST_ITEM, marker=marker, level=level)


def _list_item(text: str, marker: str, level: int) -> Piece:
    if found := _TASK.match(text):
        marker = f"{marker} [{found.group(1).lower()}]"
        text = text[found.end() :]
    return Piece(BlockKind.LIST_ITEM, text=text, marker=marker, level=level)


def _pipe_table(node: SyntaxTreeNode) -> Table:
    rows = []
    for part in node.children:
        for row in part.children:
            cells = tuple(
                Cell(text=re.sub(r"<br\s*/?>", "\n", _raw(cell)).replace("\\|", "|"), header=part.type == "thead")
                for cell in row.children
            )
            if part.type != "thead" or any(cell.text for cell in cells):
                rows.append(cells)
    return Table(tuple(rows))


def _paragraph(text: str, taken: Sequence[Piece]) -> Iterator[Piece]:
    """The paragraph's text, split where a figure or a piece that was taken out stands in it."""
    at = 0
    for found in re.finditer(f"{_PLACE.pattern}|{_FIGURE.pattern}", text):
        yield from _text_piece(text[at : found.start()])
        yield taken[int(found.group(1))] if found.group(1) else _figure(found)
        at = found.end()
    yield from _text_piece(text[at:])


def _figure(found: re.Match[str]) -> Piece:
    alt = found.group(2).strip()
    numbers = found.groups()[3:7]
    box: RawBox | None = None
    if all(numbers):
        x1, y1, x2, y2 = (int(number) for number in numbers)
        box = (x1, y1, x2, y2)
    return Piece(BlockKind.FIGURE, text="" if alt.lower() in _NO_ALT else alt, box=box)


def _text_piece(text: str) -> Iterator[Piece]:
    text = text.strip()
    if not text:
        return
    if found := _NOTE.match(text):
        yield Piece(BlockKind.FOOTNOTE, text=text[found.end() :], marker=found.group(1))
    else:
        yield Piece(BlockKind.PARAGRAPH, text=_flowing(text))


def _flowing(text: str) -> str:
    """Source lines that end without a break flow on; a break is a line of its own, as everywhere in ``Block.text``."""
    lines = [line.strip() for line in re.sub(r"<br\s*/?>", "  \n", text).replace("\\\n", "  \n").split("  \n")]
    return "\n".join(" ".join(line.split("\n")) for line in lines if line)


def _with_captions(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Paragraphs beside a figure or table that begin as captions do are captions."""
    for index, piece in enumerate(pieces):
        beside = [pieces[i].kind for i in (index - 1, index + 1) if 0 <= i < len(pieces)]
        floats = BlockKind.FIGURE in beside or BlockKind.TABLE in beside
        if piece.kind is BlockKind.PARAGRAPH and floats and starts_caption(piece.text):
            piece = replace(piece, kind=BlockKind.CAPTION)
        yield piece
