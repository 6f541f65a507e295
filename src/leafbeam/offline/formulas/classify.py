"""What one symbol of a scanned formula is: a small network over the pixels of its ink.

Trained by ``training/symbols`` in the repository from fonts alone. Dimension suffixes: N symbols, C the two views of
one symbol (in its true proportions; stretched to the square), H height, W width, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.offline.models import Models, Net, weights_file

Floats = npt.NDArray[np.float32]
SIDE = 32
_ROOM = 28  # px of the long side in the view of true proportions
_BATCH = 32
_KEPT = 6  # classes remembered per symbol
JUNK = "?junk"


@dataclass(frozen=True, slots=True)
class SymbolClass:
    """A class: its style ("i" italic, "r" roman, "c" calligraphic, "b" blackboard, "s" sign, "e" growing sign), its
    character, and where its ink lies in Computer Modern: ``top`` and ``bottom`` over the baseline, in ems."""

    style: str
    char: str
    top: float
    bottom: float
    width: float


@dataclass(frozen=True, slots=True)
class Guess:
    """A class that a symbol may be, with its probability."""

    kind: SymbolClass
    score: float


def symbol_input(ink_HW: Floats) -> Floats:
    """The network's input (2, 32, 32) for the ink of one symbol, 0 paper to 1 ink, cut at its box."""
    ink_HW = ink_HW / max(0.1, float(ink_HW.max()))
    height, width = ink_HW.shape
    scale = _ROOM / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    views_CHW = np.zeros((2, SIDE, SIDE), np.float32)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    views_CHW[0, top : top + size[1], left : left + size[0]] = cv2.resize(ink_HW, size, interpolation=how)
    how = cv2.INTER_AREA if height > SIDE and width > SIDE else cv2.INTER_LINEAR
    views_CHW[1] = cv2.resize(ink_HW, (SIDE, SIDE), interpolation=how)
    return views_CHW


@lru_cache(maxsize=1)
def symbol_classes() -> tuple[SymbolClass, ...]:
    """The classes in the order of the network's outputs."""
    lines = weights_file("symbols.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return tuple(SymbolClass(name[0], name[1:], float(top), float(low), float(width)) for name, top, low, width in rows)


def classify(inks: Sequence[Floats], models: Models) -> list[tuple[Guess, ...]]:
    """The likeliest classes of each symbol, best first."""
    classes = symbol_classes()
    found: list[tuple[Guess, ...]] = []
    for start in range(0, len(inks), _BATCH):
        part = inks[start : start + _BATCH]
        batch_NCHW = np.zeros((_BATCH, 2, SIDE, SIDE), np.float32)  # one shape: engines keep memory for each
        for at, ink_HW in enumerate(part):
            batch_NCHW[at] = symbol_input(ink_HW)
        (scores_NK,) = models.session(Net.SYMBOLS).run(batch_NCHW)
        for score_K in scores_NK[: len(part)]:
            best = np.argsort(score_K)[::-1][:_KEPT]
            found.append(tuple(Guess(classes[k], float(score_K[k])) for k in best))
    return found
