"""Rebuild the index of a PDF whose cross-references and trailer are lost: downloads cut off, files overwritten in part.

Readers and qpdf need a trailer. Here every object that is still whole is found by its ``n g obj`` mark or inside an
object stream (ISO 32000-1, 7.5.7), and a new cross-reference table is written behind the old bytes.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

_MAX_FILE_BYTES = 500_000_000
_MAX_OBJECT_STREAM_BYTES = 64_000_000
_STEP_BYTES = 64
_MAX_OBJECT_NUMBER = 5_000_000
_DICTIONARY_WINDOW = 4096
_OBJECT = re.compile(rb"(?<![0-9])(\d{1,7})[ \t\r\n]+(\d{1,5})[ \t\r\n]+obj(?![a-zA-Z])")
_CATALOG = re.compile(rb"/Type\s*/Catalog\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_PAGES_REFERENCE = re.compile(rb"/Pages\s+(\d+)\s+\d+\s+R")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_ENCRYPTED = re.compile(rb"/Encrypt\b")


@dataclass(frozen=True, slots=True)
class _Found:
    """The objects of a file. ``plain`` maps a number to (offset, generation), ``packed`` to the text of the object."""

    plain: dict[int, tuple[int, int]]
    packed: dict[int, bytes]

    def body(self, number: int, data: bytes) -> bytes:
        """The beginning of an object's text, up to its stream or end; empty when it is not there."""
        if number in self.packed:
            return self.packed[number]
        if number not in self.plain:
            return b""
        return _head(data, self.plain[number][0])

    def numbers(self) -> list[int]:
        """All object numbers in the order of the file, packed ones last."""
        return [*sorted(self.plain, key=lambda number: self.plain[number][0]), *sorted(self.packed)]


def rebuild_index(source: Path, target: Path, own_tree: bool) -> bool:
    """Write ``source`` with a new cross-reference table to ``target``; False when there is nothing to build on.

    With ``own_tree`` the page tree is made anew from the page objects that are left, in the order of the file; without
    it the document's own catalogue is used. Encrypted files cannot be saved without their trailer. Raises OSError.
    """
    if source.stat().st_size > _MAX_FILE_BYTES:
        return False
    data = source.read_bytes()
    data = data[max(0, data.find(b"%PDF-")) :]
    if _ENCRYPTED.search(data):
        return False
    found = _find_objects(data)
    root, extra = _root(found, data, own_tree)
    if root is None:
        return False
    target.write_bytes(_with_table(data, found, extra, root))
    return True


def _find_objects(data: bytes) -> _Found:
    plain: dict[int, tuple[int, int]] = {}
    packed: dict[int, bytes] = {}
    for match in _OBJECT.finditer(data):
        number = int(match[1])
        if 0 < number <= _MAX_OBJECT_NUMBER:
            plain[number] = match.start(), int(match[2])  # the last one is the newest revision
            if _OBJECT_STREAM.search(_head(data, match.start())):
                packed.update(_unpack(data, match.start()))
    return _Found(plain, {number: body for number, body in packed.items() if number not in plain})


def _head(data: bytes, offset: int) -> bytes:
    """The text of the object at ``offset`` up to its stream, its end or the end of a window."""
    window = data[offset : offset + _DICTIONARY_WINDOW]
    ends = [position for mark in (b"endobj", b"stream") if (position := window.find(mark)) >= 0]
    return window[: min(ends)] if ends else window


def _unpack(data: bytes, offset: int) -> dict[int, bytes]:
    """The objects inside the object stream at ``offset``, as far as it is whole."""
    head = _head(data, offset)
    first = re.search(rb"/First\s+(\d+)", head)
    start = re.compile(rb"stream\r?\n").match(data, offset + len(head))
    if first is None or start is None:
        return {}
    raw = data[start.end() :] if b"/Filter" not in head else _inflate(data, start.end())
    header, objects = raw[: int(first[1])].split(), raw[int(first[1]) :]
    pairs = [int(token) for token in header if token.isdigit()]
    numbers, offsets = pairs[0::2], pairs[1::2]
    ends = [*offsets[1:], len(objects)]
    return {
        number: objects[begin:end].strip()
        for number, begin, end in zip(numbers, offsets, ends, strict=False)
        if begin < end <= len(objects)
    }


def _inflate(data: bytes, start: int) -> bytes:
    """What can be inflated from ``start`` on, in small steps so that damage costs only what comes after it."""
    decompressor = zlib.decompressobj()
    out = bytearray()
    try:
        for position in range(start, len(data), _STEP_BYTES):
            out += decompressor.decompress(data[position : position + _STEP_BYTES])
            if decompressor.eof or len(out) > _MAX_OBJECT_STREAM_BYTES:
                break
    except zlib.error:
        pass
    return bytes(out)


def _root(found: _Found, data: bytes, own_tree: bool) -> tuple[int | None, dict[int, bytes]]:
    """The catalogue's object number and the objects to add for it."""
    numbers = found.numbers()
    if not own_tree:
        for number in reversed(numbers):
            body = found.body(number, data)
            pages = _PAGES_REFERENCE.search(body)
            if _CATALOG.search(body) and pages and found.body(int(pages[1]), data):
                return number, {}
        return None, {}
    kids = [number for number in numbers if _PAGE.search(found.body(number, data))]
    if not kids:
        return None, {}
    root = max(numbers) + 1
    references = b" ".join(b"%d %d R" % (kid, found.plain.get(kid, (0, 0))[1]) for kid in kids)
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), references)
    return root, {root: b"<< /Type /Catalog /Pages %d 0 R >>" % (root + 1), root + 1: tree}


def _with_table(data: bytes, found: _Found, extra: dict[int, bytes], root: int) -> bytes:
    """``data``, the packed and extra objects as plain ones, and a cross-reference table of everything."""
    out = bytearray(data + b"\nendstream\nendobj\n")
    offsets = dict(found.plain)
    for number, body in (found.packed | extra).items():
        offsets[number] = len(out), 0
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, (offset, generation) in sorted(offsets.items()):
        out += b"%d 1\n%010d %05d n \n" % (number, offset, generation)
    generation = offsets[root][1]
    size = max(offsets) + 1
    out += b"trailer\n<< /Size %d /Root %d %d R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, generation, start)
    return bytes(out)
