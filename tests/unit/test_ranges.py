"""Page ranges, as in --pages."""

from __future__ import annotations

import pytest

from leafbeam.errors import UsageError
from leafbeam.ranges import check_pages, pages_left_out, parse_pages


@pytest.mark.parametrize(
    ("spec", "pages"),
    [
        (None, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("1", [1]),
        ("1-3", [1, 2, 3]),
        ("1:3", [1, 2, 3]),
        ("1-3,7,-2:", [1, 2, 3, 7, 9, 10]),
        ("8:", [8, 9, 10]),
        (":2", [1, 2]),
        ("-1", [10]),
        ("-3--2", [8, 9]),
        ("-3:-2", [8, 9]),
        ("9:-1", [9, 10]),
        (":-9", [1, 2]),
        ("3-1", [3, 2, 1]),
        ("5,2,5,1-6", [5, 2, 1, 3, 4, 6]),
        (" 2 , 4 - 5 ", [2, 4, 5]),
    ],
)
def test_selects(spec: str | None, pages: list[int]) -> None:
    assert parse_pages(spec, 10, "a.pdf") == tuple(page - 1 for page in pages)


@pytest.mark.parametrize("spec", ["", ",", "a", "1-", "-", ":", "1,,2", "1-2-3", "1.5", "0", "0-3", "3:0", "--1", "+1"])
def test_other_forms_are_errors_before_any_file_is_opened(spec: str) -> None:
    with pytest.raises(UsageError, match="--pages"):
        check_pages(spec)


@pytest.mark.parametrize("spec", ["11", "11-20", "-11", ":-11", "11:", "11,12:14"])
def test_pages_that_are_all_not_there_name_the_page_count(spec: str) -> None:
    check_pages(spec)
    with pytest.raises(UsageError, match=r"a\.pdf: there is no.* the document has 10 pages"):
        parse_pages(spec, 10, "a.pdf")


@pytest.mark.parametrize(
    ("spec", "pages"),
    [("9-11", [9, 10]), ("-11:", list(range(1, 11))), ("12-9", [10, 9]), ("2,11", [2]), (":40", list(range(1, 11)))],
)
def test_ranges_are_cut_to_the_document(spec: str, pages: list[int]) -> None:
    assert parse_pages(spec, 10, "a.pdf") == tuple(page - 1 for page in pages)
    assert "10 pages" in pages_left_out(spec, 10)


@pytest.mark.parametrize("spec", [None, "1-10", "-10:", "3-1"])
def test_nothing_is_said_of_pages_that_are_there(spec: str | None) -> None:
    assert pages_left_out(spec, 10) == ""


def test_one_page_is_singular() -> None:
    with pytest.raises(UsageError, match="has 1 page;"):
        parse_pages("2", 1, "a.pdf")
