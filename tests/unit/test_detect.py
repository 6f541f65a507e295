from __future__ import annotations

import cv2
import numpy as np

from leafbeam.offline.recognition.detect import boxes_from_map, small_type_height


def test_grain_does_not_crowd_out_the_text() -> None:
    probability_HW = np.zeros((1200, 900), dtype=np.float32)
    probability_HW[1::4, 1::4] = 0.9  # tens of thousands of specks above and below the line
    probability_HW[90:140, 70:520] = 0.0
    probability_HW[100:130, 80:500] = 0.9
    (box,) = boxes_from_map(probability_HW)
    assert abs(float(box.corners_42[0, 0]) - 80) < 30
    assert 400 < box.width < 500


def test_faint_marks_are_no_text() -> None:
    probability_HW = np.zeros((200, 400), dtype=np.float32)
    probability_HW[100:130, 80:300] = 0.4
    assert boxes_from_map(probability_HW) == []


def test_a_long_line_that_bends_is_kept_though_its_box_is_half_paper() -> None:
    map_HW = np.zeros((80, 700), np.float32)
    cv2.polylines(map_HW, [np.array([[20, 30], [350, 46], [680, 30]], np.int32)], False, 0.82, 13)
    assert len(boxes_from_map(map_HW)) == 1
    assert boxes_from_map(map_HW * 0.8) == []


def test_small_images_are_measured_like_large_ones() -> None:
    heights = []
    for height, width in ((200, 240), (800, 900)):
        pixels_HWC = np.full((height, width, 3), 255, dtype=np.uint8)
        for row in range(5):
            for column in range(10):
                pixels_HWC[20 + 30 * row : 28 + 30 * row, 20 + 20 * column : 26 + 20 * column] = 0
        heights.append(small_type_height(pixels_HWC, 1.0))
    assert heights == [8.0, 8.0]
