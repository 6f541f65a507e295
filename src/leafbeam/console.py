"""What a person sees of a run, on standard error: a live bar on a terminal, else plain lines; then a summary."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from leafbeam.report import Counts, Event, FileFinished, FileReport, Found, PageFinished, RunSummary
from leafbeam.types import Problem

_PLAIN_EVERY_S = 10.0
_MOST_ROWS = 20
_FIGURES_WIDTH = 44  # columns that the figures of the summary take


class Display(Protocol):
    """Shows a run while it goes. A context manager around the run."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def on_event(self, event: Event) -> None:
        """Take an event of the run."""

    def summarise(self, summary: RunSummary) -> None:
        """Show how the run went."""


class Quiet:
    """Only what went wrong."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def on_event(self, event: Event) -> None:
        if isinstance(event, FileFinished):
            for line in complaints(event.report):
                _say(line)

    def summarise(self, summary: RunSummary) -> None:
        return None


class Plain(Quiet):
    """A line per document, a sign of life in long ones, no colours."""

    def __init__(self, places: bool) -> None:
        """``places``: say where the results are."""
        self._places = places
        self._found = self._done = 0
        self._start = self._last = time.monotonic()

    def on_event(self, event: Event) -> None:
        super().on_event(event)
        match event:
            case Found(source):
                self._found += len(source.pages)
            case PageFinished():
                self._done += 1
                if time.monotonic() - self._last > _PLAIN_EVERY_S:
                    self._last = time.monotonic()
                    rate = self._done / (self._last - self._start)
                    _say(f"{self._done} of {self._found} pages, {rate:.1f} pages/s")
            case FileFinished(report):
                self._last = time.monotonic()
                if not report.error:
                    _say(f"{report.name}: {_in_words(report, self._places)}")

    def summarise(self, summary: RunSummary) -> None:
        if len(summary.files) > 1:
            failed = sum(1 for report in summary.files if report.error)
            files = f"{len(summary.files)} files" + (f", {failed} of them not read" if failed else "")
            _say(f"{files}: {_words(summary.counts)} in {summary.seconds:.1f} s")


class Live:
    """A progress bar with pages per second and time left, then a table."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("reading", total=None, rate="")
        self._found = self._done = 0
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_event(self, event: Event) -> None:
        match event:
            case Found(source):
                self._found += len(source.pages)
                self._progress.update(self._task, total=self._found)
            case PageFinished(page):
                self._done += 1
                rate = f"{self._done / max(1e-3, time.monotonic() - self._start):.1f} pages/s"
                name = _shortened(page.ref.source.name)
                self._progress.update(self._task, completed=self._done, description=name, rate=rate)
            case FileFinished(report):
                for line in complaints(report):
                    self._console.print(line, style="red" if report.error else "yellow", markup=False, soft_wrap=True)

    def summarise(self, summary: RunSummary) -> None:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        table.add_column("file", overflow="fold", max_width=max(20, self._console.width - _FIGURES_WIDTH))
        for heading in ("pages", "ok", "blank", "repaired", "failed", "seconds"):
            table.add_column(heading, justify="right")
        rows = [report for report in summary.files if len(summary.files) <= _MOST_ROWS or report.error]
        for report in rows[:_MOST_ROWS]:
            note = " (not read)" if report.error else " (there already)" if report.skipped else ""
            table.add_row(_plain(report.name) + note, *_figures(report.counts), f"{report.seconds:.1f}")
        if len(summary.files) > 1:
            total = f"{len(summary.files)} files"
            table.add_row(total, *_figures(summary.counts), f"{summary.seconds:.1f}", style="bold")
        self._console.print(table)
        if told := _of_model(summary.counts):
            self._console.print(f"of all pages: {', '.join(told)}")


def choose_display(quiet: bool, colour: bool, places: bool) -> Display:
    """The display for this standard error: live only on a terminal that may show colours."""
    if quiet:
        return Quiet()
    return Live() if colour and sys.stderr.isatty() else Plain(places)


def complaints(report: FileReport) -> list[str]:
    """What went wrong with a file and what to do about it, a line each."""
    lines = [_complaint(report.name, problem) for problem in report.problems]
    return [*lines, str(report.error)] if report.error else lines


def _complaint(name: str, problem: Problem) -> str:
    if problem.message.startswith(name):
        return problem.message
    where = "" if problem.page_index is None else f", page {problem.page_index + 1}"
    return f"{name}{where}: {problem.message}"


def _in_words(report: FileReport, places: bool) -> str:
    if report.skipped:
        return "there already, skipped"
    outputs = ", ".join(str(path) for path in report.outputs if path.parent.suffix != ".figures")
    return f"{_words(report.counts)} in {report.seconds:.1f} s" + (f" -> {outputs}" if places and outputs else "")


def _words(counts: Counts) -> str:
    """For example "12 pages, 1 blank, 2 failed"."""
    words = [f"{counts.pages} page" + ("" if counts.pages == 1 else "s")]
    words += [f"{number} blank" for number in [counts.blank] if number]
    words += [f"{number} repaired" for number in [counts.repaired] if number]
    words += [f"{number} failed" for number in [counts.failed] if number]
    return ", ".join([*words, *_of_model(counts)])


def _of_model(counts: Counts) -> list[str]:
    """What the run did about bad answers, for example ["2 read again", "1 formula mended"]."""
    words = [f"{number} read again" for number in [counts.retried] if number]
    words += [f"{number} without a good answer" for number in [counts.rescued] if number]
    words += [f"{number} formula{'' if number == 1 else 's'} mended" for number in [counts.formulas] if number]
    return words


def _figures(counts: Counts) -> tuple[str, ...]:
    return tuple(map(str, (counts.pages, counts.ok, counts.blank, counts.repaired, counts.failed)))


def _shortened(name: str, most: int = 30) -> str:
    """The name, or its end, in so many characters."""
    return name if len(name) <= most else "…" + name[1 - most :]


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
