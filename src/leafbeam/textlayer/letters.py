"""Whether fonts say the truth about their glyphs: by what the text reads like and by the shapes of the letters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from leafbeam.layer import Font, Glyph

_MIN_GLYPHS, _MIN_KINDS = 24, 7  # fewer say nothing about a font
_SHAPES_RIGHT = 0.72  # of the letters have the shape their character must have; a wrong map gives about a half
_MIN_LETTERS = 120
_COMMON = frozenset("etaoinsrlu")
_COMMON_SHARE = 0.42  # of the letters; 0.60 to 0.75 in European languages, about 0.3 after a shift of the alphabet
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýąęóůěıа")
_ONE_CHARACTER = 0.5  # of a font's letters being the same character: a map to one point

_ASCENDING = frozenset("bdfhklABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOW = frozenset("acemnorsuvwxz")
_DESCENDING = frozenset("gpqy")
_STANDING = frozenset("abcdehiklmnorstuvwxzABCDEFGHIKLMNOPRSTUVWXYZ")
_SMALL = frozenset(".,'-")
_X_LINE = 0.585  # of the type size above the baseline: low letters stay below, ascending ones reach over
_BELOW = 0.09  # of the type size below the baseline: descending letters go deeper


def wrong_fonts(glyphs: Sequence[Glyph]) -> frozenset[Font]:
    """The fonts whose characters cannot be what they claim. Mathematical fonts are not judged."""
    by_font: dict[Font, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        if not glyph.font.symbolic and glyph.angle == 0:
            by_font[glyph.font].append(glyph)
    return frozenset(font for font, members in by_font.items() if _is_wrong(members))


def _is_wrong(glyphs: Sequence[Glyph]) -> bool:
    words = _words(glyphs)
    letters = Counter(c for word in words for c in word.lower() if c.isalpha())
    if letters.total() >= _MIN_LETTERS and letters.most_common(1)[0][1] > _ONE_CHARACTER * letters.total():
        return True
    return _shapes_wrong(glyphs) or _reads_wrong(words)


def _words(glyphs: Sequence[Glyph]) -> list[str]:
    """The pieces of at least four characters that stand close together in content order."""
    words: list[str] = []
    text = ""
    last: Glyph | None = None
    for glyph in glyphs:
        near = last is not None and glyph.order - last.order <= 2 and glyph.baseline_pt == last.baseline_pt
        if last is None or not near or glyph.x_origin_pt - last.box.x1 > 0.15 * glyph.size_pt:
            words.append(text)
            text = ""
        text += glyph.text
        last = glyph
    words.append(text)
    return [word for word in words if len(word) >= 4]


def _reads_wrong(words: Sequence[str]) -> bool:
    """Latin text whose letters have frequencies of no European language."""
    text = "".join(words)
    letters = [c for c in text.lower() if c.isalpha() and c < "\u0250"]
    if len(letters) < _MIN_LETTERS or len(letters) < 0.5 * len(text):
        return False
    common = sum(c in _COMMON for c in letters) / len(letters)
    vowels = sum(c in _VOWELS for c in letters) / len(letters)
    return common < _COMMON_SHARE and not 0.3 <= vowels <= 0.55


def _shapes_wrong(glyphs: Sequence[Glyph]) -> bool:
    """Letters that do not rise, stand or hang as their characters must.

    Small capitals, where every letter stands at one height, are told apart: there nothing hangs and nothing is higher.
    """
    verdicts: dict[str, Counter[bool]] = defaultdict(Counter)
    for glyph in glyphs:
        fits = _fits(glyph)
        if fits is not None:
            verdicts[glyph.text][fits] += 1
    weight = sum(v.total() for v in verdicts.values())
    if weight < _MIN_GLYPHS or len(verdicts) < _MIN_KINDS:
        return False
    right = sum(v[True] for v in verdicts.values()) / weight
    right_kinds = sum(v[True] > v[False] for v in verdicts.values()) / len(verdicts)
    return max(right, right_kinds) < _SHAPES_RIGHT and not _one_height(glyphs)


def _fits(glyph: Glyph) -> bool | None:
    """Whether the outline has the extent of its character; None where the character says nothing."""
    char, size = glyph.text, glyph.size_pt
    if size <= 0 or glyph.ink.area <= 0:
        return None
    rise = (glyph.baseline_pt - glyph.ink.y0) / size
    fall = (glyph.ink.y1 - glyph.baseline_pt) / size
    if char in _SMALL:
        return glyph.ink.height < 0.34 * size
    if char in _DESCENDING:
        return fall > _BELOW
    if char in _LOW:
        return rise < _X_LINE and fall < _BELOW
    if char in _ASCENDING:
        return rise > 0.55 and (char not in _STANDING or fall < _BELOW)
    return None


def _one_height(glyphs: Sequence[Glyph]) -> bool:
    """True for small capitals: lower-case letters all stand on the baseline at nearly one height."""
    rises = sorted(
        (g.baseline_pt - g.ink.y0) / g.size_pt
        for g in glyphs
        if g.size_pt > 0 and g.text.isalpha() and g.text.islower()
    )
    return len(rises) >= 8 and rises[len(rises) * 9 // 10] - rises[len(rises) // 10] < 0.06
