"""The local reader: the remote reader with the model in this process."""

from __future__ import annotations

import asyncio

import torch

from leafbeam.answers.families import Family, family_named, family_of
from leafbeam.engine.engine import Engine
from leafbeam.engine.native.build import NotBuiltError, library
from leafbeam.engine.native.runner import NativeRunner
from leafbeam.engine.native.text import NativeOptions
from leafbeam.engine.runner import Runner
from leafbeam.errors import ReaderError
from leafbeam.local.client import EngineClient
from leafbeam.local.plan import make_plan
from leafbeam.model.checkpoint import Checkpoint, open_checkpoint
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.store import find
from leafbeam.model.weights import load_model
from leafbeam.options import LocalOptions, Quantize, RemoteOptions
from leafbeam.remote.asking import Opened
from leafbeam.remote.reader import RemoteReader
from leafbeam.remote.witness import Redraw, Witness


class LocalReader(RemoteReader):
    """Reads pages with LightOnOCR in this process; many at once, each drafted by the offline reader's text.

    A context manager: the model is loaded when it is entered. Raises UsageError and ReaderError for a checkpoint that
    is unknown, not here or damaged, LimitError when one page does not fit into memory.
    """

    name = "local"

    def __init__(
        self, options: LocalOptions, witness: Witness | None = None, words: bool = False, redraw: Redraw | None = None
    ) -> None:
        """As of RemoteReader."""
        self._local = options
        self._checkpoint = open_checkpoint(find(options.model))
        self._family = _family(options, self._checkpoint)
        self._plan = make_plan(options, self._checkpoint.config, self._checkpoint.rules, self._family.max_tokens)
        asked = RemoteOptions(
            concurrency=self._plan.pages,
            attempts=options.attempts,
            fallback=options.fallback,
            drafts=options.drafts,
            check_formulas=options.check_formulas,
        )
        super().__init__(asked, witness, words, redraw)

    async def open_model(self) -> Opened:
        """The engine with the checkpoint's weights, in a thread of its own."""
        engine = await asyncio.to_thread(self._engine)
        client = await EngineClient(engine, self._checkpoint).__aenter__()
        return Opened(client, self._family, self._local.drafts)

    def _engine(self) -> Engine:
        plan = self._plan
        torch.set_num_threads(plan.threads)
        model = load_model(self._checkpoint.folder, self._checkpoint.config, plan.dtype, plan.device)
        return Engine(model, self._checkpoint.generation.end_tokens, plan.engine, self._runner(model))

    def _runner(self, model: LightOnOCR) -> Runner | None:
        """The compiled layers where they are to be had; None for the plain ones, which do the same more slowly.

        Raises ReaderError where quantised weights are asked for, which only the compiled layers read.
        """
        plan, quantize = self._plan, self._local.quantize
        if not self._local.kernels:
            return None
        try:
            options = NativeOptions(plan.threads, plan.blocks, quantize, drop=True)
            return NativeRunner(model, library(), options)
        except NotBuiltError as reason:
            if quantize is not Quantize.NONE:
                raise ReaderError(
                    f"--quantize {quantize}: {reason}. Read without it, or with another reader"
                ) from reason
            return None  # ``leafbeam doctor`` tells why


def planned(options: LocalOptions) -> str:
    """What a run will use, as a sentence; nothing is loaded. Raises as LocalReader does."""
    checkpoint = open_checkpoint(find(options.model))
    plan = make_plan(options, checkpoint.config, checkpoint.rules, _family(options, checkpoint).max_tokens)
    return plan.described(options.model)


def _family(options: LocalOptions, checkpoint: Checkpoint) -> Family:
    """The family that is named, or that the checkpoint's name tells; the second generation for names that do not."""
    if options.family:
        return family_named(options.family)
    told = family_of(options.model)
    if told.name == "generic":
        told = family_of(checkpoint.folder.name)
    return family_named("v2") if told.name == "generic" else told
