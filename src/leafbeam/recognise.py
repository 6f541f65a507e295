"""Readers: whatever turns page images into readings. The protocol, a stand-in for tests, and how one is opened."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from leafbeam.errors import MissingExtraError, UsageError
from leafbeam.options import Options, OutputFormat, nearest
from leafbeam.packed import PackedImage, Packing
from leafbeam.types import Block, PageImage, Reading, StopReason, Usage

READERS = ("offline", "local", "remote")
TOGETHER = frozenset({"local", "remote"})  # readers that take many pages at once and stay in the caller's process


class Reader(Protocol):
    """Turns page images into readings. A context manager: leaving it frees models and connections.

    A reader belongs to one thread of one process.
    """

    @property
    def name(self) -> str:
        """A stable identifier, kept in every reading."""

    def read(self, images: Iterable[PageImage]) -> Iterator[Reading]:
        """One reading per image, in order; a batching reader may draw several images before the first reading."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class TogetherReader(Reader, Protocol):
    """A reader that takes many pages at once and stays in the caller's process: pictures come to it packed."""

    @property
    def packing(self) -> Packing:
        """How it wants them; known once it is open."""

    def read(self, images: Iterable[PageImage | PackedImage]) -> Iterator[Reading]:
        """One reading per image, in order, each with its frame."""

    def read_as_done(self, images: Iterable[PageImage | PackedImage]) -> Iterator[tuple[int, Reading]]:
        """The same with the number of the image, from 0, each as soon as it is done."""


@dataclass(frozen=True, slots=True)
class ScriptedReader:
    """The stand-in for tests: reads a page index as the blocks it was given, every other page as blank. Picklable."""

    script: Mapping[int, tuple[Block, ...]] = field(default_factory=dict)
    name: str = "scripted"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def read(self, images: Iterable[PageImage]) -> Iterator[Reading]:
        for image in images:
            blocks = self.script.get(image.ref.index, ())
            text = "\n\n".join(block.text for block in blocks)
            yield Reading(image.ref, text, StopReason.END, Usage(), self.name, blocks=blocks, blank=not blocks)


def open_reader(options: Options) -> Reader:
    """The reader that ``options.reader`` names, to be entered as a context manager; its back end is imported here.

    Raises UsageError for an unknown name, MissingExtraError when the back end is not installed, ReaderError when it
    does not start.
    """
    match options.reader:
        case "offline":
            from leafbeam.offline.reader import OfflineReader

            return OfflineReader(options.offline)
        case "remote" | "local":
            return open_together(options)
        case name:
            raise UsageError(f"unknown reader {name!r}: {nearest(name, list(READERS))}")


def open_together(options: Options) -> TogetherReader:
    """The reader that ``options.reader`` names, one of ``TOGETHER``. Raises as ``open_reader`` does."""
    assert options.reader in TOGETHER
    if options.reader == "local":
        return _open_local(options)
    if options.remote.server is None:
        raise UsageError("the remote reader needs a server: --server http://HOST:PORT/v1, or --server auto")
    if importlib.util.find_spec("aiohttp") is None:
        raise MissingExtraError("the remote reader is not installed: pip install 'leafbeam[remote]'")
    from leafbeam.remote.reader import RemoteReader
    from leafbeam.remote.witness import OfflineWitness, Redraw

    evidence = options.remote.locate or _places_words(options)
    witness = OfflineWitness(options) if options.remote.fallback else None
    return RemoteReader(options.remote, witness, evidence, Redraw(options))


def _open_local(options: Options) -> TogetherReader:
    from leafbeam.model.store import require_local

    require_local()
    from leafbeam.local.reader import LocalReader
    from leafbeam.remote.witness import OfflineWitness, Redraw

    evidence = options.local.locate or _places_words(options)
    witness = OfflineWitness(options) if options.local.fallback else None
    return LocalReader(options.local, witness, evidence, Redraw(options))


def _places_words(options: Options) -> bool:
    """Whether a format is written in which each word has its place."""
    return not {OutputFormat.PDF, OutputFormat.HOCR}.isdisjoint(options.write.to)
