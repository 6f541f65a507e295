"""Refuse PDF pages whose content would explode when drawn, before PDFium touches them.

PDFium parses a page's content as a whole, at roughly 16 bytes of memory and 0.2 microseconds for each byte of it, and
decodes an image whole. A few kilobytes of a file can stand for gigabytes of either.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import pikepdf

from leafbeam.errors import LimitError

MAX_CONTENT_BYTES = 24_000_000
MAX_IMAGE_BYTES = 600_000_000  # of one decoded image; 400 megapixels of 1 bit are 50 MB
_MAX_DEFLATE_RATIO = 1032  # the most that deflate can expand (zlib's technical notes)
_CHUNK_BYTES = 1 << 20
_MAX_RESOURCES = 400
_DRAWN = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+Do\b")


def check_page_content(page: pikepdf.Page, where: str) -> None:
    """Raise LimitError, naming ``where``, when the page's content or one of its images unpacks to more than the bounds.

    Content is counted as drawn: a form drawn ten times counts ten times, with the forms inside it. Costs about a
    millisecond for usual pages: streams are only decoded when they could be over the bound or draw forms.
    """
    contents = list(_content_streams(page.obj.get("/Contents")))
    size = sum(_decoded_size(stream) for stream in contents)
    if size <= MAX_CONTENT_BYTES:
        size += _Forms(where).drawn_size(contents, page.obj.get("/Resources") or page.resources)
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


class _Forms:
    """What the forms of one page add to its content. Each form is decoded once, recursion counts as nothing."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._sizes: dict[tuple[int, int], int] = {}

    def drawn_size(self, streams: Sequence[pikepdf.Stream], resources: pikepdf.Object | None) -> int:
        """Bytes of content of the forms that ``streams`` draw; images are checked on the way."""
        forms = self._forms_of(resources)
        if not forms:
            return 0
        drawn = Counter(name for stream in streams for name in _DRAWN.findall(_decoded(stream)))
        return sum(count * self._size(forms[name], resources) for name, count in drawn.items() if name in forms)

    def _forms_of(self, resources: pikepdf.Object | None) -> dict[bytes, pikepdf.Stream]:
        table = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
        forms: dict[bytes, pikepdf.Stream] = {}
        if isinstance(table, pikepdf.Dictionary):
            for key in itertools.islice(table.keys(), _MAX_RESOURCES):
                stream = table[key]
                if not isinstance(stream, pikepdf.Stream):
                    continue
                if stream.get("/Subtype") == "/Image":
                    _check_image(stream, self._where)
                elif stream.get("/Subtype") == "/Form":
                    forms[str(key)[1:].encode()] = stream
        return forms

    def _size(self, form: pikepdf.Stream, inherited: pikepdf.Object | None) -> int:
        key = form.objgen
        if key not in self._sizes:
            self._sizes[key] = 0
            size = _decoded_size(form)
            if size <= MAX_CONTENT_BYTES and len(self._sizes) <= _MAX_RESOURCES:
                size += self.drawn_size([form], form.get("/Resources") or inherited)
            self._sizes[key] = min(size, MAX_CONTENT_BYTES + 1)
        return self._sizes[key]


def _decoded(stream: pikepdf.Stream) -> bytes:
    """The decoded stream, or nothing when it is damaged or uses a filter that qpdf does not know."""
    try:
        return bytes(stream.read_bytes())
    except (pikepdf.PdfError, RuntimeError):
        return b""


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
