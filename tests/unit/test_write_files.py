"""The output tree: names, figures, and nothing half-written."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from documents import K, document, everything, paragraph, png

from leafbeam.errors import LeafbeamError, UsageError
from leafbeam.options import OutputFormat, WriteOptions
from leafbeam.types import Asset, Block, Box, Document, Page
from leafbeam.write import files, write_outputs

TEXTS = WriteOptions(to=(OutputFormat.MD, OutputFormat.HTML, OutputFormat.JSON, OutputFormat.TXT, OutputFormat.HOCR))
MD = WriteOptions()


def named(relative: str, made: Document | None = None) -> Document:
    made = made or document((paragraph("text"),))
    return dataclasses.replace(made, source=dataclasses.replace(made.source, relative=relative))


def with_assets(made: Document, *names: str) -> Document:
    assets = tuple(Asset(name, Box(0, 0, 1, 1), png()) for name in names)
    blocks = tuple(Block(K.FIGURE, asset=name) for name in names)
    return dataclasses.replace(made, pages=(dataclasses.replace(made.pages[0], assets=assets, blocks=blocks),))


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_tree_mirrors_the_input_and_markdown_finds_its_figures(tmp_path: Path) -> None:
    paths = write_outputs(everything(), tmp_path, TEXTS)
    wanted = [f"in/report.{form}" for form in ("html", "hocr", "json", "md", "txt")]
    wanted += ["in/report.figures/p001-1.png", "in/report.figures/p001-2.png"]
    assert tree(tmp_path) == sorted(wanted)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in paths) == sorted(wanted)
    assert "(report.figures/p001-1.png)" in (tmp_path / "in/report.md").read_text()
    assert (tmp_path / "in/report.figures/p001-1.png").read_bytes() == png()


def test_figures_are_only_written_for_formats_that_refer_to_them(tmp_path: Path) -> None:
    write_outputs(everything(), tmp_path, WriteOptions(to=(OutputFormat.TXT, OutputFormat.HTML)))
    assert tree(tmp_path) == ["in/report.html", "in/report.txt"]


def test_an_empty_document_gives_an_empty_file(tmp_path: Path) -> None:
    [path] = write_outputs(named("a", document(())), tmp_path, MD)
    assert path.read_bytes() == b""


def test_dots_in_names_are_kept_and_odd_names_are_escaped_in_links(tmp_path: Path) -> None:
    write_outputs(named("v1.2 (α)", with_assets(document(()), "p001-1.png")), tmp_path, MD)
    text = (tmp_path / "v1.2 (α).md").read_text(encoding="utf-8")
    assert "(v1.2%20%28%CE%B1%29.figures/p001-1.png)" in text


def test_a_second_run_replaces_its_files_and_figures_and_leaves_others(tmp_path: Path) -> None:
    write_outputs(named("a", with_assets(document(()), "p001-1.png", "p001-2.png")), tmp_path, MD)
    (tmp_path / "a.figures" / "mine.png").write_bytes(b"mine")
    write_outputs(named("a", with_assets(document(()), "p001-1.png")), tmp_path, MD)
    assert tree(tmp_path) == ["a.figures/mine.png", "a.figures/p001-1.png", "a.md"]
    write_outputs(named("a"), tmp_path, WriteOptions(to=(OutputFormat.JSON,)))
    assert tree(tmp_path) == ["a.figures/mine.png", "a.figures/p001-1.png", "a.json", "a.md"]
    (tmp_path / "a.json").unlink()
    write_outputs(named("a"), tmp_path, MD)
    assert tree(tmp_path) == ["a.figures/mine.png", "a.md"]


def test_old_figures_stay_until_the_new_files_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_outputs(named("a", with_assets(document(()), "p001-1.png", "p001-2.png")), tmp_path, MD)

    def killed(self: object) -> None:
        raise SystemExit

    monkeypatch.setattr(files._Staged, "publish", killed)
    with pytest.raises(SystemExit):
        write_outputs(named("a", with_assets(document(()), "p001-1.png")), tmp_path, MD)
    assert tree(tmp_path) == ["a.figures/p001-1.png", "a.figures/p001-2.png", "a.md"]


@pytest.mark.parametrize("relative", ["../a", "/etc/a", "a/../../b", "", ".", "a\0b"])
def test_names_never_leave_the_folder(tmp_path: Path, relative: str) -> None:
    with pytest.raises(UsageError):
        write_outputs(named(relative), tmp_path / "out", MD)
    assert tree(tmp_path) == []


def test_links_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link"):
        write_outputs(named("a/b"), tmp_path / "out", MD)
    (tmp_path / "out" / "c.figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link"):
        write_outputs(named("c", with_assets(document(()), "p001-1.png")), tmp_path / "out", MD)
    assert tree(tmp_path / "elsewhere") == []


def test_a_linked_output_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write_outputs(named("a/b"), tmp_path / "out", MD)
    assert tree(tmp_path / "real") == ["a/b.md"]


@pytest.mark.parametrize("name", ["../p001-1.png", "a/b.png", "x.exe", ".png", "p001-1.png\n"])
def test_figures_with_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LeafbeamError, match="figure"):
        write_outputs(named("a", with_assets(document(()), name)), tmp_path / "out", MD)
    assert tree(tmp_path) == []


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF mine")
    made = named("a")
    made = dataclasses.replace(made, source=dataclasses.replace(made.source, path=path))
    with pytest.raises(UsageError, match="is the input itself"):
        write_outputs(made, tmp_path, WriteOptions(to=(OutputFormat.PDF,)))
    assert path.read_bytes() == b"%PDF mine"


def test_after_a_failure_the_old_files_are_whole_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outputs(named("a"), tmp_path, TEXTS)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(made: Document, pages: Iterable[Page]) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "json_parts", full)
    with pytest.raises(LeafbeamError, match=r"cannot write .*disk is full.*--resume"):
        write_outputs(named("a", document((paragraph("new"),))), tmp_path, TEXTS)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(made: Document, pages: Iterable[Page]) -> str:
        raise SystemExit

    def nothing(self: object) -> None:
        return

    with monkeypatch.context() as patch:
        patch.setattr(files, "hocr_parts", killed)
        patch.setattr(files._Staged, "sweep", nothing)  # a killed process cleans nothing
        with pytest.raises(SystemExit):
            write_outputs(named("a"), tmp_path, TEXTS)
    left = tree(tmp_path)
    assert left
    assert all(name.startswith(".leafbeam-tmp-") for name in left)
    write_outputs(named("b"), tmp_path, MD)
    assert set(left) < set(tree(tmp_path))  # another document's
    write_outputs(named("a"), tmp_path, MD)
    assert tree(tmp_path) == ["a.md", "b.md"]


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(LeafbeamError, match="a file stands where a folder is needed"):
        write_outputs(named("a/b"), tmp_path, MD)
    (tmp_path / "c.md").mkdir()
    with pytest.raises(LeafbeamError, match="folder"):
        write_outputs(named("c"), tmp_path, MD)
    assert tree(tmp_path) == ["a"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LeafbeamError, match="no permission"):
        write_outputs(named("a/b"), tmp_path, MD)


def test_lone_surrogates_cannot_stop_the_writing(tmp_path: Path) -> None:
    write_outputs(named("a", document((paragraph("x\udc80y"),))), tmp_path, TEXTS)
    assert (tmp_path / "a.md").read_text() == "xy\n"


def test_an_output_folder_that_cannot_be_made_is_found_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LeafbeamError, match=r"cannot write .*file/new: a file stands where a folder is needed"):
        files.check_out_dir(tmp_path / "file" / "new")
    with pytest.raises(LeafbeamError, match="the name is too long for this disk"):
        files.check_out_dir(tmp_path / ("n" * 300))
    files.check_out_dir(tmp_path / "new" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
