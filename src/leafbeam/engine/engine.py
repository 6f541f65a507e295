"""The engine's loop: admit a page, encode its picture, plan a pass, run it, settle what it wrote.

Shapes: N tokens of a pass, A width of the decoder, R rows whose next token is wanted, V vocabulary, T tokens of a
picture.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from leafbeam.engine.blocks import BlockPool
from leafbeam.engine.memory import Part
from leafbeam.engine.runner import PlainRunner, Runner
from leafbeam.engine.sampler import agreed, choose, logprobs
from leafbeam.engine.scheduler import Limits, Scheduler, Work
from leafbeam.engine.sequence import Completion, Request, Sequence
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.types import StopReason


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """``blocks`` of ``block_tokens`` tokens hold keys and values of all pages; see ``plan.memory_plan``."""

    blocks: int = 128
    block_tokens: int = 64
    limits: Limits = field(default_factory=Limits)


class Engine:
    """Reads many pages at once. Belongs to one thread; ``cancel`` may be called between steps.

    What a page's model writes does not depend on the others, on drafts, or on memory being taken from it, but for the
    rounding of sums in another order.
    """

    def __init__(
        self, model: LightOnOCR, ends: Iterable[int], options: EngineOptions, runner: Runner | None = None
    ) -> None:
        """``ends`` are the tokens that end an answer. ``runner`` runs the model, with the options' blocks; None stands
        for PyTorch.
        """
        self._model, self._ends = model, frozenset(ends)
        positions = min(options.limits.positions, model.config.text.positions)
        pool = BlockPool(options.blocks, options.block_tokens)
        self._runner = runner or PlainRunner(model, options.blocks, options.block_tokens)
        held = self._runner.blocks, self._runner.block_tokens
        assert held == (options.blocks, options.block_tokens), held
        limits = Limits(options.limits.pages, options.limits.pass_tokens, positions)
        self._scheduler = Scheduler(pool, limits)
        self._done: list[Completion] = []

    @property
    def pages(self) -> int:
        """Pages that wait or run."""
        return len(self._scheduler.waiting) + len(self._scheduler.running)

    @property
    def full(self) -> bool:
        """True when another page would wait."""
        return self.pages >= self._scheduler.limits.pages

    def add(self, request: Request) -> None:
        """Take a page in. Raises LimitError when it can never fit."""
        self._scheduler.add(Sequence(request, time.monotonic()))

    def cancel(self, key: int) -> None:
        """Stop a page; its completion, as far as it came, is given by the next step. Unknown keys are ignored."""
        for sequence in [*self._scheduler.running, *self._scheduler.waiting]:
            if sequence.request.key == key:
                self._finish(sequence, StopReason.CANCELLED)

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """A completion per request, each as soon as it is done; requests are drawn as room gets free."""
        source = iter(requests)
        while True:
            for request in itertools.islice(source, self._scheduler.limits.pages - self.pages):
                self.add(request)
            if not self.pages:
                return
            yield from self.step()

    @torch.inference_mode()
    def step(self) -> list[Completion]:
        """One pass of the decoder, after the picture of a page that is let in; what has ended with it."""
        admitted = self._scheduler.admit()
        if admitted is not None and admitted.image_TA is None and admitted.request.pixels_CHW is not None:
            admitted.image_TA = self._runner.encode(torch.from_numpy(admitted.request.pixels_CHW))
        before = list(self._scheduler.running)
        works = self._scheduler.plan()
        for sequence in before:
            if sequence.stop is not None:  # memory for not one token more
                self._done.append(_completion(sequence))
        if works:
            self._settle(works, self._hidden(works))
        done, self._done = self._done, []
        return done

    def _hidden(self, works: list[Work]) -> Tensor:
        """The decoder's hidden states (R, A) for the rows that are to choose a token."""
        device = self._model.device
        x_NA = torch.cat([self._embedded(work) for work in works])
        parts, rows, start = [], [], 0
        for work in works:
            size = len(work.ids)
            parts.append(Part(work.sequence.blocks, work.sequence.cached, size))
            if work.settles:
                rows.append(torch.arange(start + work.count - 1, start + size))
            start += size
        hidden_NA = self._runner.decode(x_NA, parts)
        return hidden_NA[torch.cat(rows).to(device)] if rows else hidden_NA[:0]

    def _embedded(self, work: Work) -> Tensor:
        """Embeddings of a share; the prompt's image tokens take their rows of the picture."""
        sequence = work.sequence
        ids_N = torch.tensor(work.ids, device=self._model.device)
        if sequence.image_TA is None or sequence.cached >= sequence.prompt_len:
            return self._model.embed(ids_N)
        image_token = self._model.config.image_token
        seen = sequence.tokens[: sequence.cached].count(image_token)
        prompt = sequence.tokens[sequence.cached : min(sequence.cached + work.count, sequence.prompt_len)]
        rows_TA = sequence.image_TA[seen : seen + prompt.count(image_token)]
        x_NA = self._model.embed(ids_N[: len(prompt)], rows_TA)
        return torch.cat((x_NA, self._model.embed(ids_N[len(prompt) :])))

    def _settle(self, works: list[Work], hidden_RA: Tensor) -> None:
        logits_RV = self._runner.logits(hidden_RA)
        start = 0
        for work in works:
            sequence = work.sequence
            if not work.settles:
                sequence.cached += work.count
                continue
            size = 1 + len(sequence.proposal)
            self._write(sequence, logits_RV[start : start + size])
            start += size

    def _write(self, sequence: Sequence, logits_RV: Tensor) -> None:
        """Keep what the rows settle: the agreed part of the proposal and a token more; then see whether it ends."""
        place = len(sequence.tokens) - sequence.prompt_len
        chosen = choose(logits_RV, sequence.request.sampling, range(place, place + len(logits_RV)))
        fresh = agreed(sequence.proposal, chosen)
        end = next((at for at, token in enumerate(fresh) if token in self._ends), None)
        kept = fresh if end is None else fresh[:end]
        sequence.logprobs.extend(logprobs(logits_RV[: len(kept)], kept))
        sequence.steps += 1
        if sequence.request.draft is not None:
            sequence.request.draft.advance(fresh)
        if end is not None:
            sequence.tokens.extend(kept)
            self._finish(sequence, StopReason.END)
            return
        self._scheduler.settle(sequence, kept)
        stopped = sequence.request.stopped
        stop = stopped(sequence.written) if stopped is not None else None
        positions = self._scheduler.limits.positions
        if stop is None and (sequence.room < 1 or len(sequence.tokens) >= positions):
            stop = StopReason.LENGTH
        if stop is not None:
            self._finish(sequence, stop)

    def _finish(self, sequence: Sequence, stop: StopReason) -> None:
        self._scheduler.finish(sequence, stop)
        self._done.append(_completion(sequence))


def _completion(sequence: Sequence) -> Completion:
    draft = sequence.request.draft
    assert sequence.stop is not None
    return Completion(
        key=sequence.request.key,
        tokens=tuple(sequence.written),
        logprobs=tuple(sequence.logprobs),
        stop=sequence.stop,
        prompt_tokens=sequence.prompt_len,
        steps=sequence.steps,
        drafted=draft.proposed if draft is not None else 0,
        accepted=draft.accepted if draft is not None else 0,
        seconds=time.monotonic() - sequence.started,
    )
