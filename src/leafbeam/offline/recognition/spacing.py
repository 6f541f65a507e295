"""Words of a recognised line: split at the recogniser's spaces, their edges put on the gaps in the ink.

The recogniser sometimes leaves a space out. One is put back where the ink shows a gap
as wide as the line's word spaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from leafbeam.offline.recognition.linemetrics import is_cjk
from leafbeam.offline.recognition.recognise_text import CROP_HEIGHT, Char, Reading

Gap = tuple[int, int]

_LEAST_SPACE = 0.14  # of the crop's height: no word space is narrower
_LONE_SPACE = 0.24  # the same for lines without spaces of their own to compare with
_SMALL_MARKS = frozenset(".,·'`-‘’")
_QUOTES = '"“”„«»'
_PHANTOM_MARGIN = 3.0  # px of the crop: half a time step, for the recogniser's own inaccuracy
_LEAST_HINT = 0.01  # probability of a space that the recogniser must have thought of

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its extent in crop px; ``space_after`` says that a space follows it."""

    text: str
    x0: float
    x1: float
    score: float
    space_after: bool


def words_of(reading: Reading, gaps: list[Gap]) -> list[Word]:
    """The words, left to right. ``gaps`` are the runs of ink-free columns of the crop."""
    chars = _with_missing_spaces(reading, gaps)
    chars = _without_phantoms(chars, gaps)
    width = float(reading.crop.pixels_HWC.shape[1])
    left = _ink_start(gaps, width)
    right = _ink_end(gaps, width)
    words: list[Word] = []
    current: list[Char] = []
    start = left
    for index, char in enumerate(chars):
        if char.text == " ":
            following = chars[index + 1]
            end, next_start = _edges(current[-1].centre, following.centre, gaps)
            words.append(_word(current, start, end, True))
            current, start = [], next_start
            continue
        if current and _breaks(current[-1].text, char.text):
            end, next_start = _edges(current[-1].centre, char.centre, gaps)
            words.append(_word(current, start, end, False))
            current, start = [], next_start
        current.append(char)
    words.append(_word(current, start, right, False))
    if not any(is_cjk(char) for word in words for char in word.text):
        words = [Word(w.text.translate(_FULL_WIDTH), w.x0, w.x1, w.score, w.space_after) for w in words]
    return words


def _word(chars: list[Char], x0: float, x1: float, space_after: bool) -> Word:
    text = "".join(char.text for char in chars)
    score = sum(char.score for char in chars) / len(chars)
    return Word(text, x0, max(x0 + 1.0, x1), score, space_after)


def _breaks(before: str, after: str) -> bool:
    """A run of CJK characters and a run of letters are two words, without a space."""
    return is_cjk(before) != is_cjk(after) and before.isalnum() and after.isalnum()


def _ink_start(gaps: list[Gap], width: float) -> float:
    return float(gaps[0][1]) if gaps and gaps[0][0] == 0 and gaps[0][1] < width else 0.0


def _ink_end(gaps: list[Gap], width: float) -> float:
    return float(gaps[-1][0]) if gaps and gaps[-1][1] >= width and gaps[-1][0] > 0 else width


def _edges(before: float, after: float, gaps: list[Gap]) -> tuple[float, float]:
    """Where one word ends and the next begins: the widest gap between two characters' centres, else their middle."""
    gap = _widest(before, after, gaps)
    if gap is None:
        middle = (before + after) / 2
        return middle, middle
    return float(gap[0]), float(gap[1])


def _widest(before: float, after: float, gaps: list[Gap]) -> Gap | None:
    inside = [gap for gap in gaps if gap[1] > before and gap[0] < after and gap[0] > before - 4 and gap[1] < after + 4]
    return max(inside, key=lambda gap: gap[1] - gap[0], default=None)


def _without_phantoms(chars: list[Char], gaps: list[Gap]) -> list[Char]:
    """The characters less small marks read where there is no ink: wide gaps are sometimes read as a dot."""
    result: list[Char] = []
    for char in chars:
        phantom = char.text in _SMALL_MARKS and any(
            gap[0] <= char.x0 - _PHANTOM_MARGIN and char.x1 + _PHANTOM_MARGIN <= gap[1] for gap in gaps
        )
        text = " " if phantom else char.text
        if text != " " or (result and result[-1].text != " "):
            result.append(Char(text, char.x0, char.x1, char.score))
    while len(result) > 1 and result[-1].text == " ":
        result.pop()
    return result


def _with_missing_spaces(reading: Reading, gaps: list[Gap]) -> list[Char]:
    """The characters with spaces where only the ink shows them: between letters, as wide as this line's own spaces."""
    chars = list(reading.chars)
    taken: list[Gap] = []
    for before, char, after in zip(chars, chars[1:], chars[2:], strict=False):
        gap = _widest(before.centre, after.centre, gaps) if char.text == " " else None
        if gap:
            taken.append(gap)
    pairs = [pair for pair in pairwise(chars) if " " not in {pair[0].text, pair[1].text}]
    left_over = [gap for gap in gaps if gap not in taken]
    between = {pair: _inner(pair[0].centre, pair[1].centre, left_over) for pair in pairs}
    usual_tight = median(between.values()) if between else 2
    least = max(_LEAST_SPACE * CROP_HEIGHT, 2.5 * usual_tight)
    if len(taken) >= 2:
        least = max(least, 0.7 * median(gap[1] - gap[0] for gap in taken))
    else:
        least = max(least, _LONE_SPACE * CROP_HEIGHT)
    result = chars[:1]
    for index, (before, after) in enumerate(pairwise(chars)):
        width = between.get((before, after), 0)
        parts = _may_part(before.text, after.text) or _is_lost_beside_quote(chars, index)
        if parts and width >= least and _hint(reading, before, after) >= _LEAST_HINT:
            result.append(Char(" ", before.x1, after.x0, 1.0))
        result.append(after)
    return result


def _inner(before: float, after: float, gaps: list[Gap]) -> int:
    """The width of the widest gap whose middle lies between two characters' centres."""
    return max((gap[1] - gap[0] for gap in gaps if before < (gap[0] + gap[1]) / 2 < after), default=0)


def _hint(reading: Reading, before: Char, after: Char) -> float:
    """The recogniser's best probability of a space between two characters."""
    first = int(before.centre / reading.step)
    last = max(first + 1, int(after.centre / reading.step) + 1)
    return float(reading.spaces_T[first:last].max(initial=0.0))


def _may_part(before: str, after: str) -> bool:
    """A missing space is only sure between letters, digits and closing marks of alphabetic scripts."""
    if is_cjk(before) or is_cjk(after):
        return False
    return (before.isalnum() or before in ",;:.!?)%") and (after.isalnum() or after == "(")


def _is_lost_beside_quote(chars: list[Char], index: int) -> bool:
    """Whether a quotation mark stands tight between two letters at this gap, as neither an opening nor a closing one
    does; behind a number it stands for inches."""
    before, after = chars[index].text, chars[index + 1].text
    if after in _QUOTES:
        return before.isalpha() and index + 2 < len(chars) and chars[index + 2].text.isalnum()
    return before in _QUOTES and after.isalnum() and index > 0 and chars[index - 1].text.isalpha()
