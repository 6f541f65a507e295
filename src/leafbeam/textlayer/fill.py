"""Lines of a text layer and recognised ones on one page: gaps filled, re-read lines set like those they replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, Line, Span
from leafbeam.textlayer.repair import UNKNOWN

_LIKE = 0.6  # of the characters: a recognised line less alike shows something else
_MOST = 3  # characters that one unknown glyph may stand for: a ligature
_LEVEL = 0.5  # of the lower line's height: shared by lines on one level
_EDGE = 1.5  # of the type size: recognised boxes start this close to the line's true left edge


def filled(line: Line, recognised: Sequence[Line]) -> Line:
    """The line with its unknown characters as the recognised lines on its place read them, where they tell."""
    there = sorted((r for r in recognised if _on_level(r, line.box)), key=lambda r: r.box.x0)
    found = _readings(line, " ".join(r.text.strip() for r in there))
    glyphs: list[Glyph] = []
    texts = iter(found)
    for glyph in line.glyphs:
        glyphs.append(replace(glyph, text=next(texts)) if glyph.text == UNKNOWN else glyph)
    texts = iter(found)
    spans = [replace(s, text="".join(next(texts) if c == UNKNOWN else c for c in s.text)) for s in line.spans]
    return replace(line, spans=_shown(spans), glyphs=tuple(g for g in glyphs if g.text))


def restyled(line: Line, replaced: Sequence[Line]) -> Line:
    """A recognised line with size, weight, slant and left edge of the layer's line that it replaces, if any."""
    there = [r for r in replaced if _on_level(r, line.box)]
    if not there or line.angle or any(r.angle for r in there):
        return line
    twin = max(there, key=lambda r: r.box.x_overlap(line.box))
    first = min(there, key=lambda r: r.box.x0)
    near = abs(first.box.x0 - line.box.x0) < _EDGE * twin.size_pt
    box = Rect(min(first.box.x0, line.box.x1), *line.box[1:]) if near else line.box
    return replace(
        line, box=box, size_pt=twin.size_pt, baseline_pt=twin.baseline_pt,
        bold=twin.bold, italic=twin.italic, mono=twin.mono,
    )  # fmt: skip


def _on_level(line: Line, box: Rect) -> bool:
    return line.box.y_overlap(box) > _LEVEL * min(line.box.height, box.height) and line.box.x_overlap(box) > 0


def _readings(line: Line, seen: str) -> list[str]:
    """What each unknown character of the line reads in ``seen``; itself where that does not tell."""
    text = "".join(span.text for span in line.spans)
    readings = {i: UNKNOWN for i, char in enumerate(text) if char == UNKNOWN}
    matcher = SequenceMatcher(None, text, seen, autojunk=False)
    if matcher.ratio() >= _LIKE:
        for _, i0, i1, j0, j1 in (code for code in matcher.get_opcodes() if code[0] == "replace"):
            part, told = text[i0:i1], seen[j0:j1].strip()
            count = part.count(UNKNOWN)
            if count and part.strip() == UNKNOWN * count and 0 < len(told) <= _MOST * count:
                at = part.index(UNKNOWN) + i0
                pieces = [told] + [""] * (count - 1) if len(told) != count else list(told)
                readings.update({at + k: piece for k, piece in enumerate(pieces)})
    return [readings[i] for i in sorted(readings)]


def _shown(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans that hold text; a lone span may be empty."""
    return tuple(span for span in spans if span.text) or tuple(spans[:1])
