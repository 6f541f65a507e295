"""Whole runs over several documents, with readers that go wrong on purpose."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from readers import open_noting, open_slow, open_troubled
from samples import write_pdf

from leafbeam.errors import PasswordError, UsageError
from leafbeam.ledger import LEDGER_NAME
from leafbeam.options import InputOptions, Options, OutputFormat, RunOptions, WriteOptions
from leafbeam.pipeline import convert, iter_pages, read_document
from leafbeam.report import Counts, Event, FileFinished, Found, PageFinished, RunSummary
from leafbeam.write.spool import SPOOL_FOLDER

OPTIONS = Options(write=WriteOptions(to=(OutputFormat.TXT,)), run=RunOptions(jobs=2, page_timeout_s=3.0, resume=True))


def run(inputs: Sequence[Path], out: Path, options: Options = OPTIONS) -> tuple[RunSummary, list[Event]]:
    events: list[Event] = []
    summary = convert([str(path) for path in inputs], out, options, events.append, open_troubled)
    return summary, events


def test_a_crash_and_a_hang_cost_their_pages_and_the_rest_is_written(tmp_path: Path) -> None:
    bad = write_pdf(tmp_path / "troubled.pdf", *"abcdef")
    good = write_pdf(tmp_path / "fine.pdf", *"abc")
    summary, events = run([bad, good], tmp_path / "out")
    assert summary.exit_code == 10
    assert [report.counts for report in summary.files] == [Counts(6, ok=4, failed=2), Counts(3, ok=3)]
    problems = {problem.page_index: problem for problem in summary.files[0].problems}
    assert {index: problem.kind for index, problem in problems.items()} == {2: "crash", 4: "timeout"}
    text = (tmp_path / "out" / "troubled.txt").read_text()
    assert [number for number in range(1, 7) if f"page {number} of" in text] == [1, 2, 4, 6]
    assert "page 3 of" in (tmp_path / "out" / "fine.txt").read_text()
    assert sum(isinstance(event, Found) for event in events) == 2
    assert sum(isinstance(event, PageFinished) for event in events) == 9
    assert sum(isinstance(event, FileFinished) for event in events) == 2


def test_resume_skips_what_stands_and_does_again_what_failed(tmp_path: Path) -> None:
    bad = write_pdf(tmp_path / "troubled.pdf", *"abc")
    good = write_pdf(tmp_path / "fine.pdf", *"abc")
    run([bad, good], tmp_path / "out")
    before = (tmp_path / "out" / "fine.txt").stat().st_mtime_ns
    summary, events = run([bad, good], tmp_path / "out")
    assert [report.skipped for report in summary.files] == [False, True]
    assert summary.files[1].counts == Counts(3, ok=3)
    assert [event.source.name for event in events if isinstance(event, Found)] == [str(bad)]
    assert (tmp_path / "out" / "fine.txt").stat().st_mtime_ns == before


def test_bad_files_are_reported_and_the_rest_is_converted(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_pdf(folder / "a" / "b.pdf", "x")
    write_pdf(folder / "locked.pdf", "x", password="secret")
    (folder / "empty.pdf").touch()
    (folder / "a" / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    summary, _ = run([folder], tmp_path / "out")
    assert summary.exit_code == 10
    assert sum(report.error is not None for report in summary.files) == 3
    assert any(isinstance(report.error, PasswordError) for report in summary.files)
    for report in summary.files:
        assert report.error is None or report.name in str(report.error)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [LEDGER_NAME, "b.txt"]
    assert (tmp_path / "out" / "a" / "b.txt").is_file()


def test_inputs_that_would_collide_keep_their_full_names(tmp_path: Path) -> None:
    first = write_pdf(tmp_path / "x" / "same.pdf", "1")
    second = write_pdf(tmp_path / "y" / "same.pdf", "1", "2")
    summary, _ = run([first, second], tmp_path / "out")
    outputs = [path for report in summary.files for path in report.outputs]
    assert len(set(outputs)) == 2
    assert all(path.is_file() for path in outputs)
    assert summary.exit_code == 0


def test_an_output_that_cannot_be_written_costs_its_document_only(tmp_path: Path) -> None:
    first = write_pdf(tmp_path / "a.pdf", "x")
    second = write_pdf(tmp_path / "b.pdf", "x")
    (tmp_path / "out" / "a.txt").mkdir(parents=True)
    summary, _ = run([first, second], tmp_path / "out")
    assert summary.exit_code == 10
    assert "a.txt" in str(summary.files[0].error)
    assert (tmp_path / "out" / "b.txt").is_file()
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert sorted(names) == [LEDGER_NAME, "a.txt", "b.txt"]


def test_results_are_not_taken_for_inputs(tmp_path: Path) -> None:
    write_pdf(tmp_path / "doc.pdf", "x")
    options = Options(write=WriteOptions(to=(OutputFormat.PDF,)))
    for _ in range(2):
        summary, _ = run([tmp_path], tmp_path / "out", options)
        assert [report.name for report in summary.files] == [str(tmp_path / "doc.pdf")]
    summary, _ = run([tmp_path / "out" / "doc.pdf"], tmp_path / "out", OPTIONS)
    assert len(summary.files) == 1
    with pytest.raises(UsageError, match="is a file"):
        run([tmp_path], tmp_path / "doc.pdf")


def test_a_folder_can_be_its_own_output_folder_time_and_again(tmp_path: Path) -> None:
    write_pdf(tmp_path / "troubled.pdf", *"abc")
    picture = b"\x89PNG" + bytes(60)
    (tmp_path / "photo.png").write_bytes(picture)
    (tmp_path / "troubled.figures").mkdir()
    (tmp_path / "troubled.figures" / "p001-1.png").write_bytes(picture)
    (tmp_path / "other.figures").mkdir()
    (tmp_path / "other.figures" / "p001-1.png").write_bytes(picture)
    (tmp_path / "troubled.md").write_text("of an earlier run")
    for _ in range(2):
        summary, _ = run([tmp_path], tmp_path, Options())
        names = [Path(report.name).relative_to(tmp_path).as_posix() for report in summary.files]
        assert names == ["other.figures/p001-1.png", "photo.png", "troubled.pdf"]
        assert (tmp_path / "troubled.md").read_text().startswith("page 1 of")


def test_a_document_that_an_earlier_run_wrote_is_no_input_but_by_its_name(tmp_path: Path) -> None:
    scan = tmp_path / "scan.png"
    Image.new("L", (400, 300), 255).save(scan)
    troubled = write_pdf(tmp_path / "in" / "troubled.pdf", *"abc")
    options = Options(write=WriteOptions(to=(OutputFormat.PDF,)))
    for _ in range(2):
        summary, _ = run([tmp_path, troubled], tmp_path, options)
        assert [report.name for report in summary.files if not report.error] == [str(scan)]
    summary, _ = run([tmp_path / "scan.pdf"], tmp_path, OPTIONS)
    assert [report.error for report in summary.files] == [None]


def test_an_input_that_links_to_itself_stops_nothing(tmp_path: Path) -> None:
    loop = tmp_path / "loop.pdf"
    loop.symlink_to(loop)
    good = write_pdf(tmp_path / "good.pdf", "x")
    summary, _ = run([loop, good], tmp_path / "out")
    assert [report.error is None for report in summary.files] == [False, True]


def test_many_small_documents_all_come_out(tmp_path: Path) -> None:
    for number in range(40):
        write_pdf(tmp_path / "in" / f"{number:02}.pdf", "x", "y")
    summary, _ = run([tmp_path / "in"], tmp_path / "out")
    assert summary.counts == Counts(80, ok=80)
    assert len(list((tmp_path / "out").glob("*.txt"))) == 40


def start_slow(inputs: Path, out: Path) -> subprocess.Popen[bytes]:
    """A run of one worker in a process of its own."""
    script = (
        "import sys; from pathlib import Path; from readers import open_slow; from leafbeam.pipeline import convert;"
        "from leafbeam.options import Options, OutputFormat, RunOptions, WriteOptions;"
        "convert([sys.argv[1]], Path(sys.argv[2]), Options(write=WriteOptions(to=(OutputFormat.TXT,)),"
        "run=RunOptions(jobs=1)), lambda event: None, open_slow)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", script, str(inputs), str(out)], env=environment)


def test_a_run_killed_inside_a_document_goes_on_with_the_next_page(tmp_path: Path) -> None:
    document, out = write_pdf(tmp_path / "long.pdf", *"abcdefghijkl"), tmp_path / "out"
    process = start_slow(document, out)
    deadline = time.monotonic() + 60
    while _held_bytes(out) < 600 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "long.txt").exists()
    summary = convert([str(document)], out, OPTIONS, lambda _: None, functools.partial(open_noting, tmp_path / "read"))
    readings = sorted(int(path.name) for path in (tmp_path / "read").iterdir())
    assert 0 < len(readings) < 12
    assert readings == list(range(13 - len(readings), 13))  # only the last ones
    assert summary.counts == Counts(12, ok=12)
    text = (out / "long.txt").read_text()
    assert [number for number in range(1, 14) if f"page {number} of" in text] == list(range(1, 13))
    assert sorted(path.name for path in out.iterdir()) == [LEDGER_NAME, "long.txt"]


def test_a_run_that_does_not_go_on_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    document, out = write_pdf(tmp_path / "long.pdf", *"abc"), tmp_path / "out"
    (out / SPOOL_FOLDER).mkdir(parents=True)
    (out / SPOOL_FOLDER / "of-another.pages").write_bytes(b"left")
    run([document], out, dataclasses.replace(OPTIONS, run=RunOptions(jobs=1)))
    assert not (out / SPOOL_FOLDER).exists()


def _held_bytes(out: Path) -> int:
    return sum(path.stat().st_size for path in (out / SPOOL_FOLDER).glob("*.pages"))


def test_a_killed_run_leaves_whole_files_and_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(8):
        write_pdf(tmp_path / "in" / f"{number}.pdf", "x")
    out = tmp_path / "out"
    process = start_slow(tmp_path / "in", out)
    deadline = time.monotonic() + 60
    while len(list(out.glob("*.txt"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    written = sorted(out.glob("*.txt"))
    assert 3 <= len(written) < 8
    for path in written:
        assert f"page 1 of {tmp_path / 'in' / path.stem}.pdf" in path.read_text()
    summary, _ = run([tmp_path / "in"], out)
    assert summary.exit_code == 0
    assert sum(report.skipped for report in summary.files) in (len(written), len(written) - 1)
    assert len(list(out.glob("*.txt"))) == 8
    assert not [path for path in out.iterdir() if "tmp" in path.name]


def test_pages_stream_in_order_and_stopping_early_is_fine(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", *"abcdefgh")
    options = Options(run=RunOptions(jobs=2))
    texts = [page.blocks[0].text for page in iter_pages(path, options, open_slow)]
    assert texts == [f"page {number} of {path}" for number in range(1, 9)]
    pages = iter_pages(path, options, open_slow)
    assert next(pages).ref.index == 0
    pages.close()


def test_the_pages_asked_for_come_in_the_order_asked_for(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", *"abcdef")
    options = Options(input=InputOptions(pages="5,1-2"))
    document = read_document(path, options, open_troubled)
    assert [page.ref.index for page in document.pages] == [4, 0, 1]


def test_one_document_is_read_or_says_why_not(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "locked.pdf", "x", password="secret")
    with pytest.raises(PasswordError, match="locked"):
        read_document(path, Options(), open_troubled)
    with pytest.raises(PasswordError):
        read_document(path, Options(input=InputOptions(password="wrong")), open_troubled)
    document = read_document(path, Options(input=InputOptions(password="secret")), open_troubled)
    assert len(document.pages) == 1
    write_pdf(tmp_path / "two" / "a.pdf", "x")
    write_pdf(tmp_path / "two" / "b.pdf", "x")
    with pytest.raises(UsageError, match="2 documents"):
        read_document(tmp_path / "two", Options(), open_troubled)


def test_an_unknown_reader_ends_the_run(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", "x")
    with pytest.raises(UsageError, match="did you mean 'offline'"):
        convert([str(path)], tmp_path / "out", Options(reader="ofline"), lambda event: None)
