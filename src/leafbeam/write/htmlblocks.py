"""The blocks of one page as HTML elements."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator

from leafbeam.types import Block, BlockKind, Page
from leafbeam.write.flow import Leaf, caption_owners, clean, figure_alt, formula_words, note_label, shown_label
from leafbeam.write.inline import Markup, note_id, to_html, to_plain
from leafbeam.write.markdown import tagged
from leafbeam.write.tables import html_table

UNSURE_WORD = 0.6  # a word below this recognition score is marked
UNSURE_BLOCK = 0.6  # a block below this confidence is marked

_ORDERED = re.compile(r"(\d{1,9})[.)]")
_TASK = re.compile(r"[-*+] \[([ xX])\]")
_FLOATS = (BlockKind.FIGURE, BlockKind.TABLE)


def body_html(leaf: Leaf, notes: frozenset[str]) -> Iterator[str]:
    """The elements of a page's text; captions beside a figure or table stand in one ``<figure>`` with it."""
    items: list[Block] = []
    captions = caption_owners(leaf.body)
    for index, block in enumerate(leaf.body):
        if block.kind is BlockKind.LIST_ITEM:
            items.append(block)
            continue
        yield from _lists(items, leaf.page, notes)
        items = []
        if index in captions:
            continue
        if block.kind in _FLOATS:
            yield _float(leaf, index, [i for i, owner in captions.items() if owner == index], notes)
        else:
            yield _element(block, leaf, notes)
    yield from _lists(items, leaf.page, notes)


def note_html(block: Block, page: Page, notes: frozenset[str]) -> str:
    """A footnote as a paragraph that its marks link to."""
    label = note_label(block)
    anchor = f' id="{html.escape(note_id(label))}"' if label else ""
    mark = f"<sup>{html.escape(clean(shown_label(block.marker)))}</sup> " if block.marker else ""
    return f"<p{anchor}{_attributes(block)}>{mark}{plain_html(block.text, _markup(block, page, notes))}</p>"


def plain_html(text: str, markup: Markup) -> str:
    """Inline text, each line trimmed."""
    return to_html("\n".join(line.strip() for line in clean(text).strip().split("\n")), markup)


def _element(block: Block, leaf: Leaf, notes: frozenset[str]) -> str:
    attributes = _attributes(block)
    if block.kind is BlockKind.CODE:
        return f"<pre{attributes}><code>{html.escape(clean(block.text).strip(chr(10)))}</code></pre>"
    if block.kind is BlockKind.FORMULA:
        return _formula(block, leaf.page, attributes)
    text = plain_html(block.text, _markup(block, leaf.page, notes))
    if block.kind is BlockKind.HEADING:
        level = min(6, max(1, block.level))
        return f"<h{level}{attributes}>{text}</h{level}>"
    if block.kind is BlockKind.CAPTION:
        return f"<p{_attributes(block, 'caption')}>{text}</p>"
    return f"<p{attributes}>{text}</p>"


def _formula(block: Block, page: Page, attributes: str) -> str:
    if block.text.strip():
        return f"<div{_attributes(block, 'math display')}>{html.escape(tagged(block.text, block.marker))}</div>"
    words = formula_words(block, page)
    return f"<figure{attributes}>{_image(block, page, words or 'Formula')}</figure>"


def _float(leaf: Leaf, index: int, captions: list[int], notes: frozenset[str]) -> str:
    block = leaf.body[index]
    if block.table is not None:
        inner = f'<div class="wide">{html_table(block.table, _markup(block, leaf.page, notes))}</div>'
    elif block.kind is BlockKind.FIGURE:
        inner = _image(block, leaf.page, to_plain(figure_alt(block, [leaf.body[i] for i in captions])))
    else:
        inner = f"<p>{plain_html(block.text, _markup(block, leaf.page, notes))}</p>"
    before = "".join(_caption(leaf.body[i], leaf.page, notes) for i in captions if i < index)
    after = "".join(_caption(leaf.body[i], leaf.page, notes) for i in captions if i > index)
    return f"<figure{_attributes(block)}>{before}{inner}{after}</figure>"


def _caption(block: Block, page: Page, notes: frozenset[str]) -> str:
    return f"<figcaption{_attributes(block)}>{plain_html(block.text, _markup(block, page, notes))}</figcaption>"


def _image(block: Block, page: Page, alt: str) -> str:
    data = next((asset.data for asset in page.assets if asset.name == block.asset), b"")
    shown = html.escape(" ".join(alt.split()))
    if not data:
        return f'<p class="empty">{shown}</p>'
    return f'<img alt="{shown}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def _lists(items: list[Block], page: Page, notes: frozenset[str]) -> Iterator[str]:
    """Nested ``<ul>`` and ``<ol>``; a list ends where the kind of its marks changes."""
    if not items:
        return
    open_tags: list[str] = []
    parts: list[str] = []
    for item in items:
        depth = min(max(0, item.level), len(open_tags))
        ordered = _ORDERED.fullmatch(item.marker.strip())
        tag = "ol" if ordered else "ul"
        while len(open_tags) > depth + 1 or (len(open_tags) == depth + 1 and open_tags[-1] != tag):
            parts.append(f"</li></{open_tags.pop()}>")
        if len(open_tags) == depth + 1:
            parts.append("</li>")
        else:
            open_tags.append(tag)
            start = int(ordered.group(1)) if ordered else 1
            parts.append(f'<ol start="{start}">' if start != 1 else f"<{tag}>")
        parts.append(_item(item, ordered is not None, page, notes))
    parts += [f"</li></{tag}>" for tag in reversed(open_tags)]
    yield "\n".join(parts)


def _item(item: Block, ordered: bool, page: Page, notes: frozenset[str]) -> str:
    text = plain_html(item.text, _markup(item, page, notes))
    mark = item.marker.strip()
    if task := _TASK.fullmatch(mark):
        checked = "" if task.group(1) == " " else " checked"
        return f'<li{_attributes(item, "task")}><input type="checkbox" disabled{checked}> {text}'
    if not ordered and mark not in ("", "-", "*", "+"):
        text = f"{html.escape(clean(mark))} {text}"
    return f"<li{_attributes(item)}>{text}"


def _attributes(block: Block, name: str = "") -> str:
    doubtful = block.confidence is not None and block.confidence < UNSURE_BLOCK
    classes = " ".join(filter(None, [name, "doubtful" if doubtful else ""]))
    parts = [f' class="{classes}"' if classes else ""]
    if block.box is not None:
        box = block.box
        parts.append(f' data-box="{box.left:.4f} {box.top:.4f} {box.right:.4f} {box.bottom:.4f}"')
    if block.confidence is not None:
        parts.append(f' data-confidence="{block.confidence:.2f}"')
    if doubtful:
        parts.append(f' title="read with confidence {block.confidence:.0%}"')
    return "".join(parts)


def _markup(block: Block, page: Page, notes: frozenset[str]) -> Markup:
    return Markup(page=True, notes=notes, unsure=_unsure_words(block, page))


def _unsure_words(block: Block, page: Page) -> frozenset[str]:
    """The words inside the block that were nowhere in it read with a good score."""
    box = block.box
    if box is None:
        return frozenset()
    best: dict[str, float] = {}
    for word in page.words:
        x, y = (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2
        if box.left <= x <= box.right and box.top <= y <= box.bottom:
            best[word.text] = max(best.get(word.text, 0.0), word.score)
    return frozenset(text for text, score in best.items() if score < UNSURE_WORD)
