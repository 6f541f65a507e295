"""What holds for any text in any place: escaping, round trips, grids."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from documents import document
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from leafbeam.options import Furniture, TableFormat, WriteOptions
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
    Reading,
    Source,
    SourceKind,
    StopReason,
    Style,
    Table,
    Usage,
    Word,
    WordOrigin,
)
from leafbeam.write import from_json, to_hocr, to_html, to_json, to_markdown, to_text
from leafbeam.write.flow import clean
from leafbeam.write.tables import grid, table_markdown

_MARKUP = ["<script>", "</p>", "&lt;", "**", "[^1]", "](", "-->", "<b>"]
# Text with much of what could be markup in it.
NASTY = st.lists(
    st.sampled_from([*_MARKUP, *"\"'&*_`$|\\#\n"]) | st.text(max_size=4),
    max_size=8,
).map("".join)
UNIT = st.floats(0, 1)
BOXES = st.tuples(UNIT, UNIT, UNIT, UNIT).map(
    lambda v: Box(min(v[0], v[1]), min(v[2], v[3]), max(v[0], v[1]), max(v[2], v[3]))
)
CELL_TEXT = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters=" .,"), max_size=6).map(
    lambda text: " ".join(text.split())
)


@st.composite
def tables(draw: st.DrawFn, text: st.SearchStrategy[str] = CELL_TEXT) -> Table:
    """Grids cut into cells with spans."""
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    heads = draw(st.integers(0, 1))
    taken: set[tuple[int, int]] = set()
    rows: list[tuple[Cell, ...]] = []
    for row in range(height):
        cells: list[Cell] = []
        for column in range(width):
            if (row, column) in taken:
                continue
            free = 1
            while column + free < width and (row, column + free) not in taken:
                free += 1
            down, right = draw(st.integers(1, height - row)), draw(st.integers(1, free))
            taken |= {(row + i, column + j) for i in range(down) for j in range(right)}
            cells.append(Cell(draw(text), down, right, row < heads))
        rows.append(tuple(cells))
    return Table(tuple(rows))


def flat_tables() -> st.SearchStrategy[Table]:
    cell = st.text(
        st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="$<&`[]*_~"), max_size=5
    )
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.tuples(*[cell.map(Cell)] * width), min_size=2, max_size=4).map(
            lambda r: Table((tuple(replace(head, header=True) for head in r[0]), *r[1:]))
        )
    )


def blocks() -> st.SearchStrategy[Block]:
    return st.builds(
        Block,
        st.sampled_from(BlockKind),
        NASTY,
        st.integers(0, 7),
        st.sampled_from(["", "-", "1.", "(a)", "- [x]", "1", '"><b>']),
        st.none() | tables(NASTY),
        st.none() | BOXES,
        st.none() | st.just("p001-1.png"),
        st.none() | UNIT,
        st.none() | UNIT,
        st.none() | st.builds(Style, st.floats(1, 99), st.booleans()),
        st.booleans(),
        st.booleans(),
    )


WORDS = st.builds(Word, NASTY, BOXES, UNIT, st.sampled_from(WordOrigin))
SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0" * 64, 3, (0, 1, 2), "a")


def pages() -> st.SearchStrategy[Page]:
    ref = st.builds(PageRef, st.just(SOURCE), st.integers(0, 2))
    problem = st.builds(Problem, st.text(max_size=3), st.text(max_size=3), NASTY, st.none() | st.integers(0, 3))
    asset = st.builds(Asset, st.just("p001-1.png"), BOXES)
    usage = st.builds(Usage, st.integers(0, 9), seconds=st.floats(0, 9))
    reading = st.builds(
        Reading,
        *(ref, NASTY, st.sampled_from(StopReason), usage, st.just("offline")),
        token_logprobs=st.none() | st.lists(st.floats(-9, 0), max_size=2).map(tuple),
        repairs=st.sampled_from(((), ("braces", "braces"))),
        line_confidences=st.none() | st.lists(st.none() | st.floats(0, 1), max_size=2).map(tuple),
        blocks=st.none() | st.lists(blocks(), max_size=1).map(tuple),
    )
    few = st.lists(blocks(), max_size=5).map(tuple)
    return st.builds(
        Page,
        *(ref, few, st.lists(WORDS, max_size=3).map(tuple), st.lists(asset, max_size=1).map(tuple)),
        *(st.none() | reading, st.lists(problem, max_size=1).map(tuple), st.floats(0, 900), st.floats(0, 900)),
        rotation=st.sampled_from([0, 90, 180, 270]),
        blank=st.booleans(),
    )


DOCUMENTS = st.builds(
    Document,
    st.just(SOURCE),
    st.lists(pages(), max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(["title", "language"]), NASTY),
    st.lists(st.builds(OutlineEntry, NASTY, st.integers(1, 3), st.none() | st.integers(0, 2)), max_size=4).map(tuple),
)


@given(DOCUMENTS)
@settings(max_examples=30, deadline=None)
def test_json_round_trips(made: Document) -> None:
    assert from_json(to_json(made)) == made
    assert Document.from_dict(made.to_dict()) == made


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "img", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "nav",
    "details",
    "summary",
    "ul",
    "ol",
    "li",
    "a",
    "section",
    "header",
    "footer",
    "aside",
    "p",
    "pre",
    "code",
    "div",
    "span",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figure",
    "figcaption",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sup",
    "sub",
    "em",
    "strong",
    "s",
    "b",
    "i",
    "u",
    "small",
    "mark",
    "br",
    "input",
    "script",
}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "title",
    "data-page",
    "data-box",
    "data-confidence",
    "aria-label",
    "href",
    "src",
    "alt",
    "start",
    "type",
    "disabled",
    "checked",
    "rowspan",
    "colspan",
}


@given(DOCUMENTS, st.sampled_from(Furniture))
@settings(max_examples=30, deadline=None)
def test_html_is_well_nested_and_holds_only_our_elements(made: Document, furniture: Furniture) -> None:
    page = to_html(made, WriteOptions(furniture=furniture))
    parser = _Tags()
    parser.feed(re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL))
    parser.close()
    assert not parser.open
    assert parser.tags <= TAGS
    assert parser.attributes <= ATTRIBUTES


@given(DOCUMENTS, st.sampled_from(Furniture))
@settings(max_examples=30, deadline=None)
def test_markdown_is_tidy(made: Document, furniture: Furniture) -> None:
    text = to_markdown(made, WriteOptions(furniture=furniture))
    assert text == "" or re.fullmatch(r"\S(.*\S)?\n", text, re.DOTALL)
    assert "\r" not in text
    to_text(made, WriteOptions(furniture=furniture)).encode()
    text.encode()


@given(DOCUMENTS)
@settings(max_examples=30, deadline=None)
def test_hocr_is_well_formed(made: Document) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(to_hocr(made).split("<!DOCTYPE html>")[1])
    shown = [element for element in root.iter() if element.get("class") == "ocrx_word"]
    assert len(shown) == sum(len(page.words) for page in made.pages)


class _Grid(HTMLParser):
    """The table as HTML means it: (row, column) to text, by the rules of the table model."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[tuple[int, int], str] = {}
        self.row, self.column = -1, 0
        self.at: tuple[int, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.row, self.column = self.row + 1, 0
        if tag not in ("td", "th"):
            return
        spans = {name: int(value or 1) for name, value in attrs}
        while (self.row, self.column) in self.cells:
            self.column += 1
        self.at = (self.row, self.column)
        for down in range(spans.get("rowspan", 1)):
            for right in range(spans.get("colspan", 1)):
                self.cells[self.row + down, self.column + right] = ""

    def handle_data(self, data: str) -> None:
        if self.at is not None:
            self.cells[self.at] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.at = None


@given(tables())
def test_an_html_table_parses_back_to_the_same_grid(made: Table) -> None:
    parser = _Grid()
    parser.feed(table_markdown(made, TableFormat.HTML))
    expected = {(r, c): text for r, row in enumerate(grid(made)) for c, text in enumerate(row)}
    assert {place: text for place, text in parser.cells.items() if text} == {p: t for p, t in expected.items() if t}


@given(flat_tables())
def test_a_pipe_table_parses_back_to_the_same_grid(made: Table) -> None:
    text = table_markdown(made, TableFormat.PIPE)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [token for token in tokens if token.type == "inline"]
    got = ["".join(child.content for child in token.children or []) for token in inline]
    unescaped = re.compile(r"\\([!-/:-@\[-`{-~])")
    assert got == [unescaped.sub(r"\1", clean(cell.text)) for row in made.rows for cell in row]


@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_characters="\\&<[]*_`$~!"), min_size=1), min_size=1, max_size=3
    )
)
def test_a_paragraph_stays_one_paragraph(lines: list[str]) -> None:
    text = to_markdown(document((Block(BlockKind.PARAGRAPH, "\n".join(lines)),)), WriteOptions())
    if re.search(r"^\d{1,9}[.)](\s|$)", text, re.MULTILINE):
        return  # left as the list it looks like, on purpose
    tokens = MarkdownIt("commonmark").parse(text)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
