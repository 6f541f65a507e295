"""Files that hold less than they seem to: what there is is read, and what is not is told with the way out."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw
from samples import write_pdf

from leafbeam.images import decode_image
from leafbeam.load import find_sources
from leafbeam.options import InputOptions, Options, RunOptions
from leafbeam.pipeline import read_page
from leafbeam.recognise import ScriptedReader
from leafbeam.render import render_page
from leafbeam.types import Block, BlockKind, PageRef, Problem, Source


def load(path: Path) -> Source:
    (source,) = find_sources([path], InputOptions(), path.parent / "spool")
    assert isinstance(source, Source)
    return source


def changed(path: Path, xfa: bool = False, needs_rendering: bool = False, attached: tuple[str, ...] = ()) -> Source:
    write_pdf(path, "Please wait...")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        if xfa:
            form = pikepdf.Dictionary(XFA=pdf.make_stream(b"<xdp/>"), Fields=pikepdf.Array())
            pdf.Root.AcroForm = form
        if needs_rendering:
            pdf.Root.NeedsRendering = True
        for name in attached:
            pdf.attachments[name] = b"data"
        if attached:
            pdf.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection)
        pdf.save(path)
    return load(path)


def test_a_dynamic_form_says_that_its_fields_are_not_here(tmp_path: Path) -> None:
    (problem,) = changed(tmp_path / "a.pdf", xfa=True, needs_rendering=True).problems
    assert (problem.kind, problem.page_index) == ("xfa", 0)
    assert "print it to a PDF" in problem.message


def test_a_form_that_is_drawn_as_pages_is_fine(tmp_path: Path) -> None:
    assert changed(tmp_path / "a.pdf", xfa=True).problems == ()


def test_a_portfolio_names_what_is_attached(tmp_path: Path) -> None:
    source = changed(tmp_path / "a.pdf", attached=("b.pdf", "a\u202e.pdf"))
    (problem,) = source.problems
    assert problem.kind == "portfolio"
    assert "2 attached files are not (a\\u202e.pdf, b.pdf)" in problem.message
    assert "pdfdetach" in problem.message


def test_what_opening_showed_stands_with_the_page(tmp_path: Path) -> None:
    source = changed(tmp_path / "a.pdf", attached=("b.pdf",))
    reader = ScriptedReader({0: (Block(BlockKind.PARAGRAPH, "cover"),)})
    page = read_page(PageRef(source, 0), reader, Options(run=RunOptions(jobs=1)))
    assert page.problems == source.problems
    assert page.blocks


def picture(kind: str, share: float, **how: bool) -> bytes:
    image = Image.new("L", (600, 800), 255)
    draw = ImageDraw.Draw(image)
    for y in range(20, 790, 24):
        draw.text((30, y), f"line {y} of a page that is cut off", fill=0, font_size=16)
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()[: int(share * len(out.getvalue()))]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_there_is_of_an_image_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut"
    path.write_bytes(picture(kind, 0.6))
    image = decode_image(path, "cut", 0, 40.0)
    assert image.missing is not None
    assert 0.3 < image.missing < 0.5
    rows = image.pixels_HWC.min(axis=(1, 2))
    assert (rows[:400] < 100).any()
    assert (rows[600:] == 255).all()
    (problem,) = render_page(PageRef(load(path), 0), InputOptions()).problems
    assert problem == Problem("load", "cut-off", problem.message, 0)
    assert "fetch it again" in problem.message


def test_a_progressive_image_may_lack_detail_only(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(picture("JPEG", 0.5, progressive=True))
    assert decode_image(path, "cut", 0, 40.0).missing == 0
    (problem,) = render_page(PageRef(load(path), 0), InputOptions()).problems
    assert "lacks detail" in problem.message


def test_a_whole_image_has_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "whole.jpg"
    path.write_bytes(picture("JPEG", 1.0))
    assert render_page(PageRef(load(path), 0), InputOptions()).problems == ()
