"""Lines of a made-up page, set in a face whose characters are half the type size wide."""

from __future__ import annotations

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span

WIDTH_PT, HEIGHT_PT = 612.0, 792.0


def line_at(
    x: float, baseline: float, text: str, *, size: float = 10.0, bold: bool = False, italic: bool = False
) -> Line:
    """One line of one span that begins at ``x``."""
    box = Rect(x, baseline - 0.7 * size, x + 0.5 * size * len(text), baseline + 0.2 * size)
    return Line((Span(text, box, bold=bold, italic=italic),), box, baseline, size, bold=bold, italic=italic)


def raised_at(x: float, baseline: float, mark: str, text: str, size: float = 8.0) -> Line:
    """A line that begins with a raised mark: a footnote."""
    first = Rect(x, baseline - 0.9 * size, x + 3, baseline - 0.4 * size)
    rest = line_at(x + 4, baseline, text, size=size)
    box = Rect(x, rest.box.y0, rest.box.x1, rest.box.y1)
    return Line((Span(mark, first, script=1), *rest.spans), box, baseline, size)


def column(x: float, top: float, texts: list[str], *, size: float = 10.0, leading: float = 12.0) -> list[Line]:
    """Lines below each other."""
    return [line_at(x, top + index * leading, text, size=size) for index, text in enumerate(texts)]
