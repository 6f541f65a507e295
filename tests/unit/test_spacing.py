"""Words from characters and gaps in the ink."""

from __future__ import annotations

import numpy as np

from leafbeam.offline.recognition.detect import TextBox
from leafbeam.offline.recognition.recognise_text import Char, Crop, Reading, collapse
from leafbeam.offline.recognition.spacing import words_of

ALPHABET = ("", "a", "b", "ﬁ", "\u3000", " ")


def reading(text: str, hint: float = 0.5, step: float = 8.0) -> Reading:
    """One character every 16 px, the recogniser's belief in a space the same everywhere."""
    chars = tuple(Char(char, 16.0 * i + 4, 16.0 * i + 12, 0.9) for i, char in enumerate(text))
    width = 16 * len(text)
    crop = Crop(TextBox(np.zeros((4, 2), np.float32), 1.0), np.zeros((48, width, 3), np.uint8))
    return Reading(crop, chars, 0.9, np.full(2 * len(text), hint, np.float32), step)


def test_repeats_are_joined_and_blanks_separate() -> None:
    chars = collapse([1, 1, 0, 1, 2, 0, 5, 5, 0], [0.5, 0.9, 1, 0.8, 0.7, 1, 1, 1, 1], ALPHABET, 8.0)
    assert [(char.text, char.x0, char.x1) for char in chars] == [("a", 0, 16), ("a", 24, 32), ("b", 32, 40)]
    assert chars[0].score == 0.9


def test_ligatures_are_expanded_and_wide_spaces_made_plain() -> None:
    assert "".join(char.text for char in collapse([3, 4, 1], [1, 1, 1], ALPHABET, 8.0)) == "fi a"


def test_words_end_where_the_ink_ends() -> None:
    words = words_of(reading("ab cd"), [(0, 2), (30, 49), (78, 80)])
    assert [(word.text, word.x0, word.x1, word.space_after) for word in words] == [
        ("ab", 2.0, 30.0, True),
        ("cd", 49.0, 78.0, False),
    ]


def test_a_wide_gap_between_letters_is_a_space_when_the_recogniser_had_one_in_mind() -> None:
    gaps = [(30, 34), (46, 60), (78, 82)]
    assert [word.text for word in words_of(reading("abcdef", hint=0.1), gaps)] == ["abc", "def"]
    assert [word.text for word in words_of(reading("abcdef", hint=0.0), gaps)] == ["abcdef"]


def test_a_wide_gap_beside_a_quotation_mark_is_a_space() -> None:
    gaps = [(30, 34), (46, 60), (78, 82)]
    assert [word.text for word in words_of(reading('abc"ef', hint=0.1), gaps)] == ["abc", '"ef']
    assert [word.text for word in words_of(reading('ab"def', hint=0.1), gaps)] == ['ab"', "def"]
    assert [word.text for word in words_of(reading('ab"def', hint=0.1), [(30, 34)])] == ['ab"def']
    assert [word.text for word in words_of(reading('ab½"ef', hint=0.1), gaps)] == ['ab½"ef']
    assert [word.text for word in words_of(reading('ab "ef', hint=0.1), [(62, 76)])] == ["ab", '"ef']


def test_cjk_and_letters_part_without_a_space() -> None:
    words = words_of(reading("用Python写"), [])
    assert [word.text for word in words] == ["用", "Python", "写"]
    assert not any(word.space_after for word in words)


def test_a_mark_without_ink_is_no_mark() -> None:
    words = words_of(reading("ab·cd"), [(29, 50)])
    assert [word.text for word in words] == ["ab", "cd"]


def test_full_width_letters_become_plain_outside_cjk() -> None:
    assert words_of(reading("Ｆ２"), [])[0].text == "F2"
    assert words_of(reading("中２"), [])[-1].text == "２"
