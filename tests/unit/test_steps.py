"""Steps of the recogniser: from logits as from the probabilities that a softmax makes of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from leafbeam.offline.steps import Bits, Floats, steps_of_logits, steps_of_probabilities


def _as_bfloat16(logits: Floats) -> tuple[Bits, Floats]:
    """The bits of the logits cut to bfloat16, and the numbers that these bits mean."""
    bits = (logits.view(np.uint32) >> 16).astype(np.uint16)
    return bits.view(np.int16), (bits.astype(np.uint32) << 16).view(np.float32)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize("lift", [9.0, 25.0, -30.0])
def test_logits_say_what_their_softmax_says(lift: float) -> None:
    random = np.random.default_rng(5)
    logits: npt.NDArray[np.float32] = random.normal(0, 3, (3, 20, 900)).astype(np.float32)
    best = random.integers(0, 900, (3, 20, 1))
    np.put_along_axis(logits, best, np.float32(20), axis=-1)
    logits[..., -1] = random.uniform(10, 22, (3, 20))  # the space, at times the best
    bits, numbers = _as_bfloat16(np.asarray(logits + np.float32(lift), dtype=np.float32))
    expected = steps_of_probabilities(_softmax(numbers))
    found = steps_of_logits(bits)
    assert (found.best_NT == expected.best_NT).all()
    np.testing.assert_allclose(found.score_NT, expected.score_NT, rtol=0.004)
    np.testing.assert_allclose(found.space_NT, expected.space_NT, rtol=0.004)


def test_a_batch_of_nothing_gives_nothing() -> None:
    assert steps_of_logits(np.zeros((0, 4, 9), dtype=np.int16)).best_NT.shape == (0, 4)
