"""Small documents made by code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf


def text_pdf(lines: Sequence[str], password: str | None = None) -> bytes:
    """A born-digital PDF with one page per line of text, in Helvetica."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for line in lines:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 12 Tf 72 700 Td ({line}) Tj ET".encode("ascii") if line else b"")
    encryption = pikepdf.Encryption(user=password, owner=password) if password else False
    buffer = io.BytesIO()
    pdf.save(buffer, encryption=encryption)
    return buffer.getvalue()


def write_pdf(path: Path, *lines: str, password: str | None = None) -> Path:
    """Put ``text_pdf`` at ``path``, whose folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_pdf(lines, password))
    return path
