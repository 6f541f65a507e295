"""No word is lost: every word of a line that a table took stands in one of its cells."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Picture, Ruling, Span
from leafbeam.offline.tables import TablePage, find_tables

SIZE = 10.0
CHAR = 5.0
WORDS = st.lists(st.sampled_from(["1,204", "a", "North", "9.5", "label", "12%", "2019", "longword"]), max_size=4)


def drawn_line(x: float, baseline: float, words: list[str], gap: float) -> Line:
    """Words at a gap of their own: one line may reach over borders, and beyond the rulings."""
    spans, at = [], x
    for word in words:
        width = CHAR * len(word)
        spans.append(Span(f"{word} ", Rect(at, baseline - 7.5, at + width, baseline + 2.5)))
        at += width + gap
    box = Rect(x, baseline - 7.5, max(at - gap, x + 1), baseline + 2.5)
    return Line(tuple(spans), box, baseline, SIZE)


@st.composite
def pages(draw: st.DrawFn) -> TablePage:
    lines = []
    for row in range(draw(st.integers(2, 7))):
        for x in draw(st.lists(st.sampled_from((40, 60, 130, 200, 270, 340, 410)), max_size=5, unique=True)):
            words = draw(WORDS)
            if words:
                lines.append(drawn_line(x, 100 + 14 * row, words, draw(st.sampled_from((3.0, 6.0, 22.0, 90.0)))))
    ys = draw(st.lists(st.sampled_from((88, 103, 117, 131, 200)), max_size=5, unique=True))
    xs = draw(st.lists(st.sampled_from((50, 120, 190, 260, 400)), max_size=5, unique=True))
    rulings = [Ruling(Rect(50, y, 400, y + 0.5), horizontal=True) for y in ys]
    rulings += [Ruling(Rect(x, 88, x + 0.5, 200), horizontal=False) for x in xs]
    pictures = (Picture(Rect(250, 100, 300, 130)),) if draw(st.booleans()) else ()
    return TablePage(tuple(lines), 600.0, 800.0, rulings=tuple(rulings), pictures=pictures)


@settings(max_examples=60, deadline=None)
@given(pages())
def test_the_words_of_the_lines_taken_are_the_words_of_the_cells(page: TablePage) -> None:
    found = find_tables(page)
    taken = [i for table in found for i in table.used]
    assert len(taken) == len(set(taken))
    words = Counter(word for i in taken for word in page.lines[i].text.split())
    cells = Counter(word for table in found for row in table.table.rows for cell in row for word in cell.text.split())
    assert words == cells
