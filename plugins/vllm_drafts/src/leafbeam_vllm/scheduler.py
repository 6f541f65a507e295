"""vLLM's scheduler, with proposals from the drafts that came with the requests."""

from __future__ import annotations

from collections.abc import Sequence

from vllm.config import VllmConfig
from vllm.tokenizers import cached_tokenizer_from_config
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.outputs import DraftTokenIds
from vllm.v1.request import Request

from leafbeam.drafts import Encoded
from leafbeam_vllm.pages import Pages

FIELD = "leafbeam_draft"  # in a request's vllm_xargs


class DraftScheduler(Scheduler):
    """Plain scheduling; between two steps, each request is given what its draft says next."""

    def __init__(self, vllm_config: VllmConfig, *arguments: object, **named: object) -> None:
        super().__init__(vllm_config, *arguments, **named)
        tokenizer = cached_tokenizer_from_config(vllm_config.model_config)

        def encode(text: str) -> Encoded:
            found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            return Encoded(found["input_ids"], [start for start, _ in found["offset_mapping"]])

        def decode(tokens: Sequence[int]) -> str:
            return tokenizer.decode(list(tokens), skip_special_tokens=True)

        self._pages = Pages(encode, decode, self.num_spec_tokens)

    def update_draft_token_ids(self, draft_token_ids: DraftTokenIds) -> None:
        """What the worker proposes gives way to what the drafts say. Called after every step of the model."""
        proposals = [self._proposal(self.requests.get(request_id)) for request_id in draft_token_ids.req_ids]
        self._pages.forget_all_but(self.requests)
        super().update_draft_token_ids(DraftTokenIds(list(draft_token_ids.req_ids), proposals))

    def _proposal(self, request: Request | None) -> list[int]:
        if request is None or request.is_finished() or request.is_prefill_chunk or request.sampling_params is None:
            return []
        draft = (request.sampling_params.extra_args or {}).get(FIELD)
        # One token comes with every step, and none may lie behind the context's end or the answer's
        room = min(self.max_model_len - request.num_tokens, request.max_tokens - request.num_output_tokens) - 1
        output = request.output_token_ids
        return self._pages.propose(
            request.request_id, draft if isinstance(draft, str) else "", output, min(room, self.num_spec_tokens)
        )
