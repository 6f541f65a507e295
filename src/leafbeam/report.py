"""What a run tells while it goes, and what it comes to in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leafbeam.errors import EXIT_SOME_PAGES_FAILED, InputError, LeafbeamError, NothingToDoError
from leafbeam.types import Page, Problem, Source

_NO_GOOD_ANSWER = "model-"  # how the kinds of such problems begin, see remote.readings


@dataclass(frozen=True, slots=True)
class Counts:
    """Pages by how they ended; the four kinds add up to ``pages``. Of the repaired ones, ``retried`` were read again,
    and for ``rescued`` a model never gave a good answer; ``formulas`` counts repairs of formulas."""

    pages: int = 0
    ok: int = 0
    blank: int = 0
    repaired: int = 0  # something went wrong (a damaged file, a crash, a problem), and there is text all the same
    failed: int = 0  # nothing could be read
    retried: int = 0
    rescued: int = 0
    formulas: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum."""
        return Counts(
            self.pages + other.pages,
            self.ok + other.ok,
            self.blank + other.blank,
            self.repaired + other.repaired,
            self.failed + other.failed,
            self.retried + other.retried,
            self.rescued + other.rescued,
            self.formulas + other.formulas,
        )


def count(page: Page) -> Counts:
    """The counts of one page."""
    if page.problems and not page.blocks:
        return Counts(pages=1, failed=1)
    rescued = any(problem.kind.startswith(_NO_GOOD_ANSWER) for problem in page.problems)
    retried = page.reading is not None and page.reading.usage.attempts > 1 and not rescued
    formulas = len(page.reading.repairs) if page.reading is not None else 0
    if page.problems or retried or page.ref.source.repaired:
        return Counts(pages=1, repaired=1, retried=int(retried), rescued=int(rescued), formulas=formulas)
    return Counts(pages=1, blank=1) if page.blank else Counts(pages=1, ok=1, formulas=formulas)


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one input ended. ``error`` when it could not be read or written at all; ``skipped`` when it stood already."""

    name: str
    counts: Counts = Counts()
    seconds: float = 0.0
    outputs: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    error: LeafbeamError | None = None
    skipped: bool = False

    @property
    def unreadable(self) -> bool:
        """Not one page could be read, and that is the file's doing."""
        stages = {problem.stage for problem in self.problems}
        return 0 < self.counts.failed == self.counts.pages and stages == {"page"}


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended: one report per document, in the order of the inputs."""

    files: tuple[FileReport, ...]
    seconds: float

    @property
    def counts(self) -> Counts:
        """The pages of all inputs."""
        total = Counts()
        for report in self.files:
            total = total.plus(report.counts)
        return total

    @property
    def exit_code(self) -> int:
        """0 when all is good; the only input's own code when it could not be read; 10 when something failed."""
        errors = [report.error for report in self.files if report.error]
        if not self.files:
            return NothingToDoError.exit_code
        if len(self.files) == 1 and errors:
            return errors[0].exit_code
        if len(self.files) == 1 and self.files[0].unreadable:
            return InputError.exit_code
        return EXIT_SOME_PAGES_FAILED if errors or self.counts.failed else 0


@dataclass(frozen=True, slots=True)
class Found:
    """A document was opened: that many pages are to come."""

    source: Source


@dataclass(frozen=True, slots=True)
class PageFinished:
    """A page was read."""

    page: Page


@dataclass(frozen=True, slots=True)
class FileFinished:
    """An input has ended, well or not."""

    report: FileReport


Event = Found | PageFinished | FileFinished
OnEvent = Callable[[Event], None]
