"""Signs of mathematics that are letters or punctuation here: Greek words, the Maltese h with a stroke, CJK brackets."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.layer import Glyph
from leafbeam.offline.formulas.encodings import Family
from leafbeam.offline.formulas.symbols import Kind, Token, family_of_cached

Pair = tuple[Glyph, Token]

_GAP = 0.15  # of the type size: letters closer than this make one word
_WORD = 4  # Greek letters that make a word, not a product of variables
_ACCENTED_WORD = 3  # with an accent, which no variable has
_BRACKETS = frozenset("〈〉⟨⟩")


def words_of_scripts(pairs: Sequence[Pair]) -> list[Pair]:
    """The glyphs of a line with their tokens, those of text fonts that are no mathematics beside their neighbours.

    Greek letters are words where the line holds a Greek word; a bracket is punctuation beside an ideograph.
    """
    out = list(pairs)
    if all(glyph.text.isascii() for glyph, _ in out):
        return out
    words = _words(out)
    greek = any(_is_greek_word(out[start:end]) for start, end in words)
    for start, end in words:
        for k in range(start, end):
            glyph, token = out[k]
            if (greek and _is_greek(glyph.text)) or (token.char == "ħ" and end - start >= _ACCENTED_WORD):
                out[k] = (
                    glyph,
                    replace(token, latex=f"\\text{{{token.char}}}", kind=Kind.WORD, style="mathrm", maths=False),
                )
    for k, (glyph, token) in enumerate(pairs):
        if token.char in _BRACKETS and any(_is_wide(out[n][0]) for n in (k - 1, k + 1) if 0 <= n < len(out)):
            out[k] = glyph, replace(token, maths=False)
    return out


def _words(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """The half-open ranges of letters of text fonts that stand together on one baseline."""
    words: list[tuple[int, int]] = []
    for k, (glyph, _) in enumerate(pairs):
        if not glyph.text.isalpha() or family_of_cached(glyph.font) is not Family.TEXT:
            continue
        last = pairs[k - 1][0] if k else glyph
        near = glyph.box.x0 - last.box.x1 < _GAP * glyph.size_pt and abs(glyph.baseline_pt - last.baseline_pt) < 0.5
        if near and words and words[-1][1] == k:
            words[-1] = (words[-1][0], k + 1)
        else:
            words.append((k, k + 1))
    return words


def _is_greek_word(word: Sequence[Pair]) -> bool:
    text = "".join(glyph.text for glyph, _ in word)
    accented = any(len(unicodedata.normalize("NFD", char)) > 1 for char in text)
    return len(text) >= (_ACCENTED_WORD if accented else _WORD) and all(_is_greek(char) for char in text)


def _is_greek(text: str) -> bool:
    return all("\u0370" <= char <= "\u03ff" or "\u1f00" <= char <= "\u1fff" for char in text)


def _is_wide(glyph: Glyph) -> bool:
    return unicodedata.east_asian_width(glyph.text[-1]) in "WF" and glyph.text not in "〈〉"
