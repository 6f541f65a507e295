"""Image files as pages: which frames are pages, how large they are on paper, and their pixels as RGB.

Only TIFF holds several pages; of an animated GIF, WebP or PNG the first frame is read. All errors name the file.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.ExifTags import Base

from leafbeam.errors import InputError, LimitError
from leafbeam.names import display_name

# What Pillow's decoders raise for damaged files.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    KeyError,
    TypeError,
)
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")
_MAX_FRAMES = 20_000
_REDUCED_FRAME = 1  # bit of TIFF tag NewSubfileType: a smaller version of another image
_JPEG_FORMATS = ("JPEG", "MPO")
_CUT_FORMATS = (*_JPEG_FORMATS, "PNG")
_MOST_MISSING = 0.9
_JPEG_REDUCTION = 4  # a JPEG can be decoded at 1/2 or 1/4 of its width and height for a fraction of the memory

# Resolution that nothing states is guessed; see guess_dpi.
_PAGE_LONG_EDGE_IN = 11.0
_RECEIPT_WIDTH_IN = 3.15  # 80 mm rolls
_RECEIPT_ASPECT = 2.2
_SCREEN_DPI = 96.0
_PAPERS_IN = ((11.69, 8.27), (11.0, 8.5))  # A4, US Letter


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """``frames`` are the frame numbers in the file that are pages, in order."""

    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """One page of an image file, upright as its EXIF orientation says: RGB, uint8, (height, width, 3)."""

    pixels_HWC: npt.NDArray[np.uint8]
    dpi: float
    missing: float | None = None  # the share of the picture that a file cut off lacks; None for a whole file


def inspect_image(path: Path, name: str, max_megapixels: float) -> ImageFacts:
    """Read the headers only. Raises InputError for damage and LimitError when every page is too large."""
    with opened(path, name) as image:
        frames = _page_frames(image)
        if len(frames) == 1:
            _check_size(image, name, max_megapixels)
    return ImageFacts(frames)


def decode_image(path: Path, where: str, index: int, max_megapixels: float) -> DecodedImage:
    """Page ``index`` of an image file as RGB on white. ``where`` names file and page in errors.

    Alpha is composited on white, CMYK (also Adobe's inverted kind) and palettes are converted, 16-bit and float values
    are scaled to 8 bits, non-square pixels (faxes) are made square, and EXIF orientation is applied.
    Of a JPEG or PNG that is cut off what there is is taken, with white for the rest, when that is a tenth or more.
    Raises InputError for other damage, LimitError over ``max_megapixels`` before anything is allocated.
    """
    with opened(path, where) as image:
        frames = _page_frames(image)
        if not 0 <= index < len(frames):
            raise InputError(f"{where}: the file has only {len(frames)} pages")
        if frames[index]:
            image.seek(frames[index])
        _check_size(image, where, max_megapixels)
        full_width = image.width
        if image.format in _JPEG_FORMATS:
            _reduce_jpeg(image, max_megapixels)
        resolution = _stated_dpi(image)
        orientation = _orientation(image)
        missing = _load(image)
        pixels = _to_rgb(image)
    if missing:
        pixels[round(len(pixels) * (1 - missing)) :] = 255
    scale = pixels.shape[1] / full_width
    if resolution is not None:
        resolution = (resolution[0] * scale, resolution[1] * scale)
        pixels, resolution = _square(pixels, resolution)
    pixels = _upright(pixels, orientation)
    height, width = pixels.shape[:2]
    if resolution is not None and plausible_dpi(resolution[0], width, height):
        return DecodedImage(pixels, resolution[0], missing)
    return DecodedImage(pixels, guess_dpi(width, height), missing)


def _load(image: Image.Image) -> float | None:
    """Decode the image, also one that is cut off: then the share of its rows, from below, that could not be decoded."""
    if image.format not in _CUT_FORMATS:
        image.load()
        return None
    lenient = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        image.load()
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image.load()
        missing = _undecoded(image)
        if missing > _MOST_MISSING:
            raise
        return missing
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    return None


def _undecoded(image: Image.Image) -> float:
    """The share of rows at the lower end that are all of one value: the decoder has left them as they were."""
    rows = np.asarray(image).reshape(image.height, -1)
    told = (rows != rows[-1, 0]).any(axis=1) if rows.size else np.zeros(1, dtype=bool)
    last = int(np.flatnonzero(told)[-1]) + 1 if told.any() else 0
    return 1.0 - last / max(1, image.height)


def plausible_dpi(dpi: float, width_px: int, height_px: int) -> bool:
    """Whether a resolution stated in a file makes sense: 72..1200, and paper between 1.5 and 24 inches long.

    72 and 96 are what programs write when they know nothing: then the paper must not be longer than 14 inches.
    """
    if not 71.5 <= dpi <= 1200.5:
        return False
    long_in = max(width_px, height_px) / dpi
    limit_in = 14.0 if dpi < 97 else 24.0
    return 1.5 <= long_in <= limit_in


def guess_dpi(width_px: int, height_px: int) -> float:
    """The resolution to assume when nothing states one, so that type comes out at a plausible size.

    A4 and Letter proportions (within 2 %, and at least 700 pixels long) are taken for such a page. Strips more than 2.2
    times as tall as wide are taken for receipts of 80 mm. Everything else is taken for 11 inches long, like a page that
    fills a photograph; small snippets for screen shots of 96 pixels to the inch. 59..1200.
    """
    long_px, short_px = max(width_px, height_px), max(1, min(width_px, height_px))
    aspect = long_px / short_px
    if long_px >= 700:
        for long_in, short_in in _PAPERS_IN:
            if abs(aspect / (long_in / short_in) - 1) < 0.02:
                return min(1200.0, long_px / long_in)
    if height_px > width_px * _RECEIPT_ASPECT and width_px >= 200:
        return min(1200.0, max(_SCREEN_DPI, width_px / _RECEIPT_WIDTH_IN))
    return min(1200.0, max(_SCREEN_DPI, long_px / _PAGE_LONG_EDGE_IN))


@contextmanager
def opened(path: Path, where: str) -> Iterator[Image.Image]:
    """The image with only its header read, Pillow's own size limits off (ours are checked) and errors in our words.

    ``where`` names the file in errors. Pillow's settings are the process' own while the image is open: leafbeam opens
    images in processes aside, or on one thread, and puts the settings back.
    """
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about odd metadata that does not matter here
            # A handle and not the path: Pillow maps files it opens itself, and then misreads turned TIFF images.
            with path.open("rb") as handle, Image.open(handle, formats=_FORMATS) as image:
                yield image
    except (InputError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{where}: the image is damaged; open it in an image program and save it again") from error
    except _DECODE_ERRORS as error:
        reason = display_name(str(error))
        raise InputError(
            f"{where}: the image is damaged or cut off ({reason}); fetch it again or save it again in an image program"
        ) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _page_frames(image: Image.Image) -> tuple[int, ...]:
    """The frames that are pages: of a TIFF all but its reduced versions, else the first."""
    if image.format != "TIFF":
        return (0,)
    frames = []
    for number in range(_MAX_FRAMES):
        try:
            image.seek(number)
        except EOFError:
            break
        if not int(_tag(image, 254) or 0) & _REDUCED_FRAME:
            frames.append(number)
    image.seek(0)
    return tuple(frames) or (0,)


def _tag(image: Image.Image, number: int) -> int | None:
    value = getattr(image, "tag_v2", {}).get(number)
    return value if isinstance(value, int) else None


def _megapixels(image: Image.Image) -> float:
    return image.width * image.height / 1e6


def _check_size(image: Image.Image, where: str, max_megapixels: float) -> None:
    if image.width < 1 or image.height < 1:
        raise InputError(f"{where}: the image is {image.width} x {image.height} pixels; nothing to read")
    factor = _JPEG_REDUCTION**2 if image.format in _JPEG_FORMATS else 1
    if _megapixels(image) > max_megapixels * factor:
        raise LimitError(
            f"{where}: {image.width} x {image.height} pixels are {_megapixels(image):.0f} megapixels, more than "
            f"{max_megapixels:g}; reduce the image or raise --max-megapixels"
        )


def _reduce_jpeg(image: Image.Image, max_megapixels: float) -> None:
    """Make the decoder give a smaller picture when the whole one would be over the bound."""
    reduction = 1
    while _megapixels(image) > max_megapixels * reduction**2 and reduction < _JPEG_REDUCTION:
        reduction *= 2
    if reduction > 1:
        image.draft("RGB", (max(1, image.width // reduction), max(1, image.height // reduction)))


def _stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    """Horizontal and vertical resolution as the file states them, or None."""
    stated = image.info.get("dpi")
    try:
        x, y = (float(value) for value in stated or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if x > 1 and y > 1 and max(x, y) / min(x, y) <= 2.5 else None


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; 1 when there is none. Pillow applies that of TIFF files itself while loading."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(Base.Orientation, 1)
    except _DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Undo an EXIF orientation (EXIF 2.32, tag 274): 1 is upright, even numbers but 6 and 8 are mirrored."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.transpose(1, 0, 2)
        case 6:
            return pixels[::-1].transpose(1, 0, 2)
        case 7:
            return pixels[::-1, ::-1].transpose(1, 0, 2)
        case 8:
            return pixels[:, ::-1].transpose(1, 0, 2)
        case _:
            return pixels


def _square(
    pixels: npt.NDArray[np.uint8], resolution: tuple[float, float]
) -> tuple[npt.NDArray[np.uint8], tuple[float, float]]:
    """Stretch the coarser direction when the pixels are not square (204 x 98 dpi faxes)."""
    x, y = resolution
    if abs(x / y - 1) < 0.015:
        return pixels, resolution
    dpi = max(x, y)
    height, width = pixels.shape[:2]
    size = round(width * dpi / x), round(height * dpi / y)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8), (dpi, dpi)


def _to_rgb(image: Image.Image) -> npt.NDArray[np.uint8]:
    """A loaded image of any mode as RGB on white."""
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _to_8_bits(np.asarray(image))
        if _tag(image, 262) == 0 and image.mode.startswith("I"):  # WhiteIsZero, which Pillow leaves for these modes
            grey = np.subtract(np.uint8(255), grey)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return np.array(Image.alpha_composite(white, rgba).convert("RGB"))
    return np.array(image.convert("RGB"))


def _from_cmyk(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Pillow takes every CMYK JPEG for Adobe's inverted kind; one without Adobe's marker is taken as it is lighter."""
    rgb: npt.NDArray[np.uint8] = np.array(image.convert("RGB"))
    if image.format == "JPEG" and "adobe" not in image.info:
        flipped = Image.fromarray(np.subtract(np.uint8(255), np.asarray(image)), mode="CMYK")
        other: npt.NDArray[np.uint8] = np.array(flipped.convert("RGB"))
        if other.mean() > rgb.mean():
            return other
    return rgb


def _to_8_bits(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale integers by the smallest usual depth that holds them (8, 12, 16 bits), floats from 0..1, 0..255 or all."""
    numbers: npt.NDArray[np.float32] = np.nan_to_num(
        values.astype(np.float32), nan=np.inf, posinf=np.inf, neginf=-np.inf
    )
    finite = numbers[np.isfinite(numbers)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if values.dtype.kind == "f":
        start, top = (
            (0.0, 1.0) if low >= 0 and high <= 1.0 else (0.0, 255.0) if low >= 0 and high <= 255.0 else (low, high)
        )
    else:
        start, top = min(0.0, low), next((float(2**bits - 1) for bits in (8, 12, 16) if high < 2**bits), high)
    scaled = (numbers - start) * (255.0 / max(1e-12, top - start))
    clipped: npt.NDArray[np.float32] = np.clip(np.nan_to_num(scaled, nan=255.0, posinf=255.0, neginf=0.0), 0, 255)
    return clipped.astype(np.uint8)
