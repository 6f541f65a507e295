"""Cuts fragments that were joined over a column border."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from leafbeam.offline.tables.columns import Column
from leafbeam.offline.tables.records import Frag, Row, Token
from leafbeam.offline.tables.rows import over_a_pair
from leafbeam.offline.tables.words import is_numeric

_EDGE_EM = 0.08
_OVER_EM = 0.1  # two characters of one word hardly lie over each other
_LEAST_ROWS = 3
_SPACE_EM = 0.4


def split_joined(rows: Sequence[Row], columns: Sequence[Column], em: float) -> list[Frag]:
    """Every fragment of the rows, cut where its words fall into different columns and line up with them."""
    found: list[Frag] = []
    edges = _edges(rows, columns, em)
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        for frag in row.frags:
            printed = _overprinted(frag, row, edges, em)
            parts = printed or _parts(frag, columns, em)
            if printed or (len(parts) > 1 and _sensible(parts, row) and not _names_a_group(frag, below, em)):
                found += [frag.part(part) for part in parts]
            else:
                found.append(frag)
    return found


def _edges(rows: Sequence[Row], columns: Sequence[Column], em: float) -> list[float]:
    """The left edges of columns, but for the first, at which text begins in three rows or more."""
    inks = [column.ink0 for column in columns[1:]]
    starts = [f.box.x0 for row in rows for f in row.frags if any(abs(f.box.x0 - ink) < 0.3 * em for ink in inks)]
    return [x for x in starts if sum(abs(x - other) < _EDGE_EM * em for other in starts) >= _LEAST_ROWS]


def _overprinted(frag: Frag, row: Row, edges: Sequence[float], em: float) -> list[list[Token]] | None:
    """The fragment cut inside the word where the text of the next column was set over the end of a long one.

    There a character begins on the column's edge, and lies over the one before it or cannot go on with its word.
    """
    for i, token in enumerate(frag.tokens):
        for at in range(1, len(token.chars)):
            x = token.chars[at][0]
            if not any(abs(x - edge) < _EDGE_EM * em for edge in edges) or x < frag.box.x0 + em:
                continue
            before, after = token.text[at - 1], token.text[at]
            over = token.chars[at - 1][1] - x > _OVER_EM * em
            other = (before.islower() and after.isupper()) or (before.isalpha() and after.isdigit())
            if (over or other) and len(row.frags) > 1:
                left, right = token.cut(at)
                return [[*frag.tokens[:i], left], [right, *frag.tokens[i + 1 :]]]
    return None


def _parts(frag: Frag, columns: Sequence[Column], em: float) -> list[list[Token]]:
    parts: list[list[Token]] = [[frag.tokens[0]]]
    for before, token in zip(frag.tokens, frag.tokens[1:], strict=False):
        middle = (before.box.x1 + token.box.x0) / 2
        if not token.glued and token.box.x0 - before.box.x1 > 0.15 * em:
            for a, b in itertools.pairwise(columns):
                in_gap = before.box.x1 <= a.ink1 + 0.4 * em and token.box.x0 >= b.ink0 - 0.4 * em
                if in_gap and a.ink0 - em < middle < b.ink1 + em:
                    parts.append([])
                    break
        parts[-1].append(token)
    return parts


def _names_a_group(frag: Frag, below: Row | None, em: float) -> bool:
    """Whether words a mere space apart stand about the middle of two neighbours in the next line."""
    gaps = [b.box.x0 - a.box.x1 for a, b in itertools.pairwise(frag.tokens)]
    words = not any(is_numeric(token.text) for token in frag.tokens)
    return below is not None and words and max(gaps) < _SPACE_EM * em and over_a_pair(frag, below)


def _sensible(parts: Sequence[Sequence[Token]], row: Row) -> bool:
    """A cut fragment must look like cells: numbers, or a row in which other cells stand."""
    texts = [" ".join(t.text for t in part) for part in parts]
    if sum(is_numeric(text) for text in texts) >= len(texts) - 1:
        return True
    return len(row.frags) >= 2 and len(texts) == 2 and max(len(part) for part in parts) <= 3
