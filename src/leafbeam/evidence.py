"""What we know of a page without a language model: its words, with boxes and scores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph, Line, Span
from leafbeam.types import Frame, Word

_WORD = re.compile(r"\S+")


def words_of(lines: Iterable[Line], frame: Frame) -> tuple[Word, ...]:
    """The words of the lines, in the order given. Maths spans give their plain reading, split at spaces."""
    return tuple(
        Word(text, rect.to_box(frame.width_pt, frame.height_pt), score, line.origin)
        for line in lines
        for text, rect, score in _words_of_line(line)
    )


def _words_of_line(line: Line) -> Iterator[tuple[str, Rect, float]]:
    """Words with exact boxes when the glyphs spell the line, else with boxes shared out along each span."""
    text = line.text
    places = _glyph_places(line.glyphs, text) if line.glyphs else None
    if places is None:
        for span in line.spans:
            for match in _WORD.finditer(span.text):
                yield match.group(), _slice(span, match.start(), match.end()), span.score
        return
    for match in _WORD.finditer(text):
        boxes = [box for box in places[match.start() : match.end()] if box is not None]
        if boxes:
            yield match.group(), union(boxes), line.score


def _glyph_places(glyphs: tuple[Glyph, ...], text: str) -> list[Rect | None] | None:
    """The box of the glyph behind every character of ``text``; None when the glyphs do not spell it in order."""
    places: list[Rect | None] = []
    characters = ((char, glyph.box) for glyph in glyphs for char in glyph.text if not char.isspace())
    for wanted in text:
        if wanted.isspace():
            places.append(None)
            continue
        found = next(characters, None)
        if found is None or found[0] != wanted:
            return None
        places.append(found[1])
    return places


def _slice(span: Span, start: int, end: int) -> Rect:
    """The part of a span's box that the characters start..end take, all characters being as wide."""
    step = span.box.width / max(1, len(span.text))
    return Rect(span.box.x0 + start * step, span.box.y0, span.box.x0 + end * step, span.box.y1)
