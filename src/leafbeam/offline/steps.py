"""What the text recogniser says per time step, from its probabilities or straight from its logits.

The alphabet has up to 18,710 classes: a softmax over all of them costs as much as a fifth of the network. Of the logits
only the few near the best one matter. Dimension suffixes: N batch, T time steps, K classes, R = N * T rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.int16]

_REACH = 12.0  # what lies further below the best logit adds less than 0.004 to the sum, 0.0002 in the mean


@dataclass(frozen=True, slots=True)
class Steps:
    """Per time step: the best class, its probability, and the probability of a space."""

    best_NT: npt.NDArray[np.int64]
    score_NT: Floats
    space_NT: Floats


def steps_of_probabilities(scores_NTK: Floats) -> Steps:
    """Steps from the network's softmax; the space is the last class."""
    best_NT = scores_NTK.argmax(axis=-1)  # several times faster than a TopK in either engine
    top_NT = np.take_along_axis(scores_NTK, best_NT[..., None], axis=-1)[..., 0]
    return Steps(best_NT.astype(np.int64), top_NT, scores_NTK[..., -1].copy())


def steps_of_logits(bits_NTK: Bits) -> Steps:
    """Steps from logits in bfloat16, given as their bits: those of positive numbers have the order of the numbers."""
    batch, times, classes = bits_NTK.shape
    bits_RK = bits_NTK.reshape(-1, classes)
    best_R = bits_RK.argmax(axis=-1)
    top_bits_R = bits_RK[np.arange(len(best_R)), best_R]
    if int(top_bits_R.min(initial=1)) <= 0:
        return steps_of_probabilities(_softmax(_floats(bits_NTK)))
    top_R = _floats(top_bits_R)
    least_R = (np.maximum(top_R - _REACH, 0).view(np.uint32) >> 16).astype(np.int16)
    near = np.flatnonzero(bits_RK >= least_R[:, None])
    rows = near // classes
    sums_R = np.bincount(rows, np.exp(_floats(bits_RK.ravel()[near]) - top_R[rows]))
    space_R = np.exp(_floats(bits_RK[:, -1]) - top_R) / sums_R
    shape = (batch, times)
    scores = (1 / sums_R).astype(np.float32), space_R.astype(np.float32)
    return Steps(best_R.astype(np.int64).reshape(shape), scores[0].reshape(shape), scores[1].reshape(shape))


def _floats(bits: Bits) -> Floats:
    """Bfloat16 is the upper half of a float32."""
    return (bits.view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def _softmax(logits_NTK: Floats) -> Floats:
    powers = np.exp(logits_NTK - logits_NTK.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)
