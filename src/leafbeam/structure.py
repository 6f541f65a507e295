"""What only the whole document tells: furniture across pages, heading levels, text that goes on over a page break."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from leafbeam.compounds import with_compounds
from leafbeam.types import FURNITURE, Block, BlockKind, Document, OutlineEntry, Page, Style

_NUMBER = r"(?:\d{1,4}|(?P<roman>[ivxlc]{1,9})|[A-Z]{1,2}[-–.]\d{1,4}|\d{1,3}\s?[-–]\s?\d{1,4})"
# Roman numerals below 400, in one case: those with D or M are words ("Mild", "mix") before they are pages
_ROMAN_NUMBER = re.compile(r"c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_WORDS = frozenset(("C", "CC", "CV", "L", "XL", "c", "l"))
_WORDS = r"(?:page|seite|pagina|página|p\.?|pg\.?|s\.|blz\.?|bladzijde|str\.?|folio|sheet|side)"
_OF = r"(?:of|von|de|van|sur|aus|di|/|av|из|sur)"
_PAGE_NUMBER = re.compile(
    rf"[\s\-–—~•·|\[(„“\"',.=]*(?:{_WORDS}\s*)?{_NUMBER}(?:\s*{_OF}\s*\d{{1,4}})?[\s\-–—~•·|\])]*[.*]?"
    r"|第\s*\d{1,4}\s*[页頁](?:\s*[,，/]?\s*共\s*\d{1,4}\s*[页頁])?|\d{1,4}\s*[页頁]|[\s–—-]*[零〇一二三四五六七八九十百]{1,5}[\s–—-]*",
    re.IGNORECASE,
)
_PAGE_COUNT = re.compile(rf"\W*{_WORDS}\s*\d{{1,4}}\s*(?:{_OF})\s*\d{{1,4}}\W*", re.IGNORECASE)
_NUMBERING = re.compile(
    r"(?:(\d{1,2}(?:\.\d{1,2}){0,4})\.?|([IVX]{1,5})\.|([A-Z])\.(?=\s)|([A-Z](?:\.\d{1,2}){1,3})\.?)\s+\S"
)
_ROMAN, _LETTER = re.compile(r"[IVX]{1,5}\.\s"), re.compile(r"[A-Z]\.\s")
_CHAPTER = re.compile(
    r"(?:chapter|part|kapitel|teil|chapitre|partie|hoofdstuk|appendix|anhang|annexe?)\s+[\dIVXA-Z]+\b", re.I
)
_CJK_PART = re.compile(r"第\s*[\d〇一二三四五六七八九十百]+\s*([章编編部篇节節])|附录|附錄")
_SENTENCE_END = re.compile(r"[.!?:;。！？：；…][\"'”’»)\]*_]*(?:\[\^[^\]]+\]|<sup>[^<]*</sup>)*[*_]*$")
_MOST_TITLES = 2
_COUNTED = 4  # characters of a text that may count things
_LEVEL_SLACK = 1.05  # type that headings of the next level may have, of their own level's
_MANY_PAGES = 4  # from here on the pages can contradict one of them


def is_page_number(text: str) -> bool:
    """True for texts that are nothing but a page number: "12", "- iv -", "Page 3 of 10", "第 12 页"."""
    text = text.strip()
    found = _PAGE_NUMBER.fullmatch(text) if text else None
    if found is None or not (roman := found.group("roman")):
        return found is not None
    one_case = roman.islower() or roman.isupper()
    return one_case and roman not in _ROMAN_WORDS and _ROMAN_NUMBER.fullmatch(roman.lower()) is not None


def is_page_count(text: str) -> bool:
    """True for a page number that says of how many, and so is one wherever it stands: "Page 3 of 10"."""
    return _PAGE_COUNT.fullmatch(text.strip()) is not None


def numbering_depth(text: str) -> int:
    """How deep a heading's own number says it is: 1 for "2 Title" and "Chapter 2", 2 for "2.1 Title"; 0 for none."""
    text = text.strip()
    if _CHAPTER.match(text):
        return 1
    if found := _CJK_PART.match(text):
        return 2 if found.group(1) in ("节", "節") else 1
    found = _NUMBERING.match(text)
    if found is None:
        return 0
    number = found.group(1) or found.group(4) or ""
    return number.count(".") + 1


def is_open(first: str, second: str) -> bool:
    """True when a sentence goes on from one text to the other, as over a column or page break."""
    first, second = first.rstrip(), second.lstrip()
    if not first or not second or _SENTENCE_END.search(first):
        return False
    if first.endswith(("-", "\u00ad", "‐")) and first[-2:-1].isalpha():
        return True
    start = second.lstrip("\"'“‘„«([*_$\\")[:1]
    if "\u2e80" <= start <= "\u9fff":
        return first[-1].isalnum() or first[-1] in "，、“”"
    return (
        start.islower()
        or start.isdigit()
        or first[-1] in ",—–"
        or (first[-1].islower() and start.isalpha() and len(first) > 80)
    )


def finish_document(document: Document) -> Document:
    """The document with furniture, heading levels, page-break joins and compounds settled. Pure."""
    pages = _settled_furniture(document.pages)
    pages = _levelled(pages, document.outline)
    return replace(document, pages=with_compounds(_joined(pages)))


# -- furniture ------------------------------------------------------------------------------------------------------


def _settled_furniture(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Texts at the same place on several pages, equal up to their digits, are furniture."""
    seen: dict[tuple[str, bool], set[int]] = defaultdict(set)
    for number, page in enumerate(pages):
        texts = {block.text for block in page.blocks if block.kind in _MAY_BE_FURNITURE}
        keys = Counter(_key(text) for text in texts)
        for _, key in _edge_blocks(page):
            if keys[key[0]] == 1 or len(key[0]) < _COUNTED:  # "Table 1", "Table 2" on one page count what is there
                seen[key].add(number)
    marked = [_without_echo(_with_furniture(page, seen, len(pages))) for page in pages]
    return tuple(_without_lone_furniture(marked))


def _without_echo(page: Page) -> Page:
    """A first line that a heading of the same page says again is its running head."""
    first = next((i for i, block in enumerate(page.blocks) if block.kind not in FURNITURE), None)
    if first is None:
        return page
    block = page.blocks[first]
    at_top = block.box is not None and block.box.bottom < 0.15 and block.kind in _MAY_BE_FURNITURE
    words = re.sub(r"[*_`\\$]", "", block.text).strip()
    again = any(b.kind is BlockKind.HEADING and _plain(b.text) == _plain(words) for b in page.blocks[first + 1 :])
    if not (at_top and again and words):
        return page
    return _with_block(page, first, replace(block, kind=BlockKind.HEADER, level=0))


def _without_lone_furniture(pages: Sequence[Page]) -> list[Page]:
    """Heads or feet that one inner page alone seems to have are text again: all other pages speak against them."""
    result = list(pages)
    for kind in (BlockKind.HEADER, BlockKind.FOOTER):
        having = [n for n, page in enumerate(pages) if any(block.kind is kind for block in page.blocks)]
        if len(pages) < _MANY_PAGES or len(having) != 1 or having[0] in (0, len(pages) - 1):
            continue
        page = result[having[0]]
        blocks = tuple(
            replace(block, kind=BlockKind.PARAGRAPH) if block.kind is kind and not _is_small(block, page) else block
            for block in page.blocks
        )
        result[having[0]] = replace(page, blocks=blocks)
    return result


def _is_small(block: Block, page: Page) -> bool:
    sizes = [b.style.size_pt for b in page.blocks if b.kind is BlockKind.PARAGRAPH and b.style is not None]
    return block.style is None or (bool(sizes) and block.style.size_pt < 0.93 * median(sizes))


def _key(text: str) -> str:
    text = re.sub(r"[*_`\\]", "", text)
    return re.sub(r"\s+", " ", re.sub(r"\d+|\b[ivxlc]+\b", "#", text.lower())).strip()


def _edge_blocks(page: Page) -> list[tuple[int, tuple[str, bool]]]:
    """Index and key of the text blocks near the top and the bottom of a page."""
    texts = [
        index
        for index, block in enumerate(page.blocks)
        if block.text and block.box is not None and block.kind in _MAY_BE_FURNITURE and len(block.text) < 160
    ]
    result = []
    for index in texts:
        box = page.blocks[index].box
        assert box is not None
        lone = index in (texts[0], texts[-1]) and is_page_number(page.blocks[index].text)
        if box.bottom < (0.25 if lone else 0.15) or box.top > (0.65 if lone else 0.85):
            result.append((index, (_key(page.blocks[index].text), box.bottom < 0.25)))
    return result


_MAY_BE_FURNITURE = FURNITURE | {BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM}


def _with_furniture(page: Page, seen: dict[tuple[str, bool], set[int]], count: int) -> Page:
    blocks = list(page.blocks)
    needed = 2 if count < 6 else 3
    for index, key in _edge_blocks(page):
        block = blocks[index]
        if block.kind in FURNITURE or len(seen[key]) < needed or not any(c.isalpha() or c == "#" for c in key[0]):
            continue
        if block.kind is BlockKind.HEADING and _heads_text(page, index):
            continue
        text_kind = BlockKind.HEADER if key[1] else BlockKind.FOOTER
        kind = BlockKind.PAGE_NUMBER if is_page_number(block.text) else text_kind
        blocks[index] = replace(block, kind=kind, level=0)
    return replace(page, blocks=tuple(blocks))


def _heads_text(page: Page, index: int) -> bool:
    """True for a heading larger than the text right below it: it belongs to the page, however often it comes."""
    head, below = page.blocks[index], page.blocks[index + 1 : index + 2]
    if head.box is None or head.style is None or not below or below[0].box is None or below[0].kind in FURNITURE:
        return False
    sizes = [b.style.size_pt for b in page.blocks if b.kind is BlockKind.PARAGRAPH and b.style is not None]
    larger = bool(sizes) and head.style.size_pt > 1.15 * median(sizes)
    gap_pt = (below[0].box.top - head.box.bottom) * page.height_pt
    return larger and gap_pt < 1.5 * head.style.size_pt


# -- headings -------------------------------------------------------------------------------------------------------


def _levelled(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> tuple[Page, ...]:
    places = [
        (p, b) for p, page in enumerate(pages) for b, block in enumerate(page.blocks) if block.kind is BlockKind.HEADING
    ]
    if not places:
        return tuple(pages)
    heads = [pages[p].blocks[b] for p, b in places]
    levels = _levels(heads, outline)
    found = dict(zip(places, levels, strict=True))
    return tuple(
        replace(
            page,
            blocks=tuple(
                replace(block, level=found[p, b]) if (p, b) in found else block for b, block in enumerate(page.blocks)
            ),
        )
        for p, page in enumerate(pages)
    )


def _levels(heads: Sequence[Block], outline: Sequence[OutlineEntry]) -> list[int]:
    """Levels 1..6: the outline's where it knows the heading, or those that tags state, else by numbering, else by the
    rank of the style."""
    named = {_plain(entry.title): entry.level for entry in outline}
    ranks = _ranks([head.style or Style(10.0) for head in heads])
    depths = _depths(heads, ranks)
    title = next((place for place, rank in enumerate(ranks) if rank), len(ranks))  # one heading, or two on end
    titled = ranks.count(0) == title <= _MOST_TITLES and title < len(heads) and not any(depths[:title])
    known_levels = [named.get(_plain(head.text)) for head in heads]
    if not any(known_levels):
        known_levels = _stated(heads)
    if titled and known_levels[0] is None and 1 in known_levels[title:]:  # the outline leaves out the title
        known_levels = [level and level + 1 for level in known_levels]
    offsets = [level - depth + 1 for level, depth in zip(known_levels, depths, strict=True) if level and depth]
    first = Counter(offsets).most_common(1)[0][0] if offsets else 2 if titled else 1
    by_rank: dict[int, int] = {}
    for rank in sorted(set(ranks)):
        same = [depth for depth, other in zip(depths, ranks, strict=True) if other == rank and depth]
        if same:
            by_rank[rank] = first + Counter(same).most_common(1)[0][0] - 1
    levels: list[int] = []
    above: list[tuple[int, int]] = []  # headings that this one may stand in: the level each asked for, and has
    for known, rank, depth in zip(known_levels, ranks, depths, strict=True):
        if known is not None:
            level = known
        elif titled and rank == 0:
            level = max(1, first - 1)
        elif depth:
            level = first + depth - 1
        else:
            level = by_rank.get(rank, _rank_level(rank, by_rank))
        while above and above[-1][0] >= level:
            above.pop()
        levels.append(min(6, max(1, level), above[-1][1] + 1 if above else 6))
        above.append((level, levels[-1]))
    return levels


def _stated(heads: Sequence[Block]) -> list[int | None]:
    """The levels that a tagged PDF states; none where they tell nothing apart, or higher ones stand in smaller type."""
    levels = [head.style.stated if head.style else 0 for head in heads]
    sizes: dict[int, list[float]] = defaultdict(list)
    for head, level in zip(heads, levels, strict=True):
        if level and head.style:
            sizes[level].append(head.style.size_pt)
    usual = [median(sizes[level]) for level in sorted(sizes)]
    falling = all(below <= _LEVEL_SLACK * above for above, below in itertools.pairwise(usual))
    return [level or None for level in levels] if len(usual) > 1 and falling else [None] * len(levels)


def _depths(heads: Sequence[Block], ranks: Sequence[int]) -> list[int]:
    """How deep each heading's number says it is; "A." in a lesser style than "II." stands one below it."""
    depths = [numbering_depth(head.text) for head in heads]
    roman = [rank for head, rank in zip(heads, ranks, strict=True) if _ROMAN.match(head.text)]
    for index, head in enumerate(heads):
        if depths[index] != 1 or not roman or not _LETTER.match(head.text) or _ROMAN.match(head.text):
            continue
        if ranks[index] > min(roman) or (head.style is not None and head.style.italic) or not head.text.isupper():
            depths[index] = 2
    return depths


def _rank_level(rank: int, by_rank: dict[int, int]) -> int:
    """The level of a style without numbers: next to the nearest numbered style above it in rank."""
    above = [other for other in by_rank if other < rank]
    if above:
        nearest = max(above)
        return by_rank[nearest] + rank - nearest
    below = [other for other in by_rank if other > rank]
    if below:
        nearest = min(below)
        return max(1, by_rank[nearest] - (nearest - rank))
    return rank + 1


def _ranks(styles: Sequence[Style]) -> list[int]:
    """0 for the most prominent style; sizes less than a twelfth apart are one, bold comes before light."""
    sizes = sorted({style.size_pt for style in styles}, reverse=True)
    steps = dict.fromkeys(sizes, 0)
    largest = sizes[0]
    for above, size in itertools.pairwise(sizes):
        steps[size] = steps[above] + (size < 0.92 * above or size < 0.85 * largest)
        largest = size if steps[size] > steps[above] else largest

    def key(style: Style) -> tuple[int, bool]:
        return steps[style.size_pt], not style.bold

    order = sorted({key(style) for style in styles})
    return [order.index(key(style)) for style in styles]


def _plain(text: str) -> str:
    text = re.sub(r"\[\^[^\]]*\]|[*_`\\$]", "", text)
    text = re.sub(r"^(?:\d+(?:\.\d+)*|[IVX]+)\.?\s+", "", text.strip())
    return re.sub(r"\W+", " ", text).strip().casefold()


# -- page breaks ----------------------------------------------------------------------------------------------------

_SKIPPED = FURNITURE | {BlockKind.FOOTNOTE, BlockKind.FIGURE, BlockKind.CAPTION, BlockKind.TABLE}


def _joined(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Paragraphs that go on from the page before are marked so, and a hyphen that only divided a word is taken out."""
    result = list(pages)
    for number in range(1, len(result)):
        above, page = result[number - 1], result[number]
        last = next((i for i in range(len(above.blocks) - 1, -1, -1) if above.blocks[i].kind not in _SKIPPED), None)
        first = next((i for i, block in enumerate(page.blocks) if block.kind not in _SKIPPED), None)
        if last is None or first is None or page.ref.index != above.ref.index + 1:
            continue
        head, tail = above.blocks[last], page.blocks[first]
        if tail.kind is not BlockKind.PARAGRAPH or head.kind is not tail.kind or not is_open(head.text, tail.text):
            continue
        hyphen = re.search(r"[^\W\d_][-\u00ad‐]$", head.text) is not None and tail.text[:1].islower()
        wide = "\u2e80" <= head.text[-1] <= "\u9fff" and "\u2e80" <= tail.text[0] <= "\u9fff"
        if hyphen:
            result[number - 1] = _with_block(above, last, replace(head, text=head.text[:-1]))
        result[number] = _with_block(page, first, replace(tail, joins_previous=True, joins_tight=hyphen or wide))
    return tuple(result)


def _with_block(page: Page, index: int, block: Block) -> Page:
    return replace(page, blocks=(*page.blocks[:index], block, *page.blocks[index + 1 :]))
