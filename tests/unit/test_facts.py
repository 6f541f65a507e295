"""What a PDF says about itself."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from samples import write_pdf

from leafbeam.facts import document_facts
from leafbeam.types import OutlineEntry, Source, SourceKind


def source(path: Path, kind: SourceKind = SourceKind.PDF, password: str | None = None) -> Source:
    return Source(path.name, kind, path, "", 2, (0, 1), "doc", password)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = write_pdf(tmp_path / "doc.pdf", "a", "b")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"] = "On  Tides"
        pdf.docinfo["/Author"] = "Åsa Lind"
        pdf.docinfo["/Subject"] = ""
        pdf.Root.Lang = "en-GB"
        with pdf.open_outline() as outline:
            chapter = pikepdf.OutlineItem("Chapter", 0)
            chapter.children.append(pikepdf.OutlineItem("Section", 1))
            outline.root.append(chapter)
        pdf.save()
    return path


def test_title_language_and_outline_are_told(path: Path) -> None:
    meta, outline = document_facts(source(path))
    assert meta == {"title": "On Tides", "author": "Åsa Lind", "language": "en-GB"}
    assert outline == (OutlineEntry("Chapter", 1, 0), OutlineEntry("Section", 2, 1))


def test_nothing_is_told_of_what_says_nothing(tmp_path: Path) -> None:
    assert document_facts(source(write_pdf(tmp_path / "plain.pdf", "a"))) == ({}, ())
    assert document_facts(source(tmp_path / "picture.png", SourceKind.IMAGE)) == ({}, ())
    locked = write_pdf(tmp_path / "locked.pdf", "a", password="secret")
    assert document_facts(source(locked)) == ({}, ())
    assert document_facts(source(locked, password="secret")) == ({}, ())
