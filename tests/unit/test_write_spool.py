"""A document whose words and pictures wait in a file is written as one that is held in memory."""

from __future__ import annotations

import dataclasses
import os
from contextlib import closing
from pathlib import Path

import pytest
from documents import everything

from leafbeam.options import OutputFormat, WriteOptions
from leafbeam.types import Document, Reading, StopReason, Usage
from leafbeam.write import write_outputs
from leafbeam.write.spool import PageSpool

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
