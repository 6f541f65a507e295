"""Page pictures as a model wants them: no larger than its longest edge, never enlarged, as PNG or JPEG."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.options import ImageFormat
from leafbeam.types import PageImage

Pixels = npt.NDArray[np.uint8]

_PNG_LEVEL = 1  # a server decodes it once: speed before size
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page while it waits and is read: pictures as files, since hundreds of them as pixels fill the memory.

    ``picture`` is what the model is sent first; ``data`` is the whole page image.
    """

    empty: PageImage  # without pixels
    data: bytes
    picture: bytes
    mime: str

    def image(self) -> PageImage:
        """The page image again; its pixels are as good as JPEG keeps them."""
        pixels_BGR = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR)
        assert pixels_BGR is not None
        pixels_HWC = cv2.cvtColor(pixels_BGR, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
        return dataclasses.replace(self.empty, pixels_HWC=pixels_HWC)


def packed(image: PageImage, longest_edge_px: int, image_format: ImageFormat) -> Sheet:
    """The page image without its pixels in memory."""
    picture, mime = encoded(fitted(image.pixels_HWC, longest_edge_px), image_format)
    data, _ = encoded(image.pixels_HWC, ImageFormat.JPEG)
    return Sheet(dataclasses.replace(image, pixels_HWC=image.pixels_HWC[:0, :0].copy()), data, picture, mime)


def fitted(pixels_HWC: Pixels, longest_edge_px: int) -> Pixels:
    """The picture with its longest edge at most that long, each new pixel the mean of the area it covers."""
    height, width = pixels_HWC.shape[:2]
    ratio = max(height, width) / longest_edge_px
    if ratio <= 1:
        return pixels_HWC
    size = (max(1, int(width / ratio)), max(1, int(height / ratio)))
    smaller_HWC: Pixels = cv2.resize(pixels_HWC, size, interpolation=cv2.INTER_AREA)
    return smaller_HWC


def turned(pixels_HWC: Pixels, rotation: int) -> Pixels:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(pixels_HWC, k=-(rotation // 90))) if rotation else pixels_HWC


def encoded(pixels_HWC: Pixels, image_format: ImageFormat) -> tuple[bytes, str]:
    """The picture as a file, and its media type."""
    pixels_BGR = cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2BGR)
    if image_format is ImageFormat.JPEG:
        fine, data = cv2.imencode(".jpg", pixels_BGR, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    else:
        fine, data = cv2.imencode(".png", pixels_BGR, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    assert fine
    return data.tobytes(), f"image/{image_format}"
