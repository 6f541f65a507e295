"""Spans as Markdown inline text, and lines joined to running text."""

from __future__ import annotations

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Span
from leafbeam.offline.blocks.hyphens import Joint, Vocabulary, joint
from leafbeam.offline.blocks.inline import InlineStyle, spans_to_markdown

BOX = Rect(0, 0, 10, 10)


def spans(*parts: Span | str) -> list[Span]:
    return [Span(part, BOX) if isinstance(part, str) else part for part in parts]


def test_emphasis_hugs_its_words() -> None:
    text = spans_to_markdown(
        spans(
            "see ",
            Span("this ", BOX, bold=True),
            Span("word", BOX, bold=True),
            " and ",
            Span("that, ", BOX, italic=True),
            "too",
        )
    )
    assert text == "see **this word** and *that*, too"


def test_emphasis_that_is_the_norm_is_not_marked() -> None:
    assert spans_to_markdown(spans(Span("all bold", BOX, bold=True)), InlineStyle(bold=True)) == "all bold"


def test_maths_code_and_links() -> None:
    parts = spans(
        "let ",
        Span("x2", BOX, latex="x^2"),
        " be ",
        Span("f(x)", BOX, mono=True),
        " as ",
        Span("here", BOX, link="https://a.org/(b)"),
    )
    assert spans_to_markdown(parts) == "let $x^2$ be `f(x)` as [here](https://a.org/%28b%29)"


def test_a_link_of_another_kind_is_text() -> None:
    assert spans_to_markdown(spans(Span("here", BOX, link="javascript:alert(1)"))) == "here"


def test_scripts_are_notes_only_where_a_note_exists() -> None:
    parts = spans("word", Span("1", BOX, script=1), " H", Span("2", BOX, script=-1), "O")
    assert spans_to_markdown(parts) == "word<sup>1</sup> H<sub>2</sub>O"
    assert spans_to_markdown(parts, InlineStyle(notes=frozenset("1"))) == "word[^1] H<sub>2</sub>O"


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("snake_case and 2 * 3 * 4", "snake_case and 2 * 3 * 4"),
        ("a *starred* word", r"a \*starred\* word"),
        ("a <script> here, a < b", r"a \<script> here, a < b"),
        ("R&D, A &amp; B", r"R&D, A \&amp; B"),
        ("from $5 to $6", "from $5 to $6"),
        ("the $x$ sign", r"the \$x$ sign"),
        ("ﬁne ofﬁce", "fine office"),
        ("e\u0301tude", "étude"),
    ],
)
def test_only_what_would_be_a_mark_is_escaped(plain: str, written: str) -> None:
    assert spans_to_markdown(spans(plain)) == written


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("the conver-", "sion of", "the conversion of"),
        ("of well-", "known things", "of well-known things"),
        ("the state-of-the-", "art method", "the state-of-the-art method"),
        ("in 1990-", "95 it", "in 1990-95 it"),
        ("by Karl-", "Marx then", "by Karl-Marx then"),
        ("die Haupt-", "und Nebensätze", "die Haupt- und Nebensätze"),
        ("den Stun-", "den der", "den Stunden der"),
        ("the thou-", "sand of", "the thousand of"),
        ("供水量与", "漏损量", "供水量与漏损量"),
        ("一个 TeX", "program", "一个 TeX program"),
        ("a word—", "another", "a word—another"),
        ("a range -", "of things", "a range - of things"),
        ("and/", "or", "and/or"),
        ("the re\u00ad", "sult", "the result"),
        ("plain", "lines", "plain lines"),
    ],
)
def test_how_lines_join(first: str, second: str, whole: str) -> None:
    join = joint(first, second, Vocabulary())
    assert first[: len(first) - join.drop] + join.glue + second == whole


def test_the_page_knows_how_a_word_is_written() -> None:
    known = Vocabulary.of(["a data-set is here", "and a cooperation there"])
    assert joint("the data-", "set of", known) == Joint(0, "")
    assert joint("the self-cooper-", "ation", known).drop == 1
