"""Records as plain values for JSON, and back. Standard library only.

The fields of a record are the keys of its dict, except: a ``Box`` is ``[left, top, right, bottom]``; a ``PageRef`` is
its page index (its source is the document's); pictures' bytes and the password are left out.
"""

from __future__ import annotations

import dataclasses
import types as python_types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TypeVar, Union, get_args, get_origin, get_type_hints

from leafbeam.errors import InputError
from leafbeam.types import Asset, Box, Document, Page, PageRef, Source

SCHEMA = "leafbeam-document-1"

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

_LEFT_OUT = {Asset: "data", Source: "password"}
_T = TypeVar("_T")


def document_to_dict(document: Document) -> dict[str, JsonValue]:
    """The whole document as JSON values, with ``schema`` naming this layout."""
    return {"schema": SCHEMA, **_record_to_dict(document)}


def page_to_dict(page: Page) -> dict[str, JsonValue]:
    """One page as it stands in the document's ``pages``."""
    return _record_to_dict(page)


def document_from_dict(values: Mapping[str, JsonValue]) -> Document:
    """The inverse of ``document_to_dict``: equal but for the password. Raises InputError naming the wrong place."""
    if values.get("schema") != SCHEMA:
        raise InputError(
            f"not a {SCHEMA} document: schema is {values.get('schema')!r}; write the JSON anew with leafbeam"
        )
    source = _checked(_decode(Source, values.get("source"), "source", None), Source, "source")
    rest = {key: value for key, value in values.items() if key != "schema"}
    return _checked(_decode(Document, rest, "document", source), Document, "document")


def _record_to_dict(record: object) -> dict[str, JsonValue]:
    left_out = _LEFT_OUT.get(type(record))
    kind: type = type(record)
    return {name: _encode(getattr(record, name)) for name, _ in _fields(kind) if name != left_out}


def _encode(value: object) -> JsonValue:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Box):
        return [value.left, value.top, value.right, value.bottom]
    if isinstance(value, PageRef):
        return value.index
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    return _record_to_dict(value)


def _decode(hint: object, value: JsonValue, where: str, source: Source | None) -> object:
    """One value by its type hint; raises InputError with ``where`` when it does not fit."""
    try:
        return _decode_any(hint, value, where, source)
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(f"{where}: {error}; the JSON is not as leafbeam wrote it") from error


def _decode_any(hint: object, value: JsonValue, where: str, source: Source | None) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, python_types.UnionType):
        if value is None:
            return None
        return _decode(next(part for part in arguments if part is not type(None)), value, where, source)
    if origin is tuple:
        items = _checked(value, list, where)
        return tuple(_decode(arguments[0], item, f"{where}[{n}]", source) for n, item in enumerate(items))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = _checked(value, dict, where).items()
        return {key: _decode(arguments[1], item, f"{where}.{key}", source) for key, item in pairs}
    if hint is Box:
        left, top, right, bottom = _checked(value, list, where)
        return Box(left, top, right, bottom)
    if hint is PageRef:
        if source is None:
            raise ValueError("a page without a source")
        return PageRef(source, _checked(value, int, where))
    if hint is float:
        return float(value) if isinstance(value, int) else _checked(value, float, where)
    if not isinstance(hint, type):
        raise TypeError(f"no rule for {hint}")
    if issubclass(hint, (Enum, Path)):
        return hint(_checked(value, str, where))
    if dataclasses.is_dataclass(hint):
        return _decode_record(hint, _checked(value, dict, where), where, source)
    return _checked(value, hint, where)


def _decode_record(kind: type, values: dict[str, JsonValue], where: str, source: Source | None) -> object:
    hints = dict(_fields(kind))
    if unknown := values.keys() - hints.keys():
        raise ValueError(f"unknown key {min(unknown)!r}")
    return kind(**{key: _decode(hints[key], value, f"{where}.{key}", source) for key, value in values.items()})


@cache
def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    """A record's fields and their resolved type hints, in order."""
    hints = get_type_hints(kind)
    return tuple((item.name, hints[item.name]) for item in dataclasses.fields(kind))


def _checked(value: object, kind: type[_T], where: str) -> _T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{where} should be {kind.__name__}, not {type(value).__name__}")
    return value
