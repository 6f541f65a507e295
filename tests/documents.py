"""Documents made by hand, for the tests of the writers."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from leafbeam.types import (
    Asset,
    Block,
    BlockKind,
    Box,
    Cell,
    Document,
    OutlineEntry,
    Page,
    PageRef,
    Problem,
    Source,
    SourceKind,
    Table,
    Word,
    WordOrigin,
)

K = BlockKind


def source(
    path: Path = Path("a.pdf"), kind: SourceKind = SourceKind.PDF, pages: int = 1, relative: str = "a"
) -> Source:
    return Source(path.name, kind, path, "0" * 64, pages, tuple(range(pages)), relative, password="hunter2")


def document(*pages: tuple[Block, ...]) -> Document:
    """One page per tuple of blocks."""
    origin = source(pages=len(pages))
    made = tuple(
        Page(PageRef(origin, index), blocks, width_pt=612, height_pt=792, blank=not blocks)
        for index, blocks in enumerate(pages)
    )
    return Document(origin, made)


def paragraph(text: str, joins: bool = False, tight: bool = False) -> Block:
    return Block(K.PARAGRAPH, text, joins_previous=joins, joins_tight=tight)


def item(text: str, marker: str = "-", level: int = 0) -> Block:
    return Block(K.LIST_ITEM, text, level, marker)


def table(*rows: str, heads: int = 1) -> Table:
    """Rows as "a & b", the first ``heads`` of them heading cells."""
    return Table(
        tuple(
            tuple(Cell(text.strip(), header=index < heads) for text in row.split(" & "))
            for index, row in enumerate(rows)
        )
    )


def spanned() -> Table:
    head = Cell("Year", row_span=2, header=True), Cell("Sales", col_span=2, header=True)
    return Table((head, (Cell("North", header=True), Cell("South", header=True)), (Cell("2024"), Cell("3"), Cell("4"))))


def png(width: int = 40, height: int = 20) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 140, 200)).save(out, "PNG")
    return out.getvalue()


def word(text: str, left: float, top: float, right: float, bottom: float, score: float = 0.9) -> Word:
    return Word(text, Box(left, top, right, bottom), score, WordOrigin.DETECTOR)


def everything() -> Document:
    """Every kind of block on three pages, the second blank."""
    origin = source(Path("report.pdf"), pages=3, relative="in/report")
    first = (
        Block(K.HEADER, "Journal of Tests"),
        Block(K.HEADING, "On *quiet* machines", 1, box=Box(0.1, 0.05, 0.9, 0.1), confidence=0.98),
        paragraph(
            "Light $x_1 < y$ and **bold**, `a*b`, H<sub>2</sub>O; see[^1] and [here](https://example.org/?a=1&b=2)."
        ),
        item("first", "1."),
        item("inner one", "-", 1),
        item("inner two", "-", 1),
        item("second", "2."),
        item("done", "- [x]"),
        Block(K.CODE, "def f(x):\n    return `x` < 3"),
        Block(K.CAPTION, "Table 1. Plain."),
        Block(K.TABLE, table=table("name & size", "pear & **3**", "plum & 1")),
        Block(K.TABLE, table=spanned()),
        Block(K.FORMULA, r"E = \frac{1}{2} m v^2", marker="(3)"),
        Block(K.FORMULA, asset="p001-2.png", box=Box(0.3, 0.6, 0.7, 0.65)),
        Block(K.FIGURE, asset="p001-1.png", box=Box(0.2, 0.7, 0.8, 0.8)),
        Block(K.CAPTION, "Figure 1: A [blue] *box*."),
        Block(K.PARAGRAPH, "A sentence that runs *over the", box=Box(0.1, 0.82, 0.9, 0.9), confidence=0.4),
        Block(K.FOOTNOTE, "The first note.", marker="1"),
        Block(K.PAGE_NUMBER, "7", box=Box(0.5, 0.95, 0.52, 0.97)),
    )
    third = (
        paragraph("page* break[^1].", joins=True),
        Block(K.HEADING, "Closing", 2),
        paragraph("<script>alert('no')</script> & [bad](javascript:alert)"),
        Block(K.FOOTNOTE, "Another first note.", marker="1"),
    )
    pages = (
        Page(
            PageRef(origin, 0),
            first,
            (word("sum", 0.32, 0.61, 0.4, 0.64), word("runs", 0.3, 0.85, 0.4, 0.87, 0.3)),
            (Asset("p001-1.png", Box(0.2, 0.7, 0.8, 0.8), png()), Asset("p001-2.png", Box(0.3, 0.6, 0.7, 0.65), png())),
            width_pt=612,
            height_pt=792,
        ),
        Page(PageRef(origin, 1), width_pt=612, height_pt=792, blank=True),
        Page(PageRef(origin, 2), third, problems=(Problem("read", "cut-off", "the page is cut off", 2),), width_pt=612),
    )
    outline = (OutlineEntry("On quiet machines", 1, 0), OutlineEntry("Closing", 2, 2))
    return Document(origin, pages, {"title": "On quiet machines", "language": "en"}, outline)
