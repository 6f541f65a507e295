"""The next tokens from the model's scores, and how sure the model was of them.

A token at one place of one page is drawn with a random number that depends on the page's seed and the place alone.
So a page's text does not depend on what else runs, and a drafted token is accepted exactly when it is the one that
would have been drawn without a draft: for a draft of certain tokens this accepts with the probability that the rule of
speculative sampling gives (https://arxiv.org/abs/2211.17192), and leaves not only the distribution but the very text.

Shapes: R rows of scores, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from leafbeam.engine.sequence import Sampling

_CANDIDATES = 512  # scores sorted at first; top-p rarely reaches beyond


def choose(logits_RV: Tensor, sampling: Sampling, places: Sequence[int]) -> list[int]:
    """The token for each row; ``places`` are the rows' places in the answer, from 0."""
    if sampling.temperature == 0:
        chosen: list[int] = logits_RV.argmax(dim=-1).tolist()
        return chosen
    return [_drawn(row_V, sampling, place) for row_V, place in zip(logits_RV.float(), places, strict=True)]


def logprobs(logits_RV: Tensor, tokens: Sequence[int]) -> list[float]:
    """The natural logarithm of the probability that the model gave each row's token, at temperature 1."""
    scores_RV = logits_RV.float()
    picked_R = scores_RV.gather(1, torch.tensor(tokens, device=scores_RV.device)[:, None])[:, 0]
    found: list[float] = (picked_R - scores_RV.logsumexp(dim=-1)).tolist()
    return found


def agreed(proposal: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """What a verified proposal settles: its tokens as far as they were chosen, and the one chosen after them.

    ``chosen`` has one more token than ``proposal``: row i is what follows the first i proposed tokens.
    """
    assert len(chosen) == len(proposal) + 1, (len(chosen), len(proposal))
    count = next((at for at, token in enumerate(proposal) if token != chosen[at]), len(proposal))
    return list(chosen[: count + 1])


def _drawn(scores_V: Tensor, sampling: Sampling, place: int) -> int:
    """One token by inversion of the distribution's sum, in falling order of probability."""
    number = torch.rand(1, generator=_generator(sampling.seed, place)).item()
    scores_V = scores_V / sampling.temperature
    kept_C, ids_C = _nucleus(scores_V, sampling)
    sums_C = kept_C.cumsum(0)
    at = int(torch.searchsorted(sums_C, number * float(sums_C[-1]), right=True))
    return int(ids_C[min(at, len(ids_C) - 1)])


def _nucleus(scores_V: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """Probabilities, falling, and ids of the fewest tokens that reach ``top_p``, among the best ``top_k``."""
    total = scores_V.logsumexp(0)
    size = len(scores_V)
    count = min(size, sampling.top_k or size, _CANDIDATES)
    while True:
        best_C, ids_C = scores_V.topk(count)
        if count == sampling.top_k:  # top-p is a share of what top-k leaves
            total = best_C.logsumexp(0)
        probable_C = (best_C - total).exp()
        before_C = probable_C.cumsum(0) - probable_C
        if count == size or count == sampling.top_k or float(before_C[-1]) >= sampling.top_p:
            kept_C = before_C < sampling.top_p
            kept_C[0] = True
            return probable_C[kept_C], ids_C[kept_C]
        count = min(size, sampling.top_k or size, count * 8)


def _generator(seed: int, place: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * 1_000_003 + place) % 2**63)
