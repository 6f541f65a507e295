"""Accents that specks made: letters of a language without accents, read with one."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.offline.recognition.recognise_text import Char, Reading

_SURE = 0.8  # of an accent that is printed; on poor scans of English none scored more than 0.7 but a few
_DOUBTFUL = 0.72
_SELDOM = 1 / 400  # of the letters of a page: a foreign name or two


def without_stray_marks(readings: Sequence[Reading]) -> list[Reading]:
    """The page's readings; where it has next to no sure accents, the doubtful ones go and leave their letters."""
    chars = [char for reading in readings for char in reading.chars if char.text.isalpha()]
    sure = sum(char.score >= _SURE for char in chars if _bare(char) is not None)
    if sure > _SELDOM * len(chars):
        return list(readings)
    return [
        replace(reading, chars=tuple(_unmarked(char) for char in reading.chars)) if _is_touched(reading) else reading
        for reading in readings
    ]


def _is_touched(reading: Reading) -> bool:
    return any(char.score < _DOUBTFUL and _bare(char) is not None for char in reading.chars)


def _unmarked(char: Char) -> Char:
    bare = _bare(char) if char.score < _DOUBTFUL else None
    return char if bare is None else replace(char, text=bare)


def _bare(char: Char) -> str | None:
    """The letter of a to z under its marks, None for one without marks or of another alphabet."""
    if char.text.isascii():
        return None
    parts = unicodedata.normalize("NFD", char.text)
    return parts[0] if len(parts) > 1 and parts[0].isascii() and parts[0].isalpha() else None
