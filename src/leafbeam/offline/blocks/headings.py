"""Which groups are headings, from the evidence of one page: size, weight, numbering, capitals, place and spacing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.layer import Region, RegionKind
from leafbeam.offline.blocks.breaks import SECTION, is_section_letter
from leafbeam.offline.blocks.hyphens import is_wide
from leafbeam.offline.blocks.paragraphs import Group
from leafbeam.structure import numbering_depth

_MAX_CHARS = 220
_MAX_NUMBERED = 70  # characters of a plain numbered heading
_LEAST_TEXT = 60  # characters of the text below one
_LONG_TEXT = 200  # below one that stands close to its text or has no fellow on the page
_LONE_BEFORE, _LONE_AFTER = 1.0, 0.6  # type sizes of white about one without a fellow
_PROSE_END = re.compile(r"(?:[.,;]|(?<=\w)-)\s*$")
_FORMULA = re.compile(r"[=≤≥≈∑∫√|]")  # read off a formula's picture
_ABBREVIATED = re.compile(r"(?:^|\s)(?:\w\.)+$|\b(?:etc|Inc|Ltd|Co|vs|Jr|Sr|No)\.$")
_FIGURES = re.compile(r"\d{3}\D+\d{3}")  # numbers of houses, telephones, prices
_RUN_IN = re.compile(
    r"(?:index terms|key\s?words(?: and phrases)?|schlagw(?:ö|oe)rter|schl(?:ü|ue)sselw(?:ö|oe)rter|mots[- ]cl[ée]s|"
    r"palabras clave|parole chiave|palavras-chave|trefwoorden|abstract|关键词)\s*[—–:.-]+\s*\w",
    re.IGNORECASE,
)
_REMARK = re.compile(  # these stand over or before a remark, whatever type they are set in
    r"(?:note|nota|notes|notice|n\.?\s?b\.?|remarks?|attention|caution|warning|anmerkung|hinweis|achtung|bemerkung|"
    r"remarque|avertissement|nota bene|observación|aviso|avviso|attenzione|opmerking|let op|obs)\s*[:：]",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"\W{0,3}\w[^:]*:\s*[~≈<>]?\s?\d[\d.,]*\s?(?:[a-zµ°%Ω]\w{0,2}|[\"'′″])\.?"
)  # "Length of cable: 500 mm"
_FILLED_IN = re.compile(  # "Date of birth: 10/10/1982", "First name: ADA Last name: LOVELACE"
    r"[^\W\d][^:]{1,40}:\s*[\d\s/.,()+\\-]{4,}|[^\W\d][^:]{1,40}:\s*[^\W\d][^:]*\s[^\W\d][^:]*:\s*\w[^:]*"
)
_MAIL = re.compile(r"[\w.}-]\s?@\s?[\w-]+(?:\.[\w-]+)+")
_GAP = 2.5  # type sizes between a label and its value
_SLANTED = 0.25  # width of a letter in heights of its line's box: narrower, and the line leans or runs in a ring
_HEADING_TAG = re.compile(r"H[1-6]?|Title")
_LEVEL_TAG = re.compile(r"H[1-6]")
_CHAPTER_ALONE = re.compile(
    r"(?:chapter|book|part|act|scene|canto|kapitel|buch|teil|chapitre|livre)\s+[\dIVXLC]+\.?", re.I
)


@dataclass(frozen=True, slots=True)
class PageNorm:
    """What is usual on the page: body type size, whether most text is bold or italic; the layout model's titles."""

    body: float
    bold: bool
    italic: bool
    scanned: bool
    titles: tuple[Region, ...] = ()


def page_norm(groups: Sequence[Group], body: float, scanned: bool, regions: Sequence[Region]) -> PageNorm:
    total = sum(len(group.text) for group in groups) or 1
    return PageNorm(
        body=_text_size(groups, body),
        bold=sum(len(group.text) for group in groups if group.bold) > 0.6 * total,
        italic=sum(len(group.text) for group in groups if group.italic) > 0.6 * total,
        scanned=scanned,
        titles=tuple(region for region in regions if region.kind is RegionKind.TITLE and region.score > 0.4),
    )


def _text_size(groups: Sequence[Group], body: float) -> float:
    """The largest size that a good part of the text is set in: small print may outnumber the text proper."""
    total = sum(len(group.text) for group in groups)
    for size in sorted({group.size_pt for group in groups if group.size_pt > body}, reverse=True):
        share = sum(len(g.text) for g in groups if abs(g.size_pt - size) < 0.04 * size and len(g.text) > 80)
        if share > max(250, 0.2 * total):
            return size
    return body


def is_heading(group: Group, norm: PageNorm) -> bool:
    """True when the group reads as a heading rather than as text."""
    text = group.text.strip()
    letters = sum(c.isalpha() for c in text)
    if is_section_letter(group.rows, norm.body):
        return True
    if letters < 2 or letters < 0.4 * len(text.replace(" ", "")) or len(text) > _MAX_CHARS or len(group.rows) > 4:
        return False
    if _is_tagged(group):
        return True
    if _MAIL.search(text) or "©" in text or _is_pair(group) or (len(group.rows) > 2 and _FIGURES.search(text)):
        return False
    apart = group.before > 0.35 or group.after > 0.35
    if norm.scanned and (_FORMULA.search(text) or not apart):
        return False
    if _RUN_IN.match(text) or _REMARK.fullmatch(text) or _MEASURE.fullmatch(text) or _FILLED_IN.fullmatch(text):
        return False
    if norm.scanned and _is_stamped(group):
        return False
    if _CHAPTER_ALONE.fullmatch(text) and apart and group.centred:
        return True
    prose = _PROSE_END.search(text) is not None and _ABBREVIATED.search(text) is None
    ratio = group.size_pt / norm.body
    big = 1.3 if norm.scanned else 1.14
    long = len(text) > 110 or len(group.rows) > 3 or text[:1].islower()
    if ratio >= big and not (prose and (len(group.rows) > 2 or ratio < 1.3)) and not (long and ratio < 1.5):
        return True
    if norm.scanned and ratio >= 1.18 and not prose and group.before > 0.8 and len(group.rows) == 1 and len(text) < 90:
        return True
    caps = text.upper() == text and letters > 3 and not any(c > "\u2e80" for c in text)
    if text.startswith("§") and len(text) < 140 and group.before > 0.5 and ratio > 0.9:
        return True
    if prose or text[:1].islower() or len(group.rows) > 3 or ratio < (0.72 if caps else 0.85):
        return False
    depth = numbering_depth(text)
    if _is_title_region(group, norm) and (len(text) < 90 or depth):
        return True
    lone = not norm.scanned or (
        max(group.before, group.after) > 0.5 and len(group.rows) < 3 and not _FIGURES.search(text)
    )
    if group.bold and not norm.bold and apart and lone:
        return not text.endswith(":") or (len(group.rows) == 1 and group.before > 0.5 and len(text) < 60)
    if group.mono:
        return False
    if depth and len(text) < 100 and group.before > 0.35 and (group.italic or caps or group.centred):
        return not norm.italic
    if depth and ratio > 1.07 and len(group.rows) == 1 and group.before > 0.5:
        return True
    if depth > 1 and len(group.rows) == 1 and len(text) < 60 and group.before > 0.4 and text[-1].isalnum():
        return text[:1].isdigit() and not any(len(row.lines) > 2 for row in group.rows)
    return group.centred and caps and group.before > 0.5 and len(text) < 90 and len(text.split()) < 12


def numbered_heads(groups: Sequence[Group]) -> set[int]:
    """The ids of plain lines such as "2. Terms" that count on and each stand above a text of some length.

    ``groups`` are in reading order. A list's items follow each other; sections have text between them. A line without
    a fellow, as on the first page of a paper, must stand well apart from its text.
    """
    found: list[tuple[int, Group]] = []
    lone: set[int] = set()
    for group, after in itertools.pairwise(groups):
        number = SECTION.match(group.text)
        if number is None or len(group.rows) > 1 or len(group.text) > _MAX_NUMBERED or group.text[-1:] in ".,;:":
            continue
        if group.before < 0.35 or after.box.y0 < group.box.y1 or SECTION.match(after.text) is not None:
            continue
        length = sum(1 + 2 * is_wide(char) for char in after.text)
        if length > (_LEAST_TEXT if group.after > 0.35 else _LONG_TEXT / 2):
            found.append((int(number.group(1)), group))
        if group.before > _LONE_BEFORE and _LONE_AFTER < group.after < 4 and length > _LONG_TEXT and "." in group.text:
            lone.add(id(group))
    counted = [(a, b) for a, b in itertools.pairwise(found) if b[0] == a[0] + 1]
    return lone | {id(group) for pair in counted for _, group in pair}


def _is_stamped(group: Group) -> bool:
    """True for what was added to a printed page: lines beside its text, and lines that lean or run in a ring."""
    beside = group.box.cx > group.right or group.box.x1 < group.left
    letters = [(row.box, len(row.text.replace(" ", ""))) for row in group.rows if not is_wide(row.text[:1])]
    slanted = any(box.width < _SLANTED * count * box.height for box, count in letters if count > 3)
    return beside or slanted


def _is_tagged(group: Group) -> bool:
    """True when a tagged PDF says so of every line. That it says "P" means little: many headings are tagged so."""
    return all(_HEADING_TAG.fullmatch(line.tag) for row in group.rows for line in row.lines)


def _is_pair(group: Group) -> bool:
    """True for a label and its value with a gap between: "Note      Minor repair"."""
    if len(group.rows) > 1 or len(group.rows[0].lines) != 2:
        return False
    first, second = group.rows[0].lines
    return sum(c.isalpha() for c in first.text) > 2 and second.box.x0 - first.box.x1 > _GAP * group.size_pt


def stated_level(group: Group) -> int:
    """The level, 1..6, that a tagged PDF states of every line; 0 for none."""
    levels = {line.tag[1:] for row in group.rows for line in row.lines if _LEVEL_TAG.fullmatch(line.tag)}
    return int(levels.pop()) if len(levels) == 1 and _is_tagged(group) else 0


def _is_title_region(group: Group, norm: PageNorm) -> bool:
    box = group.box
    return any(region.box.intersection(box) > 0.6 * box.area for region in norm.titles) and len(group.rows) < 4
