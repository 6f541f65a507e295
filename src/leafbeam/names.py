"""Names that are safe: for people to read, and as paths below the output folder."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

_DOCUMENT_SUFFIX = re.compile(r"\.(pdf|png|jpe?g|jpe|jfif|tiff?|webp|bmp|dib|gif)$", re.I)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")  # they can make a name read as another one
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')  # not allowed in Windows file names
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.I)
# File systems allow 255 bytes; ".figures", temporary names and ".tar.pdf.html" style endings need room.
_MAX_PART_BYTES = 180
_MAX_DEPTH = 16  # times _MAX_PART_BYTES stays below the 4096 bytes of a path
_OUTPUT_SUFFIXES = (".md", ".html", ".json", ".txt", ".pdf", ".hocr", ".figures")


def display_name(path: str | Path) -> str:
    """``path`` as one printable line: control, bidirectional and undecodable characters are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or _BIDI.match(char) else char
        for char in text
    )


def has_document_suffix(name: str) -> bool:
    """Whether the name claims to be a document: only used to tell people about files that are not what they claim."""
    return _DOCUMENT_SUFFIX.search(name) is not None


def relative_names(paths: Sequence[str]) -> list[str]:
    """For each input, where its output belongs below the output folder: unique, safe, without suffix.

    ``paths`` are input paths below their folder ("a/b.pdf"), or a bare name. "a/b.pdf" becomes "a/b". Inputs that would
    collide keep their full names ("b.pdf", "b.png"), counting names that differ in case only as equal; those that still
    collide (the same name in two folders) get "-2", "-3" appended, in order.
    """
    full = [_safe_path(path) for path in paths]
    short = [_safe_path(_DOCUMENT_SUFFIX.sub("", path)) for path in full]
    folders = {_fold(path.rsplit("/", depth)[0]) for path in full for depth in range(1, path.count("/") + 1)}
    wanted = [long if _blocks_folder(name, folders) else name for name, long in zip(short, full, strict=True)]
    while True:  # a full name may collide with the short name of another
        counts = Counter(_fold(name) for name in wanted)
        longer = [long if counts[_fold(name)] > 1 else name for name, long in zip(wanted, full, strict=True)]
        if longer == wanted:
            return _numbered(wanted)
        wanted = longer


def _numbered(names: Sequence[str]) -> list[str]:
    """``names`` with a number appended to all but the first of equal ones."""
    counts = Counter(_fold(name) for name in names)
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 1
        while _fold(candidate) in taken or (number > 1 and _fold(candidate) in counts):
            number += 1
            candidate = f"{name}-{number}"
        taken.add(_fold(candidate))
        result.append(candidate)
    return result


def _blocks_folder(name: str, folders: set[str]) -> bool:
    """Whether an output file of ``name`` would have the name of a folder of the output tree."""
    return any(_fold(name + suffix) in folders for suffix in _OUTPUT_SUFFIXES)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _safe_path(path: str) -> str:
    """``path`` without anything that could leave the folder it is put in or that a file system refuses."""
    parts = [_safe_part(part) for part in path.split("/") if part not in ("", ".", "..")]
    return "/".join(parts[-_MAX_DEPTH:]) or "unnamed"


def _safe_part(part: str) -> str:
    text = unicodedata.normalize("NFC", os.fsencode(part).decode("utf-8", "replace"))
    text = _BIDI.sub("", _FORBIDDEN.sub("_", text))
    text = "".join("_" if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)
    text = text.strip(" ").rstrip(". ")
    if not text.strip("."):
        text = "unnamed"
    if text.startswith("."):  # hidden output would look lost
        text = "_" + text[1:]
    if _RESERVED.fullmatch(text):
        text = "_" + text
    return _shorten(text)


def _shorten(text: str) -> str:
    """At most ``_MAX_PART_BYTES`` bytes of UTF-8; a hash of the whole keeps two long names apart."""
    if len(text.encode()) <= _MAX_PART_BYTES:
        return text
    match = _DOCUMENT_SUFFIX.search(text)
    suffix = match[0] if match else ""
    mark = "-" + hashlib.sha256(text.encode()).hexdigest()[:8] + suffix
    room = _MAX_PART_BYTES - len(mark.encode())
    return text.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + mark
