"""Fonts that state other characters than they show: Symbol fonts read as Latin, typesetters' fonts of signs.

Symbol: letters stated for codes of Adobe's Symbol encoding (PDF 32000-1, D.5). Adv fonts (Advent 3B2, the journals of
Springer, Elsevier, BMC of two decades): signs stated as the Latin-1 characters that stand at their codes. There each
reading is believed only when the outline contradicts the stated character and has the extent of the sign.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from leafbeam.geometry import Rect, union
from leafbeam.layer import Font, Glyph, Ruling
from leafbeam.textlayer.encodings import table_of

_SYMBOL = re.compile(r"^symbol(mt|ps|std|neu)?(-|,|$)", re.I)
_SOFT = frozenset("\"'*-^`~")  # also stated by sloppy maps that are right otherwise
_SIGNS = re.compile(r"^(?:[A-Za-z]{6})?Adv(?!OT|TT)[A-Z]")
_MOST_KINDS = 24  # of characters in a font of signs on one page; a font of text has more


class _Extent(NamedTuple):
    """The outline against the origin and the baseline, in type sizes."""

    top: float
    bottom: float
    width: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def restated(glyphs: Sequence[Glyph]) -> tuple[list[Glyph], list[Ruling]]:
    """The glyphs with what such fonts show, and the bars of roots that are set from glyphs."""
    by_font: dict[Font, set[str]] = defaultdict(set)
    for glyph in glyphs:
        by_font[glyph.font].add(glyph.text)
    maps = {font: table for font, texts in by_font.items() if (table := _symbol_table(font, texts))}
    signs = {font for font, texts in by_font.items() if _SIGNS.match(font.name) and len(texts) <= _MOST_KINDS}
    if not maps and not signs:
        return list(glyphs), []
    kept: list[Glyph] = []
    bars: list[Rect] = []
    for glyph in glyphs:
        text = glyph.text
        if glyph.font in signs and text.strip():
            text = _sign(glyph)
        if text == _BAR:
            bars.append(glyph.ink)
            continue
        text = maps.get(glyph.font, {}).get(text, text)
        kept.append(glyph if text == glyph.text else replace(glyph, text=text))
    return kept, [Ruling(bar, horizontal=True) for bar in _joined(bars)]


def _symbol_table(font: Font, texts: set[str]) -> dict[str, str]:
    """The readings of the characters that a Symbol font states though it cannot show them; empty for a sound font."""
    known = table_of(font.name) if _SYMBOL.match(font.name) else None
    if not known:
        return {}
    shown = set(known.values())
    wrong = {text for text in texts if len(text) == 1 and " " < text <= "\xff" and text not in shown}
    if wrong - _SOFT:  # bare codes, all of them
        wrong = {text for text in texts if len(text) == 1 and " " < text <= "\xff"}
    return {text: known[ord(text)] for text in wrong if ord(text) in known}


_BAR = "\x00bar"


def _sign(glyph: Glyph) -> str:
    """What a glyph of a font of signs shows; its own text where the outline does not contradict it."""
    if glyph.size_pt <= 0 or glyph.ink.area <= 0 or glyph.angle != 0:
        return glyph.text
    base, ink, size = glyph.baseline_pt, glyph.ink, glyph.size_pt
    extent = _Extent((base - ink.y0) / size, (base - ink.y1) / size, ink.width / size)
    flat = extent.height < 0.12 and extent.width > 0.3
    match glyph.text:
        case "\xbc" if extent.height < 0.4 and extent.width > 0.4:
            return "="
        case "\xfe" if extent.top < 0.65 and 0.75 < extent.height / max(extent.width, 0.01) < 1.33:
            return "+"
        case "\xf0" | "\xde" if extent.width < 0.4 and extent.bottom < -0.12:
            return "(" if glyph.text == "\xf0" else ")"
        case "\xc0" | "\ufffd" if flat and 0.1 < extent.bottom < 0.45:
            return "−"
        case "\xc1" if extent.height < 0.25 and extent.width < 0.25:
            return "·"
        case "\xc2" if extent.top < 0.65 and extent.bottom > -0.1:
            return "×"
        case "\xc6" if extent.width < 0.8 and extent.top < 0.68:
            return "±"
        case "1" if extent.height < 0.4 and extent.bottom > 0.25:
            return "°"
        case "m" if extent.bottom < -0.1 and extent.top < 0.55:
            return "μ"
        case "n" if extent.top > 0.58 and extent.width > 0.5:
            return "∗"
        case "p" if extent.height > 0.9 and extent.top < 0.2:
            return "√"
        case "ffi" | "\ufb03" | "f" if extent.height < 0.12 and extent.top < 0.2:
            return _BAR
    return glyph.text


def _joined(bars: Sequence[Rect]) -> list[Rect]:
    """Pieces of one bar, side by side, as one."""
    result: list[Rect] = []
    for bar in bars:
        if result and abs(result[-1].y0 - bar.y0) < 0.5 and bar.x0 - result[-1].x1 < 1.0:
            result[-1] = union((result[-1], bar))
        else:
            result.append(bar)
    return result
