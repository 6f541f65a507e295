"""Right-to-left scripts: characters as they stand on the line, left to right, brought into the order of reading.

A small part of the Unicode Bidirectional Algorithm (UAX 9), backwards: one level of left-to-right text and numbers
inside right-to-left text, or the other way round. Brackets are told by their shapes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_RIGHT, _LEFT = frozenset({"R", "AL"}), frozenset({"L", "EN", "AN"})
_INSIDE_NUMBERS = frozenset({"ES", "CS", "ET", "NSM"})
_MIRROR = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_OPENING, _CLOSING = frozenset("([{«‹"), frozenset(")]}»›")


def is_right_to_left(text: str) -> bool:
    """True when the text holds a letter of a right-to-left script. Fast for all others."""
    return not text.isascii() and any(
        "\u0590" <= c <= "\u08ff" and unicodedata.bidirectional(c) in _RIGHT for c in text
    )


def reading_order(pieces: Sequence[str]) -> list[int]:
    """The indexes of pieces that stand left to right (characters, and spaces for gaps), in the order of reading."""
    classes = [_class(piece) for piece in pieces]
    rights, lefts = classes.count("R"), classes.count("L")
    if rights < lefts:
        return [i for run in _runs(classes, "R") for i in (reversed(run) if classes[run[0]] == "R" else run)]
    runs = [run if classes[run[0]] in ("L", "N") else list(reversed(run)) for run in _runs(classes, "LN")]
    return [i for run in reversed(runs) for i in run]


def mirrored(text: str) -> str:
    """Right-to-left text whose brackets were stated by their shapes, with the brackets as they are typed."""
    first = next((c for c in text if c in _OPENING or c in _CLOSING), "")
    return text.translate(_MIRROR) if first in _CLOSING else text


def _class(piece: str) -> str:
    """R and L for letters, N for numbers, S for what may stand in a number, " " for everything else."""
    kinds = {unicodedata.bidirectional(c) for c in piece}
    if kinds & _RIGHT:
        return "R"
    if "L" in kinds:
        return "L"
    if kinds & _LEFT:
        return "N"
    return "S" if kinds & _INSIDE_NUMBERS else " "


def _runs(classes: Sequence[str], inner: str) -> list[list[int]]:
    """The indexes cut into runs that begin and end with a class of ``inner``, and what stands between them.

    Neutral pieces between two of the same direction belong to the run; between numbers only separators do.
    """
    runs: list[list[int]] = []
    for i, kind in enumerate(classes):
        last = runs[-1][-1] if runs else -1
        if kind not in inner:
            continue
        between = classes[last + 1 : i]
        letters = runs and ("L" in (classes[last], kind) or inner == "R")
        if runs and all(c in ("S", " ") if letters else c == "S" for c in between):
            runs[-1].extend(range(last + 1, i + 1))
            continue
        if i > last + 1:
            runs.append(list(range(last + 1, i)))
        runs.append([i])
    end = runs[-1][-1] + 1 if runs else 0
    if end < len(classes):
        runs.append(list(range(end, len(classes))))
    return runs
