"""Ink that no recognised character accounts for."""

from __future__ import annotations

import numpy as np
import pytest

from leafbeam.offline.recognition.coverage import letter_columns, read_share
from leafbeam.offline.recognition.detect import TextBox
from leafbeam.offline.recognition.linemetrics import Mask
from leafbeam.offline.recognition.recognise_text import Char, Crop, Reading


def ink(letters: int) -> Mask:
    """Letters of 10 by 20 px, 4 px apart."""
    ink_HW = np.zeros((48, 20 + 14 * letters), dtype=np.bool_)
    for index in range(letters):
        left = 10 + 14 * index
        ink_HW[14:34, left : left + 10] = True
        ink_HW[18:30, left + 3 : left + 7] = False
    return ink_HW


def reading(places: list[int], width: int) -> Reading:
    chars = tuple(Char("n", 10.0 + 14 * i, 20.0 + 14 * i, 0.99) for i in places)
    box = TextBox(np.array([[0, 0], [width, 0], [width, 48], [0, 48]], dtype=np.float32), 0.9)
    pixels_HWC = np.zeros((48, width, 3), dtype=np.uint8)
    return Reading(Crop(box, pixels_HWC), chars, 0.99, np.zeros(4, dtype=np.float32), 8.0)


def test_a_line_with_all_its_letters_is_read_whole() -> None:
    ink_HW = ink(20)
    assert read_share(reading(list(range(20)), ink_HW.shape[1]), ink_HW, 30.0) == 1.0


@pytest.mark.parametrize(("first", "share"), [(5, 0.75), (15, 0.25)])
def test_letters_without_a_character_are_missed(first: int, share: float) -> None:
    ink_HW = ink(20)
    found = read_share(reading(list(range(first, 20)), ink_HW.shape[1]), ink_HW, 30.0)
    assert found == pytest.approx(share, abs=0.08)


def test_a_line_without_a_reading_is_all_unread() -> None:
    ink_HW = ink(20)
    assert read_share(reading([], ink_HW.shape[1]), ink_HW, 30.0) == 0.0


def test_rules_and_bars_are_no_letters() -> None:
    ink_HW = np.concatenate([ink(10), np.zeros((48, 200), dtype=np.bool_)], axis=1)
    ink_HW[32:34, 160:300] = True  # what a form leaves to fill in
    ink_HW[10:40, 320:322] = True  # the border of a cell
    assert read_share(reading(list(range(10)), ink_HW.shape[1]), ink_HW, 30.0) == 1.0


def test_the_columns_of_letters_are_those_found_one_by_one() -> None:
    """Each run of inked columns by itself: tall, wide and open enough for a letter."""
    random = np.random.default_rng(5)
    for _ in range(50):
        ink_HW = np.kron(random.random((12, 40)) < random.uniform(0.02, 0.3), np.ones((4, 3))) > 0
        ink_HW[:, random.random(120) < 0.3] = False
        ink_HW[10:40, 20 : 20 + int(random.integers(2, 60))] = True
        size = float(random.uniform(14, 50))
        inner_HW, expected_W = ink_HW[6:42], np.zeros(120, dtype=np.bool_)
        start = 0
        while start < 120:
            end = start
            while end < 120 and inner_HW[:, end].any():
                end += 1
            if end > start:
                rows = np.flatnonzero(inner_HW[:, start:end].any(axis=1))
                part_HW = inner_HW[rows[0] : rows[-1] + 1, start:end]
                bar = part_HW.mean() > 0.85 and end - start > size
                expected_W[start:end] = len(part_HW) >= 0.3 * size and end - start >= 0.2 * size and not bar
            start = end + 1
        assert (letter_columns(ink_HW, size) == expected_W).all()
