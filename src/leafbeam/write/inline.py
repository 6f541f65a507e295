"""Markdown inline text (emphasis, links, code, ``$...$``, ``[^1]``, ``<sup>``) as HTML or as plain text.

Parsing is CommonMark's (markdown-it-py) with raw HTML off: of tags only a few without attributes are known, all else
that looks like markup stays text. Links lead to http, https and mailto addresses only.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from leafbeam.write.flow import shown_label

_TAG = re.compile(r"<(sup|sub|u|b|i|s|small|mark)>(.+?)</\1>", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>")
_NOTE = re.compile(r"\[\^([^\s\[\]^\\]+)\]")
# An opening $ is not before a space, the closing one not behind a space nor before a digit: "$5 and $6" is money.
_MATHS = re.compile(r"\$(?![\s$])((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)", re.DOTALL)
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_LINK = re.compile(r"(https?://|mailto:)[^\s]+", re.IGNORECASE)
_SEMANTIC = {"em": "em", "strong": "strong", "s": "s"}
_SHORT = {"em": "i", "strong": "b", "s": "s"}


@dataclass(frozen=True, slots=True)
class Markup:
    """What the HTML is for: a page of its own, or (``page`` false) a table inside Markdown.

    In a page everything is escaped, maths stand in elements and footnotes with a label in ``notes`` are links; words in
    ``unsure`` are marked. In Markdown only what would be markup is escaped, and maths stay ``$...$``.
    """

    page: bool = False
    notes: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()


EMBEDDED = Markup()


def to_html(text: str, markup: Markup) -> str:
    """The text as HTML, always well nested."""
    return "".join(_html_of(token, markup) for token in _tokens(text))


def to_plain(text: str) -> str:
    """The text without its marks; formulas as their LaTeX."""
    out: list[str] = []
    for token in _tokens(text):
        if token.type in ("text", "code_inline", "math_inline"):
            out.append(token.content)
        elif token.type == "footnote_ref":
            out.append(f"[{shown_label(token.content)}]")
        elif token.type in ("softbreak", "hardbreak"):
            out.append("\n")
    return "".join(out)


def has_maths(text: str) -> bool:
    """True when the text holds an inline formula."""
    return "$" in text and any(token.type == "math_inline" for token in _tokens(text))


def escape_needed(text: str) -> str:
    """The text with only those characters escaped that HTML would take for markup: "a < b" and "R&D" stay."""
    return _MARKUP.sub(lambda found: html.escape(found.group(0)), text)


def note_id(label: str) -> str:
    """The fragment identifier of a footnote."""
    return "note-" + quote(label, safe="")


def _tokens(text: str) -> Sequence[Token]:
    inline = _parser().parseInline(text)
    return inline[0].children or [] if inline else []


def _html_of(token: Token, markup: Markup) -> str:
    page = markup.page
    escape = html.escape if page else escape_needed
    name, _, end = token.type.rpartition("_")
    if token.type == "text":
        return _marked(token.content, markup.unsure) if markup.unsure else escape(token.content)
    if token.type in ("softbreak", "hardbreak"):
        return "<br>\n" if page else "<br>"
    if token.type == "code_inline":
        return f"<code>{escape(token.content)}</code>"
    if token.type == "math_inline":
        return f'<span class="math">{escape(token.content)}</span>' if page else f"${escape(token.content)}$"
    if token.type == "footnote_ref":
        return _note_html(token.content, markup)
    if token.type == "link_open":
        return f'<a href="{html.escape(str(token.attrs["href"]))}">'
    if token.type == "link_close":
        return "</a>"
    if name in _SEMANTIC or name == "tag":
        tag = token.tag if name == "tag" else (_SEMANTIC if page else _SHORT)[name]
        return f"<{tag}>" if end == "open" else f"</{tag}>"
    return escape(token.content)


def _marked(text: str, unsure: frozenset[str]) -> str:
    """Escaped text in which the unsure words stand in ``<span class="unsure">``."""
    parts = []
    for part in re.split(r"(\s+)", text):
        shown = html.escape(part)
        parts.append(f'<span class="unsure">{shown}</span>' if part in unsure else shown)
    return "".join(parts)


def _note_html(label: str, markup: Markup) -> str:
    shown = html.escape(shown_label(label))
    if markup.page and label in markup.notes:
        return f'<sup><a href="#{html.escape(quote(note_id(label)))}">{shown}</a></sup>'
    return f"<sup>{shown}</sup>"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(
        ["emphasis", "strikethrough", "link", "backticks", "escape", "entity", "newline"]
    )
    parser.inline.ruler.before("link", "footnote_ref", _note_rule)
    parser.inline.ruler.after("escape", "math_inline", _maths_rule)
    parser.inline.ruler.after("escape", "tag", _tag_rule)
    parser.validateLink = lambda url: _LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    return parser


def _maths_rule(state: StateInline, silent: bool) -> bool:
    return _leaf_rule(state, silent, _MATHS, "math_inline")


def _note_rule(state: StateInline, silent: bool) -> bool:
    return _leaf_rule(state, silent, _NOTE, "footnote_ref")


def _leaf_rule(state: StateInline, silent: bool, pattern: re.Pattern[str], kind: str) -> bool:
    found = pattern.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push(kind, "", 0).content = found.group(1)
    state.pos = found.end()
    return True


def _tag_rule(state: StateInline, silent: bool) -> bool:
    if found := _BREAK.match(state.src, state.pos, state.posMax):
        if not silent:
            state.push("hardbreak", "br", 0)
        state.pos = found.end()
        return True
    found = _TAG.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("tag_open", found.group(1), 1)
        end, state.pos, state.posMax = state.posMax, found.start(2), found.end(2)
        state.md.inline.tokenize(state)
        state.posMax = end
        state.push("tag_close", found.group(1), -1)
    state.pos = found.end()
    return True
