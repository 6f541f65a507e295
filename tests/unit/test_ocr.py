"""Recognised lines: text, words, boxes and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn_pages import PROSE, draw, page_image, prose

from leafbeam.geometry import Rect
from leafbeam.layer import Line
from leafbeam.offline.models import Models, Net
from leafbeam.offline.recognition import ocr
from leafbeam.offline.recognition.cleanup import without_specks
from leafbeam.offline.recognition.detect import TextBox
from leafbeam.offline.recognition.ocr import read_lines
from leafbeam.offline.recognition.recognise_text import Crop, trimmed
from leafbeam.options import OfflineOptions, Profile
from leafbeam.types import PageImage, WordOrigin


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(OfflineOptions(profile=Profile.FAST))


def test_prose_is_read_line_by_line(models: Models) -> None:
    lines = read_lines(page_image(prose()), models)
    assert [line.text for line in lines] == list(PROSE)
    for line in lines:
        assert line.origin is WordOrigin.DETECTOR
        assert 0.8 < line.score <= 1.0
        assert [span.text.rstrip() for span in line.spans] == line.text.split()


def test_boxes_baselines_and_sizes_are_in_points(models: Models) -> None:
    lines = read_lines(page_image(prose(px=32, left=160, top=220), dpi=150.0), models)
    for index, line in enumerate(lines):
        baseline = (220 + round(index * 1.4 * 32)) * 72 / 150
        assert line.baseline_pt == pytest.approx(baseline, abs=1.0)
        assert line.box.x0 == pytest.approx(160 * 72 / 150, abs=2.0)
        assert line.size_pt == pytest.approx(32 * 72 / 150, rel=0.25)
    assert len({line.size_pt for line in lines}) <= 2


def test_words_have_boxes_of_their_own(models: Models) -> None:
    [line] = read_lines(page_image(draw([("one two three four", 200, 400, 40)])), models)
    boxes = [span.box for span in line.spans]
    assert len(boxes) == 4
    assert all(a.x1 <= b.x0 for a, b in pairwise(boxes))


def test_columns_give_lines_of_their_own(models: Models) -> None:
    rows = [("left column text here", 120, 300 + 50 * i, 28) for i in range(8)]
    rows += [("right column text here", 480, 300 + 50 * i, 28) for i in range(8)]
    lines = read_lines(page_image(draw(rows)), models)
    assert {line.text for line in lines} == {"left column text here", "right column text here"}
    assert len(lines) == 16


def test_within_keeps_to_the_rectangles(models: Models) -> None:
    image = page_image(prose())
    first = Rect(0, 0, 600, (220 + 20) * 72 / 150)
    assert [line.text for line in read_lines(image, models, (first,))] == [PROSE[0]]
    assert read_lines(image, models, ()) == ()


def test_a_blank_page_has_no_lines(models: Models) -> None:
    assert read_lines(page_image(draw([])), models) == ()


def test_yellowed_paper_reads_the_same(models: Models) -> None:
    page = (prose().astype(float) * (0.85, 0.78, 0.6)).astype("uint8")
    assert [line.text for line in read_lines(page_image(page), models)] == list(PROSE)


def test_engines_agree(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    import leafbeam.offline.models as module

    image = page_image(prose())
    expected = [line.text for line in read_lines(image, models)]
    assert models.session(Net.DETECTOR).engine == "openvino"

    def refuse(path: object, net: object, threads: int) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(module, "_OpenVinoSession", refuse)
    other = Models(OfflineOptions(profile=Profile.FAST))
    assert [line.text for line in read_lines(image, other)] == expected
    assert other.session(Net.DETECTOR).engine == "onnxruntime"


def test_a_page_under_salt_and_pepper_is_read(models: Models) -> None:
    noise = np.random.default_rng(1).random((1754, 1240))
    page = prose(px=24)
    page[noise < 0.02] = 0
    page[noise > 0.98] = 255
    read = {word for line in read_lines(page_image(page), models) for word in line.text.split()}
    words = {word for line in PROSE for word in line.split()}
    assert len(words & read) >= 0.9 * len(words)


def test_a_page_without_specks_stays_as_it_is() -> None:
    page = prose()
    assert without_specks(page) is page
    assert without_specks(255 - page).max() == 255 - page.min()


def test_trimming_moves_the_box_with_the_pixels() -> None:
    corners = np.array([[100, 100], [500, 100], [500, 148], [100, 148]], dtype=np.float32)
    crop = Crop(TextBox(corners, 0.9), np.zeros((48, 400, 3), np.uint8))
    closer = trimmed(crop)
    assert closer.pixels_HWC.shape[0] == 48
    assert 100 < closer.box.corners_42[0, 1] < 106
    assert closer.box.corners_42[0, 1] - 100 == pytest.approx(148 - closer.box.corners_42[3, 1])


def test_text_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsure(image: PageImage, lines: Sequence[Line], models: Models) -> list[Line]:
        return [replace(line, score=0.4) if index == 3 else line for index, line in enumerate(lines)]

    monkeypatch.setattr(ocr, "reread", unsure)
    models = Models(OfflineOptions(profile=Profile.FAST))
    lines = read_lines(page_image(prose()), models)
    assert [line.text for line in lines] == [text for index, text in enumerate(PROSE) if index != 3]
    assert [hint for hint in models.hints if "left out (1)" in hint]
