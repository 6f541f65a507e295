"""Bullets of scans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.dots import with_dots
from leafbeam.types import PageImage, PageRef, Source, SourceKind, WordOrigin

REF = PageRef(Source("form", SourceKind.IMAGE, Path("form.png"), "0" * 64, 1, (0,), "form"), 0)


def sheet() -> NDArray[np.uint8]:
    return np.full((600, 600, 3), 245, np.uint8)


def lines() -> tuple[Line, ...]:
    found = []
    for y in (40, 70, 100):
        box = Rect(60, y, 160, y + 12)
        found.append(Line((Span("An item", box),), box, y + 10, 10, origin=WordOrigin.DETECTOR))
    return tuple(found)


def read(pixels: NDArray[np.uint8]) -> list[str]:
    return [line.text for line in with_dots(lines(), PageImage(REF, pixels, 144.0))]


def test_dots_and_dashes_in_a_column_are_bullets() -> None:
    pixels = sheet()
    for y in (92, 152):
        cv2.circle(pixels, (96, y), 4, (20, 20, 20), -1)
    assert read(pixels) == ["• An item", "• An item", "An item"]
    pixels = sheet()
    for y in (92, 152, 212):
        cv2.rectangle(pixels, (80, y), (90, y + 1), (20, 20, 20), -1)
    assert read(pixels) == ["- An item"] * 3


def test_a_speck_alone_and_a_rule_are_no_bullets() -> None:
    pixels = sheet()
    cv2.circle(pixels, (96, 92), 4, (20, 20, 20), -1)
    cv2.line(pixels, (90, 130), (90, 260), (20, 20, 20), 2)
    assert read(pixels) == ["An item"] * 3


def test_dots_in_the_boxes_of_lines_are_bullets_and_letters_are_none() -> None:
    pixels = sheet()
    for y in (40, 70, 100):
        cv2.rectangle(pixels, (122, 2 * y + 8), (129, 2 * y + 15), (20, 20, 20), -1)
        cv2.rectangle(pixels, (144, 2 * y + 4), (146, 2 * y + 20), (20, 20, 20), -1)
        cv2.rectangle(pixels, (154, 2 * y + 4), (156, 2 * y + 20), (20, 20, 20), -1)
    image = PageImage(REF, pixels, 144.0)
    first, second, third = lines()
    third = replace(third, spans=(Span("■3 Method", third.box),))
    assert [line.text for line in with_dots((first, second, third), image)] == [
        "• An item",
        "• An item",
        "• 3 Method",
    ]
    cv2.rectangle(pixels, (130, 80), (144, 240), (245, 245, 245), -1)
    cv2.rectangle(pixels, (130, 80), (144, 82), (20, 20, 20), -1)
    cv2.rectangle(pixels, (122, 80), (129, 240), (20, 20, 20), -1)
    assert read(pixels) == ["An item"] * 3
