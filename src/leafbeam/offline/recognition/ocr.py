"""Text of a page image as lines with words: detection, recognition, and what the pixels say about each line's type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Span
from leafbeam.offline.models import Models
from leafbeam.offline.recognition.cleanup import whiten, without_specks
from leafbeam.offline.recognition.coverage import read_share
from leafbeam.offline.recognition.detect import TextBox, find_text
from leafbeam.offline.recognition.foreign import read_foreign
from leafbeam.offline.recognition.gutters import split_at_gutters
from leafbeam.offline.recognition.linemetrics import Measures, free_columns, ink_of, measure
from leafbeam.offline.recognition.marks import without_stray_marks
from leafbeam.offline.recognition.recognise_text import CROP_HEIGHT, Crop, Reading, cut, recognise, trimmed, upside_down
from leafbeam.offline.recognition.spacing import Word, words_of
from leafbeam.offline.recognition.tesseract import reread
from leafbeam.types import PageImage, WordOrigin

_MIN_SCORE = 0.5  # of a line: below this it is a picture, a stain or a script the models lack
_SURE_SCORE = 0.93  # a line below this is read a second time, cut closer
_UNCLEAR_LETTERS = 12  # in all pieces left out, worth telling about: pictures give a few letters by chance
_SCRIPT_SCORE = 0.2  # a line of a script the recogniser lacks still scores this
_SILENT = (0.5, 2.0)  # of the usual height: a box without any reading this high is a line in a script that is lacking
_SILENT_SIZE = 0.7  # of a box's height: its type size, where no letter tells
_LETTER_WIDTH = 0.5  # of the type size
_TRUSTED = 0.8  # score times the share of the ink that was read
_BOLD_STROKE = 1.3  # times the page's usual stem width for its size
_MIN_BOLD_SIZE_PX = 20.0
_SAME_SIZE = 0.14
_SOLID = 1.15  # type is rarely set closer than its size, by this factor at most


@dataclass(frozen=True, slots=True)
class _Measured:
    """A line with its stem width as a part of the type size, 0 where it could not be measured, and the share of its
    letters that no character accounts for."""

    line: Line
    stem: float
    unread: float


def read_lines(image: PageImage, models: Models, within: tuple[Rect, ...] | None = None) -> tuple[Line, ...]:
    """The page's text as lines (origin DETECTOR), top to bottom; boxes in points of the image's frame.

    Each line lies in one column or cell and has one span per word, which ends with its space. ``within`` keeps to the
    pieces of text whose centre lies in one of these rectangles. Lines that read badly are left out, and a hint says so.
    """
    pixels_HWC = without_specks(image.pixels_HWC)
    boxes = find_text(whiten(pixels_HWC), models)
    if within is not None:
        boxes = [box for box in boxes if _is_within(box, within, 72.0 / image.dpi)]
    readings = without_stray_marks(_read([cut(pixels_HWC, box) for box in boxes], models))
    measured = [
        _line(reading, image.dpi) for reading in readings if reading.score >= _SCRIPT_SCORE and reading.text.strip()
    ]
    lines = split_at_gutters(_with_steady_size(_with_weight(measured)))
    lines += _silent(readings, image.dpi)
    lost = median([item.unread for item in measured if item.unread < 1 - _MIN_SCORE] or [0.0])
    known = len(models.hints)
    lines = read_foreign(image, lines, lost, models) or reread(image, lines, models)
    unclear = [line for line in lines if line.score < _MIN_SCORE]
    if sum(_letters(line) for line in unclear) >= _UNCLEAR_LETTERS and len(models.hints) == known:
        models.hint(f"pieces of text too unclear to read were left out ({len(unclear)}): look at the page itself")
    kept = [line for line in lines if line.score >= _MIN_SCORE]
    return tuple(sorted(kept, key=lambda line: (line.box.y0, line.box.x0)))


def _is_within(box: TextBox, within: tuple[Rect, ...], points: float) -> bool:
    x, y = (float(v) * points for v in box.corners_42.mean(axis=0))
    return any(rect.contains(x, y) for rect in within)


def _read(crops: list[Crop], models: Models) -> list[Reading]:
    """Readings of the crops: standing ones read in both directions, doubtful ones a second time without the rims.

    A tall neighbour that reaches into the crop is read as an accent or blurs the letters; the better score wins.
    """
    readings = recognise(crops, models)
    doubtful = [i for i, reading in enumerate(readings) if _SCRIPT_SCORE <= reading.score < _SURE_SCORE]
    doubtful = [index for index in doubtful if not crops[index].turned]
    closer = recognise([trimmed(crops[index]) for index in doubtful], models)
    for index, other in zip(doubtful, closer, strict=True):
        if other.score > readings[index].score:
            readings[index] = other
    standing = [index for index, crop in enumerate(crops) if crop.turned]
    flipped = recognise([upside_down(crops[index]) for index in standing], models)
    for index, other in zip(standing, flipped, strict=True):
        if other.score > readings[index].score:
            readings[index] = other
    return readings


def _line(reading: Reading, dpi: float) -> _Measured:
    ink_HW = ink_of(reading.crop.pixels_HWC)
    words = words_of(reading, free_columns(ink_HW))
    measures = measure(ink_HW, reading.text)
    share = read_share(reading, ink_HW, measures.size)
    if reading.score * share < _TRUSTED:  # what was read says nothing about where the ink ends
        measures = replace(measures, top=0.0, bottom=float(CROP_HEIGHT))
    frame = _Frame(reading.crop, dpi)
    spans = tuple(
        Span(
            text=word.text + (" " if word.space_after and index + 1 < len(words) else ""),
            box=frame.rect(word, measures),
            score=word.score * share,
        )
        for index, word in enumerate(words)
    )
    scale = frame.points_per_px
    size_px = measures.size * scale * dpi / 72.0
    stem = measures.stroke / measures.size if size_px >= _MIN_BOLD_SIZE_PX else 0.0
    box = union(span.box for span in spans)
    line = Line(
        spans=spans,
        box=box,
        baseline_pt=frame.y(measures.baseline) if not reading.crop.turned else box.y1,
        size_pt=round(measures.size * scale, 2),
        origin=WordOrigin.DETECTOR,
        score=reading.score * share,
    )
    return _Measured(line, stem, 1 - share)


def _silent(readings: list[Reading], dpi: float) -> list[Line]:
    """Empty lines, with a score of 0, for the pieces that are shaped like the page's lines and in which nothing was
    read."""
    if not readings:
        return []
    usual = median(reading.crop.box.height for reading in readings)
    lines: list[Line] = []
    for reading in readings:
        height = reading.crop.box.height
        if reading.text or reading.crop.turned or not _SILENT[0] * usual < height < _SILENT[1] * usual:
            continue
        (x0, y0), (x1, y1) = (reading.crop.box.corners_42[corner].tolist() for corner in (0, 2))
        x0, y0, x1, y1 = (value * 72.0 / dpi for value in (x0, y0, x1, y1))
        box = Rect(x0, y0, max(x0, x1), max(y0, y1))
        size = _SILENT_SIZE * box.height
        span = Span("", box, score=0.0)
        lines.append(Line((span,), box, box.y1 - 0.25 * size, size, origin=WordOrigin.DETECTOR, score=0.0))
    return lines


def _letters(line: Line) -> float:
    """How many letters were not read in a line that is left out; those of pictures, read by chance, count as read."""
    if line.text:
        return sum(char.isalpha() for char in line.text)
    return line.box.width / (_LETTER_WIDTH * line.size_pt) if line.box.width >= 2 * line.box.height else 0.0


class _Frame:
    """Maps crop px to points of the page; the ink rows of the line bound each box, not the detector's wider margin."""

    def __init__(self, crop: Crop, dpi: float) -> None:
        self._corners_42 = crop.box.corners_42 * (72.0 / dpi)
        self._turned = crop.turned
        self._width = crop.pixels_HWC.shape[1]
        across = crop.box.width if crop.turned in {90, 270} else crop.box.height
        self.points_per_px = across * 72.0 / dpi / CROP_HEIGHT

    def _point(self, x: float, y: float) -> tuple[float, float]:
        u, v = x / self._width, y / CROP_HEIGHT
        if self._turned == 270:  # the crop is the box turned anticlockwise
            u, v = 1 - v, u
        elif self._turned == 90:
            u, v = v, 1 - u
        top = self._corners_42[0] * (1 - u) + self._corners_42[1] * u
        bottom = self._corners_42[3] * (1 - u) + self._corners_42[2] * u
        point = top * (1 - v) + bottom * v
        return float(point[0]), float(point[1])

    def rect(self, word: Word, measures: Measures) -> Rect:
        points = [self._point(x, y) for x in (word.x0, word.x1) for y in (measures.top, measures.bottom)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return Rect(min(xs), min(ys), max(xs), max(ys))

    def y(self, row: float) -> float:
        return self._point(self._width / 2, row)[1]


def _with_weight(measured: list[_Measured]) -> list[Line]:
    """Lines marked bold where their stems are clearly wider than is usual on this page."""
    weighted = [item for item in measured if item.stem > 0 and len(item.line.text) >= 8]
    if len(weighted) < 4:
        return [item.line for item in measured]
    usual = median(np.repeat([item.stem for item in weighted], [len(item.line.text) for item in weighted]).tolist())
    return [replace(item.line, bold=item.stem > _BOLD_STROKE * usual) for item in measured]


def _with_steady_size(lines: list[Line]) -> list[Line]:
    """Each line's size replaced by the prevailing one among the page's lines of nearly the same size and weight.

    A single line's estimate is some 8 % off; type sizes on a page are few.
    """
    pitches = _pitches(lines)
    lines = [
        replace(line, size_pt=min(line.size_pt, _SOLID * pitch)) for line, pitch in zip(lines, pitches, strict=True)
    ]
    size_N, bold_N = np.array([line.size_pt for line in lines]), np.array([line.bold for line in lines])
    letters_N = np.array([min(60, len(line.text)) for line in lines], dtype=np.int64)
    result: list[Line] = []
    for line in lines:
        near_N = (bold_N == line.bold) & (np.abs(size_N - line.size_pt) <= _SAME_SIZE * line.size_pt)
        size = line.size_pt
        if np.count_nonzero(near_N) >= 3:
            size = float(np.median(np.repeat(size_N[near_N], letters_N[near_N])))
        result.append(replace(line, size_pt=round(size, 2)))
    return result


def _pitches(lines: list[Line]) -> list[float]:
    """For each line the distance in points to the nearest baseline above or below in the same column; infinity for a
    lone line."""
    x0_N, y0_N, x1_N, y1_N = np.array([line.box for line in lines], dtype=np.float64).reshape(-1, 4).T
    baseline_N = np.array([line.baseline_pt for line in lines])
    result: list[float] = []
    for index in range(len(lines)):
        distance_N = np.abs(baseline_N - baseline_N[index])
        overlap_N = np.minimum(x1_N, x1_N[index]) - np.maximum(x0_N, x0_N[index])
        narrower_N = np.minimum(x1_N - x0_N, x1_N[index] - x0_N[index])
        beside_N = (distance_N > 0.5 * (y1_N[index] - y0_N[index])) & (overlap_N > 0.5 * narrower_N)
        result.append(float(distance_N[beside_N].min(initial=np.inf)))
    return result
