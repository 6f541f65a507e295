"""Many documents at once: which pages are to do, which documents are complete, what has been written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from leafbeam.errors import LeafbeamError, defect
from leafbeam.ledger import Entry, Ledger
from leafbeam.load import LoadFailure
from leafbeam.report import Counts, FileFinished, FileReport, Found, OnEvent, PageFinished, RunSummary, count
from leafbeam.types import Page, PageRef, Source
from leafbeam.write.spool import PageSpool, light

Finish = Callable[[Source, tuple[Page, ...], PageSpool], tuple[Path, ...]]
_LOOK_AHEAD = 64  # documents opened before their turn, so that the pages to come are known early


@dataclass(slots=True)
class _Open:
    """A document under way: its finished pages by their places in ``source.pages``."""

    source: Source
    number: int  # of the input it came from
    start: float
    spool: PageSpool
    pages: dict[int, Page] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    @property
    def complete(self) -> bool:
        return len(self.pages) == len(self.source.pages)


class Batch:
    """The bookkeeping of one run over many documents; a document is written when its last page is in."""

    def __init__(
        self, sources: Iterator[Source | LoadFailure], finish: Finish, ledger: Ledger, on_event: OnEvent
    ) -> None:
        """``finish`` puts the pages of a document together, writes it and gives back the files."""
        self._sources = sources
        self._finish = finish
        self._ledger = ledger
        self._on_event = on_event
        self._ahead: deque[tuple[int, Source]] = deque()
        self._found = 0
        self._open: dict[int, tuple[_Open, int]] = {}  # document and own place of each page that is out
        self._reports: dict[int, FileReport] = {}  # by the number of the input
        self._start = time.monotonic()

    def refs(self) -> Iterator[PageRef]:
        """The pages to read, document after document. Documents are opened while this is drawn from."""
        place = 0
        self._look_ahead()
        while self._ahead:
            number, source = self._ahead.popleft()
            document = _Open(source, number, time.monotonic(), self._ledger.spool(source))
            for own_place, page in self._ledger.saved_pages(source, document.spool):
                if not count(page).failed:
                    self._keep(document, own_place, page, light(page))
            if document.complete:
                self._report(document.number, self._settle(document))
            for own_place in [place for place in range(len(source.pages)) if place not in document.pages]:
                self._open[place] = document, own_place
                place += 1
                yield PageRef(source, source.pages[own_place])
                self._look_ahead()
            self._look_ahead()

    def take(self, place: int, page: Page) -> None:
        """A finished page, with its place in ``refs``; the document is written when it was the last."""
        document, own_place = self._open.pop(place)
        self._keep(document, own_place, page, document.spool.put(own_place, page))
        if document.complete:
            self._report(document.number, self._settle(document))

    def close(self) -> None:
        """Give up the documents under way; their finished pages stay for a run that goes on."""
        for document, _ in self._open.values():
            document.spool.close()

    def summary(self) -> RunSummary:
        """How it went; call it when all pages are in."""
        assert not self._open
        reports = tuple(report for _, report in sorted(self._reports.items()))
        return RunSummary(reports, time.monotonic() - self._start)

    def _look_ahead(self) -> None:
        """Open the next document to come, or the first that there is work for."""
        while len(self._ahead) < _LOOK_AHEAD:
            found = next(self._sources, None)
            if found is None:
                return
            number, self._found = self._found, self._found + 1
            if isinstance(found, LoadFailure):
                self._report(number, FileReport(found.name, error=found.error))
            elif entry := self._ledger.finished(found):
                self._report(number, self._skipped(found, entry))
            else:
                self._on_event(Found(found))
                self._ahead.append((number, found))
                return

    def _keep(self, document: _Open, own_place: int, page: Page, kept: Page) -> None:
        """Count a page that is in; ``kept`` is what of it waits in memory."""
        document.pages[own_place] = kept
        document.counts = document.counts.plus(count(page))
        self._on_event(PageFinished(page))

    def _skipped(self, source: Source, entry: Entry) -> FileReport:
        ok = entry.pages - entry.blank - entry.repaired
        counts = Counts(entry.pages, ok, entry.blank, entry.repaired)
        outputs = tuple(self._ledger.out_dir / output for output in entry.outputs)
        return FileReport(source.name, counts, outputs=outputs, skipped=True)

    def _settle(self, document: _Open) -> FileReport:
        """Put the pages together and write them. What goes wrong here costs this document only."""
        source, counts = document.source, document.counts
        pages = tuple(document.pages[place] for place in range(len(source.pages)))
        of_document = (problem for problem in source.problems if problem.page_index is None)
        problems = (*of_document, *(problem for page in pages for problem in page.problems))
        error: LeafbeamError | None = None
        outputs: tuple[Path, ...] = ()
        try:
            outputs = self._finish(source, pages, document.spool)
            self._ledger.record(self._entry(source, outputs, counts))
        except LeafbeamError as known:
            error = known
        except OSError as denied:
            error = LeafbeamError(f"{source.name}: cannot be written: {denied}. Check the output folder")
        except Exception as unforeseen:  # a document border: the rest of the batch is converted
            error = defect(source.name, unforeseen)
        finally:
            if error is None and not counts.failed:
                document.spool.discard()
            else:  # what is done needs no second reading
                document.spool.close()
        return FileReport(source.name, counts, time.monotonic() - document.start, outputs, problems, error)

    def _entry(self, source: Source, outputs: tuple[Path, ...], counts: Counts) -> Entry:
        names = tuple(output.relative_to(self._ledger.out_dir).as_posix() for output in outputs)
        key = "" if counts.failed else self._ledger.key(source)  # what failed is done again, but its files are known
        return Entry(key, source.name, names, counts.pages, counts.blank, counts.repaired)

    def _report(self, number: int, report: FileReport) -> None:
        self._reports[number] = report
        self._on_event(FileFinished(report))
