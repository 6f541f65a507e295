"""How much of a line's ink was read: letters that the recogniser lacks leave no trace in its text or its scores.

The recogniser answers a letter outside its alphabet with silence: a Russian line comes back as ";" with a score of
0.93. Ink without a character near it is the only witness.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leafbeam.offline.recognition.linemetrics import Mask, is_wide, measure
from leafbeam.offline.recognition.recognise_text import Reading

Columns = npt.NDArray[np.bool_]

_REACH, _REACH_WIDE = 0.42, 0.6  # of the type size: how far a character's ink lies from the middle of its time steps
_TIMING = 4.0  # crop px: half a time step
_LEAST_HEIGHT, _LEAST_WIDTH = 0.3, 0.2  # of the type size: rules, leaders and bars are no letters
_SOLID = 0.85  # of its box: a bar or a picture
_PLAIN = "x"  # what a line without a reading is measured by
_ROOM = 0.5  # of the type size: what a letter takes along the line


def letter_columns(ink_HW: Mask, size: float) -> Columns:
    """The columns of a crop with ink that may belong to letters, as a mask."""
    height = ink_HW.shape[0]
    inner_HW = ink_HW[height // 8 : height - height // 8]
    inked_W = np.concatenate(([0], (inner_HW.sum(axis=0) > 0).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(inked_W))
    kept_W = np.zeros(ink_HW.shape[1], dtype=np.bool_)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        rows = np.flatnonzero(inner_HW[:, start:end].any(axis=1))
        tall = rows[-1] - rows[0] + 1
        filled = float(inner_HW[rows[0] : rows[-1] + 1, start:end].mean())
        solid = filled > _SOLID and end - start > size
        if tall >= _LEAST_HEIGHT * size and end - start >= _LEAST_WIDTH * size and not solid:
            kept_W[start:end] = True
    return kept_W


def unread_columns(reading: Reading, ink_HW: Mask) -> Columns:
    """The columns of the reading's crop with letters that no character accounts for; ``ink_HW`` is the crop's ink."""
    size = measure(ink_HW, reading.text or _PLAIN).size
    left_W = letter_columns(ink_HW, size)
    for char in reading.chars:
        if char.text != " ":
            reach = max(size * (_REACH_WIDE if is_wide(char.text) else _REACH), (char.x1 - char.x0) / 2 + _TIMING)
            left_W[max(0, int(char.centre - reach)) : max(0, int(char.centre + reach))] = False
    return left_W


def read_share(reading: Reading, ink_HW: Mask) -> float:
    """The share of the columns with letters that characters account for, 0..1; 1 for a crop without letters."""
    size = measure(ink_HW, reading.text or _PLAIN).size
    inked = int(letter_columns(ink_HW, size).sum())
    return 1.0 - int(unread_columns(reading, ink_HW).sum()) / inked if inked else 1.0
