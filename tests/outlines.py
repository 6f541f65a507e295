"""Text drawn as outlines, for PDF pages written by hand."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_SCALE = 20.0  # pixels per point of the picture that outlines are taken from


def outlined_at(x: float, y: float, text: str, size: float = 12.0) -> str:
    """Operators that fill the outlines of ``text`` as one path; (x, y) is the left end of its baseline, y upwards."""
    font = ImageFont.load_default(size=size * _SCALE)
    width, ascent = int(font.getlength(text)) + 40, int(1.2 * size * _SCALE)
    image = Image.new("L", (width, int(1.6 * size * _SCALE)))
    ImageDraw.Draw(image).text((0, ascent), text, fill=255, font=font, anchor="ls")
    bits = (np.asarray(image) > 127).astype(np.uint8)
    contours, _ = cv2.findContours(bits, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    paths = []
    for contour in contours:
        points = [(x + px / _SCALE, y + (ascent - py) / _SCALE) for px, py in contour[:, 0, :].tolist()]
        steps = [f"{px:.2f} {py:.2f} {'l' if i else 'm'}" for i, (px, py) in enumerate(points)]
        paths.append("\n".join([*steps, "h"]))
    return "\n".join([*paths, "f*\n"])
