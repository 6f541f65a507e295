"""Where in a draft the model is, found from the letters and digits it has written."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

_TAIL = 24  # keys of the written text that are looked at
_NEAR = 48  # keys before and behind the expected place where a short agreement is believed
_SHORT = 5  # keys that must agree exactly near the expected place
_FAR = 8  # and anywhere else
_BAND = 14  # keys of the tail that the edit distance compares
_TOLERATED = 0.45  # edits a key of the band above which the place is only a guess
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_ASTRAY = 60  # keys guessed in a row after which nothing is proposed


class Trust(Enum):
    """How the place in the draft was found."""

    FOLLOWED = "followed"  # the model wrote what the draft says
    FOUND = "found"  # the last keys agree at another place, or nearly agree at this one
    GUESSED = "guessed"  # assumed to be as far on as the model wrote
    LOST = "lost"


class Alignment:
    """Follows a text that grows (what the model writes) through a fixed one (the draft).

    Both are compared by their keys: letters and digits after compatibility decomposition and without case, so that
    Markdown marks, spaces, line breaks and ligatures do not matter.

    >>> alignment = Alignment("The quick brown fox jumps over the dog.")
    >>> alignment.advance("# The **quick**")
    >>> alignment.following(), alignment.trust
    (' brown fox jumps over the dog.', <Trust.FOLLOWED: 'followed'>)
    """

    def __init__(self, draft: str) -> None:
        self._draft = _LIGATURE.sub(
            lambda found: unicodedata.normalize("NFKC", found[0]), draft
        )  # models write letters
        self._offsets: list[int] = []
        self._keys = _keys(self._draft, self._offsets)
        self._place = 0  # index of the key that is expected next
        self._tail = ""  # the last keys written
        self._after = ""  # what was written behind the last key
        self._astray = 0
        self.trust = Trust.FOLLOWED if self._keys else Trust.LOST

    def advance(self, written: str) -> None:
        """Tell what the model has written since the last call."""
        keys = _keys(written)
        if not keys:
            self._after += written
            return
        self._tail = (self._tail + keys)[-_TAIL:]
        self._after = _behind_last_key(written)
        if self.trust is not Trust.LOST and self._keys.startswith(keys, self._place):
            self._place += len(keys)
            self._astray = 0
            self.trust = Trust.FOLLOWED
            return
        expected = min(self._place + len(keys), len(self._keys))
        self._place, self.trust = self._found(expected, len(keys))
        self._astray = self._astray + len(keys) if self.trust in {Trust.GUESSED, Trust.LOST} else 0
        if self._astray > _ASTRAY:
            self.trust = Trust.LOST

    def following(self, limit: int = 400) -> str:
        """What the draft says next, at most ``limit`` characters; empty at its end or when the place is lost."""
        if self.trust is Trust.LOST or self._place >= len(self._keys):
            return ""
        start = self._offsets[self._place]
        before = self._offsets[self._place - 1] + 1 if self._place else start
        between = _unwritten(self._draft[before:start], self._after)
        return (between + self._draft[start : start + limit])[:limit]

    def _found(self, expected: int, fresh: int) -> tuple[int, Trust]:
        near = self._exact(expected, max(0, expected - _NEAR - fresh), expected + _NEAR, _SHORT)
        if near is not None:
            return near, Trust.FOUND
        if self.trust is not Trust.LOST:
            place, distance = self._nearly(expected)
            if distance <= _TOLERATED * min(len(self._tail), _BAND):
                return place, Trust.FOUND
        far = self._exact(expected, 0, len(self._keys), _FAR)
        if far is not None:
            return far, Trust.FOUND
        return expected, Trust.LOST if self.trust is Trust.LOST else Trust.GUESSED

    def _exact(self, expected: int, start: int, stop: int, least: int) -> int | None:
        """The end of the longest agreement with the tail between two keys; of several the nearest one on."""
        for length in range(len(self._tail), least - 1, -4):
            sought = self._tail[-length:]
            ends, at = [], self._keys.find(sought, start, stop)
            while at >= 0:
                ends.append(at + length)
                at = self._keys.find(sought, at + 1, stop)
            if ends:
                return min(ends, key=lambda end: (abs(end - expected), end < expected))
        return None

    def _nearly(self, expected: int) -> tuple[int, int]:
        """Where the tail ends in the draft with the fewest edits near the expected place, and their number.

        Sellers' algorithm: the edit distance of a pattern to every end of a text.
        """
        pattern = self._tail[-_BAND:]
        start = max(0, expected - 2 * _BAND)
        text = self._keys[start : expected + _BAND]
        above = [0] * (len(text) + 1)
        for row, key in enumerate(pattern, 1):
            line = [row]
            for column, other in enumerate(text):
                line.append(min(above[column] + (key != other), above[column + 1] + 1, line[column] + 1))
            above = line
        end = min(range(len(above)), key=lambda end: (above[end], abs(start + end - expected)))
        return start + end, above[end]


def _keys(text: str, offsets: list[int] | None = None) -> str:
    """The letters and digits of a text; ``offsets`` receives each one's index in it."""
    keys: list[str] = []
    for index, character in enumerate(text):
        for part in character if character.isascii() else unicodedata.normalize("NFKD", character):
            if part.isalnum():
                keys.append(part.lower()[0])
                if offsets is not None:
                    offsets.append(index)
    return "".join(keys)


def _behind_last_key(text: str) -> str:
    return next((text[at + 1 :] for at in range(len(text) - 1, -1, -1) if _keys(text[at])), text)


def _unwritten(between: str, after: str) -> str:
    """What is still to come of the signs before the next key, when ``after`` is written already."""
    if between.startswith(after):
        return between[len(after) :]
    if after[-1].isspace():  # the draft breaks its lines elsewhere, or has signs that the model left out
        return "" if not between or between[-1].isspace() else between.split()[-1]
    return between.lstrip(after)
