"""A document whose words and pictures wait in a file is written as one that is held in memory."""

from __future__ import annotations

import dataclasses
import os
import pickle
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from documents import everything

from leafbeam.options import OutputFormat, WriteOptions
from leafbeam.types import Document, Reading, StopReason, Usage
from leafbeam.write import write_outputs
from leafbeam.write.spool import PageSpool, light, sweep

ALL_BUT_PDF = WriteOptions(to=tuple(form for form in OutputFormat if form is not OutputFormat.PDF))


def with_readings(made: Document) -> Document:
    pages = (
        dataclasses.replace(page, reading=Reading(page.ref, "raw", StopReason.END, Usage(seconds=0.5), "scripted"))
        for page in made.pages
    )
    return dataclasses.replace(made, pages=tuple(pages))


def spooled(made: Document, spool: PageSpool) -> Document:
    return dataclasses.replace(made, pages=tuple(spool.put(place, page) for place, page in enumerate(made.pages)))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_are_the_same_as_from_memory(tmp_path: Path) -> None:
    made = with_readings(everything())
    write_outputs(made, tmp_path / "memory", ALL_BUT_PDF)
    with closing(PageSpool(tmp_path / "spooled")) as spool:
        write_outputs(spooled(made, spool), tmp_path / "spooled", ALL_BUT_PDF, spool.whole)
    assert contents(tmp_path / "memory") == contents(tmp_path / "spooled")
    assert "in/report.figures/p001-1.png" in contents(tmp_path / "spooled")


def test_pages_come_back_whole_and_as_often_as_they_are_asked_for(tmp_path: Path) -> None:
    made = with_readings(everything())
    with closing(PageSpool(tmp_path)) as spool:
        light = spooled(made, spool)
        for _ in range(2):
            again = tuple(spool.whole(light.pages))
            assert again == made.pages
            assert [asset.data for asset in again[0].assets] == [asset.data for asset in made.pages[0].assets]


def test_what_is_kept_in_memory_is_what_headings_and_text_formats_need(tmp_path: Path) -> None:
    made = with_readings(everything())
    with closing(PageSpool(tmp_path)) as spool:
        first = spooled(made, spool).pages[0]
    assert first.blocks == made.pages[0].blocks
    assert [word.text for word in first.words] == ["sum"]  # of the formula that is only a picture
    assert first.reading is None
    assert not any(asset.data for asset in first.assets)


def test_nothing_is_seen_of_the_file_and_a_light_page_makes_none(tmp_path: Path) -> None:
    with closing(PageSpool(tmp_path / "new")) as spool:
        page = dataclasses.replace(everything().pages[1], words=())
        assert spool.put(0, page) is page
        assert not (tmp_path / "new").exists()
        spooled(everything(), spool)
        assert list((tmp_path / "new").iterdir()) == []


def test_a_full_disk_costs_memory_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(28, "No space left on device")

    page = everything().pages[0]
    with closing(PageSpool(tmp_path)) as spool:
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", full)
            assert spool.put(0, page) is page
        assert next(spool.whole((page,))) is page


def test_a_named_file_gives_its_pages_to_the_next_process(tmp_path: Path) -> None:
    made = with_readings(everything())
    first = PageSpool(tmp_path / "held", "key.pages")
    spooled(made, first)
    first.close()
    with closing(PageSpool(tmp_path / "held", "key.pages")) as second:
        again = dict(second.saved(made.source))
        assert again == dict(enumerate(made.pages))
        assert [asset.data for asset in again[0].assets] == [asset.data for asset in made.pages[0].assets]
        assert tuple(second.whole(map(light, made.pages))) == made.pages
        second.discard()
    assert not (tmp_path / "held").exists()


@pytest.mark.parametrize("lost", [1, 30, 400])
def test_a_torn_record_costs_its_page_only_and_is_written_over(tmp_path: Path, lost: int) -> None:
    made = with_readings(everything())
    last = len(made.pages) - 1
    with closing(PageSpool(tmp_path, "key.pages")) as spool:
        spooled(made, spool)
    size = (tmp_path / "key.pages").stat().st_size
    os.truncate(tmp_path / "key.pages", size - lost)
    for pages in (made.pages[:last], made.pages):
        with closing(PageSpool(tmp_path, "key.pages")) as spool:
            assert tuple(page for _, page in spool.saved(made.source)) == pages
            spool.put(last, made.pages[last])


def test_a_file_that_is_not_ours_harms_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    data = pickle.dumps(Evil())
    header = struct.pack("<4sIIII", b"lbp1", 0, len(data), 0, zlib.crc32(data, 0))
    for content in (header + data, b"", b"something else", os.urandom(5000)):
        (tmp_path / "key.pages").write_bytes(content)
        with closing(PageSpool(tmp_path, "key.pages")) as spool:
            assert list(spool.saved(everything().source)) == []
    assert not (tmp_path / "harm").exists()


def test_two_processes_never_write_to_one_file_and_only_what_is_left_is_swept(tmp_path: Path) -> None:
    made = with_readings(everything())
    with closing(PageSpool(tmp_path / "held", "key.pages")) as first:
        spooled(made, first)
        with closing(PageSpool(tmp_path / "held", "key.pages")) as second:
            assert list(second.saved(made.source)) == []
            assert tuple(second.whole(spooled(made, second).pages)) == made.pages
        sweep(tmp_path / "held")
        assert tuple(first.whole(map(light, made.pages))) == made.pages
        assert (tmp_path / "held" / "key.pages").exists()
    sweep(tmp_path / "held")
    assert not (tmp_path / "held").exists()


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "key.pages").symlink_to(tmp_path / "precious")
    made = with_readings(everything())
    with closing(PageSpool(tmp_path, "key.pages")) as spool:
        assert tuple(spool.whole(spooled(made, spool).pages)) == made.pages
    assert (tmp_path / "precious").read_bytes() == b"mine"
