"""Repetitions: what followed the last time the model wrote the same tokens."""

from __future__ import annotations

from collections.abc import Sequence


class Lookback:
    """Proposes from the tokens written so far: the rows of a table, the tags of a form, a name written before.

    >>> lookback = Lookback()
    >>> lookback.advance([7, 8, 9, 4, 7, 8, 9])
    >>> lookback.following(2)
    [4, 7]
    """

    def __init__(self, grams: Sequence[int] = (4, 3)) -> None:
        """``grams``: how many tokens must agree; the longest agreement is tried first."""
        self._tokens: list[int] = []
        self._ends: dict[int, dict[tuple[int, ...], tuple[int, int | None]]] = {
            gram: {} for gram in sorted(grams)[::-1]
        }

    def advance(self, tokens: Sequence[int]) -> None:
        """Tell what the model has written since the last call."""
        for token in tokens:
            self._tokens.append(token)
            end = len(self._tokens)
            for gram, ends in self._ends.items():
                if end >= gram:
                    key = tuple(self._tokens[-gram:])
                    last = ends.get(key)
                    ends[key] = (end, last[0] if last else None)

    def following(self, count: int) -> list[int]:
        """At most ``count`` tokens that followed the latest earlier agreement; none without one."""
        for gram, ends in self._ends.items():
            if len(self._tokens) >= gram:
                earlier = ends[tuple(self._tokens[-gram:])][1]
                if earlier is not None:
                    return self._tokens[earlier : earlier + count]
        return []
