"""A document as a JSON file, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from leafbeam.errors import InputError
from leafbeam.serial import JsonValue, document_from_dict, document_to_dict, page_to_dict
from leafbeam.types import Document, Page

_OPEN_DEPTH = 4  # deeper values (one word, one block) stand on one line each


def to_json(document: Document) -> str:
    """All records of the document as JSON text ending with a newline; see leafbeam.serial for the layout."""
    return "".join(json_parts(document, document.pages))


def json_parts(document: Document, pages: Iterable[Page]) -> Iterator[str]:
    """``to_json`` piece by piece, with ``pages`` in the place of the document's own: one page is held at a time."""
    for place, (key, value) in enumerate(document_to_dict(replace(document, pages=())).items()):
        yield ("," if place else "{") + f"\n {_compact(key)}: "
        if key != "pages":
            yield _lines(value, 1)
            continue
        before = "[\n  "
        for page in pages:
            yield before + _lines(page_to_dict(page), 2)
            before = ",\n  "
        yield "[]" if before[0] == "[" else "\n ]"
    yield "\n}\n"


def from_json(text: str) -> Document:
    """The document written by ``to_json``; raises InputError when the text is not that."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"not JSON: {error}; give a file written with --to json") from error
    if not isinstance(values, dict):
        raise InputError("not a document: the JSON is not an object; give a file written with --to json")
    return document_from_dict(values)


def _lines(value: JsonValue, depth: int) -> str:
    if depth < _OPEN_DEPTH and isinstance(value, (dict, list)) and value and _is_deep(value):
        pad, last = "\n" + " " * (depth + 1), "\n" + " " * depth
        if isinstance(value, dict):
            parts = [f"{_compact(key)}: {_lines(item, depth + 1)}" for key, item in value.items()]
            return "{" + pad + ("," + pad).join(parts) + last + "}"
        return "[" + pad + ("," + pad).join(_lines(item, depth + 1) for item in value) + last + "]"
    return _compact(value)


def _is_deep(value: dict[str, JsonValue] | list[JsonValue]) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return any(isinstance(item, (dict, list)) for item in items)


def _compact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
