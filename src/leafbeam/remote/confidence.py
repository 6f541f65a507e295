"""How sure a model was, line by line and block by block, from its tokens' probabilities."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.types import Block

_PROBE = re.compile(r"\w{2,}")
_PROBE_WORDS = 3


def line_confidences(tokens: Sequence[tuple[str, float]]) -> tuple[tuple[str, float | None], ...]:
    """Each line of the answer with the mean probability (0..1) of its tokens, None for a line without text."""
    lines: list[tuple[str, float | None]] = []
    text, values = "", list[float]()
    for token, logprob in [*tokens, ("\n", 0.0)]:
        for part in re.split(r"(\n)", token):
            if part == "\n":
                lines.append((text, sum(values) / len(values) if values else None))
                text, values = "", []
                continue
            text += part
            if part.strip():
                values.append(math.exp(min(0.0, logprob)))
    return tuple(lines)


def with_confidence(blocks: Sequence[Block], tokens: Sequence[tuple[str, float]]) -> tuple[Block, ...]:
    """The blocks with the mean confidence of the lines they were written in, where those are found again.

    Blocks stand in the order of the answer, so each is looked for from the line where the one before was found.
    """
    lines = [(line, value) for line, value in line_confidences(tokens) if value is not None]
    if not lines:
        return tuple(blocks)
    starts = _starts(blocks, [line for line, _ in lines])
    ends = [next((start for start in starts[i + 1 :] if start is not None), len(lines)) for i in range(len(blocks))]
    result = []
    for block, start, end in zip(blocks, starts, ends, strict=True):
        if start is not None:
            values = [value for _, value in lines[start : max(end, start + 1)]]
            block = replace(block, confidence=sum(values) / len(values))
        result.append(block)
    return tuple(result)


def _starts(blocks: Sequence[Block], lines: Sequence[str]) -> list[int | None]:
    """The line in which each block begins, None where it is not found."""
    at = 0
    starts: list[int | None] = []
    for block in blocks:
        words = _PROBE.findall(_words_of(block))[:_PROBE_WORDS]
        found = None
        if words:
            found = next((i for i in range(at, len(lines)) if all(word in lines[i] for word in words)), None)
            if found is None and block.table is not None:
                found = next((i for i in range(at, len(lines)) if words[0] in lines[i]), None)
        starts.append(found)
        at = at if found is None else found
    return starts


def _words_of(block: Block) -> str:
    if block.table is not None:
        return next((cell.text for row in block.table.rows for cell in row if _PROBE.search(cell.text)), "")
    return block.text
