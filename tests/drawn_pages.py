"""Page images drawn by code for the tests of recognition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from leafbeam.types import PageImage, PageRef, Source, SourceKind

Pixels = npt.NDArray[np.uint8]

PROSE = (
    "The harbour board met on the first of May to",
    "hear the report of the engineer. He said that",
    "the north pier had lost forty metres of stone",
    "during the winter storms, and that the repair",
    "would take two seasons. The members asked for",
    "a survey of the sea bed before any contract is",
    "signed. The treasurer gave the balance of the",
    "fund as nine thousand pounds at the year end.",
    "A letter from the fishing guild was read aloud",
    "and the meeting closed shortly before midnight.",
)


def draw(lines: Sequence[tuple[str, int, int, int]], size: tuple[int, int] = (1240, 1754), paper: int = 255) -> Pixels:
    """A page (width, height) with texts at (text, x, baseline y, type size in px)."""
    sheet = Image.new("RGB", size, (paper, paper, paper))
    pen = ImageDraw.Draw(sheet)
    for text, x, y, px in lines:
        pen.text((x, y), text, fill=(20, 20, 20), font=ImageFont.load_default(px), anchor="ls")
    return np.asarray(sheet).copy()


def prose(px: int = 32, left: int = 160, top: int = 220) -> Pixels:
    """A page of ten lines of English."""
    return draw([(text, left, top + round(index * 1.4 * px), px) for index, text in enumerate(PROSE)])


def tilted(pixels_HWC: Pixels, clockwise_deg: float) -> Pixels:
    """The page turned about its centre on a white ground."""
    height, width = pixels_HWC.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise_deg, 1.0)
    return np.asarray(cv2.warpAffine(pixels_HWC, matrix, (width, height), borderValue=(255, 255, 255)), dtype=np.uint8)


def page_image(pixels_HWC: Pixels, dpi: float = 150.0) -> PageImage:
    """The pixels as a page of an imaginary image file."""
    source = Source("drawn.png", SourceKind.IMAGE, Path("drawn.png"), "0" * 64, 1, (0,), "drawn")
    return PageImage(PageRef(source, 0), pixels_HWC, dpi)
