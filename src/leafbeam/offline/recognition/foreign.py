"""Pages, or parts of pages, in scripts that the packaged recogniser lacks: read by Tesseract, or honestly told.

What was read of such lines is worthless, and where Tesseract lacks the language they are left out with a hint that
names what to install. The evidence is ink that no character accounts for (coverage.py), which is in the lines' scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leafbeam.layer import Line
from leafbeam.offline.models import Models
from leafbeam.offline.recognition import tesseract
from leafbeam.offline.recognition.tesseract import confidence
from leafbeam.types import PageImage

_POOR = 0.8  # a line below this is in another script, or hardly legible
_LEAST_POOR = 3  # lines
_LEAST_SHARE = 0.1  # of the page's lines by length
_WHOLE_SHARE = 0.6  # of the lines by length: then the rest is in that script as well, read as letters of like shape
_FAVOUR = 0.15  # of score: for the language that a page is in
_LEAST_WIDE = 3.0  # times its height: shorter pieces say nothing
_SAMPLE = 6  # lines that the languages of one script compete on
_MOST_LANGUAGES = 4
_LEAST_CONFIDENCE = 0.6  # of the sample, for the language to be believed
_INSETS = (0.05, 0.15)  # of a box's height: close to the neighbours' ink, and close to the line's own
_LETTERS_LOST = 0.02  # of the ink of otherwise well-read lines: an alphabet with letters that the recogniser lacks
_LEAST_PROSE = 12.0  # times its height, the width of a line of text; labels of a drawing are shorter
_LEAST_LINES = 3  # of such text: an odd sign or two in a few labels is no alphabet
_VIETNAMESE_SHARE = 0.03  # of the letters, at least, in Vietnamese


@dataclass(frozen=True, slots=True)
class _Script:
    """A script that the packaged recogniser lacks: Tesseract's data for it, the better first, and its first package."""

    data: tuple[str, ...]
    package: str


# Keys as Tesseract's script detection names them; the packages as Debian does.
_SCRIPTS = {
    "Arabic": _Script(("ara", "fas", "urd", "Arabic"), "tesseract-ocr-ara for Arabic, tesseract-ocr-fas for Persian"),
    "Armenian": _Script(("hye", "Armenian"), "tesseract-ocr-hye"),
    "Bengali": _Script(("ben", "asm", "Bengali"), "tesseract-ocr-ben"),
    "Cyrillic": _Script(
        ("rus", "ukr", "bul", "srp", "bel", "mkd", "Cyrillic"),
        "tesseract-ocr-rus for Russian, tesseract-ocr-ukr for Ukrainian",
    ),
    "Devanagari": _Script(("hin", "mar", "nep", "san", "Devanagari"), "tesseract-ocr-hin for Hindi"),
    "Ethiopic": _Script(("amh", "tir", "Ethiopic"), "tesseract-ocr-amh"),
    "Georgian": _Script(("kat", "Georgian"), "tesseract-ocr-kat"),
    "Greek": _Script(("ell", "grc", "Greek"), "tesseract-ocr-ell, tesseract-ocr-grc for ancient Greek"),
    "Gujarati": _Script(("guj", "Gujarati"), "tesseract-ocr-guj"),
    "Gurmukhi": _Script(("pan", "Gurmukhi"), "tesseract-ocr-pan"),
    "Hebrew": _Script(("heb", "yid", "Hebrew"), "tesseract-ocr-heb"),
    "Kannada": _Script(("kan", "Kannada"), "tesseract-ocr-kan"),
    "Khmer": _Script(("khm", "Khmer"), "tesseract-ocr-khm"),
    "Korean": _Script(("kor", "Hangul"), "tesseract-ocr-kor"),
    "Lao": _Script(("lao", "Lao"), "tesseract-ocr-lao"),
    "Malayalam": _Script(("mal", "Malayalam"), "tesseract-ocr-mal"),
    "Myanmar": _Script(("mya", "Myanmar"), "tesseract-ocr-mya"),
    "Oriya": _Script(("ori", "Oriya"), "tesseract-ocr-ori"),
    "Sinhala": _Script(("sin", "Sinhala"), "tesseract-ocr-sin"),
    "Tamil": _Script(("tam", "Tamil"), "tesseract-ocr-tam"),
    "Telugu": _Script(("tel", "Telugu"), "tesseract-ocr-tel"),
    "Thai": _Script(("tha", "Thai"), "tesseract-ocr-tha"),
}
_READ_BY_US = frozenset({"Latin", "Han", "Japanese", "Fraktur"})
_VIETNAMESE = ("vie", "Vietnamese")
_NO_PROGRAM = (
    "{count} of {all} lines are in a script that the packaged recogniser lacks (it reads Latin, Chinese and Japanese) "
    "and were left out: install Tesseract with the data of their language "
    "(Debian: tesseract-ocr and tesseract-ocr-rus for Russian, -ara for Arabic, -ell for Greek, -hin for Hindi, ...)"
)
_NO_DATA = (
    "{count} of {all} lines seem to be in {script} script, which the packaged recogniser lacks, and were left out: "
    "install Tesseract's data for it (Debian: {package})"
)
_UNTOLD = (
    "{count} of {all} lines could not be read, by Tesseract neither: look at the page, or install Tesseract's data for "
    "their language"
)
_LOST = (
    "some letters of this page are not in the packaged recogniser's alphabet and are missing from the text: "
    "if it is Vietnamese, install Tesseract's data for it (Debian: tesseract-ocr and tesseract-ocr-vie)"
)


def read_foreign(image: PageImage, lines: Sequence[Line], lost: float, models: Models) -> list[Line] | None:
    """The lines, those in another script read by Tesseract; None when the page holds nothing of the kind.

    ``lines`` may have empty ones, where text was found and nothing read; ``lost`` is the usual share of the ink that
    was not read in the other lines. Lines that stay unread keep their low scores.
    """
    long = [line for line in lines if line.box.width >= _LEAST_WIDE * line.box.height]
    poor = [line for line in long if line.score < _POOR]
    length = sum(line.box.width for line in poor)
    if len(poor) < _LEAST_POOR or length < _LEAST_SHARE * sum(line.box.width for line in long):
        prose = sum(line.box.width >= _LEAST_PROSE * line.box.height for line in long)
        told = lost >= _LETTERS_LOST and prose >= _LEAST_LINES
        return _with_lost_letters(image, lines, models) if told else None
    program = tesseract.find_program()
    counts = {"count": len(poor), "all": len(long)}
    if program is None:
        models.hint(_NO_PROGRAM.format(**counts))
        return list(lines)
    script = tesseract.script_of(program, image, poor)
    if script in _READ_BY_US:
        return None
    known = tesseract.languages(program)
    wanted = _SCRIPTS.get(script or "")
    others = [name for each in _SCRIPTS.values() if each is not wanted for name in each.data if name in known]
    own = [name for name in wanted.data if name in known] if wanted else []
    language = _best(own, program, image, poor) or _best(others, program, image, poor)
    if language is not None:
        whole = length >= _WHOLE_SHARE * sum(line.box.width for line in long)
        return _replaced(program, language, image, lines, 1.0 if whole else _POOR)
    if wanted is None or any(name in known for name in wanted.data):
        models.hint(_UNTOLD.format(**counts))
    else:
        models.hint(_NO_DATA.format(script=script, package=wanted.package, **counts))
    return list(lines)


def _best(names: Sequence[str], program: str, image: PageImage, lines: Sequence[Line]) -> str | None:
    """The language that reads a few of the lines with the highest confidence; None when none of them reads well."""
    sample = sorted(lines, key=lambda line: -line.box.width)[:_SAMPLE]
    scores = {name: confidence(tesseract.read(program, name, image, sample)) for name in names[:_MOST_LANGUAGES]}
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best is not None and scores[best] >= _LEAST_CONFIDENCE else None


def _replaced(program: str, language: str, image: PageImage, lines: Sequence[Line], below: float) -> list[Line]:
    """The lines with scores below ``below`` read in the language, where that reads them better."""
    places = [index for index, line in enumerate(lines) if line.score < below]
    result = list(lines)
    read = [0.0] * len(lines)
    for inset in _INSETS:
        cut = [_lower(lines[index], inset) for index in places]
        words = tesseract.read(program, language, image, cut)
        for picture, index in enumerate(places):
            own = [word for word in words if word.picture == picture]
            amount = sum(word.score * len(word.text) for word in own)  # words are lost where neighbours reach in
            favour = _FAVOUR if below > _POOR else 0.0
            if amount > read[index] and confidence(own) > lines[index].score - favour:
                result[index], read[index] = tesseract.with_words(cut[picture], own, image.dpi), amount
    return result


def _lower(line: Line, inset: float) -> Line:
    """The line with a part of its box's height taken off above and below, where its neighbours may reach in."""
    return replace(line, box=line.box.grown(0.0, -inset * line.box.height)) if line.score < _POOR else line


def _with_lost_letters(image: PageImage, lines: Sequence[Line], models: Models) -> list[Line] | None:
    """The lines of a page in Latin script with letters of its own, which only Vietnamese has in such numbers."""
    program = tesseract.find_program()
    known = tesseract.languages(program) if program else frozenset()
    language = next((name for name in _VIETNAMESE if name in known), None)
    if program is None or language is None:
        models.hint(_LOST)
        return None
    sample = sorted(lines, key=lambda line: -line.box.width)[:_SAMPLE]
    words = tesseract.read(program, language, image, sample)
    letters = "".join(word.text for word in words)
    own = sum("\u1ea0" <= char <= "\u1ef9" or char in "ƠơƯư" for char in letters)
    if own < _VIETNAMESE_SHARE * len(letters) or confidence(words) < _LEAST_CONFIDENCE:
        return None
    return _replaced(program, language, image, lines, 1.0)
