"""Gaps of the text layer filled from recognised lines, and recognised lines set like those they replace."""

from __future__ import annotations

import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Span
from leafbeam.textlayer.fill import filled, restyled
from leafbeam.types import WordOrigin

_ROMAN = Font("Times-Roman")


def layer_line(*spans: Span, x: float = 50.0) -> Line:
    """A line of 10 pt; white space has no glyph."""
    text = "".join(span.text for span in spans)
    glyphs = tuple(
        Glyph(c, Rect(x, 92, x + 5, 102), Rect(x, 93, x + 5, 100), x, 100.0, 10.0, _ROMAN, i)
        for i, c in enumerate(text)
        if c != " "
    )
    return Line(spans, Rect(x, 93, x + 5 * len(text), 102), 100.0, 10.0, bold=True, glyphs=glyphs)


def seen(text: str, x: float = 52.0) -> Line:
    box = Rect(x, 91.0, x + 5 * len(text), 103.0)
    return Line((Span(text, box),), box, 101.0, 8.7, origin=WordOrigin.DETECTOR)


def plain(text: str) -> Span:
    return Span(text, Rect(50, 93, 90, 102))


@pytest.mark.parametrize(
    ("layer", "recognised", "expected"),
    [
        ("Benjamin Char\ufffdes Lee", "Benjain Charles Lee", "Benjamin Charles Lee"),
        ("the o\ufffdce of the mayor", "the office of the mayor", "the office of the mayor"),
        ("the \ufffdnd of the day", "the find of the dav", "the find of the day"),
        ("Shen (\ufffd), Zhang", "Shen (), Zhang", "Shen (\ufffd), Zhang"),
        ("Shen (\ufffd), Zhang", "something else", "Shen (\ufffd), Zhang"),
        ("Shen (\ufffd), Zhang", "", "Shen (\ufffd), Zhang"),
    ],
)
def test_only_the_unknown_characters_are_taken_from_the_image(layer: str, recognised: str, expected: str) -> None:
    got = filled(layer_line(plain(layer)), [seen(recognised)] if recognised else [])
    assert got.text == expected
    assert "".join(g.text for g in got.glyphs) == got.text.replace(" ", "")


def test_spans_keep_their_scripts() -> None:
    line = layer_line(plain("Shen"), Span("1", Rect(70, 91, 74, 96), script=1), plain(" (\ufffd) and all the others"))
    got = filled(line, [seen("Shen1 (x) and all the othets")])
    assert [(s.text, s.script) for s in got.spans] == [("Shen", 0), ("1", 1), (" (x) and all the others", 0)]


def test_a_recognised_line_is_set_like_the_line_it_replaces() -> None:
    got = restyled(seen("What it says"), [layer_line(plain("\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"))])
    assert (got.size_pt, got.bold, got.baseline_pt, got.box.x0) == (10.0, True, 100.0, 50.0)
    assert got.text == "What it says"


def test_a_recognised_line_without_a_line_below_it_stays() -> None:
    line = seen("a picture of text")
    assert restyled(line, [layer_line(plain("far away"), x=400.0)]) == line
