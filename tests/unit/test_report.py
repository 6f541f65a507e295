"""Counts and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafbeam.console import complaints
from leafbeam.errors import InputError, LeafbeamError, NothingToDoError, PasswordError
from leafbeam.report import Counts, FileReport, RunSummary, count
from leafbeam.types import Block, BlockKind, Page, PageRef, Problem, Reading, Source, SourceKind, StopReason, Usage

SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "", 1, (0,), "a")
REF = PageRef(SOURCE, 0)
TEXT = (Block(BlockKind.PARAGRAPH, "text"),)
PROBLEM = (Problem("render", "input", "broken; export it again", 0),)


def retried() -> Reading:
    return Reading(REF, "text", StopReason.END, Usage(attempts=2), "scripted")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(REF, TEXT), Counts(1, ok=1)),
        (Page(REF, blank=True), Counts(1, blank=1)),
        (Page(REF, TEXT, problems=PROBLEM), Counts(1, repaired=1)),
        (Page(REF, TEXT, reading=retried()), Counts(1, repaired=1)),
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


def test_complaints_name_file_page_and_remedy() -> None:
    report = FileReport("a.pdf", Counts(1, failed=1), problems=PROBLEM, error=InputError("a.pdf: no"))
    assert complaints(report) == ["a.pdf, page 1: broken; export it again", "a.pdf: no"]
