"""What the detection code wants to know about a line: its glyphs, how much of it is mathematics, how much prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph, Line
from leafbeam.offline.formulas.encodings import Family
from leafbeam.offline.formulas.lettered import words_of_scripts
from leafbeam.offline.formulas.symbols import FUNCTIONS, Kind, Token, family_of_cached, token_of

_PROSE_WORD = re.compile(r"[^\W\d_]{2,}(?!\()")


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its visible glyphs and their tokens. ``prose`` counts letters in words, ``maths`` sure glyphs."""

    line: Line
    glyphs: tuple[Glyph, ...]
    tokens: tuple[Token, ...]
    prose: int
    maths: int
    words: int

    @property
    def box(self) -> Rect:
        return self.line.box

    @property
    def size(self) -> float:
        return self.line.size_pt


def view_of(line: Line) -> LineView:
    """The view of a line from a text layer (an empty one for recognised lines)."""
    pairs = words_of_scripts([(g, t) for g in line.glyphs if (t := token_of(g)) is not None])
    glyphs = tuple(g for g, _ in pairs)
    tokens = tuple(t for _, t in pairs)
    maths = sum(t.maths or is_maths_letter(t) for g, t in pairs)
    prose_words = [w for w in _PROSE_WORD.findall(_upright(line, pairs)) if w not in FUNCTIONS]
    long_words = sum(len(w) > 2 for w in prose_words)
    return LineView(line, glyphs, tokens, sum(map(len, prose_words)), maths, long_words)


def _upright(line: Line, pairs: Sequence[tuple[Glyph, Token]]) -> str:
    """The line's text with everything that is not a full-size letter of a text font blanked out."""
    text = []
    last: Glyph | None = None
    for glyph, token in pairs:
        if last is not None and glyph.box.x0 - last.box.x1 > 0.15 * glyph.size_pt:
            text.append(" ")
        wordy = (
            family_of_cached(glyph.font) is Family.TEXT
            and token.kind is Kind.WORD
            and glyph.size_pt > 0.8 * line.size_pt
        )
        text.append(glyph.text if wordy else "(" if token.kind is Kind.OPEN else "|")
        last = glyph
    return "".join(text)


def is_maths_letter(token: Token) -> bool:
    """True for letters that only mathematics uses: of a mathematical font or alphabet, and Greek ones."""
    return token.kind is Kind.ORD and (token.maths or token.style in ("mathbb", "mathcal", "mathscr", "mathfrak"))


def ink_of(glyphs: Sequence[Glyph]) -> Rect:
    """The union of the ink; the loose box where a glyph has none."""
    return union(g.ink if g.ink.area > 0 else g.box for g in glyphs)
