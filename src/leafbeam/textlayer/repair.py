"""Repairing what the PDF says its glyphs read: wrong or missing maps, ligatures, loose accents, glyphs drawn twice."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from leafbeam.geometry import union
from leafbeam.layer import Font, Glyph
from leafbeam.textlayer.encodings import STROKE, corporate_use, double_struck, is_double_struck, table_of
from leafbeam.textlayer.forms import typed
from leafbeam.textlayer.outlines import repair_by_outline

UNKNOWN = "\ufffd"
_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
_SPACES = frozenset(
    "\t\n\r\x0b\x0c\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_NOTHING = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e")
# Spacing accents, as TeX draws them over a letter, with the combining mark they stand for.
_ACCENTS = {
    "`": "\u0300", "´": "\u0301", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303", "¯": "\u0304",
    "ˉ": "\u0304", "˘": "\u0306", "˙": "\u0307", "¨": "\u0308", "˚": "\u030a", "°": "\u030a", "˝": "\u030b",
    "ˇ": "\u030c", "¸": "\u0327", "˛": "\u0328",
}  # fmt: skip
_BELOW = frozenset("\u0327\u0328")
_UNSURE = frozenset("^~°")  # also characters of their own: an accent only when set over a letter
_DOTLESS = {"ı": "i", "ȷ": "j"}
_BARRED = {"L": "Ł", "l": "ł"}  # what the stroke of OT1 makes; Unicode does not compose them
_DOUBLE_STRIKE = 0.12  # of the type size: two equal glyphs this close are one, drawn twice
_OVER = 0.12  # of the type size: how far an accent's centre may lie outside its letter


def repair_glyphs(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs with repaired text; ``code`` keeps PDFium's value. Those with no reading and no ink are dropped."""
    tables: dict[Font, Mapping[int, str] | None] = {}
    repaired: list[Glyph] = []
    for glyph in glyphs:
        text = glyph.text
        if not (len(text) == 1 and " " <= text <= "~" and not glyph.font.symbolic):
            if glyph.font not in tables:
                tables[glyph.font] = table_of(glyph.font.name)
            text = _reading(glyph, tables[glyph.font])
            if not text:
                continue
        repaired.append(glyph if text == glyph.text else replace(glyph, text=text))
    return _single(_accented(repair_by_outline(repaired)))


def _reading(glyph: Glyph, table: Mapping[int, str] | None) -> str:
    """What one glyph reads; "" when it is to be dropped."""
    text, code = glyph.text, glyph.code
    has_ink = glyph.ink.area > 0
    if text == UNKNOWN:
        text = _unmapped(code, table)
    elif len(text) == 1 and 0xE000 <= code <= 0xF8FF:
        text = _private(code, table)
    elif len(text) == 1 and text < " " and table is not None and text not in "\t\n\r":
        text = table.get(code, UNKNOWN)
    if len(text) == 1 and (text == UNKNOWN or "\ue000" <= text <= "\uf8ff" or "\uff61" <= text <= "\uff9f"):
        return "•" if _is_dot(glyph) else text if has_ink else ""
    if text in _SPACES:
        return " "
    if text in _NOTHING:
        return ""
    if text == "\xad":
        return "-" if has_ink else ""
    if len(text) == 1 and unicodedata.category(text) == "Cc":
        return UNKNOWN if has_ink else ""
    if is_double_struck(glyph.font.name):
        text = double_struck(text)
    text = "".join(_LIGATURES.get(char, char) for char in text)
    if "\u2e80" <= text <= "\u2fdf" or "\ufb1d" <= text[:1] <= "\ufdff" or "\ufe70" <= text[:1] <= "\ufefc":
        return typed(text)
    return unicodedata.normalize("NFC", text)


def _is_dot(glyph: Glyph) -> bool:
    """True for a small round or square mark at half the height of the letters: a bullet, whatever its code says."""
    width, height, size = glyph.ink.width, glyph.ink.height, glyph.size_pt
    if size <= 0 or height <= 0 or not 0.75 <= width / height <= 1.33 or not 0.15 <= height / size <= 0.6:
        return False
    above, middle = (glyph.baseline_pt - glyph.ink.y1) / size, (glyph.baseline_pt - glyph.ink.cy) / size
    return above >= 0.04 and middle <= 0.5


def _unmapped(code: int, table: Mapping[int, str] | None) -> str:
    """The reading of a raw font code that PDFium could not map."""
    if table is not None:
        return table.get(code, UNKNOWN)
    return chr(code) if 0x20 <= code < 0x7F else UNKNOWN


def _private(code: int, table: Mapping[int, str] | None) -> str:
    """The reading of a private-use code point: Windows symbol fonts put their 8-bit codes at U+F000."""
    known = corporate_use(code)
    if known is not None:
        return known
    if 0xF020 <= code <= 0xF0FF:
        low = code & 0xFF
        if table is not None:
            return table.get(low, chr(code))
        return chr(low) if 0x20 <= low < 0x7F else chr(code)
    return chr(code)


def _accented(glyphs: list[Glyph]) -> list[Glyph]:
    """Loose accents joined with the letters they stand over or under. Accents over mathematical letters stay."""
    result: list[Glyph] = []
    skip = False
    for i, glyph in enumerate(glyphs):
        if skip:
            skip = False
            continue
        mark = _mark(glyph)
        if mark:
            following = glyphs[i + 1] if i + 1 < len(glyphs) else None
            if following is not None and _stands_over(glyph, following, mark):
                result.append(_composed(following, glyph, mark))
                skip = True
                continue
            if result and _stands_over(glyph, result[-1], mark):
                result[-1] = _composed(result[-1], glyph, mark)
                continue
        result.append(glyph)
    return _far_accents(result)


def _far_accents(glyphs: list[Glyph]) -> list[Glyph]:
    """The same for accents that come elsewhere in the content than their letters."""
    gone: set[int] = set()
    for i, accent in enumerate(glyphs):
        mark = _mark(accent)
        if not mark or accent.text in _UNSURE or "\u0300" <= accent.text <= "\u036f":
            continue
        for j, letter in enumerate(glyphs):
            if abs(letter.ink.x0 - accent.ink.x0) < letter.size_pt and _stands_over(accent, letter, mark):
                glyphs[j] = _composed(letter, accent, mark)
                gone.add(i)
                break
    return [g for i, g in enumerate(glyphs) if i not in gone]


def _mark(glyph: Glyph) -> str:
    """The combining mark a glyph may stand for, or ""."""
    if len(glyph.text) != 1 or glyph.text < "'":
        return ""
    if "\u0300" <= glyph.text <= "\u036f":
        return glyph.text
    return _ACCENTS.get(glyph.text, "")


def _stands_over(accent: Glyph, letter: Glyph, mark: str) -> bool:
    base = _DOTLESS.get(letter.text, letter.text)
    if letter.font.symbolic or len(base) != 1 or not base.isalpha() or accent.angle != letter.angle:
        return False
    if len(_with_mark(base, mark)) != 1:
        return False
    if "\u0300" <= accent.text <= "\u036f":
        slack = 0.6 * letter.size_pt  # the mark's own box is often empty or displaced
        return abs(accent.ink.cx - letter.ink.cx) <= slack and abs(accent.baseline_pt - letter.baseline_pt) <= slack
    slack = _OVER * letter.size_pt
    if not letter.ink.x0 - slack <= accent.ink.cx <= letter.ink.x1 + slack:
        return False
    if mark in _BELOW:
        return accent.ink.y1 > letter.ink.y1 - slack and accent.ink.cy > letter.ink.cy
    overlap = letter.ink.y0 - accent.ink.y1
    if accent.text in _UNSURE and overlap < -slack:
        return False
    return accent.ink.cy < letter.ink.y0 + slack and overlap <= 0.5 * letter.size_pt


def _composed(letter: Glyph, accent: Glyph, mark: str) -> Glyph:
    base = _DOTLESS.get(letter.text, letter.text)
    return replace(letter, text=_with_mark(base, mark), ink=union((letter.ink, accent.ink)), order=letter.order)


def _with_mark(base: str, mark: str) -> str:
    """The letter with the mark: one character where there is one."""
    return _BARRED.get(base, base + mark) if mark == STROKE else unicodedata.normalize("NFC", base + mark)


def _single(glyphs: list[Glyph]) -> list[Glyph]:
    """Each glyph once. One struck twice with a small offset (fake bold) counts as bold."""
    suspects = _crowded(glyphs)
    result: list[Glyph] = []
    seen: dict[str, list[int]] = {}
    for i, glyph in enumerate(glyphs):
        if i not in suspects:
            result.append(glyph)
            continue
        step = _DOUBLE_STRIKE * glyph.size_pt
        twin = next((j for j in seen.get(glyph.text, ()) if _is_twin(result[j], glyph, step)), None)
        if twin is None:
            seen.setdefault(glyph.text, []).append(len(result))
            result.append(glyph)
        elif abs(result[twin].x_origin_pt - glyph.x_origin_pt) > 0.01 * glyph.size_pt:
            first = result[twin]
            result[twin] = replace(first, font=replace(first.font, bold=True))
    return result


def _crowded(glyphs: Sequence[Glyph]) -> set[int]:
    """Indexes of the glyphs that may have a twin: equal characters that share a cell of a coarse grid.

    Two points closer than half a cell share a cell of at least one of four grids shifted by half a cell.
    """
    if not glyphs:
        return set()
    spots = np.array([(g.x_origin_pt, g.baseline_pt) for g in glyphs])
    codes = np.array([hash(g.text) % 65521 if g.text != " " else -1 - i for i, g in enumerate(glyphs)], dtype=np.int64)
    cell = 2 * _DOUBLE_STRIKE * max(1.0, float(np.median([g.size_pt for g in glyphs])))
    crowded: set[int] = set()
    for shift in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)):
        cells = np.floor(spots / cell + shift).astype(np.int64)
        keys = (codes * 1_000_003 + cells[:, 0]) * 1_000_003 + cells[:, 1]
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        crowded.update(np.flatnonzero(counts[inverse] > 1).tolist())
    return crowded


def _is_twin(first: Glyph, second: Glyph, step: float) -> bool:
    return (
        abs(first.x_origin_pt - second.x_origin_pt) <= step
        and abs(first.baseline_pt - second.baseline_pt) <= step
        and abs(first.size_pt - second.size_pt) <= 0.05 * first.size_pt
        and first.angle == second.angle
    )
