"""The ledger: what counts as finished, and what a kill in the middle of a line leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leafbeam.ledger import LEDGER_NAME, Entry, Ledger
from leafbeam.options import InputOptions, LocalOptions, Options, OutputFormat, RemoteOptions, RunOptions, WriteOptions
from leafbeam.types import Source, SourceKind

SOURCE = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "ab" * 32, 2, (0, 1), "a")
RESUMED = Options(run=RunOptions(resume=True))


def finish(out: Path, source: Source = SOURCE, options: Options | None = None) -> Ledger:
    ledger = Ledger(out, options or RESUMED)
    (out / f"{source.relative}.md").write_text("text")
    ledger.record(Entry(ledger.key(source), source.name, (f"{source.relative}.md",), 2, 1, 0))
    return ledger


def test_a_finished_document_is_known_to_the_next_run_while_its_files_stand(tmp_path: Path) -> None:
    assert Ledger(tmp_path, RESUMED).finished(SOURCE) is None
    finish(tmp_path)
    entry = Ledger(tmp_path, RESUMED).finished(SOURCE)
    assert entry
    assert (entry.name, entry.outputs, entry.pages, entry.blank) == ("a.pdf", ("a.md",), 2, 1)
    assert Ledger(tmp_path, Options()).finished(SOURCE) is None
    (tmp_path / "a.md").unlink()
    assert Ledger(tmp_path, RESUMED).finished(SOURCE) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(SOURCE, sha256="cd" * 32),
        replace(SOURCE, relative="b"),
        replace(SOURCE, pages=(0,)),
    ],
)
def test_other_content_place_or_pages_are_another_document(tmp_path: Path, other: Source) -> None:
    finish(tmp_path)
    (tmp_path / "b.md").write_text("text")
    assert Ledger(tmp_path, RESUMED).finished(other) is None


def test_only_options_that_shape_the_output_count(tmp_path: Path) -> None:
    finish(tmp_path)
    same = Options(input=InputOptions(password="x", url_max_mb=3), run=RunOptions(jobs=7, resume=True))
    assert Ledger(tmp_path, same).finished(SOURCE)
    for other in (
        replace(RESUMED, write=WriteOptions(to=(OutputFormat.TXT,))),
        replace(RESUMED, remote=RemoteOptions(locate=True)),
        replace(RESUMED, remote=RemoteOptions(drafts=False)),
    ):
        assert Ledger(tmp_path, other).finished(SOURCE) is None
    assert Ledger(tmp_path, replace(RESUMED, remote=RemoteOptions(concurrency=3))).finished(SOURCE)
    assert Ledger(tmp_path, replace(RESUMED, local=LocalOptions(memory_gb=3, threads=1, pages=2))).finished(SOURCE)
    assert Ledger(tmp_path, replace(RESUMED, local=LocalOptions(model="other"))).finished(SOURCE) is None


def test_another_version_starts_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(tmp_path)
    monkeypatch.setattr("leafbeam.ledger.__version__", "9.9")
    assert Ledger(tmp_path, RESUMED).finished(SOURCE) is None


def test_a_line_cut_anywhere_is_ignored_and_the_next_one_is_whole(tmp_path: Path) -> None:
    finish(tmp_path)
    whole = (tmp_path / LEDGER_NAME).read_bytes()
    second = replace(SOURCE, relative="b")
    for cut in range(len(whole)):
        (tmp_path / LEDGER_NAME).write_bytes(whole[:cut])
        # the closing newline alone does not make the entry
        assert bool(Ledger(tmp_path, RESUMED).finished(SOURCE)) == (cut == len(whole) - 1)
        finish(tmp_path, second)
        assert Ledger(tmp_path, RESUMED).finished(second)


def test_lines_that_are_not_ours_are_ignored(tmp_path: Path) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(b'[1]\n{"key": 3}\n\xff\xfe\nnull\n')
    finish(tmp_path)
    assert Ledger(tmp_path, RESUMED).finished(SOURCE)
