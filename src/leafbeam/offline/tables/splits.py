"""Cuts fragments that were joined over a column border."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from leafbeam.offline.tables.columns import Column
from leafbeam.offline.tables.records import Frag, Row, Token
from leafbeam.offline.tables.words import is_numeric


def split_joined(rows: Sequence[Row], columns: Sequence[Column], em: float) -> list[Frag]:
    """Every fragment of the rows, cut where its words fall into different columns and line up with them."""
    found: list[Frag] = []
    for row in rows:
        for frag in row.frags:
            parts = _parts(frag, columns, em)
            if len(parts) > 1 and _sensible(parts, row, frag):
                found += [frag.part(part) for part in parts]
            else:
                found.append(frag)
    return found


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


def _sensible(parts: Sequence[Sequence[Token]], row: Row, frag: Frag) -> bool:
    """A cut fragment must look like cells: numbers, or a row in which other cells stand."""
    texts = [" ".join(t.text for t in part) for part in parts]
    if sum(is_numeric(text) for text in texts) >= len(texts) - 1:
        return True
    return len(row.frags) >= 2 and len(texts) == 2 and max(len(part) for part in parts) <= 3
