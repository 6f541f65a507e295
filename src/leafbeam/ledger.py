"""Which documents and pages a run has finished, so that ``--resume`` can skip them, and which files it wrote: JSON
lines in the output folder, and beside them one file of pages for each document under way.

A document is known by its content, the options that shape its output and the version of leafbeam. A line is appended
and flushed to disk only after the document's files stand, so that a run killed at any time loses at most the documents
it was in, and of those no page that was in; what a kill or a full disk leaves of a line is ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from leafbeam import __version__
from leafbeam.options import Options, RemoteOptions, RunOptions
from leafbeam.types import Page, Source
from leafbeam.write.spool import SPOOL_FOLDER, PageSpool, sweep

LEDGER_NAME = ".leafbeam-ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document: ``outputs`` are relative to the output folder, the counts are pages; ``key`` "" is not finished."""

    key: str
    name: str
    outputs: tuple[str, ...]
    pages: int
    blank: int
    repaired: int


class Ledger:
    """The ledger of one output folder. Opening it reads it; nothing is written before ``record``."""

    def __init__(self, out_dir: Path, options: Options) -> None:
        self.out_dir = out_dir
        self._resume = options.run.resume
        self._path = out_dir / LEDGER_NAME
        self._options = _digest(options)
        entries = _read(self._path)
        self._entries = {entry.key: entry for entry in entries}
        home = os.path.realpath(out_dir)
        self._written = frozenset(os.path.join(home, output) for entry in entries for output in entry.outputs)

    def key(self, source: Source) -> str:
        """What identifies the result of ``source``: its content, its place among the outputs, options and version."""
        parts = (source.sha256, source.relative, ",".join(map(str, source.pages)), self._options, __version__)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def finished(self, source: Source) -> Entry | None:
        """The entry of a document that an earlier run finished, if all its files stand; None when not to resume."""
        if not self._resume:
            return None
        entry = self._entries.get(self.key(source))
        if entry and all((self.out_dir / output).is_file() for output in entry.outputs):
            return entry
        return None

    def spool(self, source: Source) -> PageSpool:
        """Where the finished pages of a document wait. A single page needs no file that outlives the process."""
        if len(source.pages) < 2:
            return PageSpool(self.out_dir)
        return PageSpool(self.out_dir / SPOOL_FOLDER, f"{self.key(source)}.pages")

    def saved_pages(self, source: Source, spool: PageSpool) -> Iterator[tuple[int, Page]]:
        """The pages of a document that an earlier run read, with their places; none when not to resume."""
        if self._resume:
            yield from spool.saved(source)

    def sweep(self) -> None:
        """Before a run that does not go on with an earlier one: remove the pages that one left."""
        if not self._resume:
            sweep(self.out_dir / SPOOL_FOLDER)

    def wrote(self, path: Path) -> bool:
        """Whether an earlier run wrote the file at ``path``, which is free of links, into this folder."""
        return str(path) in self._written

    def record(self, entry: Entry) -> None:
        """Append an entry, safely on disk when this returns. Raises OSError."""
        line = json.dumps(
            {
                "key": entry.key,
                "name": entry.name,
                "outputs": list(entry.outputs),
                "pages": entry.pages,
                "blank": entry.blank,
                "repaired": entry.repaired,
            }
        )
        with self._path.open("a+b") as handle:
            if handle.tell() and _last_byte(handle.fileno()) != b"\n":
                line = "\n" + line
            handle.write(line.encode() + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        if entry.key:
            self._entries[entry.key] = entry


def _digest(options: Options) -> str:
    """The options that shape the output. How a run goes does not, nor the password or the bounds of a download."""
    taken = replace(
        options,
        input=replace(options.input, password=None, url_timeout_s=1.0, url_max_mb=1.0),
        offline=replace(options.offline, threads=1),
        remote=_asked(options.remote),
        local=replace(options.local, memory_gb=None, pages=0, threads=0),
        run=RunOptions(),
    )
    return hashlib.sha256(repr(taken).encode("utf-8", "surrogatepass")).hexdigest()


def _asked(remote: RemoteOptions) -> RemoteOptions:
    """What of the remote options shapes an answer: not where the server is, nor how many requests it gets."""
    return replace(
        RemoteOptions(),
        model=remote.model,
        family=remote.family,
        prompt=remote.prompt,
        temperature=remote.temperature,
        max_tokens=remote.max_tokens,
        longest_edge_px=remote.longest_edge_px,
        image_format=remote.image_format,
        attempts=remote.attempts,
        fallback=remote.fallback,
        locate=remote.locate,
        drafts=remote.drafts,  # with them, words have places
        check_formulas=remote.check_formulas,
        formula_rules_off=remote.formula_rules_off,
    )


def _last_byte(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 1, size - 1)


def _read(path: Path) -> list[Entry]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    return [entry for entry in map(_entry, lines) if entry]


def _entry(line: bytes) -> Entry | None:
    """The entry of one line, None for one that is torn or not ours."""
    try:
        match json.loads(line):
            case {
                "key": str(key),
                "name": str(name),
                "outputs": list(outputs),
                "pages": int(pages),
                "blank": int(blank),
                "repaired": int(repaired),
            }:
                return Entry(key, name, tuple(str(output) for output in outputs), pages, blank, repaired)
    except ValueError:
        return None
    return None
