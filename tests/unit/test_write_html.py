"""The HTML page: safe, whole, and saying where things are."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

from documents import K, document, everything, item, paragraph, png

from leafbeam.options import Furniture, WriteOptions
from leafbeam.types import Block, Box
from leafbeam.write import to_html

_VOID = {"meta", "img", "br", "input", "link"}


class Outline(HTMLParser):
    """Elements in order, and whether they are nested as they should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.seen]


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def html(*blocks: Block) -> str:
    return to_html(document(blocks), WriteOptions())


def body(*blocks: Block) -> str:
    return re.search(r'aria-label="Page 1">\n(.*)\n</section>', html(*blocks), re.DOTALL)[1]


def test_every_kind_of_block_nests_well_and_has_its_element() -> None:
    made = outline(to_html(everything(), WriteOptions(furniture=Furniture.KEEP)))
    wanted = {
        "h1",
        "h2",
        "p",
        "ol",
        "ul",
        "pre",
        "table",
        "thead",
        "figure",
        "figcaption",
        "aside",
        "header",
        "footer",
        "nav",
    }
    assert wanted <= set(made.tags())
    assert [attrs["id"] for tag, attrs in made.seen if tag == "section"] == ["page-1", "page-2", "page-3"]
    assert made.tags().count("img") == 2


def test_documents_cannot_bring_markup_in() -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    kinds = [kind for kind in K if kind not in (K.TABLE, K.FIGURE)]
    blocks = [Block(kind, bad, marker=bad) for kind in kinds]
    made = document(tuple(blocks))
    made = dataclasses.replace(
        made, meta={"title": bad, "language": bad}, source=dataclasses.replace(made.source, name=bad)
    )
    page = to_html(made, WriteOptions(furniture=Furniture.KEEP))
    parsed = outline(page)
    assert "img" not in parsed.tags()
    assert parsed.tags().count("script") == 2  # KaTeX and what calls it: there is a formula
    assert all(not name.startswith("on") for _, attrs in parsed.seen for name in attrs)


def test_only_the_scripts_it_brings_may_run_and_nothing_is_fetched() -> None:
    page = html(Block(K.FORMULA, "x"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert not any(tag == "link" or {"src", "href"} & attrs.keys() for tag, attrs in outline(page).seen)
    assert "url(fonts" not in page


def test_katex_comes_only_with_formulas() -> None:
    assert "KaTeX_Main" not in html(paragraph("It costs $5 or $6."), Block(K.CODE, "$x$"))
    assert "KaTeX_Main" in html(paragraph("So $x$."))
    assert "script-src 'none'" in html(paragraph("text"))


def test_boxes_and_confidence_are_in_attributes_and_doubt_is_marked() -> None:
    block = Block(K.PARAGRAPH, "a", box=Box(0.1, 0.2, 0.3, 0.4), confidence=0.5)
    assert 'class="doubtful" data-box="0.1000 0.2000 0.3000 0.4000" data-confidence="0.50"' in html(block)
    assert 'class="doubtful"' not in html(dataclasses.replace(block, confidence=0.9))
    assert '<span class="unsure">runs</span>' in to_html(everything(), WriteOptions())


def test_lists_nest_and_keep_their_numbers() -> None:
    got = body(item("a", "3."), item("b", "-", 1), item("c", "4."), item("d", "-")).replace("\n", "")
    assert got == '<ol start="3"><li>a<ul><li>b</li></ul></li><li>c</li></ol><ul><li>d</li></ul>'
    task = body(item("t", "- [x]"))
    assert '<input type="checkbox" disabled checked> t' in task


def test_captions_stand_with_their_figure_or_table() -> None:
    figure = Block(K.FIGURE, asset="p.png")
    assert body(figure, Block(K.CAPTION, "Figure 1. x")).endswith("<figcaption>Figure 1. x</figcaption></figure>")
    assert body(paragraph("a"), Block(K.CAPTION, "alone")).endswith('<p class="caption">alone</p>')
    page = to_html(everything(), WriteOptions())
    assert '<figure><figcaption>Table 1. Plain.</figcaption><div class="wide"><table>' in page


def test_figures_are_inside_the_page_or_said_to_be_missing() -> None:
    assert base64.b64encode(png()).decode() in to_html(everything(), WriteOptions())
    assert '<p class="empty">Figure</p>' in body(Block(K.FIGURE, asset="p.png"))


def test_blank_pages_say_so_and_the_title_is_found() -> None:
    page = to_html(everything(), WriteOptions())
    assert '<p class="empty">Blank page</p>' in page
    assert "<title>On quiet machines</title>" in page
    assert "<title>A b</title>" in html(Block(K.HEADING, "A *b*", 1))
    assert "<title>a.pdf</title>" in html()
