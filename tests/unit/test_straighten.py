"""Sideways, upside-down and tilted pages, and photographed sheets."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_pages import draw, page_image, prose, tilted

from leafbeam.offline.models import Models
from leafbeam.offline.recognition import straighten as straighten_module
from leafbeam.offline.recognition.sheet import find_sheet, flatten
from leafbeam.offline.recognition.skew import skew_of
from leafbeam.offline.recognition.straighten import levelled, straighten, turned
from leafbeam.options import OfflineOptions, Profile


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(OfflineOptions(profile=Profile.FAST))


def test_an_upright_page_comes_back_as_it_is(models: Models) -> None:
    image = page_image(prose())
    assert straighten(image, models) is image


def test_a_blank_page_is_not_turned(models: Models) -> None:
    image = page_image(draw([]))
    assert straighten(image, models) is image


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_turned_page_is_turned_back(models: Models, clockwise: int) -> None:
    page = prose()
    result = straighten(page_image(np.ascontiguousarray(turned(page, clockwise))), models)
    assert result.rotation == (360 - clockwise) % 360
    assert result.skew_deg == 0.0
    assert np.array_equal(result.pixels_HWC, page)
    assert not result.pixels_HWC.flags.writeable


@pytest.mark.parametrize("angle", [-7.5, -2.0, -0.4, 0.3, 1.2, 9.0])
def test_skew_is_measured_to_a_tenth_of_a_degree(angle: float) -> None:
    assert skew_of(tilted(prose(), angle)) == pytest.approx(-angle, abs=0.12)


def test_no_skew_without_text() -> None:
    assert skew_of(draw([])) == 0.0


def test_a_tilted_page_is_levelled(models: Models) -> None:
    result = straighten(page_image(tilted(prose(), 3.0)), models)
    assert result.skew_deg == pytest.approx(-3.0, abs=0.12)
    assert abs(skew_of(result.pixels_HWC)) < 0.1


CORNERS = np.array([[130, 90], [1010, 140], [1090, 1390], [80, 1440]], dtype=np.float32)


def photographed() -> np.ndarray:  # type: ignore[type-arg]
    page = prose()
    height, width = page.shape[:2]
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(target, CORNERS)
    table = np.full((1500, 1150, 3), 60, np.uint8)
    return np.asarray(cv2.warpPerspective(page, matrix, (1150, 1500), dst=table, borderMode=cv2.BORDER_TRANSPARENT))


def test_the_corners_of_a_photographed_sheet_are_found() -> None:
    corners = find_sheet(photographed())
    assert corners is not None
    assert np.abs(corners - CORNERS).max() < 6


def test_a_scan_is_no_photographed_sheet() -> None:
    assert find_sheet(prose()) is None


def test_flattening_gives_the_mean_size_of_the_sides() -> None:
    flat = flatten(photographed(), CORNERS)
    assert flat.shape[:2] == pytest.approx((1301, 946), abs=3)


def test_a_photographed_sheet_records_its_corners(models: Models) -> None:
    result = straighten(page_image(photographed()), models)
    assert result.corners is not None
    assert result.corners[2] == pytest.approx((1090 / 1150, 1390 / 1500), abs=0.006)
    assert result.rotation == 0


@pytest.mark.parametrize(("told", "expected"), [(0, 0), (180, 180)])
def test_another_opinion_decides_where_the_lines_read_badly(
    models: Models, told: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = np.ascontiguousarray(turned(prose(), 180))
    monkeypatch.setattr(straighten_module, "_READABLE", 1.1)  # as if the recogniser lacked the script
    monkeypatch.setattr(straighten_module, "orientation_of", lambda pixels: told)
    assert straighten(page_image(page), models).rotation == expected


def test_grey_pages_are_levelled_as_coloured_ones_are() -> None:
    """One channel is turned instead of three: the pixels are the same."""
    grey_HWC = np.repeat(np.random.default_rng(3).integers(0, 256, (160, 120, 1), dtype=np.uint8), 3, axis=2)
    coloured_HWC = grey_HWC.copy()
    coloured_HWC[0, 0] = (255, 0, 0)
    same = levelled(grey_HWC, 0.8) == levelled(coloured_HWC, 0.8)
    assert same[8:, 8:].all()
    assert not (levelled(grey_HWC, 0.8) == grey_HWC).all()
