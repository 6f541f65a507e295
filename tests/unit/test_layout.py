"""Decoding of the layout network's answers."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_pages import page_image, prose

from leafbeam.layer import RegionKind
from leafbeam.offline.layout import decode, find_regions, keep_best
from leafbeam.offline.models import Models
from leafbeam.options import OfflineOptions, Profile


def test_one_cell_decodes_to_its_box() -> None:
    cells = (7600, 1900, 475, 130)
    scores = [np.zeros((1, count, 10), np.float32) for count in cells]
    sides = [np.zeros((1, count, 32), np.float32) for count in cells]
    index = 20 * 38 + 10  # row 20, column 10 at stride 16
    scores[1][0, index, 4] = 0.9
    for side, bins in enumerate((1, 2, 3, 4)):
        sides[1][0, index, side * 8 + bins] = 50.0  # all weight on one distance
    boxes, found = decode((*scores, *sides))
    assert boxes[0] == pytest.approx([168 - 16, 328 - 32, 168 + 48, 328 + 64])
    assert found.shape == (1, 10)
    assert int(found[0].argmax()) == 4


def test_duplicates_go_inside_and_across_classes() -> None:
    boxes = np.array([[0, 0, 100, 100], [5, 0, 100, 100], [0, 2, 100, 100], [300, 0, 400, 50]], np.float32)
    kept = keep_best(boxes, np.array([0.8, 0.9, 0.7, 0.5], np.float32), np.array([0, 0, 4, 1]))
    assert kept == [1, 3]


def test_text_in_a_figure_is_kept() -> None:
    boxes = np.array([[0, 0, 400, 400], [10, 10, 100, 60]], np.float32)
    assert keep_best(boxes, np.array([0.8, 0.6], np.float32), np.array([2, 0])) == [0, 1]


def test_a_paragraph_is_found_where_it_stands() -> None:
    regions = find_regions(page_image(prose()), Models(OfflineOptions(profile=Profile.FAST)))
    best = regions[0]
    assert best.kind in {RegionKind.TEXT, RegionKind.REFERENCE}
    assert best.box.x0 == pytest.approx(160 * 72 / 150, abs=20)
    assert best.box.y0 == pytest.approx(190 * 72 / 150, abs=20)
