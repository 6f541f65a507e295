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


def columns(skipped: int, *, first: int = 0) -> list[Line]:
    """Two columns of justified text with a gutter of one type size from 300 to 310, without one row."""
    rows = [n for n in range(first, 9) if n != skipped]
    left = [line(100 + 12 * n, ("words", 50, 170), ("more", 173, 300)) for n in rows]
    return left + [line(100 + 12 * n, ("others", 310 + n % 2 / 2, 420), ("again", 423, 550)) for n in rows]


def test_a_line_read_across_two_columns_parts_where_both_respect_the_gutter() -> None:
    across = line(148, ("end", 50, 160), ("left", 163, 299), ("right", 310, 450), ("on", 453, 550))
    assert [part.text for part in split_at_gutters([across, *columns(4)])][:2] == ["end left", "right on"]


def test_words_that_touch_part_at_the_gutter_and_a_word_over_it_at_its_hyphen() -> None:
    touching = line(148, ("end", 50, 160), ("left", 163, 306), ("right", 306, 450), ("on", 453, 550))
    assert [part.text for part in split_at_gutters([touching, *columns(4)])][:2] == ["end left", "right on"]
    glued = line(148, ("end", 50, 160), ("Pub-", 163, 281), ("Li-4", 284, 328), ("Data", 332, 550))
    assert [part.text for part in split_at_gutters([glued, *columns(4)])][:2] == ["end Pub- Li-", "4 Data"]


def test_a_line_over_both_columns_that_stands_apart_stays_whole() -> None:
    title = line(82, ("A", 50, 160), ("line", 163, 304), ("over", 304, 450), ("both", 453, 550))
    assert split_at_gutters([title, *columns(-1)])[0] == title
