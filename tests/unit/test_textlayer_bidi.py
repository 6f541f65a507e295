"""Right-to-left lines from where their characters stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leafbeam.textlayer.bidi import is_right_to_left, mirrored, reading_order
from leafbeam.textlayer.forms import typed


def read(shown: str) -> str:
    return mirrored("".join(shown[i] for i in reading_order(shown)))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("םלוע םולש", "שלום עולם"),
        (".2023 תנשב 1,250 היה", "היה 1,250 בשנת 2023."),
        ("שדח ץבוק PDF file 2.0 חתפ", "פתח PDF file 2.0 קובץ חדש"),
        ("Hebrew םולש םלוע in an English line", "Hebrew עולם שלום in an English line"),
        ("םלוע (םולש) רבד", "דבר (שלום) עולם"),
        ("םלוע )םולש( רבד", "דבר (שלום) עולם"),
    ],
)
def test_lines_are_read_in_their_own_direction(shown: str, expected: str) -> None:
    assert read(shown) == expected


@given(st.text(alphabet="אבגabc12 .,()", max_size=30))
def test_nothing_is_lost(shown: str) -> None:
    assert sorted(reading_order(shown)) == list(range(len(shown)))


@pytest.mark.parametrize(("text", "expected"), [("a", False), ("é中", False), ("xא", True), ("ل", True), ("٣", False)])
def test_only_letters_tell_the_direction(text: str, expected: bool) -> None:
    assert is_right_to_left(text) is expected


@pytest.mark.parametrize(
    ("form", "expected"), [("⽂", "文"), ("⻋", "车"), ("⻝", "食"), ("⻩", "黄"), ("ﻻ", "لا"), ("ﺐ", "ب"), ("ﬡ", "א")]
)
def test_forms_become_the_characters_that_were_typed(form: str, expected: str) -> None:
    assert typed(form) == expected
