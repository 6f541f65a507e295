from __future__ import annotations

import numpy as np

from leafbeam.offline.recognition.detect import boxes_from_map


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
