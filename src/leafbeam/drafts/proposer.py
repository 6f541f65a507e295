"""How many tokens to propose, and which: the draft where it is followed, else what the model wrote before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leafbeam.drafts.alignment import Alignment
from leafbeam.drafts.lookback import Lookback

_SIZES = (0, 2, 4, 8, 16, 24, 32, 48, 64)
_CONTEXT = 24  # characters of the written text encoded again, so that a word is cut into tokens as a whole
_PER_TOKEN = 8  # characters of draft encoded for each token wanted; ordinary text has three to five
_MEMORY = 0.9  # weight of what was known about acceptance against one new verification
_HOPE = {"followed": 0.9, "found": 0.7, "guessed": 0.3, "again": 0.5}  # acceptance a token before anything is known
_PROBE = 16  # steps without a proposal after which a small one asks again


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a text, and the index of the character at which each begins."""

    ids: Sequence[int]
    starts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Costs:
    """Time of a verification of k tokens in units of a step without: ``1 + per_token * k``.

    The default is of a 0.6 B decoder on two AMX cores: 16 tokens 1.18, 32 tokens 1.45, 64 tokens 1.85.
    """

    per_token: float = 0.0135
    most: int = 64  # tokens in one verification

    def of(self, count: int) -> float:
        return 1 + self.per_token * count


@dataclass(slots=True)
class _Acceptance:
    """Share of proposed tokens that were accepted, up to and with the first refused one; old news fades."""

    accepted: float
    tried: float

    def learn(self, proposed: int, accepted: int) -> None:
        self.accepted = self.accepted * _MEMORY + accepted
        self.tried = self.tried * _MEMORY + accepted + (accepted < proposed)

    @property
    def share(self) -> float:
        return min(self.accepted / self.tried, 0.995)


@dataclass(slots=True)
class Proposer:
    """The proposals for one page.

    Use: ``propose`` before a step, ``advance`` with the tokens that the step settled (accepted ones and the model's own
    one after them). Proposals never change what greedy decoding writes; wrong ones cost time only, and the number
    proposed falls to nothing while none are accepted.
    """

    alignment: Alignment
    encode: Callable[[str], Encoded]
    decode: Callable[[Sequence[int]], str]
    costs: Costs = field(default_factory=Costs)
    proposed: int = 0
    accepted: int = 0
    _lookback: Lookback = field(default_factory=Lookback)
    _last: tuple[str, Sequence[int]] = ("", ())
    _context: str = ""
    _undecoded: list[int] = field(default_factory=list)
    _idle: int = 0
    _known: dict[str, _Acceptance] = field(
        default_factory=lambda: {kind: _Acceptance(2 * hope, 2.0) for kind, hope in _HOPE.items()}
    )

    def propose(self, most: int | None = None) -> list[int]:
        """The tokens to verify next, at most ``most`` (at most what the costs allow without)."""
        most = self.costs.most if most is None else min(most, self.costs.most)
        again = self._lookback.following(most)
        kind = self.alignment.trust.value
        following = self.alignment.following(most * _PER_TOKEN)
        if again and (not following or self._known["again"].share > self._known[kind].share):
            kind = "again"
        elif not following:
            return self._keep("", [])
        count = min(self._size(kind), most)
        if not count:
            return self._keep("", [])
        return self._keep(kind, again[:count] if kind == "again" else self._tokens(following, count))

    def advance(self, tokens: Sequence[int]) -> None:
        """Learn from what the model wrote: the accepted part of the last proposal and the token after it."""
        kind, proposal = self._last
        if proposal:
            agreed = next(
                (index for index, (token, said) in enumerate(zip(proposal, tokens, strict=False)) if token != said),
                min(len(proposal), len(tokens)),
            )
            self._known[kind].learn(len(proposal), agreed)
            self.proposed += len(proposal)
            self.accepted += agreed
        self._last = ("", ())
        self._lookback.advance(tokens)
        self._undecoded.extend(tokens)
        text = self.decode(self._undecoded)
        if text.endswith("\ufffd") and len(self._undecoded) < 8:  # half a character: the rest is in the next token
            return
        self._undecoded.clear()
        self.alignment.advance(text)
        self._context = (self._context + text)[-_CONTEXT:]

    def _keep(self, kind: str, tokens: list[int]) -> list[int]:
        self._last = (kind, tokens)
        self._idle = 0 if tokens else self._idle + 1
        return tokens

    def _size(self, kind: str) -> int:
        """The number of tokens that brings the most text for its time at the acceptance known."""
        share = self._known[kind].share
        best = max(_SIZES, key=lambda size: (1 - share ** (size + 1)) / (1 - share) / self.costs.of(size))
        return best or (2 if self._idle >= _PROBE else 0)

    def _tokens(self, following: str, count: int) -> list[int]:
        """The first tokens of a text that follows the one written, cut where the model would cut them."""
        cut = max(self._context.rfind(" "), self._context.rfind("\n"), 0)
        context = self._context[cut:]
        if context and not self._undecoded:
            encoded = self.encode(context + following)
            if len(context) in encoded.starts:
                first = list(encoded.starts).index(len(context))
                return list(encoded.ids[first : first + count])
        return list(self.encode(following).ids[:count])
