"""What a page says comes out of Markdown as it was, whatever marks it seems to hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leafbeam.geometry import Rect
from leafbeam.layer import Span
from leafbeam.offline.blocks.inline import spans_to_markdown, tidy
from leafbeam.write.flow import clean
from leafbeam.write.inline import Markup, to_html, to_plain

BOX = Rect(0, 0, 10, 10)
_MARKS = st.text(alphabet="\\`*_~[]()<>&;$!^#|ab12 .,/:é文", max_size=25)
_LOOKS = st.sampled_from([{}, {"bold": True}, {"italic": True}, {"mono": True}, {"link": "https://a.org/b"}])


def _told(text: str) -> str:
    """The text as a page tells it: single spaces, no control characters, no noncharacters."""
    return re.sub(r" {2,}", " ", tidy(clean(re.sub("[\ufdd0-\ufdef]", "", text)))).strip()


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | _MARKS)
@example(r"\\server\share C:\(x86) \{ \% \#")
@example("&lt;br&gt; &nbsp; [^abc] ~~old~~ a **b** c __init__ and **kw**")
@example("[x](https://a.org) ![y](z) <b>bold</b> <img src=x onerror=alert(1)> $x$ `a` <!-- c -->")
def test_literal_text_survives(text: str) -> None:
    assert to_plain(spans_to_markdown([Span(_told(text), BOX)])) == _told(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(_MARKS, _LOOKS), max_size=4))
def test_text_of_any_look_survives(parts: list[tuple[str, dict[str, bool | str]]]) -> None:
    spans = [Span(tidy(text), BOX, **look) for text, look in parts]  # type: ignore[arg-type]
    assert _told(to_plain(spans_to_markdown(spans))) == _told("".join(span.text for span in spans))


@settings(max_examples=200, deadline=None)
@given(_MARKS, _MARKS)
def test_no_tag_of_the_text_is_live(before: str, behind: str) -> None:
    text = f"{before}<img src=x onerror=alert(1)>{behind}"
    written = spans_to_markdown([Span(text, BOX)])
    assert not re.search(r"(?<!\\)(?:\\\\)*<(?=img)", written)
    assert "<img" not in to_html(written, Markup(page=True))


@pytest.mark.parametrize(
    "text",
    ["snake_case_words and _x", "5 * 3 * 2", "a < b > c", "R&D", "0.31**", "[1] and [a]", "$5 and $6", "~10", "10~20",
     "see p. 3* and 4*", "Name: ____ Date: ____", r"C:\Users", "it's a `", "wow! [1]", "#1 (a) | b"],
)  # fmt: skip
def test_what_is_no_mark_stays_as_it_is(text: str) -> None:
    assert spans_to_markdown([Span(text, BOX)]) == text
