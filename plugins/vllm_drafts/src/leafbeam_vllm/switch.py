"""The proposer class that makes vLLM verify proposals at all."""

from __future__ import annotations

from collections.abc import Sequence


class Switch:
    """Proposes nothing: DraftScheduler does, where requests are known."""

    def __init__(self, vllm_config: object) -> None:
        """vLLM gives its configuration, which is not needed."""

    def load_model(self, *arguments: object, **named: object) -> None:
        """There is no model to load."""

    def propose(self, sampled_token_ids: Sequence[Sequence[int]], *rest: object, **named: object) -> list[list[int]]:
        """An empty proposal for each row of the batch."""
        return [[] for _ in sampled_token_ids]
