"""From the grid under construction to the table record: cell text as Markdown, heads marked, notes left outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.layer import Span
from leafbeam.offline.blocks.inline import InlineStyle, spans_to_markdown
from leafbeam.offline.tables.cellbreaks import Room, line_breaks, lines_of, rooms_of
from leafbeam.offline.tables.grid import Grid, GridCell
from leafbeam.offline.tables.records import Frag, Token
from leafbeam.offline.tables.words import is_numeric
from leafbeam.types import Cell, Table

_BULLET = re.compile(r"^[•●▪◦■□☐☒☑✓*·\-–]$|^[•●▪◦■□]\s?")
_CJK = re.compile(r"[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")


def table_of(grid: Grid) -> Table:
    """The table record of a grid."""
    label_heads = _bold_labels(grid)
    rooms = rooms_of(grid)
    rows = []
    for r in range(grid.row_count):
        cells = []
        for cell in grid.row(r):
            header = r < grid.head_rows or (label_heads and cell.col == 0 and bool(cell.frags))
            text = cell_text(cell.frags, header=header, room=None if header else rooms(cell))
            cells.append(Cell(text, cell.row_span, cell.col_span, header))
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


def cell_text(frags: Sequence[Frag], *, header: bool, room: Room | None = None) -> str:
    """The text of a cell as Markdown inline text; wrapped lines are joined, the items of a list keep their lines.

    With ``room``, so do lines that were not wrapped but begun anew. The look of the whole cell is the norm there and
    not marked, nor is bold type in headings.
    """
    lines = lines_of(frags)
    listed = sum(bool(_BULLET.match(line[0].text)) for line in lines) >= 2
    begun = line_breaks(lines, room) if room is not None and not listed else set()
    items: list[list[Span]] = []
    for i, line in enumerate(lines):
        part = [span for frag in line for span in _spans(frag)]
        if not items or i in begun or (listed and _BULLET.match(line[0].text)):
            items.append(part)
        else:
            items[-1] = _joined(items[-1], part)
    words = [token.span for frag in frags for token in frag.tokens if token.span.script == 0 and not token.span.latex]
    style = InlineStyle(
        bold=header or all(span.bold for span in words),
        italic=all(span.italic for span in words),
        mono=all(span.mono for span in words),
    )
    return "\n".join(spans_to_markdown(item, style) for item in items)


def _joined(text: list[Span], part: list[Span]) -> list[Span]:
    """Two lines of one cell as one, a word divided over the line end made whole."""
    last, first = text[-1], part[0]
    end, start = last.text, first.text.lstrip()
    tight = [replace(first, text=start), *part[1:]]
    if re.search(r"[^\W\d_]{2}[-\u00ad\u2010]$", end) and start[:1].islower():
        return [*text[:-1], replace(last, text=end[:-1]), *tight]
    slashed = end.endswith(("/", "\u2013")) and not end.endswith((" /", " \u2013"))
    if slashed or (_CJK.match(end[-1:]) and _CJK.match(start[:1])):
        return [*text, *tight]
    return [*text, *part]


def _spans(frag: Frag) -> list[Span]:
    """The fragment's words as spans, each with the white space before it; words of one span together."""
    spans: list[Span] = []
    before: Token | None = None
    for token in frag.tokens:
        lead = "" if before is not None and token.glued else " "
        if before is not None and before.span is token.span and token.span.latex is None:
            spans[-1] = replace(spans[-1], text=spans[-1].text + lead + token.text)
        else:
            spans.append(replace(token.span, text=lead + token.text))
        before = token
    return spans


def numeric_share(grid: Grid) -> float:
    """The share of numbers among the filled body cells right of the first column."""
    body = [cell for cell in grid.cells if cell.row >= grid.head_rows and cell.col > 0 and cell.frags]
    return sum(is_numeric(cell.text) for cell in body) / len(body) if body else 0.0
