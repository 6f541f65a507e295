"""The glyphs of one line to words and spans."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from leafbeam.geometry import union
from leafbeam.layer import Glyph, Line, Link, Span
from leafbeam.textlayer.bidi import is_right_to_left, mirrored, reading_order
from leafbeam.textlayer.marks import Item, clusters, in_place, is_mark
from leafbeam.textlayer.runs import extent

__all__ = ["Item", "build_line"]

_SPACE = 0.15  # of the type size: a gap above this is a word space (TeX shrinks spaces to 0.22, kerns below 0.1)
_TRACKED = 0.05  # of the type size: letters this far apart, nearly all of them, are letter-spaced
_STATED_SPACE = 0.03  # of the type size: enough when the PDF states a space there


class _Letter(NamedTuple):
    """One glyph and whether white space follows it."""

    item: Item
    space: bool


def build_line(items: Sequence[Item], links: Sequence[Link]) -> Line:
    """A line from its glyphs; at least one of them is not a space."""
    letters = _read(_spaced(in_place(items)))
    box = extent([letter.item.glyph for letter in letters])
    links = [link for link in links if link.box.intersection(box) > 0]
    base = [letter.item.glyph for letter in letters if letter.item.script == 0] or [letters[0].item.glyph]
    spans = _settled([_span(list(group), key) for key, group in groupby(letters, lambda letter: _style(letter, links))])
    sizes = Counter(round(g.size_pt, 1) for g in base)
    count = len(letters)
    return Line(
        spans=spans,
        box=box,
        baseline_pt=median(g.baseline_pt for g in base),
        size_pt=sizes.most_common(1)[0][0],
        bold=sum(letter.item.glyph.font.bold for letter in letters) * 2 > count,
        italic=sum(letter.item.glyph.font.italic for letter in letters) * 2 > count,
        mono=sum(letter.item.glyph.font.mono for letter in letters) * 2 > count,
        glyphs=tuple(letter.item.glyph for letter in letters),
    )


def _read(letters: list[_Letter]) -> list[_Letter]:
    """The letters in the order of reading; ``space`` then tells of the letter that follows there."""
    if not any(is_right_to_left(letter.item.glyph.text) for letter in letters):
        return letters
    pieces = [(letter, text) for letter in letters for text in (letter.item.glyph.text, " " if letter.space else "")]
    pieces = [piece for piece in pieces if piece[1]]
    ordered = [pieces[i] for i in reading_order([text for _, text in pieces])]
    turned = mirrored("".join(text for _, text in ordered))
    read: list[_Letter] = []
    at = 0
    for letter, text in ordered:
        shown, at = turned[at : at + len(text)], at + len(text)
        if text != " ":
            glyph = letter.item.glyph
            item = letter.item if shown == text else letter.item._replace(glyph=replace(glyph, text=shown))
            read.append(_Letter(item, space=False))
        elif read:
            read[-1] = read[-1]._replace(space=True)
    return read


def _style(letter: _Letter, links: Sequence[Link]) -> tuple[bool, bool, bool, int, str | None]:
    glyph, script, _ = letter.item
    ink = glyph.ink
    link = next((link.uri for link in links if link.box.contains(ink.cx, ink.cy)), None) if links else None
    return glyph.font.bold, glyph.font.italic, glyph.font.mono, script, link


def _span(letters: list[_Letter], style: tuple[bool, bool, bool, int, str | None]) -> Span:
    bold, italic, mono, script, link = style
    text = "".join(letter.item.glyph.text + (" " if letter.space else "") for letter in letters)
    box = extent([letter.item.glyph for letter in letters])
    return Span(text, box, bold=bold, italic=italic, mono=mono, script=script, link=link)


def _settled(spans: list[Span]) -> tuple[Span, ...]:
    """The spans with the space after a script given to the text that follows it."""
    for i, span in enumerate(spans[:-1]):
        if span.script and span.text.endswith(" "):
            spans[i] = replace(span, text=span.text.rstrip())
            spans[i + 1] = replace(spans[i + 1], text=" " + spans[i + 1].text)
    return tuple(spans)


def _spaced(items: list[Item]) -> list[_Letter]:
    """The visible glyphs, each with the decision whether a space follows."""
    visible: list[Item] = []
    stated: list[bool] = []  # a space glyph follows
    for item in items:
        if item.glyph.text.isspace():
            if stated:
                stated[-1] = True
        else:
            visible.append(item)
            stated.append(False)
    groups = clusters(visible)
    ends = [end for _, end in groups]
    bases = [_base(visible[start:end]) for start, end in groups]
    gaps = [_gap(a.glyph, b.glyph) for a, b in pairwise(bases)]
    said = [any(stated[start:end]) for start, end in groups]
    extra = _letter_spacing(bases, gaps)
    spaces = {end - 1: _is_space(bases[k], bases[k + 1], gaps[k] - extra, said[k]) for k, end in enumerate(ends[:-1])}
    return [_Letter(item, spaces.get(i, False)) for i, item in enumerate(visible)]


def _base(cluster: list[Item]) -> Item:
    """The letter of a cluster, as wide as the letter with its marks."""
    base = next((item for item in cluster if not is_mark(item.glyph)), cluster[0])
    if len(cluster) == 1:
        return base
    box, ink = union(item.glyph.box for item in cluster), union(item.glyph.ink for item in cluster)
    return base._replace(glyph=replace(base.glyph, box=box, ink=ink))


def _gap(a: Glyph, b: Glyph) -> float:
    """White between two glyphs in type sizes: by advance widths, unless the ink says otherwise."""
    size = max(a.size_pt, b.size_pt, 0.1)
    advance = (b.x_origin_pt - a.box.x1) / size
    ink = (b.ink.x0 - a.ink.x1) / size
    if advance > 0 and ink < advance - 0.6:  # the advance width is wrong
        return ink
    return max(advance, ink - 0.4)


def _letter_spacing(items: list[Item], gaps: list[float]) -> float:
    """The usual gap between letters: 0 unless nearly all letters stand apart. Korean titles space syllables."""
    inner = sorted(
        gap
        for (a, b), gap in zip(pairwise(items), gaps, strict=True)
        if a.glyph.text[0].isalpha() and b.glyph.text[0].isalpha() and not _is_cjk(a.glyph.text[-1])
        if not (gap > _SPACE and _is_hangul(a.glyph.text[-1]))
    )
    if len(inner) < 5 or inner[len(inner) // 5] < _TRACKED:
        return 0.0
    return median(inner)


def _is_space(a: Item, b: Item, gap: float, stated: bool) -> bool:
    if _is_cjk(a.glyph.text[-1]) and _is_cjk(b.glyph.text[0]):
        return gap > 0.9
    return gap > (_STATED_SPACE if stated else _SPACE)


def _is_cjk(char: str) -> bool:
    """True for the scripts that write no spaces between words; Korean does."""
    return unicodedata.east_asian_width(char) in "WF" and not _is_hangul(char)


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff" or "\u3131" <= char <= "\u318e"
