"""Pages as pixels, and the document that stays open."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from robust_files import form_fields, form_without_appearance, many_pages, one_page
from robust_images import encoded, page_picture

from leafbeam import pdffile
from leafbeam.errors import InputError
from leafbeam.load import find_sources
from leafbeam.options import InputOptions
from leafbeam.render import close_documents, open_pdf_page, render_page
from leafbeam.types import PageRef, Source

OPTIONS = InputOptions()


def source_of(tmp_path: Path, data: bytes, name: str = "x") -> Source:
    path = tmp_path / name
    path.write_bytes(data)
    [source] = find_sources([path], OPTIONS, tmp_path / "spool")
    assert isinstance(source, Source)
    return source


@pytest.fixture(autouse=True)
def _closed() -> None:
    close_documents()


def test_resolution_and_size(tmp_path: Path) -> None:
    ref = PageRef(source_of(tmp_path, one_page()), 0)
    image = render_page(ref, OPTIONS, dpi=144)
    assert image.pixels_HWC.shape == (1684, 1190, 3)
    assert (image.dpi, image.rotation, image.skew_deg) == (144, 0, 0)
    assert image.pixels_HWC.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        image.pixels_HWC[0, 0, 0] = 0


@pytest.mark.parametrize("size", [(595, 842), (612, 792), (842, 595), (700.3, 900.7)])
def test_the_longest_edge_is_met_to_the_pixel_and_small_pages_are_not_enlarged(tmp_path: Path, size) -> None:  # type: ignore[no-untyped-def]
    ref = PageRef(source_of(tmp_path, one_page(page_keys=b"/MediaBox [0 0 %g %g]" % size)), 0)
    assert max(render_page(ref, OPTIONS, most_edge_px=1540).pixels_HWC.shape) == 1540
    assert max(render_page(ref, OPTIONS, 72, most_edge_px=1540).pixels_HWC.shape) <= 903
    picture = PageRef(source_of(tmp_path, encoded(page_picture(1000, 1545), "PNG", dpi=(150, 150)), "z"), 0)
    assert max(render_page(picture, OPTIONS, most_edge_px=1540).pixels_HWC.shape) == 1540


def test_colour_order_is_rgb(tmp_path: Path) -> None:
    ref = PageRef(source_of(tmp_path, one_page(b"1 0 0 rg 0 0 595 842 re f")), 0)
    assert tuple(render_page(ref, OPTIONS, dpi=20).pixels_HWC[5, 5]) == (255, 0, 0)


@pytest.mark.parametrize("limit", [0.05, 1.0])
def test_the_bound_holds(limit: float, tmp_path: Path) -> None:
    for keys in (b"/MediaBox [0 0 14400 14400]", b"/MediaBox [0 0 3 14400]", b"/MediaBox [0 0 595 842] /UserUnit 75"):
        ref = PageRef(source_of(tmp_path, one_page(page_keys=keys)), 0)
        image = render_page(ref, InputOptions(max_megapixels=limit), dpi=300)
        assert image.pixels_HWC.shape[0] * image.pixels_HWC.shape[1] <= limit * 1e6


def test_rotation_is_applied(tmp_path: Path) -> None:
    turned = render_page(
        PageRef(source_of(tmp_path, one_page(page_keys=b"/MediaBox [0 0 595 842] /Rotate 90")), 0), OPTIONS
    )
    straight = render_page(PageRef(source_of(tmp_path, one_page(), "y"), 0), OPTIONS)
    difference = np.rot90(straight.pixels_HWC, -1).astype(int) - turned.pixels_HWC
    assert np.abs(difference).mean() < 2


@pytest.mark.parametrize("make", [form_fields, form_without_appearance])
def test_form_values_are_drawn(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pixels = render_page(PageRef(source_of(tmp_path, make()), 0), OPTIONS, dpi=72).pixels_HWC
    field = pixels[842 - 722 : 842 - 690, 60:460]
    assert (field < 100).mean() > 0.02


def test_images_are_reduced_and_never_enlarged(tmp_path: Path) -> None:
    ref = PageRef(source_of(tmp_path, encoded(page_picture(1000, 1500), "PNG", dpi=(150, 150))), 0)
    assert render_page(ref, OPTIONS, dpi=200).pixels_HWC.shape == (1500, 1000, 3)
    small = render_page(ref, OPTIONS, dpi=75)
    assert small.pixels_HWC.shape == (750, 500, 3)
    assert small.dpi == pytest.approx(75, rel=0.001)


def test_the_document_stays_open_between_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(tmp_path, many_pages(5))
    opened = []
    original = pdffile._open
    monkeypatch.setattr(pdffile, "_open", lambda *args: opened.append(1) or original(*args))
    for index in range(5):
        render_page(PageRef(source, index), OPTIONS, dpi=20)
    assert len(opened) == 1
    close_documents()
    render_page(PageRef(source, 0), OPTIONS, dpi=20)
    assert len(opened) == 2


def test_a_long_document_is_reopened_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(tmp_path, many_pages(7))
    monkeypatch.setattr(pdffile, "_PAGES_BEFORE_REOPENING", 3)
    opened = []
    original = pdffile._open
    monkeypatch.setattr(pdffile, "_open", lambda *args: opened.append(1) or original(*args))
    for index in range(7):
        render_page(PageRef(source, index), OPTIONS, dpi=20)
    assert len(opened) == 3


def test_two_documents_can_be_read_at_once(tmp_path: Path) -> None:
    first, second = source_of(tmp_path, many_pages(2), "a"), source_of(tmp_path, one_page(), "b")
    with open_pdf_page(PageRef(first, 0)) as page, open_pdf_page(PageRef(second, 0)) as other:
        with open_pdf_page(PageRef(first, 1)) as third:
            assert page.get_size() == other.get_size() == third.get_size()
        assert page.get_size() == other.get_size()


def test_a_changed_file_is_opened_anew(tmp_path: Path) -> None:
    with open_pdf_page(PageRef(source_of(tmp_path, one_page()), 0)) as page:
        assert page.get_width() == 595
    with open_pdf_page(PageRef(source_of(tmp_path, one_page(page_keys=b"/MediaBox [0 0 99 99]")), 0)) as page:
        assert page.get_width() == 99


def test_a_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = source_of(tmp_path, many_pages(3))
    with pytest.raises(InputError, match="x, page 5"), open_pdf_page(PageRef(source, 4)):
        pass
    with open_pdf_page(PageRef(source, 2)):
        pass  # one bad page spoils no other


def test_references_travel_between_processes(tmp_path: Path) -> None:
    ref = PageRef(source_of(tmp_path, one_page()), 0)
    assert pickle.loads(pickle.dumps(ref)) == ref
