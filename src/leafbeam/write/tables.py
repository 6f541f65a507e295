"""One table as Markdown: a pipe table where that says everything, else HTML; and as plain lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leafbeam.options import TableFormat
from leafbeam.types import Cell, Table
from leafbeam.write.flow import clean
from leafbeam.write.inline import EMBEDDED, Markup, to_html, to_plain

_MATHS = re.compile(r"(?<!\\)\$[^$]+(?<!\\)\$")
_PIPE = re.compile(r"(\\*)\|")


def table_markdown(table: Table, form: TableFormat) -> str:
    """The table as Markdown lines without a final newline; "" for a table without cells.

    ``auto`` gives a pipe table only when nothing is lost or made up by it: no spans, no line breaks in cells, exactly
    one heading row (a pipe table must have one), and no pipe inside a cell (readers split there even when escaped).
    """
    if not any(table.rows):
        return ""
    if form is TableFormat.PIPE or (form is TableFormat.AUTO and _fits_pipe(table)):
        return pipe_table(table)
    return html_table(table)


def html_table(table: Table, markup: Markup = EMBEDDED) -> str:
    """An HTML table without blank lines: leading rows of heading cells in ``<thead>``, spans as attributes."""
    heads = header_rows(table)
    lines = ["<table>"]
    for start, stop, part in ((0, heads, "thead"), (heads, len(table.rows), "tbody")):
        if start < stop:
            rows = [f"<tr>{''.join(_html_cell(cell, markup) for cell in row)}</tr>" for row in table.rows[start:stop]]
            lines += [f"<{part}>", *rows, f"</{part}>"]
    return "\n".join([*lines, "</table>"])


def pipe_table(table: Table) -> str:
    """A GitHub pipe table: its first row is the heading, an empty one where the table has none.

    A span's text stands in its first place only.
    """
    rows = [[_pipe_text(text) for text in row] for row in grid(table)]
    width = max(len(row) for row in rows)
    if not _begins_with_heading(table):
        rows.insert(0, [])
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def plain_table(table: Table) -> str:
    """One line per row, cells separated by tabs."""
    return "\n".join("\t".join(" ".join(to_plain(text).split()) for text in row).rstrip() for row in grid(table))


def header_rows(table: Table) -> int:
    """How many leading rows are all heading cells. A table is never all heading."""
    count = 0
    for row in table.rows[:-1]:
        if not row or not all(cell.header for cell in row):
            break
        count += 1
    return count


def grid(table: Table) -> list[list[str]]:
    """Each row's texts by grid column; a cell that spans stands at its top left place, its others are ""."""
    taken: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            for down in range(min(cell.row_span, len(table.rows) - row)):
                for right in range(cell.col_span):
                    taken[row + down, column + right] = cell.text if down == right == 0 else ""
            column += cell.col_span
    width = 1 + max((column for _, column in taken), default=-1)
    return [[taken.get((row, column), "") for column in range(width)] for row in range(len(table.rows))]


def _fits_pipe(table: Table) -> bool:
    def fits(cell: Cell) -> bool:
        return cell.row_span == cell.col_span == 1 and "\n" not in cell.text.strip() and "|" not in cell.text

    plain = all(fits(cell) for row in table.rows for cell in row) and _is_even(table.rows)
    return plain and _begins_with_heading(table) and header_rows(table) <= 1


def _begins_with_heading(table: Table) -> bool:
    return all(cell.header for cell in table.rows[0])


def _is_even(rows: Sequence[Sequence[Cell]]) -> bool:
    return len({len(row) for row in rows}) == 1


def _html_cell(cell: Cell, markup: Markup) -> str:
    tag = "th" if cell.header else "td"
    spans = "".join(
        f' {name}="{value}"' for name, value in (("rowspan", cell.row_span), ("colspan", cell.col_span)) if value > 1
    )
    lines = [to_html(line.strip(), markup) for line in clean(cell.text).strip().split("\n")]
    return f"<{tag}{spans}>{'<br>'.join(lines)}</{tag}>"


def _pipe_text(text: str) -> str:
    """One cell on one line. In maths a bar is written by name: an escaped one means a double bar there."""
    text = clean(text).strip().replace("\n", "<br>")

    def bars(found: re.Match[str]) -> str:
        maths = found.group(0)
        if "\\begin{array}" in maths:
            return maths
        return maths.replace("\\|", "\\Vert ").replace("|", "\\vert ")

    text = _MATHS.sub(bars, text)
    return _PIPE.sub(lambda m: m.group(0) if len(m.group(1)) % 2 else f"{m.group(1)}\\|", text)
