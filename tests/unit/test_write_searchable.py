"""The searchable PDF: what PDFium finds, where it finds it, and what is left untouched."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from documents import source, word
from PIL import Image, ImageOps

from leafbeam.errors import InputError
from leafbeam.frame import frame_of_page, shown_box, shown_point, shown_relative
from leafbeam.types import Block, BlockKind, Box, Document, Frame, Page, PageRef, Source, SourceKind, Word, WordOrigin
from leafbeam.write import write_searchable_pdf

WORDS = (
    word("Hello", 0.1, 0.1, 0.25, 0.13),
    word("wörld", 0.28, 0.1, 0.43, 0.13),
    word("漢字𝔸", 0.1, 0.4, 0.3, 0.43),
    word("שלום", 0.1, 0.6, 0.3, 0.63),
    word("fi-nal", 0.1, 0.8, 0.4, 0.83),
)
TEXT = "Hello wörld\r\n漢字𝔸\r\nשלום\r\nfi-nal"


def blank_pdf(path: Path, rotate: int = 0, pages: int = 1) -> Source:
    """Pages with a crop box of 460 x 660 points away from the origin."""
    pdf = pikepdf.Pdf.new()
    for number in range(pages):
        pdf.add_blank_page(page_size=(500, 700))
        page = pdf.pages[number].obj
        page.CropBox, page.Rotate = pikepdf.Array([20, 30, 480, 690]), rotate
        page.Contents = pikepdf.Stream(pdf, f"% page {number}\n2 0 0 2 100 100 cm".encode())  # leaves its mark
    pdf.save(path)
    return source(path, pages=pages)


def one_page(origin: Source, frame: Frame, words: tuple[Word, ...] = WORDS, index: int = 0) -> Page:
    return Page(
        PageRef(origin, index),
        words=words,
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        rotation=frame.rotation,
        skew_deg=frame.skew_deg,
    )


def written(document: Document, path: Path) -> Path:
    write_searchable_pdf(document, path)
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.get_warnings() == []
    return path


def found_box(path: Path, text: str) -> tuple[float, float, float, float]:
    """Where PDFium shows the text, in points from the top left of the page as shown."""
    document = pdfium.PdfDocument(path)
    page = document[0]
    textpage = page.get_textpage()
    start = textpage.get_text_range().index(text)
    boxes = [textpage.get_charbox(start + i, loose=True) for i in range(len(text))]
    left, bottom = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, top = max(b[2] for b in boxes), max(b[3] for b in boxes)
    width, height = page.get_size()
    rotate = page.get_rotation()
    x0, y0, x1, y1 = page.get_cropbox()
    document.close()
    ends = [(left, bottom), (right, top)]
    shown = {
        0: [(x - x0, y1 - y) for x, y in ends],
        90: [(y - y0, x - x0) for x, y in ends],
        180: [(x1 - x, y - y0) for x, y in ends],
        270: [(y1 - y, x1 - x) for x, y in ends],
    }[rotate]
    xs, ys = sorted(x for x, _ in shown), sorted(y for _, y in shown)
    assert 0 <= xs[0] <= xs[1] <= width
    assert 0 <= ys[0] <= ys[1] <= height
    return xs[0], ys[0], xs[1], ys[1]


def found_text(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_are_found_where_they_are_seen_however_the_page_is_rotated(tmp_path: Path, rotate: int) -> None:
    origin = blank_pdf(tmp_path / "in.pdf", rotate)
    width, height = (460, 660) if rotate in (0, 180) else (660, 460)
    document = Document(origin, (one_page(origin, Frame(width, height)),))
    path = written(document, tmp_path / "out.pdf")
    assert "".join(found_text(path)[0].split()) == "".join(TEXT.split())
    for wanted in WORDS[:2]:
        box = wanted.box
        expected = (box.left * width, box.top * height, box.right * width, box.bottom * height)
        assert found_box(path, wanted.text) == pytest.approx(expected, abs=0.6)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_words_of_a_page_that_was_turned_lie_on_the_page_as_it_is(tmp_path: Path, rotation: int) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    frame = Frame(460, 660, rotation) if rotation == 180 else Frame(660, 460, rotation)
    path = written(Document(origin, (one_page(origin, frame),)), tmp_path / "out.pdf")
    box = WORDS[0].box
    ends = [
        shown_point(x * frame.width_pt, y * frame.height_pt, frame)
        for x, y in ((box.left, box.top), (box.right, box.bottom))
    ]
    (x0, x1), (y0, y1) = (sorted(edge) for edge in zip(*ends, strict=True))
    assert found_box(path, "Hello") == pytest.approx((x0, y0, x1, y1), abs=0.6)


def test_words_of_a_skewed_page_run_along_its_lines(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    frame = Frame(460, 660, skew_deg=5.0)
    path = written(Document(origin, (one_page(origin, frame),)), tmp_path / "out.pdf")
    first, last = found_box(path, "H"), found_box(path, "d")
    rise = ((first[1] + first[3]) - (last[1] + last[3])) / 2
    run = (last[0] + last[2] - first[0] - first[2]) / 2
    assert rise / run == pytest.approx(np.tan(np.radians(5.0)), rel=0.1)  # it was turned clockwise: it rises as shown


def test_text_is_selected_in_reading_order(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    words = (
        *(word("left", 0.1, 0.1, 0.2, 0.12), word("right", 0.6, 0.1, 0.7, 0.12)),
        *(word("below", 0.1, 0.14, 0.2, 0.16), word("beside", 0.6, 0.14, 0.7, 0.16)),
        *(word("cell2", 0.6, 0.5, 0.7, 0.52), word("cell1", 0.1, 0.505, 0.2, 0.525)),
    )
    blocks = (
        Block(BlockKind.PARAGRAPH, box=Box(0.1, 0.1, 0.3, 0.2)),
        Block(BlockKind.PARAGRAPH, box=Box(0.6, 0.1, 0.8, 0.2)),
        Block(BlockKind.TABLE, box=Box(0, 0.4, 1, 0.6)),
    )
    page = dataclasses.replace(one_page(origin, Frame(460, 660), words), blocks=blocks)
    path = written(Document(origin, (page,)), tmp_path / "out.pdf")
    assert found_text(path)[0].split() == ["left", "below", "right", "beside", "cell1", "cell2"]


def test_words_that_stand_upright_are_found_in_their_boxes(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    words = (word("Vertical", 0.1, 0.2, 0.13, 0.5), word("縦書き文字", 0.5, 0.2, 0.54, 0.6))
    path = written(Document(origin, (one_page(origin, Frame(460, 660), words),)), tmp_path / "out.pdf")
    for wanted in words:
        box = wanted.box
        expected = (box.left * 460, box.top * 660, box.right * 460, box.bottom * 660)
        assert found_box(path, wanted.text) == pytest.approx(expected, abs=0.6)


def test_text_that_the_pdf_has_is_not_added_again(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    own = tuple(dataclasses.replace(item, origin=WordOrigin.TEXT_LAYER) for item in WORDS[:4])
    path = written(Document(origin, (one_page(origin, Frame(460, 660), own + WORDS[4:]),)), tmp_path / "out.pdf")
    assert found_text(path) == ["fi-nal"]


def test_pages_are_those_asked_for_in_that_order_with_their_content(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf", pages=3)
    with pikepdf.open(origin.path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("secret", 1))
        pdf.save()
    pages = (
        one_page(origin, Frame(460, 660), (word("last", 0, 0, 0.1, 0.1),), 2),
        one_page(origin, Frame(460, 660), (), 0),
    )
    path = written(Document(origin, pages), tmp_path / "out.pdf")
    assert found_text(path) == ["last", ""]
    with pikepdf.open(path) as pdf:
        contents = [b"".join(part.read_bytes() for part in _parts(page)) for page in pdf.pages]
        assert b"% page 2\n2 0 0 2 100 100 cm" in contents[0]
        assert contents[1] == b"% page 0\n2 0 0 2 100 100 cm"
        assert "/Outlines" not in pdf.Root


def _parts(page: pikepdf.Page) -> list[pikepdf.Object]:
    contents = page.obj.Contents
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]


def test_the_layer_cannot_be_seen(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    path = written(Document(origin, (one_page(origin, Frame(460, 660)),)), tmp_path / "out.pdf")
    document = pdfium.PdfDocument(path)
    assert document[0].render().to_numpy().min() == 255
    document.close()


def test_pages_that_share_resources_keep_them_apart(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf", pages=2)
    with pikepdf.open(origin.path, allow_overwriting_input=True) as pdf:
        shared = pdf.make_indirect(pikepdf.Dictionary(ProcSet=pikepdf.Array([pikepdf.Name.PDF])))
        for page in pdf.pages:
            del page.obj["/Resources"]
        pdf.Root.Pages.Resources = shared
        pdf.save()
    pages = (one_page(origin, Frame(460, 660)), one_page(origin, Frame(460, 660), (), 1))
    with pikepdf.open(written(Document(origin, pages), tmp_path / "out.pdf")) as pdf:
        assert "/LeafbeamText" in pdf.pages[0].obj.Resources.Font
        assert "/ProcSet" in pdf.pages[0].obj.Resources
        assert "/Font" not in (pdf.pages[1].obj.get("/Resources") or pdf.Root.Pages.Resources)


def test_a_source_that_cannot_be_opened_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    broken = tmp_path / "in.pdf"
    broken.write_bytes(b"%PDF-1.4\nnothing")
    origin = source(broken)
    with pytest.raises(InputError, match="qpdf"):
        write_searchable_pdf(Document(origin, (one_page(origin, Frame(10, 10)),)), tmp_path / "out.pdf")


def test_a_source_that_is_gone_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there any more"):
        write_searchable_pdf(Document(source(tmp_path / "gone.pdf"), ()), tmp_path / "out.pdf")


def test_a_page_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    origin = blank_pdf(tmp_path / "in.pdf")
    with pytest.raises(InputError, match="qpdf"):
        write_searchable_pdf(Document(origin, (one_page(origin, Frame(10, 10), index=5),)), tmp_path / "out.pdf")


def image_document(path: Path, width_pt: float, height_pt: float) -> Document:
    origin = source(path, SourceKind.IMAGE)
    return Document(origin, (one_page(origin, Frame(width_pt, height_pt)),))


def drawn(path: Path) -> np.ndarray:
    document = pdfium.PdfDocument(path)
    pixels = document[0].render(scale=1, rev_byteorder=True).to_numpy()[..., :3].copy()
    document.close()
    return pixels


def corners() -> Image.Image:
    """An image whose four quarters tell how it is turned."""
    pixels = np.zeros((120, 80, 3), np.uint8)
    pixels[:60, :40], pixels[:60, 40:], pixels[60:, :40] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_embedded_unchanged_and_shown_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "in.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    corners().save(path, quality=95, exif=exif)
    size = (80, 120) if orientation <= 4 else (120, 80)
    out = written(image_document(path, *size), tmp_path / "out.pdf")
    with pikepdf.open(out) as pdf:
        assert pdf.pages[0].obj.Resources.XObject["/Im0"].read_raw_bytes() == path.read_bytes()
    with Image.open(path) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image).convert("RGB")).astype(int)
    got = drawn(out).astype(int)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted)[10:-10, 10:-10].mean() < 6
    assert "".join(found_text(out)[0].split()) == "".join(TEXT.split())


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("rgb.png", lambda: corners()),
        ("gray.png", lambda: corners().convert("L")),
        ("palette.gif", lambda: corners().convert("P")),
        ("bilevel.tif", lambda: corners().convert("1")),
        ("alpha.webp", lambda: corners().convert("RGBA")),
        ("colours.bmp", lambda: corners()),
    ],
)
def test_other_images_are_embedded_without_loss(tmp_path: Path, name: str, make: Callable[[], Image.Image]) -> None:
    path = tmp_path / name
    make().save(path, lossless=True) if name.endswith("webp") else make().save(path)
    out = written(image_document(path, 80, 120), tmp_path / "out.pdf")
    with Image.open(path) as image:
        assert (drawn(out) == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("name", ["in.jpg", "in.png"])
def test_pillows_own_limit_of_pixels_does_not_count(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    corners().save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    write_searchable_pdf(image_document(path, 80, 120), tmp_path / "out.pdf")
    assert drawn(tmp_path / "out.pdf").shape == (120, 80, 3)


def test_images_of_any_size_make_a_page(tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    Image.new("RGB", (1, 1), "red").save(path)
    for size in ((0.72, 0.72), (90_000, 10)):
        out = written(image_document(path, *size), tmp_path / "out.pdf")
        assert "Hello" in found_text(out)[0]


def test_an_image_page_that_could_not_be_read_is_an_empty_page(tmp_path: Path) -> None:
    broken = tmp_path / "in.png"
    broken.write_bytes(b"\x89PNG")
    origin = source(broken, SourceKind.IMAGE)
    path = written(Document(origin, (Page(PageRef(origin, 0)),)), tmp_path / "out.pdf")
    assert found_text(path) == [""]


def test_a_flattened_sheet_is_found_on_the_photograph() -> None:
    quad = ((0.2, 0.1), (0.9, 0.2), (0.8, 0.95), (0.1, 0.8))
    page = Page(PageRef(source(), 0), width_pt=300, height_pt=400, corners=quad)
    matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [1, 0], [1, 1], [0, 1]]), np.float32(quad))
    for point in ((0, 0), (1, 0), (1, 1), (0, 1), (0.3, 0.6)):
        wanted = cv2.perspectiveTransform(np.float32([[point]]), matrix)[0, 0]
        assert shown_relative(*point, frame_of_page(page)) == pytest.approx(tuple(wanted), abs=1e-5)
    whole = shown_box(Box(0, 0, 1, 1), frame_of_page(page))
    assert (whole.left, whole.top, whole.right, whole.bottom) == pytest.approx((0.1, 0.1, 0.9, 0.95), abs=1e-5)


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    corners().save(path)
    made = image_document(path, 80, 120)
    assert written(made, tmp_path / "1.pdf").read_bytes() == written(made, tmp_path / "2.pdf").read_bytes()


def test_a_jpeg_in_cmyk_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    data = io.BytesIO()
    Image.new("CMYK", (40, 40), (255, 0, 0, 0)).save(data, "JPEG")
    path.write_bytes(data.getvalue())
    red, green, blue = drawn(written(image_document(path, 40, 40), tmp_path / "out.pdf"))[20, 20]
    assert red < 90 < min(green, blue)  # cyan
