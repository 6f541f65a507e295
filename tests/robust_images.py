"""Odd image files of one page of text, made by code."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TEXT = "Monitoring Results by Station"


def page_picture(width: int = 777, height: int = 1100, turned: int = 0) -> Image.Image:
    """A white page with ``TEXT``, as a picture; ``turned`` counter-clockwise degrees."""
    image = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(size=max(8, width / 20))
    ImageDraw.Draw(image).text((width * 0.1, height * 0.15), TEXT, fill=0, font=font)
    return image.rotate(turned, expand=True) if turned else image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file of this kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif_image(orientation: int, kind: str = "JPEG") -> bytes:
    """A page whose pixels are stored so that the EXIF orientation makes it upright."""
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = page_picture()
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image if stored is None else image.transpose(stored), kind, exif=exif)


def alpha_ink() -> bytes:
    """Black everywhere; the ink is in the alpha channel only."""
    page = np.asarray(page_picture())
    rgba = np.zeros((*page.shape, 4), np.uint8)
    rgba[:, :, 3] = 255 - page
    return encoded(Image.fromarray(rgba), "PNG")


def cmyk_jpeg(adobe: bool) -> bytes:
    """A CMYK JPEG: with Adobe's marker and inverted values, or without the marker and plain values."""
    ink = 255 - np.asarray(page_picture())
    cmyk = np.zeros((*ink.shape, 4), np.uint8)
    cmyk[:, :, 3] = ink
    if adobe:
        return encoded(Image.fromarray(cmyk, mode="CMYK"), "JPEG", quality=92)
    data = encoded(Image.fromarray(255 - cmyk, mode="CMYK"), "JPEG", quality=92)  # Pillow inverts on writing
    start = data.index(b"\xff\xee")
    length = struct.unpack(">H", data[start + 2 : start + 4])[0]
    return data[:start] + data[start + 2 + length :]


def grey_values(dtype: str, top: float, kind: str) -> bytes:
    """A page of 16-bit or float values from 0 to ``top``."""
    values = np.asarray(page_picture()).astype(np.float64) / 255 * top
    return encoded(Image.fromarray(values.astype(dtype)), kind)


def tiff(pages: int, **options: object) -> bytes:
    """A TIFF of several pages."""
    images = [page_picture() for _ in range(pages)]
    return encoded(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces this size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )
