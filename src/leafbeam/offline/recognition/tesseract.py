"""A second recogniser for what the packaged one lacks: the ``tesseract`` program, used only where it is installed.

Black letter (Fraktur) is met most: the packaged recogniser reads it as roman type with many letters wrong. Other
scripts (Cyrillic, Arabic, Hangul, ...) are for foreign.py to decide. Nothing here is needed: without the program or its
language data the page keeps the packaged recogniser's reading and ``models.hints`` says what would help.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.models import Models
from leafbeam.offline.recognition.cleanup import Pixels
from leafbeam.options import Profile
from leafbeam.types import PageImage

_TIMEOUT_S = 120.0
_DOUBTFUL = {Profile.ACCURATE: 0.985, Profile.FAST: 0.97}  # a line of clear type in a known script scores higher
_DOUBTFUL_SHARE = 0.3  # of the page's characters that makes a second opinion worth its time
_LEAST_LINES = 5
_CLEAR = 0.995  # a line above this is roman type in a page of black letter, and well read
_LIKELY_CLEAR, _SURE = 0.99, 0.9  # a line above the first is too, unless Tesseract's words are surer than the second
_SAMPLE = 6
_LEAST_CONFIDENCE = 0.7
_LONG_S_SHARE = 0.01  # of the letters: black letter has several per line, other type none
_LINE_HEIGHT = 64  # px at which lines are handed over
_MARGIN_X, _MARGIN_Y = 0.1, 0.04  # of the line's height, cut out around it
_BORDER = 12  # px of white around them

_SPACELESS = frozenset({"kor", "Hangul", "tha", "Thai", "khm", "Khmer", "lao", "Lao", "mya", "Myanmar"})
_BLACK_LETTER = ("frk", "Fraktur")  # language data, the better first; together they read better than either
_LETTERS = r"A-Za-zÄÖÜäöüßſ"
_CH = re.compile(  # how the data writes its ligature for "ch"
    rf"(?<=[{_LETTERS}])c?[{{(]?<(?:c?h)?|(?<!\S)<(?:c?h)?(?=[{_LETTERS}]{{2}})"
)
_CK = re.compile(rf"(?<=[{_LETTERS}])>")  # and for "ck"
# German words that exist only with s: the long s is often read as an f. "fein" and "feiner" exist and stay.
_LONG_S = re.compile(
    r"(?:\bf(?=(?:ie|ich|ind|o|ehr|ei|eit|ondern|onst|chon|elb[sf]t|oll(?:en|te|ten)?|olche[mnrs]?)\b)"
    r"|(?<=\b[Dd]ie)f(?=e[mnrs]?\b)|(?<=\b[Ii])f(?=t\b))"
)
_TURN = re.compile(r"^Rotate: (0|180)\s+Orientation confidence: ([\d.]+)", re.MULTILINE)
_SURE_TURN = 15.0  # Tesseract's own measure: 30 to 40 for a full page, 8 for a script it takes for another
_SCRIPT = re.compile(r"^Script: (\w+)", re.MULTILINE)
_HINT = "some pages read badly with the packaged recogniser; {what}"


@dataclass(frozen=True, slots=True)
class TsvWord:
    """One word of Tesseract's TSV output: which picture it is from (from 0), left and right in px, score 0..1, text."""

    picture: int
    x0: float
    x1: float
    score: float
    text: str


def find_program() -> str | None:
    """Where the program is; None when it is not installed."""
    return shutil.which("tesseract")


def confidence(words: Sequence[TsvWord]) -> float:
    """The mean score of the words by length, 0 for none."""
    letters = sum(len(word.text) for word in words)
    return sum(word.score * len(word.text) for word in words) / letters if letters else 0.0


def reread(image: PageImage, lines: Sequence[Line], models: Models) -> list[Line]:
    """The lines, read again where Tesseract clearly knows the type better; boxes of lines, sizes and baselines stay."""
    letters = sum(len(line.text) for line in lines)
    profile = models.options.profile
    doubtful = sum(len(line.text) for line in lines if line.score < _DOUBTFUL[profile])
    if len(lines) < _LEAST_LINES or doubtful < _DOUBTFUL_SHARE * letters:
        return list(lines)
    program = find_program()
    if program is None:
        if doubtful > 0.6 * letters:
            what = "Tesseract with its Fraktur data may help (Debian: tesseract-ocr, tesseract-ocr-frk)"
            models.hint(_HINT.format(what=what))
        return list(lines)
    known = languages(program)
    language = _black_letter_of(known, profile)
    if language is None:
        models.hint(_HINT.format(what="if they are black letter, Tesseract's Fraktur data helps (tesseract-ocr-frk)"))
        return list(lines)
    sample = sorted(range(len(lines)), key=lambda place: -lines[place].box.width)[:_SAMPLE]
    first = language.partition("+")[0]
    words = read(program, first, image, [lines[place] for place in sample])
    if not _is_black_letter(words):
        return list(lines)
    known_words = {place: _words_of(words, index) for index, place in enumerate(sample)} if first == language else {}
    return _replaced(image, lines, _Second(program, language, known_words))


def _black_letter_of(known: frozenset[str], profile: Profile) -> str | None:
    """The language argument for black letter: all the installed data, only the best where speed matters."""
    names = [name for name in _BLACK_LETTER if name in known]
    return "+".join(names if profile is Profile.ACCURATE else names[:1]) or None


def _is_black_letter(words: Sequence[TsvWord]) -> bool:
    text = "".join(word.text for word in words)
    letters = sum(char.isalpha() for char in text)
    if letters < 40 or float(np.mean([word.score for word in words])) < _LEAST_CONFIDENCE:
        return False
    return text.count("ſ") >= _LONG_S_SHARE * letters


def plain_spelling(text: str) -> str:
    """Black letter in today's letters: the long s as s, and the ligatures ch and ck written out."""
    return _LONG_S.sub("s", _CK.sub("ck", _CH.sub("ch", text)).replace("ſ", "s"))


@dataclass(frozen=True, slots=True)
class _Second:
    """The second recogniser: program, language, and the words of the lines that it has read, by the lines' places."""

    program: str
    language: str
    words: Mapping[int, list[TsvWord]]


def _words_of(words: Sequence[TsvWord], picture: int) -> list[TsvWord]:
    return [word for word in words if word.picture == picture]


def _replaced(image: PageImage, lines: Sequence[Line], second: _Second) -> list[Line]:
    """The lines, the unclear ones as Tesseract reads them: roman type between black letter keeps its reading."""
    result = list(lines)
    places = [place for place, line in enumerate(lines) if line.score < _CLEAR]
    unread = [place for place in places if place not in second.words]
    words = read(second.program, second.language, image, [lines[place] for place in unread])
    by_place = {**second.words, **{place: _words_of(words, index) for index, place in enumerate(unread)}}
    for place in places:
        own = _without_rules(by_place[place])
        if own and (lines[place].score < _LIKELY_CLEAR or float(np.mean([word.score for word in own])) > _SURE):
            result[place] = with_words(lines[place], own, image.dpi)
    return result


def _without_rules(words: list[TsvWord]) -> list[TsvWord]:
    """The words less the bars at the ends of the line: the rule between two columns."""
    trimmed = [replace(word, text=word.text.strip("|")) for word in words]
    return [word for word, kept in zip(trimmed, words, strict=True) if word.text or kept not in (words[0], words[-1])]


def with_words(line: Line, words: Sequence[TsvWord], dpi: float) -> Line:
    """The line with these words, whose places are in px of its picture (see ``_picture``)."""
    points = line.box.height / _LINE_HEIGHT
    left = line.box.x0 - _MARGIN_X * line.box.height
    spans: list[Span] = []
    for index, word in enumerate(words):
        x0, x1 = (min(line.box.x1, max(line.box.x0, left + (x - _BORDER) * points)) for x in (word.x0, word.x1))
        text = plain_spelling(word.text) + (" " if index + 1 < len(words) else "")
        spans.append(Span(text=text, box=Rect(x0, line.box.y0, x1, line.box.y1), score=word.score))
    return replace(line, spans=tuple(spans), score=float(np.mean([word.score for word in words])))


def _picture(image: PageImage, line: Line) -> Pixels:
    """The line cut from the page, so scaled that its box is ``_LINE_HEIGHT`` px high, on a ground of paper."""
    scale = image.dpi / 72.0
    ratio = _LINE_HEIGHT / max(1.0, line.box.height * scale)
    height, width = image.pixels_HWC.shape[:2]
    across = line.box.height * scale
    box = Rect(*(value * scale for value in line.box)).grown(_MARGIN_X * across, _MARGIN_Y * across)
    x0, y0 = max(0, int(box.x0)), max(0, int(box.y0))
    piece_HWC = image.pixels_HWC[y0 : min(height, int(box.y1) + 1), x0 : min(width, int(box.x1) + 1)]
    gray_HW = cv2.cvtColor(np.ascontiguousarray(piece_HWC), cv2.COLOR_RGB2GRAY)
    target = (max(1, round(gray_HW.shape[1] * ratio)), max(1, round(gray_HW.shape[0] * ratio)))
    large_HW = cv2.resize(gray_HW, target, interpolation=cv2.INTER_CUBIC)
    paper = float(np.percentile(large_HW, 90))
    framed = cv2.copyMakeBorder(large_HW, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_CONSTANT, value=paper)
    return np.asarray(framed, dtype=np.uint8)


def read(program: str, language: str, image: PageImage, lines: Sequence[Line]) -> list[TsvWord]:
    """Each line's picture read as a single line; ``picture`` of a word is the line's index."""
    if not lines:
        return []
    words = parse_tsv(_output(program, language, image, lines, "tsv"))
    if not _SPACELESS & set(language.split("+")):
        return words
    texts = _output(program, language, image, lines, "txt").split("\f")
    return [
        word
        for index, text in enumerate(texts)
        for word in regrouped([word for word in words if word.picture == index], text)
    ]


def regrouped(words: Sequence[TsvWord], text: str) -> list[TsvWord]:
    """One line's words put together as its plain text has them: TSV cuts Thai and Korean into single characters."""
    groups = [""]
    members: list[list[TsvWord]] = [[]]
    wanted = text.split()
    for word in words:
        if members[-1] and len(groups) < len(wanted) and len(groups[-1]) >= len(wanted[len(groups) - 1]):
            groups.append("")
            members.append([])
        groups[-1] += word.text
        members[-1].append(word)
    return [
        TsvWord(group[0].picture, group[0].x0, group[-1].x1, confidence(group), joined)
        for joined, group in zip(groups, members, strict=True)
        if group
    ]


def _output(program: str, language: str, image: PageImage, lines: Sequence[Line], form: str) -> str:
    with tempfile.TemporaryDirectory(prefix="leafbeam-") as folder:
        names: list[str] = []
        for index, line in enumerate(lines):
            path = Path(folder) / f"{index}.pgm"  # as it is: packing and unpacking would take time
            cv2.imwrite(str(path), _picture(image, line))
            names.append(str(path))
        listing = Path(folder) / "list.txt"
        listing.write_text("\n".join(names) + "\n", encoding="utf-8")
        return _run(program, str(listing), "-", "--psm", "7", "--dpi", "300", "-l", language, form)


def parse_tsv(output: str) -> list[TsvWord]:
    """The words of Tesseract's TSV output (columns as in its manual page); lines of other levels are left out."""
    words: list[TsvWord] = []
    for row in output.splitlines():
        fields = row.split("\t")
        if len(fields) != 12 or fields[0] != "5" or not fields[11].strip():
            continue
        left, width, confidence = float(fields[6]), float(fields[8]), float(fields[10])
        score = min(1.0, max(0.0, confidence / 100.0))
        words.append(TsvWord(int(fields[1]) - 1, left, left + width, score, fields[11].strip()))
    return words


def languages(program: str) -> frozenset[str]:
    """The installed language data, by the name after its last folder ("script/Cyrillic" is "Cyrillic" on Debian)."""
    return frozenset(line.strip() for line in _run(program, "--list-langs").splitlines()[1:])


def script_of(program: str, image: PageImage, lines: Sequence[Line]) -> str | None:
    """The script of the lines as Tesseract names it ("Cyrillic"); None for too little text or without its "osd" data.

    The lines are put on a sheet of their own, so that text in other scripts beside them does not outvote them.
    """
    pictures = [_picture(image, line) for line in lines]
    width = max(picture.shape[1] for picture in pictures)
    rows = [cv2.copyMakeBorder(p, 0, 0, 0, width - p.shape[1], cv2.BORDER_REPLICATE) for p in pictures]
    with tempfile.TemporaryDirectory(prefix="leafbeam-") as folder:
        path = Path(folder) / "lines.pgm"
        cv2.imwrite(str(path), np.concatenate(rows))
        found = _SCRIPT.search(_run(program, str(path), "-", "--psm", "0", "--dpi", "300"))
    return found.group(1) if found else None


def orientation_of(pixels_HWC: Pixels) -> int | None:
    """0 or 180 degrees, by which a page of level lines is to be turned; None where Tesseract cannot tell."""
    program = find_program()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="leafbeam-") as folder:
        path = Path(folder) / "page.pgm"
        cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(pixels_HWC), cv2.COLOR_RGB2GRAY))
        found = _TURN.search(_run(program, str(path), "-", "--psm", "0"))
    return int(found.group(1)) if found and float(found.group(2)) >= _SURE_TURN else None


def _run(program: str, *arguments: str) -> str:
    """Standard output; empty when the program fails or takes too long: it is only ever a second opinion."""
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", errors="replace")
