"""Image files as PDF pages of their true size."""

from __future__ import annotations

import math
import zlib

import numpy as np
import numpy.typing as npt
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL.ExifTags import Base

from leafbeam.frame import frame_of_page, shown_size
from leafbeam.images import decode_image, opened
from leafbeam.types import Page
from leafbeam.write.textlayer import Sheet

_A4 = (595.276, 841.89)
_LEAST_PT, _MOST_PT = 3.0, 14_400.0  # page sizes that PDF readers accept (ISO 32000-1, annex C)
_NO_LIMIT = float("inf")  # the page was decoded before, within the user's limit
_SPACES = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
# EXIF orientation: where the stored image's point (s right, t down) is shown, as (u right, v down).
_SHOWN = {
    1: lambda s, t: (s, t),
    2: lambda s, t: (1 - s, t),
    3: lambda s, t: (1 - s, 1 - t),
    4: lambda s, t: (s, 1 - t),
    5: lambda s, t: (t, s),
    6: lambda s, t: (1 - t, s),
    7: lambda s, t: (1 - t, 1 - s),
    8: lambda s, t: (t, 1 - s),
}


def add_image_page(pdf: Pdf, page: Page) -> Sheet:
    """Append the image that ``page`` was read from as a page; an empty A4 page when it could not be read.

    Raises InputError when the file cannot be decoded any more.
    """
    if page.width_pt <= 0 or page.height_pt <= 0:
        pdf.add_blank_page(page_size=_A4)
        return Sheet(0, 0, *_A4)
    image, width_px, height_px, orientation = _jpeg(pdf, page) or _lossless(pdf, page)
    width, height = (min(_MOST_PT, max(_LEAST_PT, side)) for side in _size_pt(page, width_px, height_px))
    added = pdf.add_blank_page(page_size=(width, height))
    added.obj[Name.Resources] = Dictionary(XObject=Dictionary({"/Im0": image}))
    matrix = " ".join(f"{value:.4f}" for value in _matrix(orientation, width, height))
    added.obj[Name.Contents] = Stream(pdf, f"q {matrix} cm /Im0 Do Q\n".encode("ascii"))
    return Sheet(0, 0, width, height)


def _size_pt(page: Page, width_px: int, height_px: int) -> tuple[float, float]:
    """The size of the page as shown. Of a flattened sheet only its own size is known: its corners give the scale."""
    width, height = shown_size(frame_of_page(page))
    if page.corners is None:
        return width, height
    points = [(x * width_px, y * height_px) for x, y in page.corners]
    across = (math.dist(points[0], points[1]) + math.dist(points[3], points[2])) / 2
    scale = width / across if across > 0 else 72 / 200
    return width_px * scale, height_px * scale


def _matrix(orientation: int, width: float, height: float) -> tuple[float, ...]:
    """The matrix that shows the unit square of an image, stored in this EXIF orientation, upright on the whole page."""

    def place(a: float, b: float) -> tuple[float, float]:
        u, v = _SHOWN[orientation](a, 1 - b)
        return u * width, (1 - v) * height

    x0, y0 = place(0, 0)
    x1, y1 = place(1, 0)
    x2, y2 = place(0, 1)
    return x1 - x0, y1 - y0, x2 - x0, y2 - y0, x0, y0


def _jpeg(pdf: Pdf, page: Page) -> tuple[Stream, int, int, int] | None:
    """The file itself, with its size as shown and its EXIF orientation; None when it is not a plain JPEG."""
    path = page.ref.source.path
    with opened(path, page.ref.source.name) as image:
        if image.format not in ("JPEG", "MPO") or image.mode not in _SPACES:
            return None
        orientation = image.getexif().get(Base.Orientation, 1)
        orientation = orientation if orientation in _SHOWN else 1
        stream = Stream(pdf, path.read_bytes())
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height = image.width, image.height
        stream.ColorSpace, stream.BitsPerComponent = _SPACES[image.mode], 8
        stream.Filter = Name.DCTDecode
        if image.mode == "CMYK" and "adobe" in image.info:
            stream.Decode = Array([1, 0, 1, 0, 1, 0, 1, 0])  # Adobe's programs store CMYK inverted
        turned = orientation >= 5
        size = (image.height, image.width) if turned else (image.width, image.height)
        return stream, *size, orientation


def _lossless(pdf: Pdf, page: Page) -> tuple[Stream, int, int, int]:
    """The decoded page, as few bits as it needs, with PNG's "up" prediction (PNG specification, filter type 2)."""
    source = page.ref.source
    pixels = decode_image(source.path, source.name, page.ref.index, _NO_LIMIT).pixels_HWC
    height, width = pixels.shape[:2]
    gray = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())
    rows, colours, bits = pixels.reshape(height, -1), 3, 8
    if gray:
        rows, colours = pixels[..., 0], 1
        if bool(((rows == 0) | (rows == 255)).all()):
            rows, bits = np.packbits(rows > 0, axis=1), 1
    stream = Stream(pdf, zlib.compress(_predicted(rows), 6))
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = width, height
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceGray if gray else Name.DeviceRGB, bits
    stream.Filter = Name.FlateDecode
    stream.DecodeParms = Dictionary(Predictor=12, Colors=colours, BitsPerComponent=bits, Columns=width)
    return stream, width, height, 1


def _predicted(rows_HB: npt.NDArray[np.uint8]) -> bytes:
    out = np.empty((rows_HB.shape[0], rows_HB.shape[1] + 1), dtype=np.uint8)
    out[:, 0] = 2
    out[0, 1:] = rows_HB[0]
    out[1:, 1:] = rows_HB[1:] - rows_HB[:-1]
    return out.tobytes()
