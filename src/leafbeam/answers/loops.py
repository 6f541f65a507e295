"""Does a model repeat itself? Found while it writes, from the end of its text: exact repeats, and text that packs."""

from __future__ import annotations

import re
import zlib

_CHECK_CHARS = 160  # new characters between two looks
_TAIL_CHARS = 24  # the end of the text is looked for this long; shorter units repeat inside it as well
_WINDOW_CHARS = 8000
_LEADER_CHARS = 600  # dots, blanks and underscores of forms may run over a whole line, not over ten
_LEAST_CHARS = 480  # of an exact repeat of words
_LEAST_TIMES = 5
_RATIO = 0.13  # zlib: the criterion of the LightOnOCR paper, section on reinforcement learning
_RATIO_CHARS = 3000
_LEADERS = re.compile(r"(?:(\W)\s?)(?:\1\s?){3,}")
_TAG = re.compile(r"</?[a-z]+[^>]{0,80}>", re.IGNORECASE)


def compression_ratio(text: str) -> float:
    """zlib's size of the text over its own size in bytes, 1.0 for no text: below 0.13 the paper calls it a loop."""
    data = text.encode()
    return len(zlib.compress(data)) / len(data) if data else 1.0


def repeated_tail(text: str) -> tuple[int, int]:
    """How the text's end repeats: (length of the unit, characters from its first time on); (0, 0) when it does not."""
    tail = text[-_TAIL_CHARS:]
    if len(tail) < _TAIL_CHARS:
        return 0, 0
    before = text.rfind(tail, 0, len(text) - 1)
    if before < 0:
        return 0, 0
    unit = len(text) - _TAIL_CHARS - before
    start = len(text)
    while start > unit and text[start - 1] == text[start - 1 - unit]:
        start -= 1
    return unit, len(text) - start + unit


def is_loop(text: str) -> bool:
    """True when the end of the text only repeats. Tags do not count: rows of empty cells are common in real tables."""
    window = _visible(text[-_WINDOW_CHARS:])
    unit, length = repeated_tail(window)
    if unit:
        alone = not any(char.isalnum() for char in window[-unit:])
        least = _LEADER_CHARS if alone else max(_LEAST_CHARS, _LEAST_TIMES * unit)
        if length >= least:
            return True
    words = _LEADERS.sub(r"\1\1\1", window)  # a contents page is no loop
    return len(words) >= _RATIO_CHARS and compression_ratio(words) < _RATIO


def without_loop(text: str) -> str:
    """The text up to and with the first time of what its end repeats."""
    unit, length = repeated_tail(text)
    return text[: len(text) - length + unit] if unit and length >= 2 * unit else text


class LoopGuard:
    """Watches a text while it grows. Looks once in a while, so that it costs little beside the stream."""

    def __init__(self) -> None:
        self._looked_at = 0

    def sees_loop(self, text: str) -> bool:
        """True when the text so far has begun to loop; call it with the whole text as often as it grows."""
        if len(text) - self._looked_at < _CHECK_CHARS:
            return False
        self._looked_at = len(text)
        return is_loop(text)


def _visible(text: str) -> str:
    return re.sub(r"[ \t]+", " ", _TAG.sub(" ", text))
