"""From the grid under construction to the table record: cell text as Markdown, heads marked, notes left outside."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.records import Frag, Token
from leafbeam.offline.tables.words import is_numeric
from leafbeam.types import Cell, Table

_BULLET = re.compile(r"^[•●▪◦■□☐☒☑✓*·\-–]$|^[•●▪◦■□]\s?")
_CJK = re.compile(r"[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")


def table_of(grid: Grid) -> Table:
    """The table record of a grid."""
    label_heads = _bold_labels(grid)
    rows = []
    for r in range(grid.row_count):
        cells = []
        for cell in grid.row(r):
            header = r < grid.head_rows or (label_heads and cell.col == 0 and bool(cell.frags))
            cells.append(Cell(cell_text(cell.frags, header=header), cell.row_span, cell.col_span, header))
        rows.append(tuple(cells))
    return Table(tuple(rows))


def _bold_labels(grid: Grid) -> bool:
    """Whether the first column is set in bold and the others are not: it heads the rows."""
    body = [cell for cell in grid.cells if cell.row >= grid.head_rows and cell.frags]
    first = [cell for cell in body if cell.col == 0]
    rest = [cell for cell in body if cell.col > 0]
    if len(first) < 2 or not rest:
        return False

    def share(cells: Sequence[GridCell]) -> float:
        return sum(all(f.bold for f in cell.frags) for cell in cells) / len(cells)

    return share(first) > 0.9 and share(rest) < 0.2


def cell_text(frags: Sequence[Frag], *, header: bool) -> str:
    """The text of a cell as Markdown inline text; wrapped lines are joined, the items of a list keep their lines."""
    lines: list[list[Frag]] = []
    for frag in frags:
        if lines and abs(lines[-1][0].baseline_pt - frag.baseline_pt) <= 0.4 * frag.size_pt:
            lines[-1].append(frag)
        else:
            lines.append([frag])
    listed = sum(bool(_BULLET.match(line[0].text)) for line in lines) >= 2
    text = ""
    for line in lines:
        part = " ".join(inline(frag.tokens) for frag in line)
        if not text:
            text = part
        elif listed and _BULLET.match(line[0].text):
            text += "\n" + part
        else:
            text = _joined(text, part)
    return text


def _joined(text: str, part: str) -> str:
    """Two lines of one cell as one, a word divided over the line end made whole."""
    if re.search(r"[^\W\d_]{2}[-\u00ad\u2010]$", text) and part[:1].islower():
        return text[:-1] + part
    if text.endswith(("/", "\u2013")) and not text.endswith((" /", " \u2013")):
        return text + part
    if _CJK.match(text[-1:]) and _CJK.match(part[:1]):
        return text + part
    return f"{text} {part}"


def inline(tokens: Sequence[Token]) -> str:
    """Words as Markdown inline text: formulas in dollars, raised and lowered text in HTML."""
    text = ""
    for i, token in enumerate(tokens):
        piece = token.text
        if token.span.latex is not None:
            piece = f"${token.span.latex}$"
        elif token.span.script > 0:
            piece = f"<sup>{piece}</sup>"
        elif token.span.script < 0:
            piece = f"<sub>{piece}</sub>"
        text += piece if i == 0 or token.glued else " " + piece
    return text.replace("</sup><sup>", "").replace("</sub><sub>", "").strip()


def numeric_share(grid: Grid) -> float:
    """The share of numbers among the filled body cells right of the first column."""
    body = [cell for cell in grid.cells if cell.row >= grid.head_rows and cell.col > 0 and cell.frags]
    return sum(is_numeric(cell.text) for cell in body) / len(body) if body else 0.0
