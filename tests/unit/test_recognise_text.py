"""Batches of pieces of text: few shapes, and the same readings as one by one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from leafbeam.offline.models import Floats, Models
from leafbeam.offline.recognition.detect import TextBox
from leafbeam.offline.recognition.recognise_text import CROP_HEIGHT, Crop, recognise
from leafbeam.offline.steps import Steps
from leafbeam.options import OfflineOptions, Profile


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(OfflineOptions(profile=Profile.FAST))


def _crop(text: str, width: int) -> Crop:
    pixels_HWC = np.full((CROP_HEIGHT, width, 3), 255, dtype=np.uint8)
    cv2.putText(pixels_HWC, text, (4, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    return Crop(TextBox(np.zeros((4, 2), dtype=np.float32), 1.0), pixels_HWC)


def test_lines_read_alike_together_and_alone(models: Models) -> None:
    crops = [_crop(f"line {number}", 140 + number % 3) for number in range(14)] + [_crop("another line", 300)]
    together = recognise(crops, models)
    assert [reading.crop for reading in together] == crops
    for crop, reading in zip(crops, together, strict=True):
        (alone,) = recognise([crop], models)
        assert (alone.text, alone.chars, alone.step) == (reading.text, reading.chars, reading.step)
        assert np.array_equal(alone.spaces_T, reading.spaces_T)
    assert together[-1].text.replace(" ", "") == "anotherline"


def test_any_number_of_lines_comes_in_two_shapes_a_width(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: set[tuple[int, ...]] = set()
    run = models.recognise

    def noted(crops_NCHW: Floats, rows: int) -> Steps:
        shapes.add(crops_NCHW.shape)
        return run(crops_NCHW, rows)

    monkeypatch.setattr(models, "recognise", noted)
    for count in range(1, 12):
        assert len(recognise([_crop("so", 60)] * count, models)) == count
    assert len(shapes) == 2
