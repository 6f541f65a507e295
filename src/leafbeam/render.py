"""PageRef -> PageImage: draw a PDF page or decode an image page, within a bound of pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium

from leafbeam.errors import InputError
from leafbeam.images import decode_image
from leafbeam.options import InputOptions
from leafbeam.pdffile import close_documents, open_pdf_page, user_unit
from leafbeam.types import PageImage, PageRef, Problem, SourceKind

__all__ = ["close_documents", "open_pdf_page", "render_page"]

MAX_EDGE_PX = 30_000  # image libraries fail beyond 32,767
_DRAWN_MEGAPIXELS = 12.0  # A3 at 250 dpi; more takes a worker's memory and lets no reader see more


def render_page(ref: PageRef, options: InputOptions, dpi: float = 200.0, most_edge_px: int = MAX_EDGE_PX) -> PageImage:
    """The page as shown on screen (``/Rotate`` and EXIF applied), with annotations and the values of form fields.

    PDF pages are drawn at ``dpi``, or less when that would be more than ``options.max_megapixels`` or 12 megapixels.
    Image pages keep their own pixels, and are reduced to ``dpi`` when they are finer; they are never enlarged. No edge
    is longer than ``most_edge_px``. At least 1 x 1 pixel.

    Raises:
        InputError: the page is damaged.
        LimitError: the page is too large to be decoded within the limits.
    """
    if ref.source.kind is SourceKind.IMAGE:
        return _image_page(ref, options, dpi, most_edge_px)
    with open_pdf_page(ref) as page:
        width_pt, height_pt = page.get_size()
        most = min(options.max_megapixels, _DRAWN_MEGAPIXELS)
        scale = _scale(width_pt, height_pt, dpi * user_unit(ref), most, most_edge_px)
        try:
            bitmap = page.render(scale=scale, rev_byteorder=True)
        except (pdfium.PdfiumError, ValueError) as error:
            raise InputError(
                f"{ref.source.name}, page {ref.index + 1}: the page cannot be drawn; export the file again"
            ) from error
        # No copy: the array keeps the bitmap's memory, which Python owns, alive.
        pixels: npt.NDArray[np.uint8] = bitmap.to_numpy()[:, :, :3]
    return PageImage(ref, _frozen(pixels), scale * 72.0)


def _scale(width_pt: float, height_pt: float, dpi: float, max_megapixels: float, most_edge_px: int) -> float:
    """Pixels per point: ``dpi``, less when the page would be over the bounds. Rounding up adds one pixel a side."""
    width_in, height_in = max(width_pt, 1e-3) / 72, max(height_pt, 1e-3) / 72
    most = math.sqrt(max_megapixels * 1e6 / (width_in * height_in))
    for _ in range(4):  # a sliver's short side is rounded up to a whole pixel
        size = math.ceil(width_in * most) * math.ceil(height_in * most)
        if size <= max_megapixels * 1e6:
            break
        most *= max_megapixels * 1e6 / size
    return min(dpi, most, (most_edge_px - 0.01) / max(width_in, height_in)) / 72


def _image_page(ref: PageRef, options: InputOptions, dpi: float, most_edge_px: int) -> PageImage:
    several = f", page {ref.index + 1}" if ref.source.page_count > 1 else ""
    image = decode_image(ref.source.path, ref.source.name + several, ref.index, options.max_megapixels)
    pixels, own_dpi = image.pixels_HWC, image.dpi
    height, width = pixels.shape[:2]
    scale = min(1.0, dpi / own_dpi, most_edge_px / max(height, width))
    if scale < 0.98 or max(height, width) > most_edge_px:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        own_dpi *= scale
    return PageImage(ref, _frozen(pixels), own_dpi, problems=_cut_off(ref, image.missing))


def _cut_off(ref: PageRef, missing: float | None) -> tuple[Problem, ...]:
    if missing is None:
        return ()
    what = f"about {missing:.0%} of the picture is missing" if missing >= 0.005 else "the picture lacks detail"
    message = f"the image file is cut off: {what}; fetch it again"
    return (Problem("load", "cut-off", message, ref.index),)


def _frozen(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels
