"""Drop capitals: a large first letter over several lines, put back before the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.offline.blocks.hyphens import Vocabulary

_LARGE = 1.6  # times the size of the lines beside it
_NEAR = 1.5  # type sizes between the letter and the lines
_WORDS = frozenset("AIOÀÉYEU")  # letters that are words by themselves in one language or another


def with_drop_caps(lines: Sequence[Line], vocabulary: Vocabulary) -> list[Line]:
    """The lines, each drop capital joined to the first of the two or more lines that stand beside it."""
    result = [part for line in lines for part in _parted(line)]
    for cap in [line for line in result if _is_capital(line)]:
        beside = sorted((line for line in result if line is not cap and _is_beside(line, cap)), key=_top)
        if len(beside) < 2 or not beside[0].text[:1].isalpha():
            continue
        first = beside[0]
        if first.box.cy > cap.box.y0 + 0.5 * cap.box.height:
            continue
        joined = _joined(cap, first, vocabulary)
        result = [joined if line is first else line for line in result if line is not cap]
    return result


def _top(line: Line) -> float:
    return line.box.y0


def _parted(line: Line) -> list[Line]:
    """A line that shares the letter's baseline without it, and the letter."""
    head, *rest = line.spans
    if not rest or line.angle or not head.text.strip().isupper() or len(head.text.strip()) > 1:
        return [line]
    if head.box.height < _LARGE * max(span.box.height for span in rest):
        return [line]
    body = [glyph.size_pt for glyph in line.glyphs if glyph.box.x0 > head.box.x1 - 0.5]
    size = sorted(body)[len(body) // 2] if body else line.size_pt
    letter = replace(line, spans=(head,), box=head.box, size_pt=max(line.size_pt, head.box.height), glyphs=())
    text = replace(line, spans=tuple(rest), box=union(span.box for span in rest), size_pt=size)
    return [letter, text]


def _is_capital(line: Line) -> bool:
    text = line.text.strip().strip("\"'“”„‘’«")
    return len(text) == 1 and text.isupper() and line.angle == 0


def _is_beside(line: Line, cap: Line) -> bool:
    """True for a line of ordinary size right of the letter and within its height."""
    gap = line.box.x0 - cap.box.x1
    smaller = cap.box.height > 1.2 * line.size_pt and cap.size_pt > _LARGE * line.size_pt
    inside = cap.box.y0 - 0.6 * line.size_pt < line.box.cy < cap.box.y1 + 0.2 * line.size_pt
    return smaller and inside and -0.3 * line.size_pt < gap < _NEAR * line.size_pt and len(line.text) > 8


def _joined(cap: Line, first: Line, vocabulary: Vocabulary) -> Line:
    """The line with the letter before it; a space between them only for a letter that is a word there."""
    letter = cap.text.strip()
    word = first.text.split()[0].strip(",.;:!?").lower()
    alone = letter[-1] in _WORDS and word in vocabulary.words and letter.lower() + word not in vocabulary.words
    head, *rest = first.spans
    box = Rect(cap.box.x0, head.box.y0, head.box.x1, head.box.y1)
    span: Span = replace(head, text=letter + (" " if alone else "") + head.text.lstrip(), box=box)
    return replace(first, spans=(span, *rest), box=Rect(cap.box.x0, first.box.y0, first.box.x1, first.box.y1))
