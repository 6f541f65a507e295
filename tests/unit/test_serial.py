"""Documents as JSON and back."""

from __future__ import annotations

import dataclasses
import json

import pytest
from documents import everything

from leafbeam.errors import InputError
from leafbeam.types import Document
from leafbeam.write import from_json, to_json


def without_password(document: Document) -> Document:
    origin = dataclasses.replace(document.source, password=None)
    pages = tuple(
        dataclasses.replace(page, ref=dataclasses.replace(page.ref, source=origin)) for page in document.pages
    )
    return dataclasses.replace(document, source=origin, pages=pages)


def test_a_document_comes_back_equal_but_for_the_password() -> None:
    made = everything()
    text = to_json(made)
    assert from_json(text) == without_password(made)
    assert Document.from_dict(made.to_dict()) == without_password(made)
    assert "hunter2" not in text
    assert text.endswith("}\n")


def test_pictures_are_named_but_not_held() -> None:
    values = json.loads(to_json(everything()))
    assert values["pages"][0]["assets"][0] == {"name": "p001-1.png", "box": [0.2, 0.7, 0.8, 0.8]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "not an object"),
        ("{}", "schema"),
        ('{"schema": "leafbeam-document-1"}', "source"),
    ],
)
def test_what_is_not_ours_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_json(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"blocks": [{"kind": "poem"}]}, r"blocks\[0\].kind"),
        ({"blocks": [{"kind": "code", "text": 3}]}, r"blocks\[0\].text should be str"),
        ({"blocks": [{"kind": "code", "colour": "red"}]}, "unknown key 'colour'"),
        ({"assets": [{"name": "a", "box": [0, 0, 2, 1]}]}, r"assets\[0\].box"),
        ({"ref": "x"}, "ref should be int"),
        ({"blank": 1}, "blank should be bool"),
    ],
)
def test_errors_name_the_place(change: dict[str, object], said: str) -> None:
    values = everything().to_dict()
    values["pages"][1].update(change)  # type: ignore[index,union-attr,call-overload]
    with pytest.raises(InputError, match=said):
        Document.from_dict(values)


def test_what_a_document_says_of_itself_is_text() -> None:
    values = json.loads(to_json(everything()))
    values["meta"] = {"title": 3}
    with pytest.raises(InputError, match=r"meta\.title should be str"):
        from_json(json.dumps(values))
