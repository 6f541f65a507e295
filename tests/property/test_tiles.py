"""Answers to two half pages that overlap: every line is there, and none twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.remote.tiles import joined

SENTENCE = st.text("abcdefghijklmnopqrstuvwxyz ", min_size=25, max_size=60).map(str.strip).filter(lambda s: len(s) > 20)
NUMBER = st.integers(1, 10**6).map(str)
ROW = st.builds("| Item {} | {} | {} |".format, st.integers(1, 99), st.sampled_from(["0.00", "1.50"]), st.booleans())


@st.composite
def overlapping(draw, line):
    """Lines of a page that are all different, and where the lower half begins and the upper one ends."""
    lines = draw(st.lists(line, min_size=8, max_size=60, unique=True))
    overlap = draw(st.integers(5, min(20, len(lines) - 2)))
    begin = draw(st.integers(1, len(lines) - overlap - 1))
    return lines, begin, begin + overlap


@settings(max_examples=150, deadline=None)
@given(
    overlapping(SENTENCE) | overlapping(NUMBER) | overlapping(ROW) | overlapping(NUMBER | ROW | SENTENCE),
    st.booleans(),
    st.sampled_from(["\n", "\n\n"]),
)
def test_no_line_is_lost_or_doubled(page, garbled, end_of_line):
    lines, begin, end = page
    upper, lower = lines[:end], lines[begin:]
    if garbled:  # the lines at the cuts are cut themselves
        upper, lower = [*upper[:-1], "~"], ["~", *lower[1:]]
    assert joined(end_of_line.join(upper), end_of_line.join(lower)).split(end_of_line) == lines


def test_values_that_repeat_are_told_apart_by_their_neighbours():
    column = ["Yes", "No", "No", "Yes", "No", "Yes", "Yes", "No", "No", "No", "Yes", "Yes", "Yes", "No"]
    upper, lower = column[:9], column[4:]
    assert joined("\n\n".join(upper), "\n\n".join(lower)).split("\n\n") == column
