"""Compounds that lost their hyphen at a line's end, told by the whole document: a page alone may not say them again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from leafbeam.types import Block, BlockKind, Page

_KINDS = frozenset((BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CAPTION, BlockKind.FOOTNOTE, BlockKind.HEADING))
_LEAST_PART = 3  # letters: shorter first parts ("re", "on") make words of another meaning, or of both spellings
_LEAST_TIMES = 2  # a compound is written with its hyphen, for each time it is written without
_TOKEN = re.compile(r"\$[^$]*\$|`[^`]*`|\]\([^)]*\)|\w+://\S+|\S+@\S+|<[^>]*>|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)")


def with_compounds(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages with words such as "zeroshot" as the document writes them elsewhere, and more often: "zero-shot".

    Formulas, code and addresses stay as they are.
    """
    counts = Counter(word.lower() for page in pages for block in page.blocks for word in _words(block))
    fused = _fused(counts)
    if not fused:
        return tuple(pages)
    return tuple(replace(page, blocks=tuple(_mended(block, fused) for block in page.blocks)) for page in pages)


def _words(block: Block) -> list[str]:
    if block.kind not in _KINDS:
        return []
    return [found for match in _TOKEN.finditer(block.text) if (found := match.group("word")) is not None]


def _fused(counts: Mapping[str, int]) -> dict[str, str]:
    """The compound of each word that is one without its hyphen, lower case."""
    result: dict[str, str] = {}
    for word, times in counts.items():
        parts = word.split("-")
        whole = "".join(parts)
        if len(parts) != 2 or min(map(len, parts)) < _LEAST_PART or whole not in counts:
            continue
        if times >= _LEAST_TIMES * counts[whole]:
            result[whole] = word
    return result


def _mended(block: Block, fused: Mapping[str, str]) -> Block:
    if block.kind not in _KINDS:
        return block

    def mended(match: re.Match[str]) -> str:
        word = match.group("word")
        compound = fused.get(word.lower()) if word is not None else None
        if compound is None or not (word.islower() or word.istitle()):
            return match.group(0)
        at = compound.index("-")
        return f"{word[:at]}-{word[at:]}"

    text = _TOKEN.sub(mended, block.text)
    return block if text == block.text else replace(block, text=text)
