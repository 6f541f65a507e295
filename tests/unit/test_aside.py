"""Calls in a process aside, and documents opened there: what dies or hangs costs one file."""

from __future__ import annotations

import os
from pathlib import Path

import aside_work
import pytest
from samples import write_pdf

from leafbeam import load
from leafbeam.aside import Aside, CallLost
from leafbeam.errors import InputError, PasswordError
from leafbeam.load import LoadFailure, find_sources
from leafbeam.options import InputOptions
from leafbeam.types import Source


def test_calls_go_to_one_process_that_is_not_this_one_and_ends_with_the_context() -> None:
    with Aside(60.0) as aside:
        first, second = aside(aside_work.act, "a"), aside(aside_work.act, "b")
    assert (first[0], second[0]) == ("a", "b")
    assert first[1] == second[1] != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(first[1], 0)


@pytest.mark.parametrize(
    ("name", "cause"),
    [("segv", r"crashed \(SIGSEGV\)"), ("memory", "out of memory"), ("defect", "KeyError in aside_work")],
)
def test_a_lost_call_says_why_and_the_next_one_is_answered(name: str, cause: str) -> None:
    with Aside(60.0) as aside:
        with pytest.raises(CallLost, match=cause):
            aside(aside_work.act, name)
        assert aside(aside_work.act, "next")[0] == "next"


def test_a_call_that_never_returns_is_given_up() -> None:
    with Aside(1.5) as aside:
        with pytest.raises(CallLost, match=r"longer than 1\.5 s") as lost:
            aside(aside_work.act, "hang")
        assert lost.value.timed_out


def test_errors_of_the_function_come_back_as_they_are() -> None:
    with Aside(60.0) as aside, pytest.raises(PasswordError, match="--password"):
        aside(aside_work.act, "password")


def test_a_file_that_kills_the_opener_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "inspect_pdf", aside_work.inspect_troubled)
    files = [write_pdf(tmp_path / f"{name}.pdf", "text") for name in ("a", "segv", "fragile", "hang", "b")]
    with Aside(3.0) as aside:
        found = list(find_sources(files, InputOptions(), tmp_path / "spool", aside))
    good = [item for item in found if isinstance(item, Source)]
    bad = [item.error for item in found if isinstance(item, LoadFailure)]
    assert [source.path.stem for source in good if not source.repaired] == ["a", "b"]
    assert [source.name for source in good if source.repaired] == [str(tmp_path / "fragile.pdf")]
    assert all(isinstance(error, InputError) for error in bad)
    assert "segv.pdf: opening it crashed (SIGSEGV); print it to a new PDF" in str(bad[0])
    assert "hang.pdf: opening it took longer than 3 s; raise --page-timeout" in str(bad[1])
