from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leafbeam.frame import shown_box, shown_point, shown_size
from leafbeam.geometry import Rect
from leafbeam.types import Frame

WIDTH, HEIGHT = 120, 200  # of the page as shown, in points and pixels


@given(
    rotation=st.sampled_from((0, 90, 180, 270)),
    skew=st.floats(-5, 5),
    x=st.integers(30, WIDTH - 30),
    y=st.integers(30, HEIGHT - 30),
)
def test_a_mark_found_on_the_straightened_page_is_where_it_was_drawn(
    rotation: int, skew: float, x: int, y: int
) -> None:
    """The frame's formulas against the pixels themselves: draw, turn and skew with OpenCV, find, map back."""
    page_HW = np.zeros((HEIGHT, WIDTH), np.float32)
    page_HW[y - 2 : y + 3, x - 2 : x + 3] = 1.0
    turned_HW = np.ascontiguousarray(np.rot90(page_HW, k=-(rotation // 90)))
    height, width = turned_HW.shape
    centre = (width / 2 - 0.5, height / 2 - 0.5)
    matrix = cv2.getRotationMatrix2D(centre, -skew, 1.0)  # OpenCV counts anticlockwise
    straight_HW = cv2.warpAffine(turned_HW, matrix, (width, height))
    weight = straight_HW.sum()
    found_x = float((straight_HW.sum(axis=0) * (np.arange(width) + 0.5)).sum() / weight)
    found_y = float((straight_HW.sum(axis=1) * (np.arange(height) + 0.5)).sum() / weight)
    frame = Frame(width, height, rotation, skew)
    shown_x, shown_y = shown_point(found_x, found_y, frame)
    assert shown_size(frame) == (WIDTH, HEIGHT)
    assert abs(shown_x - (x + 0.5)) < 0.5
    assert abs(shown_y - (y + 0.5)) < 0.5


@given(rotation=st.sampled_from((0, 90, 180, 270)), skew=st.floats(-5, 5))
def test_a_box_maps_to_a_box_around_its_corners(rotation: int, skew: float) -> None:
    frame = Frame(100, 160, rotation, skew)
    box = Rect(30, 50, 60, 90).to_box(100, 160)
    shown = shown_box(box, frame)
    width, height = shown_size(frame)
    for corner in ((30, 50), (60, 90), (30, 90), (60, 50)):
        x, y = shown_point(*corner, frame)
        assert shown.left - 1e-9 <= x / width <= shown.right + 1e-9
        assert shown.top - 1e-9 <= y / height <= shown.bottom + 1e-9
