"""Accents that were not printed, told by the page they are on."""

from __future__ import annotations

import numpy as np

from leafbeam.offline.recognition.detect import TextBox
from leafbeam.offline.recognition.marks import without_stray_marks
from leafbeam.offline.recognition.recognise_text import Char, Crop, Reading

CROP = Crop(TextBox(np.zeros((4, 2), np.float32), 1.0), np.zeros((48, 10, 3), np.uint8))


def reading(text: str, doubtful: float) -> Reading:
    """A line whose accented letters after a "~" have this score; all others are sure."""
    chars, score = [], 0.99
    for letter in text:
        if letter == "~":
            score = doubtful
            continue
        chars.append(Char(letter, 0.0, 1.0, score))
        score = 0.99
    return Reading(CROP, tuple(chars), 0.95, np.zeros(1, np.float32), 4.0)


def texts(*lines: str, doubtful: float = 0.5) -> list[str]:
    return [line.text for line in without_stray_marks([reading(line, doubtful) for line in lines])]


ENGLISH = "the button turns the tape forward and the lamp begins to glow " * 10


def test_a_page_without_accents_loses_those_that_are_doubtful():
    assert texts(ENGLISH, "press F~\u00d3RWARD or LOC~\u00c3TE") == [ENGLISH, "press FORWARD or LOCATE"]


def test_a_sure_accent_stays_also_in_a_name_on_such_a_page():
    assert texts(ENGLISH, "by J. Müller", "in fa~\u0219t motion") == [ENGLISH, "by J. Müller", "in fast motion"]
    assert texts(ENGLISH, "by J. M~üller", doubtful=0.78)[1] == "by J. Müller"


def test_a_page_with_accents_keeps_all_of_them():
    french = "la façade de l'école a été abîmée"
    assert texts(ENGLISH, french, "une r~éunion") == [ENGLISH, french, "une réunion"]


def test_other_alphabets_and_signs_stay():
    line = "~\u0439 ~\u304c ~\u00bd ~\u00b0 ~\u00df"
    assert texts(ENGLISH, line) == [ENGLISH, line.replace("~", "")]
