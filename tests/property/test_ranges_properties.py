"""Properties of page ranges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leafbeam.errors import UsageError
from leafbeam.ranges import parse_pages

COUNTS = st.integers(1, 60)


@given(COUNTS, st.data())
def test_a_range_is_python_indexing(count: int, data: st.DataObject) -> None:
    pages = st.integers(1, count).flatmap(lambda page: st.sampled_from([page, page - count - 1]))
    spans = data.draw(st.lists(st.tuples(pages, pages), min_size=1, max_size=5))
    wanted: list[int] = []
    for first, last in spans:
        start, stop = first % (count + 1) - 1, last % (count + 1) - 1
        wanted += range(start, stop + 1) if start <= stop else range(start, stop - 1, -1)
    spec = ",".join(f"{first}{data.draw(st.sampled_from('-:'))}{last}" for first, last in spans)
    assert parse_pages(spec, count, "x") == tuple(dict.fromkeys(wanted))


@given(st.text("0123456789-:, x", max_size=12), COUNTS)
def test_any_text_selects_pages_that_exist_or_is_a_usage_error(spec: str, count: int) -> None:
    try:
        pages = parse_pages(spec, count, "x")
    except UsageError:
        return
    assert pages
    assert len(set(pages)) == len(pages)
    assert all(0 <= page < count for page in pages)
