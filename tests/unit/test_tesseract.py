"""The second recogniser: its output, its spelling, and what happens without it."""

from __future__ import annotations

import pytest
from drawn_pages import draw, page_image

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.models import Models
from leafbeam.offline.recognition import tesseract
from leafbeam.offline.recognition.tesseract import TsvWord, parse_tsv, plain_spelling, reread
from leafbeam.options import OfflineOptions, Profile
from leafbeam.types import WordOrigin

TSV = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    "4\t1\t1\t1\t1\t0\t0\t0\t90\t40\t-1\t\n"
    "5\t1\t1\t1\t1\t1\t12\t10\t40\t30\t96.5\tno<\n"
    "5\t3\t1\t1\t1\t1\t12\t10\t40\t30\t50\tiſt\n"
    "5\t3\t1\t1\t1\t2\t60\t10\t40\t30\t80\t \n"
)


def lines(score: float) -> list[Line]:
    result = []
    for index in range(6):
        box = Rect(40, 40.0 + 20 * index, 300, 50.0 + 20 * index)
        span = Span("Der Menfch ift ein Gewohnheitsthier und", box, score=score)
        result.append(Line((span,), box, box.y1 - 2, 10.0, origin=WordOrigin.DETECTOR, score=score))
    return result


def test_tsv_gives_words_by_picture() -> None:
    assert parse_tsv(TSV) == [TsvWord(0, 12.0, 52.0, 0.965, "no<"), TsvWord(2, 12.0, 52.0, 0.5, "iſt")]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("no<", "noch"),
        ("A<h", "Ach"),
        ("nac<h", "nach"),
        ("entwi>eln", "entwickeln"),
        ("ſi{<", "sich"),
        ("<hen in", "chen in"),
        ("fie find, fich", "sie sind, sich"),
        ("Diefer ift fein", "Dieser ist fein"),
        ("trifft oft", "trifft oft"),
        ("a < b", "a < b"),
        ("a <b", "a <b"),
    ],
)
def test_black_letter_ligatures_are_written_out(read: str, meant: str) -> None:
    assert plain_spelling(read) == meant


def test_clear_lines_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: pytest.fail("not to be looked for"))
    found = lines(0.999)
    assert reread(page_image(draw([])), found, Models(OfflineOptions())) == found


def test_without_the_program_the_lines_stay_and_a_hint_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: None)
    models = Models(OfflineOptions())
    found = lines(0.9)
    image = page_image(draw([]))
    assert reread(image, found, models) == found
    assert reread(image, found, models) == found
    [hint] = models.hints
    assert "tesseract-ocr-frk" in hint


def test_black_letter_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(program: str, *arguments: str) -> str:
        if arguments == ("--list-langs",):
            return "List of available languages (2):\neng\nfrk\n"
        rows = [
            f"5\t{page}\t1\t1\t1\t{word}\t{12 + 90 * word}\t10\t80\t30\t90\t{text}"
            for page in range(1, 7)
            for word, text in enumerate(("Der", "Menſ<", "iſt", "|"))
        ]
        return "\n".join(rows)

    monkeypatch.setattr(tesseract.shutil, "which", lambda name: "tesseract")
    monkeypatch.setattr(tesseract, "_run", run)
    found = lines(0.9)
    again = reread(page_image(draw([])), found, Models(OfflineOptions()))
    assert [line.text.rstrip() for line in again] == ["Der Mensch ist"] * 6
    assert [line.box for line in again] == [line.box for line in found]


def test_no_line_is_read_twice_in_one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast profile looks for black letter and reads it with the same data: the sample's reading is kept."""
    runs: list[str] = []

    def run(program: str, *arguments: str) -> str:
        runs.append(" ".join(arguments))
        if arguments == ("--list-langs",):
            return "List:\nfrk\nFraktur\n"
        return "\n".join(f"5\t{page}\t1\t1\t1\t1\t12\t10\t80\t30\t95\tMenſ<lichkeit" for page in range(1, 7))

    monkeypatch.setattr(tesseract.shutil, "which", lambda name: "tesseract")
    monkeypatch.setattr(tesseract, "_run", run)
    again = reread(page_image(draw([])), lines(0.9), Models(OfflineOptions(profile=Profile.FAST)))
    assert [line.text for line in again] == ["Menschlichkeit"] * 6
    assert len(runs) == 2
    reread(page_image(draw([])), lines(0.9), Models(OfflineOptions(profile=Profile.ACCURATE)))
    assert len(runs) == 5


def test_the_small_recogniser_is_less_sure_of_clear_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: pytest.fail("not to be looked for"))
    found = lines(0.98)
    assert reread(page_image(draw([])), found, Models(OfflineOptions(profile=Profile.FAST))) == found


def test_other_type_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a long s on the sample it is not black letter, however sure the program is."""

    def run(program: str, *arguments: str) -> str:
        if arguments == ("--list-langs",):
            return "List:\nfrk\n"
        return "\n".join(f"5\t{page}\t1\t1\t1\t1\t12\t10\t80\t30\t95\tUnderstanding" for page in range(1, 7))

    monkeypatch.setattr(tesseract.shutil, "which", lambda name: "tesseract")
    monkeypatch.setattr(tesseract, "_run", run)
    found = lines(0.9)
    assert reread(page_image(draw([])), found, Models(OfflineOptions())) == found


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Rotate: 180\nOrientation confidence: 41.35\nScript: Hebrew\n", 180),
        ("Rotate: 0\nOrientation confidence: 30.34\n", 0),
        ("Rotate: 180\nOrientation confidence: 8.30\n", None),
        ("Rotate: 90\nOrientation confidence: 40.00\n", None),
        ("", None),
    ],
)
def test_only_a_sure_orientation_counts(output: str, expected: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "find_program", lambda: "tesseract")
    monkeypatch.setattr(tesseract, "_run", lambda *arguments: output)
    assert tesseract.orientation_of(page_image(draw([])).pixels_HWC) == expected
    monkeypatch.setattr(tesseract, "find_program", lambda: None)
    assert tesseract.orientation_of(page_image(draw([])).pixels_HWC) is None
