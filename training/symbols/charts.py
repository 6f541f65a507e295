"""Which symbols the classifier knows, and where each is found in the fonts that it is trained on.

A class is named by its style and its character: "i" italic, "r" roman, "c" calligraphic, "b" blackboard bold, "s" a
symbol of ordinary size, "e" a big operator or a growing delimiter.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

from leafbeam.offline.formulas.encodings import Family, unicode_of

JUNK = "?junk"
LETTERS = string.ascii_letters
GREEK = "αβγδϵεζηθϑικλμνξπϖρϱσςτυϕφχψω"
GREEK_CAPITALS = "ΓΔΘΛΞΠΣΥΦΨΩ"
SYMBOLS = "+−×÷·∗±∓=<>≤≥≪≫≈≡∼≃≅∝∈∋⊂⊃⊆⊇∪∩∧∨∀∃¬∅∞∇→←↔⇒⇐⇔↦↑↓∘⊕⊖⊗⊙⊥‖/\\′()[]{}⟨⟩⌊⌋⌈⌉∂ℓℏ△⊢†≺≻⊎ℜℑ℘⋆≠∉⩽⩾"
ROMAN_SIGNS = ",;!?%:&§"
BIG = "∑∏∫∮⋃⋂⨁⨂⋁⋀∐()[]{}⟨⟩⌊⌋⌈⌉|√⏞⏟"
ACCENTS = "ˆ˜ˇ\u20d7"
_CAL_HOLES = {"B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ"}
_BB_HOLES = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A font file and what to draw for each class; ``encoding`` is FreeType's name of the character map."""

    path: Path
    encoding: str
    texts: dict[str, str]
    models_metrics: bool = False  # the sizes and places of its glyphs go into the table of metrics


def classes() -> list[str]:
    """The names of all classes in the order of the network's outputs."""
    names = ["i" + c for c in LETTERS + GREEK] + ["r" + c for c in LETTERS + string.digits + ROMAN_SIGNS]
    names += ["r" + c for c in GREEK_CAPITALS] + ["c" + c for c in string.ascii_uppercase]
    names += ["b" + c for c in string.ascii_uppercase] + ["s" + c for c in SYMBOLS + ACCENTS]
    return [*names, *("e" + c for c in BIG), "s.", "s|", JUNK]


def charts(amsfonts: Path, opentype: list[Path], texts: list[tuple[Path, Path]]) -> Iterator[Chart]:
    """All charts: the AMS fonts (Computer Modern) by size, OpenType mathematical fonts, pairs of roman and italic."""
    known = set(classes())
    for size in (5, 7, 8, 10, 12):
        path = amsfonts / "cm" / f"cmmi{size}.pfb"
        yield Chart(path, "ADBC", _coded(Family.ITALIC, "i", known), size == 10)
        yield Chart(amsfonts / "cm" / f"cmr{size}.pfb", "ADBC", _roman(known), size == 10)
    for size in (5, 7, 10):
        yield Chart(amsfonts / "cm" / f"cmsy{size}.pfb", "ADBC", _coded(Family.SYMBOL, "s", known), size == 10)
    yield Chart(amsfonts / "cm" / "cmti10.pfb", "ADBC", {"i" + c: c for c in LETTERS})
    yield Chart(amsfonts / "cm" / "cmbx10.pfb", "ADBC", _roman(known))
    for first in (0, 0x30, 0x50):  # three sizes of the same signs
        extension = {k: v for k, v in _coded(Family.EXTENSION, "e", known, first).items() if k[1] not in "|⏞⏟"}
        yield Chart(amsfonts / "cm" / "cmex10.pfb", "ADBC", extension, first == 0)
    for size in (5, 10):
        path = amsfonts / "symbols" / f"msbm{size}.pfb"
        yield Chart(path, "ADBC", {"b" + c: c for c in string.ascii_uppercase}, size == 10)
    for path in opentype:
        yield Chart(path, "unic", _present(path, _unicode()), path.stem.startswith("latinmodern"))
    for upright, italic in texts:
        yield Chart(upright, "unic", _present(upright, {k: v for k, v in _unicode().items() if k[0] in "rs"}))
        slanted = {"i" + c: c for c in LETTERS + GREEK}
        yield Chart(italic, "unic", _present(italic, slanted))


def _coded(family: Family, style: str, known: set[str], first: int = 0) -> dict[str, str]:
    """The classes of a font in one of TeX's encodings, from ``first`` on: the lowest code wins."""
    found: dict[str, str] = {}
    for code in range(first, 128):
        char = unicode_of(code, family)
        style_here = "c" if family is Family.SYMBOL and len(char) == 1 and char in string.ascii_uppercase else style
        name = "r" + char if char and char in GREEK_CAPITALS else style_here + char
        name = {
            "i∂": "s∂",
            "iℓ": "sℓ",
            "i⋆": "s⋆",
            "i℘": "s℘",
            "i<": "s<",
            "i>": "s>",
            "i/": "s/",
            "i\u20d7": "s\u20d7",
        }.get(name, name)
        if name in known:
            found.setdefault(name, chr(code))
    return found


def _roman(known: set[str]) -> dict[str, str]:
    found = {"r" + c: c for c in LETTERS + string.digits + ROMAN_SIGNS if c != "§"}
    found |= {"s" + c: c for c in "()[]+="} | {"s.": "."}
    found |= {"sˆ": "^", "s˜": "~", "sˇ": "\x14"}
    found |= {"r" + c: chr(code) for code, c in enumerate(GREEK_CAPITALS)}
    return {name: text for name, text in found.items() if name in known}


def _unicode() -> dict[str, str]:
    """Where Unicode has each class."""
    found = {"r" + c: c for c in LETTERS + string.digits + ROMAN_SIGNS + GREEK_CAPITALS}
    found |= {"s" + c: c for c in SYMBOLS} | {"s.": ".", "s|": "|"}
    for k, c in enumerate(string.ascii_uppercase + string.ascii_lowercase):
        found["i" + c] = "ℎ" if c == "h" else chr(0x1D434 + k)
        if c.isupper():
            found["c" + c] = _CAL_HOLES.get(c, chr(0x1D49C + k))
            found["b" + c] = _BB_HOLES.get(c, chr(0x1D538 + k))
    for k, c in enumerate("αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"):
        if c in GREEK:
            found["i" + c] = chr(0x1D6FC + k)
    return found | {"e" + c: c for c in "∑∏∫∮⋃⋂⨁⨂⋁⋀∐√⏞⏟"} | {"sˆ": "\u02c6", "s˜": "\u02dc", "sˇ": "\u02c7"}


def _present(path: Path, texts: dict[str, str]) -> dict[str, str]:
    """Without what the font lacks: it draws all of that alike."""
    font = ImageFont.truetype(str(path), 40, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\U0010fffe"))
    return {name: text for name, text in texts.items() if bytes(font.getmask(text)) not in (missing, b"")}
