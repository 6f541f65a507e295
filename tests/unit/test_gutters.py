"""Lines cut at column gaps."""

from __future__ import annotations

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.offline.recognition.gutters import split_at_gutters


def line(y: float, *words: tuple[str, float, float], size: float = 10.0) -> Line:
    """Words as (text, left, right) on the baseline y."""
    spans = tuple(
        Span(text + ("" if index + 1 == len(words) else " "), Rect(x0, y - 7, x1, y + 2))
        for index, (text, x0, x1) in enumerate(words)
    )
    return Line(spans, union(span.box for span in spans), y, size)


def test_a_very_wide_gap_always_parts() -> None:
    parts = split_at_gutters([line(100, ("Total", 50, 80), ("9.70", 200, 220))])
    assert [part.text for part in parts] == ["Total", "9.70"]
    assert parts[1].box.x0 == 200


def test_a_gap_parts_when_other_lines_begin_behind_it() -> None:
    wide = line(100, ("left", 50, 90), ("right", 100, 140))
    witnesses = [line(88, ("more", 100, 140)), line(112, ("text", 100.5, 140))]
    assert [part.text for part in split_at_gutters([wide, *witnesses])][:2] == ["left", "right"]


def test_a_gap_stays_when_other_lines_run_through_it() -> None:
    wide = line(100, ("left", 50, 90), ("right", 100, 140))
    through = [line(y, ("a", 50, 97), ("b", 98, 140)) for y in (88, 112)]
    assert split_at_gutters([wide, *through])[0] == wide


def test_word_spaces_never_part() -> None:
    plain = line(100, ("one", 50, 66), ("two", 69, 85))
    assert split_at_gutters([plain, line(112, ("x", 69, 80)), line(88, ("y", 69, 80))])[0] == plain


def test_a_narrow_gap_parts_between_two_straight_edges() -> None:
    wide = line(100, ("left", 50, 96), ("right", 100, 140))
    left = [line(y, ("some", 50, 96)) for y in (64, 76, 88)]
    right = [line(y, ("other", 100, 140)) for y in (64, 76, 88)]
    assert [part.text for part in split_at_gutters([wide, *left, *right])][:2] == ["left", "right"]
    assert split_at_gutters([wide, *left])[0] == wide
    assert split_at_gutters([wide, *left, *right, line(112, ("through", 60, 130))])[0] == wide
