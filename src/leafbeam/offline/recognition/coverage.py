"""How much of a line's ink was read: letters that the recogniser lacks leave no trace in its text or its scores.

The recogniser answers a letter outside its alphabet with silence: a Russian line comes back as ";" with a score of
0.93. Ink without a character near it is the only witness.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.linemetrics import Mask, is_wide
from leafbeam.offline.recognition.recognise_text import Reading

Columns = npt.NDArray[np.bool_]

_REACH, _REACH_WIDE = 0.42, 0.6  # of the type size: how far a character's ink lies from the middle of its time steps
_TIMING = 4.0  # crop px: half a time step
_LEAST_HEIGHT, _LEAST_WIDTH = 0.3, 0.2  # of the type size: rules, leaders and bars are no letters
_SOLID = 0.85  # of its box: a bar or a picture
_ROOM = 0.5  # of the type size: what a letter takes along the line


def letter_columns(ink_HW: Mask, size: float) -> Columns:
    """The columns of a crop with ink that may belong to letters, as a mask."""
    height = ink_HW.shape[0]
    inner_HW = ink_HW[height // 8 : height - height // 8]
    inked_W = np.concatenate(([0], (inner_HW.sum(axis=0) > 0).astype(np.int8), [0]))
    starts_N, ends_N = np.flatnonzero(np.diff(inked_W)).reshape(-1, 2).T
    if not len(starts_N):
        return np.zeros(ink_HW.shape[1], dtype=np.bool_)
    rows_HN = np.logical_or.reduceat(inner_HW, starts_N, axis=1)  # from each start to the next: no ink in between
    tall_N = len(rows_HN) - rows_HN[::-1].argmax(axis=0) - rows_HN.argmax(axis=0)
    wide_N = ends_N - starts_N
    filled_N = np.add.reduceat(inner_HW.sum(axis=0), starts_N) / (tall_N * wide_N)
    kept_N = (tall_N >= _LEAST_HEIGHT * size) & (wide_N >= _LEAST_WIDTH * size)
    kept_N &= (filled_N <= _SOLID) | (wide_N <= size)
    step_W = np.zeros(ink_HW.shape[1] + 1, dtype=np.int8)
    step_W[starts_N] += kept_N
    step_W[ends_N] -= kept_N
    return np.cumsum(step_W[:-1]) > 0


def unread_columns(reading: Reading, letters_W: Columns, size: float) -> Columns:
    """The columns with letters that no character of the reading accounts for; ``size`` is its type size."""
    left_W = letters_W.copy()
    for char in reading.chars:
        if char.text != " ":
            reach = max(size * (_REACH_WIDE if is_wide(char.text) else _REACH), (char.x1 - char.x0) / 2 + _TIMING)
            left_W[max(0, int(char.centre - reach)) : max(0, int(char.centre + reach))] = False
    return left_W


def read_share(reading: Reading, ink_HW: Mask, size: float) -> float:
    """The share of the columns with letters that characters account for, 0..1; 1 for a crop without letters.

    ``ink_HW`` is the ink of the reading's crop, ``size`` the type size measured on it.
    """
    letters_W = letter_columns(ink_HW, size)
    inked = int(letters_W.sum())
    return 1.0 - int(unread_columns(reading, letters_W, size).sum()) / inked if inked else 1.0
