"""Image pages: resolution, frames and limits. Colour and orientation are tested over robust_files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from robust_images import encoded, page_picture

from leafbeam.errors import LimitError
from leafbeam.images import decode_image, guess_dpi, inspect_image, plausible_dpi


@pytest.mark.parametrize(
    ("size", "dpi"),
    [
        ((1654, 2339), 200),  # A4
        ((2339, 1654), 200),  # A4 on its side
        ((850, 1100), 100),  # Letter
        ((3024, 4032), 367),  # a photograph: the page is 11 inches long
        ((800, 4000), 254),  # a receipt: 80 mm wide
        ((600, 100), 96),  # a snippet of a screen
        ((40, 400), 96),
        ((1, 1), 96),
        ((30000, 20000), 1200),
    ],
)
def test_guessed_resolution(size: tuple[int, int], dpi: float) -> None:
    assert guess_dpi(*size) == pytest.approx(dpi, abs=1)


@pytest.mark.parametrize(
    ("dpi", "size", "plausible"),
    [
        (300, (2480, 3508), True),
        (600, (4960, 7016), True),
        (72, (4032, 3024), False),  # what cameras write: 56 inches
        (96, (1240, 1754), False),  # what programs write: 18 inches
        (72, (612, 792), True),
        (1, (100, 100), False),
        (2400, (2480, 3508), False),
        (300, (300, 200), False),  # one inch
    ],
)
def test_plausible_resolution(dpi: float, size: tuple[int, int], plausible: bool) -> None:
    assert plausible_dpi(dpi, *size) is plausible


def decode(tmp_path: Path, data: bytes, index: int = 0, limit: float = 40.0):  # type: ignore[no-untyped-def]
    path = tmp_path / "x"
    path.write_bytes(data)
    return decode_image(path, "x", index, limit)


def test_stated_resolution_is_used_when_it_makes_sense(tmp_path: Path) -> None:
    page = page_picture(1000, 1500)
    assert decode(tmp_path, encoded(page, "JPEG", dpi=(150, 150))).dpi == 150
    assert decode(tmp_path, encoded(page, "JPEG", dpi=(72, 72))).dpi == pytest.approx(1500 / 11)


def test_fax_pixels_become_square(tmp_path: Path) -> None:
    page = page_picture(1728, 1100).convert("1")
    image = decode(tmp_path, encoded(page, "TIFF", dpi=(204, 98)))
    assert image.pixels_HWC.shape == (2290, 1728, 3)
    assert image.dpi == 204


def test_reduced_frames_of_a_tiff_are_not_pages(tmp_path: Path) -> None:
    path = tmp_path / "x.tiff"
    page, small = page_picture(), page_picture(200, 300)
    small.encoderinfo = {"tiffinfo": {254: 1}}
    page.save(path, save_all=True, append_images=[small, page_picture(400, 500)])
    assert inspect_image(path, "x", 40).frames == (0, 2)
    assert decode_image(path, "x", 1, 40).pixels_HWC.shape == (500, 400, 3)


def test_large_jpegs_are_decoded_smaller_and_others_refused(tmp_path: Path) -> None:
    page = page_picture(2000, 3000)
    image = decode(tmp_path, encoded(page, "JPEG", dpi=(300, 300)), limit=2)
    height, width = image.pixels_HWC.shape[:2]
    assert width * height <= 2_000_000
    assert image.dpi == pytest.approx(300 * width / 2000, rel=0.01)
    with pytest.raises(LimitError, match="--max-megapixels"):
        decode(tmp_path, encoded(page, "PNG"), limit=2)
    with pytest.raises(LimitError, match="--max-megapixels"):
        decode(tmp_path, encoded(page, "JPEG"), limit=0.1)


def test_one_too_large_page_of_a_tiff_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.tiff"
    page_picture(2000, 3000).save(path, save_all=True, append_images=[page_picture(400, 500)])
    assert len(inspect_image(path, "x", 2).frames) == 2
    with pytest.raises(LimitError):
        decode_image(path, "x", 0, 2)
    assert decode_image(path, "x", 1, 2).pixels_HWC.shape == (500, 400, 3)


def test_white_is_zero_in_16_bits(tmp_path: Path) -> None:
    ink = ((255 - np.asarray(page_picture())).astype(np.uint16)) * 257
    data = encoded(Image.fromarray(ink), "TIFF", tiffinfo={262: 0})
    assert decode(tmp_path, data).pixels_HWC.mean() > 200


def test_pillow_is_left_as_it_was(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    decode(tmp_path, encoded(page_picture(), "PNG"))
    assert before == Image.MAX_IMAGE_PIXELS
