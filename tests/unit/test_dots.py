"""Bullets of scans."""

from __future__ import annotations

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
