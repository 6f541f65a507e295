"""A document as one stand-alone HTML page: formulas drawn by KaTeX, figures inside, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import resources

from leafbeam.options import WriteOptions
from leafbeam.types import Block, BlockKind, Document, OutlineEntry, Page
from leafbeam.write.flow import Leaf, clean, leaves, note_label
from leafbeam.write.htmlblocks import body_html, note_html, plain_html
from leafbeam.write.inline import Markup, has_maths, to_plain

_FONT_SOURCE = re.compile(r"src:url\((fonts/[\w-]+\.woff2)\)[^}]*")


def to_html(document: Document, options: WriteOptions) -> str:
    """The document as an HTML page that needs no other file and runs no script but the formula renderer it brings.

    All text of the document is escaped, and a Content-Security-Policy forbids all else. Pages are sections
    with ``id="page-3"``; blocks have ``data-box="left top right bottom"`` (relative to the page) and, when the reader
    said so, ``data-confidence``; what it was unsure of is marked.
    """
    return "".join(html_parts(document, options, document.pages))


def html_parts(document: Document, options: WriteOptions, pages: Iterable[Page]) -> Iterator[str]:
    """``to_html`` piece by piece, with the words and pictures of ``pages``, which are the document's own."""
    sections = leaves(document, options.furniture)
    notes = frozenset(label for leaf in sections for note in leaf.notes if (label := note_label(note)))
    scripts = [_asset("katex/katex.min.js"), _asset("page.js")] if _needs_katex(sections) else []
    styles = [_asset("page.css"), _katex_css()] if scripts else [_asset("page.css")]
    language = clean(document.meta.get("language", ""))
    head = [
        "<!DOCTYPE html>",
        f'<html lang="{html.escape(language)}">' if language else "<html>",
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="leafbeam">',
        f"<title>{html.escape(_title(document, sections))}</title>",
        *(f"<style>\n{style}</style>" for style in styles),
        "</head>",
        "<body>",
        *_contents(document),
        "<main>",
    ]
    yield from (part + "\n" for part in head)
    for leaf, page in zip(sections, pages, strict=True):
        yield from (part + "\n" for part in _section(replace(leaf, page=page), notes))
    yield "</main>\n"
    yield from (f"<script>{script}</script>\n" for script in scripts)
    yield "</body>\n</html>\n"


def _section(leaf: Leaf, notes: frozenset[str]) -> Iterator[str]:
    markup = Markup(page=True, notes=notes)
    yield f'<section class="page" id="page-{leaf.number}" data-page="{leaf.number}" aria-label="Page {leaf.number}">'
    if leaf.heads:
        yield f'<header class="furniture">{_lines(leaf.heads, markup)}</header>'
    if leaf.page.blank:
        yield '<p class="empty">Blank page</p>'
    yield from body_html(leaf, notes)
    if leaf.notes:
        yield '<aside class="notes" aria-label="Footnotes">'
        yield from (note_html(note, leaf.page, notes) for note in leaf.notes)
        yield "</aside>"
    if leaf.feet:
        yield f'<footer class="furniture">{_lines(leaf.feet, markup)}</footer>'
    yield "</section>"


def _lines(blocks: Iterable[Block], markup: Markup) -> str:
    return "<br>".join(plain_html(block.text, markup) for block in blocks)


def _contents(document: Document) -> Iterator[str]:
    """The outline as a folded list of links; only entries on pages that were read."""
    shown = {page.ref.index for page in document.pages}
    entries = [entry for entry in document.outline if entry.page_index in shown]
    if len(entries) < 2:
        return
    yield "<nav><details><summary>Contents</summary>"
    yield from _nested(entries)
    yield "</details></nav>"


def _nested(entries: list[OutlineEntry]) -> Iterator[str]:
    depth = 0
    for entry in entries:
        level = max(1, min(entry.level, depth + 1))
        if level > depth:
            yield "<ul>"
        else:
            yield "</li>" + "</ul></li>" * (depth - level)
        depth = level
        page = (entry.page_index or 0) + 1
        yield f'<li><a href="#page-{page}">{html.escape(clean(entry.title))}</a>'
    yield "</li></ul>" * depth


def _title(document: Document, pages: list[Leaf]) -> str:
    title = clean(document.meta.get("title", "")).strip()
    if title:
        return title
    headings = (block.text for leaf in pages for block in leaf.body if block.kind is BlockKind.HEADING)
    return " ".join(to_plain(clean(next(headings, ""))).split()) or clean(document.source.name)


def _needs_katex(pages: list[Leaf]) -> bool:
    def texts(block: Block) -> Iterator[str]:
        if block.kind is not BlockKind.CODE:
            yield block.text
        if block.table is not None:
            yield from (cell.text for row in block.table.rows for cell in row)

    blocks = [block for leaf in pages for block in (*leaf.heads, *leaf.body, *leaf.notes, *leaf.feet)]
    if any(block.kind is BlockKind.FORMULA and block.text.strip() for block in blocks):
        return True
    return any(has_maths(text) for block in blocks for text in texts(block))


def _policy(scripts: list[str]) -> str:
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    return resources.files("leafbeam.write").joinpath(name).read_text(encoding="utf-8")


@cache
def _katex_css() -> str:
    """KaTeX's style sheet with its WOFF2 fonts inside."""

    def inside(found: re.Match[str]) -> str:
        data = resources.files("leafbeam.write").joinpath("katex", found.group(1)).read_bytes()
        return f'src:url(data:font/woff2;base64,{base64.b64encode(data).decode()}) format("woff2")'

    return _FONT_SOURCE.sub(inside, _asset("katex/katex.min.css"))
