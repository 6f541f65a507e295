"""The pages that a server is writing, each with its proposer. Knows nothing of vLLM."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from leafbeam.drafts import Alignment, Costs, Encoded, Proposer

MOST_CHARS = 200_000  # of a draft: far more than a page holds, and bounded whoever sends it


@dataclass(slots=True)
class _Page:
    proposer: Proposer
    seen: int = 0  # tokens of the output that the proposer was told


class Pages:
    """Proposals for requests by their ids. ``most`` bounds the tokens of one."""

    def __init__(self, encode: Callable[[str], Encoded], decode: Callable[[Sequence[int]], str], most: int) -> None:
        self._encode = encode
        self._decode = decode
        self._costs = Costs(most=most)
        self._pages: dict[str, _Page] = {}

    def propose(self, request_id: str, draft: str, output: Sequence[int], most: int) -> list[int]:
        """At most ``most`` tokens that may follow the request's output so far."""
        page = self._pages.get(request_id)
        if page is None:
            page = self._pages[request_id] = _Page(
                Proposer(Alignment(draft[:MOST_CHARS]), self._encode, self._decode, self._costs)
            )
        if len(output) > page.seen:
            page.proposer.advance(output[page.seen :])
            page.seen = len(output)
        return page.proposer.propose(most) if most > 0 else []

    def forget_all_but(self, alive: Collection[str]) -> None:
        """Forget requests that are finished."""
        for request_id in [one for one in self._pages if one not in alive]:
            del self._pages[request_id]
