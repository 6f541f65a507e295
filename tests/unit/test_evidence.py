from __future__ import annotations

from leafbeam.evidence import words_of
from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, Line, Span
from leafbeam.types import Frame, WordOrigin

FRAME = Frame(200, 100)


def _glyph(text: str, x: float, width: float) -> Glyph:
    box = Rect(x, 10, x + width, 20)
    return Glyph(text, box, box, x, 18, 10, Font("Serif"), order=0)


def test_words_of_a_text_layer_have_the_boxes_of_their_glyphs() -> None:
    glyphs = (_glyph("i", 10, 2), _glyph("m", 12, 12), _glyph(" ", 24, 6), _glyph("a", 30, 8))
    box = Rect(10, 10, 38, 20)
    line = Line((Span("im a", box),), box, 18, 10, glyphs=glyphs)
    first, second = words_of([line], FRAME)
    assert (first.text, second.text) == ("im", "a")
    assert (first.box.left * 200, first.box.right * 200) == (10, 24)
    assert (second.box.left * 200, second.box.right * 200) == (30, 38)


def test_words_without_glyphs_share_their_span_by_characters() -> None:
    box = Rect(0, 10, 100, 20)
    line = Line((Span("ab cd", box, score=0.7),), box, 18, 10, origin=WordOrigin.DETECTOR)
    first, second = words_of([line], FRAME)
    assert (first.box.left * 200, first.box.right * 200) == (0, 40)
    assert (second.box.left * 200, second.box.right * 200) == (60, 100)
    assert second.score == 0.7
    assert second.origin is WordOrigin.DETECTOR


def test_glyphs_that_spell_something_else_are_not_trusted_for_places() -> None:
    box = Rect(0, 10, 100, 20)
    line = Line((Span("xy", box),), box, 18, 10, glyphs=(_glyph("q", 0, 5),))
    (word,) = words_of([line], FRAME)
    assert (word.box.left * 200, word.box.right * 200) == (0, 100)
