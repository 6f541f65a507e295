"""Blank pages and nearly blank ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_pages import draw, prose

from leafbeam.offline.blank import is_blank


def test_white_paper_is_blank() -> None:
    assert is_blank(draw([]))


def test_grainy_yellow_paper_with_specks_is_blank() -> None:
    noise = np.random.default_rng(1)
    page = np.full((1754, 1240, 3), (236, 226, 196), np.float32) + noise.normal(0, 6, (1754, 1240, 1))
    for x, y in noise.integers(100, 1100, (12, 2)):
        page[y : y + 2, x : x + 2] = 90
    page[:, :6] = 40  # the shadow of the sheet's edge
    assert is_blank(page.clip(0, 255).astype(np.uint8))


def test_show_through_is_blank() -> None:
    mirrored = prose()[:, ::-1]
    faint = 255 - (255 - cv2.GaussianBlur(mirrored, (9, 9), 0).astype(np.float32)) * 0.14
    assert is_blank(faint.astype(np.uint8))


@pytest.mark.parametrize("text", ["12", "7", "This page is intentionally left blank", "iv"])
def test_a_little_text_is_not_blank(text: str) -> None:
    assert not is_blank(draw([(text, 600, 1600, 24)]))


def test_faded_text_is_not_blank() -> None:
    faded = 235 - (255 - prose().astype(np.float32)) * 0.55
    assert not is_blank(faded.clip(0, 255).astype(np.uint8))


def test_a_dark_picture_is_not_blank() -> None:
    page = draw([])
    page[300:1200, 200:1000] = 60
    assert not is_blank(page)


@pytest.mark.parametrize("contrast", [0.2, 0.1])
def test_faint_print_is_not_blank(contrast: float) -> None:
    noise = np.random.default_rng(1).normal(0, 2, (1754, 1240, 1))
    faint = 200 - (255 - prose().astype(np.float32)) * contrast + noise
    assert not is_blank(faint.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("blur", [2.0, 3.0])
def test_strong_show_through_is_blank(blur: float) -> None:
    mirrored = cv2.GaussianBlur(prose()[:, ::-1], (0, 0), blur).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 3, (1754, 1240, 1))
    assert is_blank((250 - (255 - mirrored) * 0.25 + noise).clip(0, 255).astype(np.uint8))
