"""Types by content."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from robust_files import one_page
from robust_images import encoded

from leafbeam.names import has_document_suffix
from leafbeam.sniff import FileType, describe, read_head, sniff

PIXELS = Image.new("RGB", (8, 8))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (one_page(), FileType.PDF),
        (b"junk" * 300 + one_page(), FileType.PDF),
        (b"%!PS-Adobe-3.0 PDF-1.4\n", FileType.PDF),
        *((encoded(PIXELS, kind.name), kind) for kind in FileType if kind is not FileType.PDF),
        (b"BM is how this letter begins, and nothing more", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"the %PDF- mark alone", None),
        (b"", None),
    ],
)
def test_sniff(data: bytes, kind: FileType | None, tmp_path: Path) -> None:
    path = tmp_path / "wrong.suffix"
    path.write_bytes(data)
    assert sniff(read_head(path)) is kind


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04....", "Office or ZIP"),
        (b"\n<!DOCTYPE HTML><p>", "web page"),
        (b"<?xml version='1.0'?><svg>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        ("Grüße".encode(), "plain text"),
        (bytes(range(256)), "unknown"),
    ],
)
def test_unsupported_files_are_named_with_a_remedy(data: bytes, what: str) -> None:
    name, remedy = describe(data)
    assert what in name
    assert remedy


def test_document_suffixes() -> None:
    assert has_document_suffix("a.PDF")
    assert not has_document_suffix("pdf")
    assert not has_document_suffix("a.docx")
