"""Refuse PDF pages whose content would explode when drawn, before PDFium touches them.

PDFium parses a page's content as a whole, at roughly 16 bytes of memory and 0.2 microseconds for each byte of it, and
decodes an image whole. A few kilobytes of a file can stand for gigabytes of either.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pikepdf

from leafbeam.errors import LimitError

MAX_CONTENT_BYTES = 64_000_000
MAX_IMAGE_BYTES = 600_000_000  # of one decoded image; 400 megapixels of 1 bit are 50 MB
_MAX_DEFLATE_RATIO = 1032  # the most that deflate can expand (zlib's technical notes)
_CHUNK_BYTES = 1 << 20
_MAX_RESOURCES = 400
_MAX_DEPTH = 4


def check_page_content(page: pikepdf.Page, where: str) -> None:
    """Raise LimitError, naming ``where``, when the page's content streams or images decode to more than the bounds.

    Costs well under a millisecond for usual pages: only streams that could be over the bound are decoded, in pieces.
    """
    size = sum(_decoded_size(stream) for stream in _content_streams(page.obj.get("/Contents")))
    seen: set[tuple[int, int]] = set()
    for stream in _xobjects(page.resources, seen, 0):
        if stream.get("/Subtype") == "/Image":
            _check_image(stream, where)
        elif stream.get("/Subtype") == "/Form":
            size += _decoded_size(stream)
    if size > MAX_CONTENT_BYTES:
        raise LimitError(
            f"{where}: the page's drawing commands unpack to more than {MAX_CONTENT_BYTES // 1_000_000} MB; "
            "print the page to an image and give that"
        )


def _content_streams(contents: pikepdf.Object | None) -> Iterator[pikepdf.Stream]:
    if isinstance(contents, pikepdf.Stream):
        yield contents
    elif isinstance(contents, pikepdf.Array):
        for item in contents:
            if isinstance(item, pikepdf.Stream):
                yield item


def _xobjects(resources: pikepdf.Object | None, seen: set[tuple[int, int]], depth: int) -> Iterator[pikepdf.Stream]:
    """The images and forms of the page and, a few levels deep, of its forms; each once."""
    if not isinstance(resources, pikepdf.Dictionary) or depth > _MAX_DEPTH:
        return
    table = resources.get("/XObject")
    if not isinstance(table, pikepdf.Dictionary):
        return
    for key in table.keys():  # noqa: SIM118  (a pikepdf dictionary iterates over its keys only by keys())
        stream = table[key]
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in seen or len(seen) >= _MAX_RESOURCES:
            continue
        seen.add(stream.objgen)
        yield stream
        if stream.get("/Subtype") == "/Form":
            yield from _xobjects(stream.get("/Resources"), seen, depth + 1)


def _check_image(stream: pikepdf.Stream, where: str) -> None:
    width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    bits = int(stream.get("/BitsPerComponent", 1))
    size = width * height * bits * _components(stream.get("/ColorSpace")) // 8
    if size > MAX_IMAGE_BYTES:
        raise LimitError(
            f"{where}: an image of {width} x {height} pixels is too large to unpack; reduce the images of the PDF"
        )


def _components(space: pikepdf.Object | None) -> int:
    """Colour components of one pixel; at least 1, and 4 for the spaces whose number is not worth looking up."""
    if space is None or space in ("/DeviceGray", "/CalGray", "/G"):
        return 1
    if space in ("/DeviceRGB", "/RGB"):
        return 3
    if isinstance(space, pikepdf.Array) and len(space) > 1:
        if space[0] == "/ICCBased" and isinstance(space[1], pikepdf.Stream):
            return int(space[1].get("/N", 3))
        if space[0] in ("/Indexed", "/I", "/CalGray", "/Separation"):
            return 1
    return 4


def _decoded_size(stream: pikepdf.Stream) -> int:
    """Bytes of the decoded stream, counted to just over ``MAX_CONTENT_BYTES``. Unknown filters count as they are."""
    raw_size = int(stream.get("/Length", 0))
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    deflates = sum(name in ("/FlateDecode", "/Fl") for name in names)
    if raw_size * max(1, _MAX_DEFLATE_RATIO**deflates) <= MAX_CONTENT_BYTES:
        return raw_size  # too small to matter
    raw: bytes = stream.read_raw_bytes()
    if not deflates or names[0] not in ("/FlateDecode", "/Fl"):
        return len(raw)
    return _inflated_size(raw, deflates)


def _inflated_size(raw: bytes, times: int) -> int:
    """The size of ``raw`` after inflating it ``times`` times, stopping just over the bound; damage ends the count."""
    stages = [zlib.decompressobj() for _ in range(times)]
    total = 0
    for piece in _inflate(stages, raw):
        total += len(piece)
        if total > MAX_CONTENT_BYTES:
            break
    return total


def _inflate(stages: list[zlib._Decompress], data: bytes) -> Iterator[bytes]:
    """The output of a chain of decompressors in pieces of bounded size."""
    if not stages:
        yield data
        return
    first, rest = stages[0], stages[1:]
    pending = data
    while pending:
        try:
            piece = first.decompress(pending, _CHUNK_BYTES)
        except zlib.error:
            return
        pending = first.unconsumed_tail
        if piece:
            yield from _inflate(rest, piece)
        elif first.eof:
            return
