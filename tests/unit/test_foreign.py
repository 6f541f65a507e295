"""Lines in scripts that the packaged recogniser lacks: read by Tesseract where it can, told where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn_pages import draw, page_image

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.models import Models
from leafbeam.offline.recognition import tesseract
from leafbeam.offline.recognition.foreign import read_foreign
from leafbeam.offline.recognition.tesseract import TsvWord, regrouped
from leafbeam.options import OfflineOptions
from leafbeam.types import WordOrigin


def lines(*scores: float, text: str = ";") -> list[Line]:
    result = []
    for index, score in enumerate(scores):
        box = Rect(40, 40.0 + 20 * index, 300, 52.0 + 20 * index)
        span = Span(text, box, score=score)
        result.append(Line((span,), box, box.y1 - 2, 10.0, origin=WordOrigin.DETECTOR, score=score))
    return result


class Tesseract:
    """Stands in for the program: the languages it has, the script it sees, what each language reads."""

    def __init__(self, script: str, confidences: dict[str, int]) -> None:
        self.script, self.confidences = script, confidences

    def run(self, program: str, *arguments: str) -> str:
        if arguments == ("--list-langs",):
            return "\n".join(["List:", "osd", *self.confidences])
        if "0" in arguments:
            return f"Script: {self.script}\n"
        language = arguments[arguments.index("-l") + 1]
        row = "5\t{page}\t1\t1\t1\t1\t12\t10\t80\t30\t{score}\t{text}"
        score = self.confidences[language]
        return "\n".join(row.format(page=page, score=score, text=f"слово{language}") for page in range(1, 12))


def install(monkeypatch: pytest.MonkeyPatch, script: str, **confidences: int) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: "tesseract")
    monkeypatch.setattr(tesseract, "_run", Tesseract(script, confidences).run)


def test_well_read_pages_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: pytest.fail("not to be looked for"))
    assert read_foreign(page_image(draw([])), lines(*[0.98] * 9), 0.0, Models(OfflineOptions())) is None


def test_without_the_program_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract.shutil, "which", lambda name: None)
    models = Models(OfflineOptions())
    found = lines(0.02, 0.0, 0.1, 0.99)
    assert read_foreign(page_image(draw([])), found, 0.0, models) == found
    [hint] = models.hints
    assert hint.startswith("3 of 4 lines")
    assert "tesseract-ocr-rus" in hint


def test_without_the_language_the_page_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Hebrew", eng=90)
    models = Models(OfflineOptions())
    found = lines(0.02, 0.0, 0.1, 0.99)
    assert read_foreign(page_image(draw([])), found, 0.0, models) == found
    [hint] = models.hints
    assert "Hebrew" in hint
    assert "tesseract-ocr-heb" in hint


def test_the_language_that_reads_best_reads_the_poor_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Cyrillic", rus=70, ukr=92)
    models = Models(OfflineOptions())
    again = read_foreign(page_image(draw([])), lines(0.02, 0.0, 0.1, 0.99, 0.99, 0.99), 0.0, models)
    assert again is not None
    assert [line.text for line in again] == ["словоukr"] * 3 + [";"] * 3
    assert all(line.score > 0.9 for line in again)
    assert models.hints == []


def test_bad_latin_type_is_not_foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Latin", rus=90)
    models = Models(OfflineOptions())
    assert read_foreign(page_image(draw([])), lines(0.6, 0.6, 0.6, 0.6), 0.0, models) is None
    assert models.hints == []


def test_letters_outside_the_alphabet_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Latin", eng=90)
    models = Models(OfflineOptions())
    assert read_foreign(page_image(draw([])), lines(0.94, 0.94, 0.94), 0.04, models) is None
    [hint] = models.hints
    assert "tesseract-ocr-vie" in hint


def test_a_few_labels_are_no_alphabet(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Latin", eng=90)
    models = Models(OfflineOptions())
    labels = [replace(line, box=line.box._replace(x1=100.0)) for line in lines(*[0.94] * 12)]
    assert read_foreign(page_image(draw([])), labels, 0.04, models) is None
    assert models.hints == []


def test_single_characters_are_put_together_as_the_text_has_them() -> None:
    words = [TsvWord(2, 10.0 * i, 10.0 * i + 8, 0.9, char) for i, char in enumerate("모든인류")]
    joined = regrouped(words, "모든 인류\n")
    assert [(word.text, word.x0, word.x1) for word in joined] == [("모든", 0.0, 18.0), ("인류", 20.0, 38.0)]
    assert regrouped(words, "") == [TsvWord(2, 0.0, 38.0, pytest.approx(0.9), "모든인류")]
