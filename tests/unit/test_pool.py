"""Worker processes: every page comes back once, whatever the others do."""

from __future__ import annotations

import functools
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pool_work
import pytest

from leafbeam import machine, pool
from leafbeam.errors import ReaderError
from leafbeam.pool import Pool, PoolOptions, worker_count
from leafbeam.types import Page, PageRef, Source, SourceKind
from leafbeam.worker import WorkerFactory


def source(name: str, pages: int = 1) -> Source:
    return Source(name, SourceKind.PDF, Path(name), "0" * 64, pages, tuple(range(pages)), name)


def refs(*names: str) -> list[PageRef]:
    return [PageRef(source(name), 0) for name in names]


def open_pool(log: Path, workers: int = 2, page_timeout_s: float = 60.0) -> Pool:
    return Pool(functools.partial(pool_work.open_work, log), PoolOptions(workers, 1, page_timeout_s))


def tried(log: Path) -> list[str]:
    return (log / "tried").read_text().splitlines()


def problem_kinds(page: Page) -> list[tuple[str, str]]:
    return [(problem.stage, problem.kind) for problem in page.problems]


def test_every_page_comes_back_once_with_its_place_and_the_callers_own_source(tmp_path: Path) -> None:
    document = source("doc", 20)
    asked = [PageRef(document, index) for index in document.pages]
    with open_pool(tmp_path) as workers:
        pages = dict(workers.run(asked))
    assert sorted(pages) == list(range(20))
    for place, page in pages.items():
        assert page.ref is asked[place]
        assert page.blocks[0].text == f"doc {place} 1"
    assert len((tmp_path / "opened").read_text().splitlines()) == 2


def test_a_worker_that_dies_costs_its_page_only_and_the_page_is_tried_twice(tmp_path: Path) -> None:
    with open_pool(tmp_path) as workers:
        pages = dict(workers.run(refs("a", "exit", "b", "segv", "c", "memory", "d")))
    assert [problem_kinds(pages[place]) for place in range(7)] == [
        [],
        [("worker", "crash")],
        [],
        [("worker", "crash")],
        [],
        [("worker", "crash")],
        [],
    ]
    assert "SIGSEGV" in pages[3].problems[0].message
    assert "ran out of memory" in pages[5].problems[0].message
    assert "--jobs" in pages[5].problems[0].message
    counts = {name: tried(tmp_path).count(f"{name} 0") for name in ("exit", "segv", "memory")}
    assert counts == {"exit": 2, "segv": 2, "memory": 2}


def test_a_page_that_goes_well_the_second_time_is_whole(tmp_path: Path) -> None:
    with open_pool(tmp_path, workers=1) as workers:
        pages = dict(workers.run(refs("a", "once", "b")))
    assert all(page.ok and page.blocks for page in pages.values())
    assert tried(tmp_path).count("once 0") == 2


def test_a_page_that_hangs_is_given_up_and_the_one_behind_it_is_not_blamed(tmp_path: Path) -> None:
    with open_pool(tmp_path, workers=1, page_timeout_s=0.5) as workers:
        pages = dict(workers.run(refs("hang", "a", "b")))
    assert problem_kinds(pages[0]) == [("worker", "timeout")]
    assert "--page-timeout" in pages[0].problems[0].message
    assert pages[1].ok
    assert pages[2].ok
    assert tried(tmp_path).count("hang 0") == 2


def test_errors_become_problems_without_a_second_try(tmp_path: Path) -> None:
    with open_pool(tmp_path, workers=1) as workers:
        pages = dict(workers.run(refs("input", "defect")))
    assert problem_kinds(pages[0]) == [("page", "input")]
    assert pages[0].problems[0].message == "page is damaged; export it again"
    assert problem_kinds(pages[1]) == [("worker", "defect")]
    assert "KeyError" in pages[1].problems[0].message
    assert len(tried(tmp_path)) == 2
    assert len((tmp_path / "opened").read_text().splitlines()) == 1


def test_pages_are_drawn_only_as_workers_have_room(tmp_path: Path) -> None:
    drawn = 0

    def endless() -> Iterator[PageRef]:
        nonlocal drawn
        for index in itertools.count():
            drawn += 1
            yield PageRef(source("doc"), index)

    with open_pool(tmp_path) as workers:
        for done, _ in enumerate(workers.run(endless()), 1):
            assert drawn <= done + 4
            if done == 30:
                break


def test_a_window_bounds_how_far_pages_run_ahead(tmp_path: Path) -> None:
    with open_pool(tmp_path) as workers:
        places = [place for place, _ in workers.run(refs("slow", *"abcdefghij"), window=3)]
    assert sorted(places) == list(range(11))
    assert set(places[: places.index(0)]) <= {1, 2}


def test_leaving_early_ends_the_workers_even_in_the_middle_of_a_page(tmp_path: Path) -> None:
    start = time.monotonic()

    def interrupted() -> None:
        with open_pool(tmp_path) as workers:
            for _ in workers.run(refs("a", "hang", "hang")):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    for pid in (tmp_path / "opened").read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("factory", [pool_work.refuse, pool_work.die_opening])
def test_a_reader_that_cannot_be_opened_ends_the_run(factory: WorkerFactory) -> None:
    with Pool(factory, PoolOptions(2)) as workers, pytest.raises(ReaderError):
        list(workers.run(refs("a", "b", "c")))


def test_no_pages_start_no_worker(tmp_path: Path) -> None:
    with open_pool(tmp_path) as workers:
        assert list(workers.run([])) == []
    assert not (tmp_path / "opened").exists()


def test_workers_are_as_many_as_asked_for_else_what_cores_and_memory_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: 8)
    monkeypatch.setattr(machine, "available_memory", lambda: 3 << 30)
    assert worker_count(5) == 5
    assert worker_count(0) == 3
    monkeypatch.setattr(machine, "available_memory", lambda: 1000)
    assert worker_count(0) == 1
    monkeypatch.setattr(machine, "available_memory", lambda: None)
    assert worker_count(0) == 8
    assert pool.worker_count(1) == 1
