"""HTML tables as models write them, as grids. Broken markup is mended by lxml's parser, as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from lxml.html import HtmlElement

from leafbeam.types import Cell, Table

_MOST_SPAN = 200
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
_KEPT = frozenset({"sup", "sub", "u"})
_BLOCKS = frozenset({"p", "div", "li", "ul", "ol"})
_SPACES = re.compile(r"[ \t\r\n]+")


def table_of_html(source: str) -> Table | None:
    """The first table in the source, cells as Markdown inline text; None when it has no cell.

    Rows that spans run out of are left out, as in a browser; a table inside a cell becomes that cell's lines.
    """
    root = lxml.html.fragment_fromstring(source, create_parent="div")
    found = next(root.iter("table"), None)
    if found is None:
        return None
    rows = tuple(_row(row, in_head) for row, in_head in _rows(found))
    rows = tuple(row for row in rows if row)
    return Table(rows) if rows else None


def _rows(table: HtmlElement) -> Iterator[tuple[HtmlElement, bool]]:
    """The table's own rows, not those of tables inside it, and whether each stands in a thead."""
    for child in table:
        if child.tag == "tr":
            yield child, False
        elif child.tag in ("thead", "tbody", "tfoot"):
            for row in child:
                if row.tag == "tr":
                    yield row, child.tag == "thead"


def _row(row: HtmlElement, in_head: bool) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            text=_text(cell),
            row_span=_span(cell, "rowspan"),
            col_span=_span(cell, "colspan"),
            header=in_head or cell.tag == "th",
        )
        for cell in row
        if cell.tag in ("td", "th")
    )


def _span(cell: HtmlElement, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(max(1, int(value)), _MOST_SPAN) if value.isdecimal() else 1


def _text(cell: HtmlElement) -> str:
    lines = "".join(_inline(cell)).split("\0")
    return "\n".join(line for line in (_SPACES.sub(" ", line).strip() for line in lines) if line)


def _inline(node: HtmlElement) -> Iterator[str]:
    """The node's text with Markdown marks; a line break is a NUL, since white space in HTML means nothing."""
    yield node.text or ""
    for child in node:
        tag = str(child.tag)
        inside = "".join(_inline(child))
        if tag == "br":
            yield "\0"
        elif tag in _MARKS and inside.strip():
            yield f"{_MARKS[tag]}{inside.strip()}{_MARKS[tag]}"
        elif tag in _KEPT and inside.strip():
            yield f"<{tag}>{inside.strip()}</{tag}>"
        elif tag in _BLOCKS or tag == "tr":
            yield f"\0{inside}\0"
        elif tag in ("td", "th"):
            yield f"{inside} "
        elif isinstance(child.tag, str):
            yield inside
        yield child.tail or ""
