"""Inputs to sources."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from robust_files import many_pages, one_page
from robust_images import encoded, page_picture, tiff

from leafbeam.errors import InputError, LeafbeamError, NothingToDoError, UnsupportedError, UsageError
from leafbeam.load import LoadFailure, find_sources
from leafbeam.options import InputOptions
from leafbeam.types import Source, SourceKind, sha256_file

OPTIONS = InputOptions()


@pytest.fixture
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def relatives(found: list[Source | LoadFailure]) -> list[str]:
    return [item.relative if isinstance(item, Source) else f"!{type(item.error).__name__}" for item in found]


def test_a_file_by_its_content(tmp_path: Path, spool: Path) -> None:
    path = write(tmp_path / "x" / "b.png", one_page())
    [source] = find_sources([path], OPTIONS, spool)
    assert isinstance(source, Source)
    assert (source.kind, source.page_count, source.pages, source.relative) == (SourceKind.PDF, 1, (0,), "b")
    assert (source.path, source.name, source.sha256) == (path, str(path), sha256_file(path))


def test_a_folder_is_mirrored(tmp_path: Path, spool: Path) -> None:
    top = tmp_path / "in"
    for name in ("b.pdf", "a/b.pdf", "a/c/d.png", ".hidden/x.pdf", "a/.y.pdf", "x.pdf/z.pdf"):
        write(top / name, one_page())
    write(top / "notes.txt", b"not a document")
    write(top / "no_suffix", encoded(page_picture(), "PNG"))
    write(top / "broken.pdf", b"")
    found = list(find_sources([top], OPTIONS, spool))
    assert relatives(found) == ["a/b", "a/c/d", "b", "!InputError", "no_suffix", "x.pdf/z"]


def test_symlink_loops_end(tmp_path: Path, spool: Path) -> None:
    top = tmp_path / "in"
    write(top / "a" / "b.pdf", one_page())
    (top / "a" / "again").symlink_to(top)
    (top / "self").symlink_to(top / "self")
    (top / "dangling.pdf").symlink_to(top / "nowhere")
    assert relatives(list(find_sources([top], OPTIONS, spool))) == ["a/b"]


def test_a_file_is_read_once(tmp_path: Path, spool: Path) -> None:
    path = write(tmp_path / "in" / "b.pdf", one_page())
    found = list(find_sources([path, tmp_path / "in", str(path)], OPTIONS, spool))
    assert relatives(found) == ["b"]


def test_collisions_keep_full_names(tmp_path: Path, spool: Path) -> None:
    for name in ("1/b.pdf", "1/b.png", "2/b.pdf"):
        write(tmp_path / name, one_page())
    found = list(find_sources([tmp_path / "1", tmp_path / "2"], OPTIONS, spool))
    assert relatives(found) == ["b.pdf", "b.png", "b.pdf-2"]


@pytest.mark.parametrize(
    "name", ["line\nbreak.pdf", "\U0001f4c4.pdf", "é" * 125 + ".pdf", "-rf.pdf", "\udcff.pdf", "a'b\"c.pdf"]
)
def test_strange_names(name: str, tmp_path: Path, spool: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + os.fsencode(name)))
    write(path, one_page())
    [source] = find_sources([path], OPTIONS, spool)
    assert isinstance(source, Source)
    assert "\n" not in source.name + source.relative
    (tmp_path / (source.relative + ".figures")).mkdir()  # the file system takes it


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: None, InputError, "check the path"),
        (lambda path: path.write_bytes(b"words"), UnsupportedError, "plain text"),
        (lambda path: path.mkdir(), NothingToDoError, "no document"),
        (lambda path: path.symlink_to(path), InputError, "check the path"),
        (lambda path: path.symlink_to("/dev/null"), UnsupportedError, "device"),
    ],
    ids=["missing", "text", "empty-folder", "symlink-loop", "device"],
)
def test_what_cannot_be_read_is_said_and_stops_nothing(make, error, message, tmp_path: Path, spool: Path) -> None:  # type: ignore[no-untyped-def]
    bad = tmp_path / "bad"
    make(bad)
    good = write(tmp_path / "good.pdf", one_page())
    failure, source = find_sources([bad, good], OPTIONS, spool)
    assert isinstance(source, Source)
    assert isinstance(failure, LoadFailure)
    assert type(failure.error) is error
    assert message in str(failure.error)
    assert "bad" in str(failure.error)


def test_a_defect_of_ours_costs_its_input_only(tmp_path: Path, spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (write(tmp_path / name, one_page()) for name in ("a.pdf", "b.pdf"))

    def broken(path: Path) -> str:
        if path == first:
            raise ZeroDivisionError("oops")
        return sha256_file(path)

    monkeypatch.setattr("leafbeam.load.sha256_file", broken)
    failure, source = find_sources([first, second], OPTIONS, spool)
    assert isinstance(source, Source)
    assert isinstance(failure, LoadFailure)
    assert type(failure.error) is LeafbeamError
    assert "ZeroDivisionError in test_load.py" in str(failure.error)


def test_standard_input_is_spooled(monkeypatch: pytest.MonkeyPatch, spool: Path) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(one_page())))
    [source] = find_sources(["-"], OPTIONS, spool)
    assert isinstance(source, Source)
    assert (source.relative, source.path.parent) == ("stdin", spool)
    assert stat.S_IMODE(source.path.stat().st_mode) == 0o600


def test_a_pipe_is_spooled(tmp_path: Path, spool: Path) -> None:
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(one_page(),))
    writer.start()
    [source] = find_sources([pipe], OPTIONS, spool)
    writer.join()
    assert isinstance(source, Source)
    assert source.relative == "pipe"


def test_pages_are_selected_per_document(tmp_path: Path, spool: Path) -> None:
    long, short = write(tmp_path / "long.pdf", many_pages(9)), write(tmp_path / "short.tiff", tiff(2))
    first, second = find_sources([long, short], InputOptions(pages="-1,2-4"), spool)
    assert isinstance(first, Source)
    assert first.pages == (8, 1, 2, 3)
    assert isinstance(second, Source)
    assert second.pages == (1,)
    assert ["2 pages" in problem.message for problem in second.problems] == [True]


def test_a_document_without_any_page_asked_for_is_an_error(tmp_path: Path, spool: Path) -> None:
    short = write(tmp_path / "short.tiff", tiff(2))
    [failure] = find_sources([short], InputOptions(pages="3-4"), spool)
    assert isinstance(failure, LoadFailure)
    assert isinstance(failure.error, UsageError)
    assert "2 pages" in str(failure.error)


def test_a_bad_range_is_an_error_at_once(spool: Path) -> None:
    with pytest.raises(UsageError, match="--pages"):
        find_sources(["nothing.pdf"], InputOptions(pages="x"), spool)


def test_documents_are_opened_one_at_a_time(tmp_path: Path, spool: Path) -> None:
    first, second = (write(tmp_path / name, one_page()) for name in ("a.pdf", "b.pdf"))
    found = find_sources([first, second], OPTIONS, spool)
    next(found)
    second.unlink()
    assert isinstance(next(found), LoadFailure)
