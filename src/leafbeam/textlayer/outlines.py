"""Characters that their own outlines contradict: ligatures cut down to one letter, capitals stated as small letters.

Programs that lay out with OpenType features state the typed letter, or only one letter of a ligature, for a glyph that
shows something else. A font's other glyphs tell what the stated letter looks like.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from leafbeam.layer import Font, Glyph
from leafbeam.textlayer.encodings import table_of

_WIDER = 1.5  # times the usual width of the letter: another outline, not the same one
_CAPITALS = frozenset("BDEFHIKLMNPRTXZ")
_LOW = frozenset("acemnorsuvwxz")
_SAME_HEIGHT = 0.015  # of the type size


def repair_by_outline(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs with such characters replaced by what is shown."""
    by_font: dict[Font, list[int]] = defaultdict(list)
    for i, glyph in enumerate(glyphs):
        plain = len(glyph.text) == 1 and "A" <= glyph.text <= "z" and glyph.angle == 0 and glyph.size_pt > 0
        if plain and not glyph.font.symbolic and not glyph.font.mono:
            by_font[glyph.font].append(i)
    result = list(glyphs)
    for face, members in by_font.items():
        if table_of(face.name) is not None:  # of one encoding: its codes say what is shown
            continue
        font = [glyphs[i] for i in members]
        for i, text in zip(members, _shown(font), strict=True):
            if text != glyphs[i].text:
                result[i] = replace(glyphs[i], text=text)
    return result


def _shown(glyphs: Sequence[Glyph]) -> list[str]:
    """What each glyph of one font shows."""
    widths = {char: _usual_width(glyphs, char) for char in "fhil"}
    rises = [_rise(g) for g in glyphs if g.text in _CAPITALS]
    capital = median(rises) if len(rises) >= 3 else None
    texts = [_ligature(g, widths) for g in glyphs]
    if capital is None:
        return texts
    raised = [g.text in _LOW and abs(_rise(g) - capital) < _SAME_HEIGHT for g in glyphs]
    # In a real small letter the height of a capital happens in no face: where it does, t follows its fellows.
    if not any(raised) or sum(raised) > 0.5 * sum(g.text in _LOW for g in glyphs):
        return texts
    return [
        text.upper() if is_raised or (text == "t" and abs(_rise(g) - capital) < _SAME_HEIGHT) else text
        for g, text, is_raised in zip(glyphs, texts, raised, strict=True)
    ]


def _rise(glyph: Glyph) -> float:
    return (glyph.baseline_pt - glyph.ink.y0) / glyph.size_pt


def _usual_width(glyphs: Sequence[Glyph], char: str) -> float | None:
    """The width of a letter's ink in type sizes: that of its narrower outlines; None when it is not met often."""
    widths = sorted(g.ink.width / g.size_pt for g in glyphs if g.text == char)
    return widths[len(widths) // 4] if len(widths) >= 4 else None


def _ligature(glyph: Glyph, widths: dict[str, float | None]) -> str:
    """The ligature a much too wide f, h, i or l stands for."""
    usual = widths.get(glyph.text)
    width = glyph.ink.width / glyph.size_pt
    if usual is None or width < max(_WIDER * usual, usual + 0.15):
        return glyph.text
    f = widths["f"]
    if glyph.text == "f":
        return "ff"
    if glyph.text == "h":
        return "Th"
    if f is None or width < 0.8 * f:
        return glyph.text
    two, three = 0.9 * (f + usual), 1.7 * f + 0.8 * usual  # the letters of a ligature close up
    return ("ff" if abs(width - three) < abs(width - two) else "f") + glyph.text
