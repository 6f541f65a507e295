"""Counts and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafbeam.console import Live, Plain, complaints
from leafbeam.errors import InputError, LeafbeamError, NothingToDoError, PasswordError
from leafbeam.report import Counts, FileReport, RunSummary, count
from leafbeam.types import Block, BlockKind, Page, PageRef, Problem, Reading, Source, SourceKind, StopReason, Usage

SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "", 1, (0,), "a")
REF = PageRef(SOURCE, 0)
TEXT = (Block(BlockKind.PARAGRAPH, "text"),)
PROBLEM = (Problem("render", "input", "broken; export it again", 0),)
LOOPED = (Problem("read", "model-loop", "the model failed 2 times; compare it", 0),)


def mended() -> Reading:
    return Reading(REF, "text", StopReason.END, Usage(), "scripted", repairs=("braces", "braces"))


def retried() -> Reading:
    return Reading(REF, "text", StopReason.END, Usage(attempts=2), "scripted")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(REF, TEXT), Counts(1, ok=1)),
        (Page(REF, blank=True), Counts(1, blank=1)),
        (Page(REF, TEXT, problems=PROBLEM), Counts(1, repaired=1)),
        (Page(REF, TEXT, reading=retried()), Counts(1, repaired=1, retried=1)),
        (Page(REF, TEXT, reading=retried(), problems=LOOPED), Counts(1, repaired=1, rescued=1)),
        (Page(REF, TEXT, reading=mended()), Counts(1, ok=1, formulas=2)),
        (Page(REF, problems=PROBLEM), Counts(1, failed=1)),
        (Page(REF, problems=PROBLEM, blank=True), Counts(1, failed=1)),
    ],
)
def test_a_page_counts_once(page: Page, expected: Counts) -> None:
    assert count(page) == expected


def good(failed: int = 0) -> FileReport:
    return FileReport("a.pdf", Counts(3, ok=3 - failed, failed=failed))


def hopeless(stage: str) -> FileReport:
    return FileReport("c.pdf", Counts(1, failed=1), problems=(Problem(stage, "input", "broken", 0),))


def bad(error: LeafbeamError) -> FileReport:
    return FileReport("b.pdf", error=error)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ((good(),), 0),
        ((good(), good()), 0),
        ((good(failed=1),), 10),
        ((bad(InputError("x")),), 3),
        ((bad(PasswordError("x")),), 4),
        ((bad(NothingToDoError("x")),), 5),
        ((good(), bad(PasswordError("x"))), 10),
        ((bad(InputError("x")), bad(InputError("x"))), 10),
        ((), 5),
        ((hopeless("page"),), 3),
        ((hopeless("worker"),), 10),
        ((hopeless("page"), good()), 10),
    ],
)
def test_the_exit_code_says_how_it_went(files: tuple[FileReport, ...], code: int) -> None:
    assert RunSummary(files, 1.0).exit_code == code


def test_counts_add_up() -> None:
    assert RunSummary((good(), good(failed=2)), 1.0).counts == Counts(6, ok=4, failed=2)
    each = FileReport("a.pdf", Counts(9, 1, 2, 3, 3, retried=1, rescued=2, formulas=5))
    assert RunSummary((each, each), 1.0).counts == Counts(18, 2, 4, 6, 6, retried=2, rescued=4, formulas=10)


@pytest.mark.parametrize("display", [Plain, Live])
def test_the_summary_tells_of_bad_answers(display: type[Plain] | type[Live], capfd: pytest.CaptureFixture[str]) -> None:
    report = FileReport("a.pdf", Counts(9, ok=6, repaired=3, retried=2, rescued=1, formulas=1))
    shown = Plain(places=False) if display is Plain else Live()
    shown.summarise(RunSummary((report, good()), 1.0))
    assert "2 read again, 1 without a good answer, 1 formula mended" in capfd.readouterr().err


def test_complaints_name_file_page_and_remedy() -> None:
    report = FileReport("a.pdf", Counts(1, failed=1), problems=PROBLEM, error=InputError("a.pdf: no"))
    assert complaints(report) == ["a.pdf, page 1: broken; export it again", "a.pdf: no"]
