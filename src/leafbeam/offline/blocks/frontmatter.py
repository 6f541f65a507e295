"""What stands between a title and the text: authors, their places, dates. Large or centred, and yet no headings."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from leafbeam.offline.blocks.paragraphs import Group
from leafbeam.structure import numbering_depth

_REACH = 8  # groups below the title
_PROSE = 160  # characters
_MARK_CHARS = 8  # "a,b,*"
_MONTH = (
    r"(?:jan|feb|mar|mär|apr|ma[iy]|mei|jun|jui|jul|aug|ago|sep|o[ck]t|out|nov|de[cz]|ene|gen|mag|giu|lug|set|dic|"
    r"fév|avr|août|déc)\w*\.?"
)
_DATE = re.compile(
    rf"\W*(?:dated:?\s+)?(?:\w+,?\s+)?(?:\d{{1,2}}\.?(?:\s+de)?\s+)?{_MONTH}\s*"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?(?:de\s+)?\d{4}\W*"
    r"|\W*\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\W*",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?:^|[\s,;])(?:[A-Z]\.[\s-]?){1,3}[A-Z][\w’'-]+")
_BY = re.compile(r"(?:by|von|par|por|di|door|av|af|edited by|presented by)\s+[A-Z]", re.IGNORECASE)
_MARKED = re.compile(r"[^\W\d_]\s?[*∗†‡]$")  # a name with the mark of its note
_MAIL = re.compile(r"\S@\S+\.\w")
_SECTION = re.compile(
    r"(?:abstract|summary|synopsis|introduction|contents|table of contents|preface|foreword|acknowledge?ments?|"
    r"keywords|background|overview|executive summary|zusammenfassung|kurzfassung|einleitung|inhalt|"
    r"inhaltsverzeichnis|vorwort|überblick|résumé|sommaire|introducción|resumen|índice|introduzione|sommario|riassunto|introdução|"
    r"resumo|samenvatting|inleiding|inhoud|摘要|引言|目录)\W*",
    re.IGNORECASE,
)


def author_groups(groups: Sequence[Group], heads: Collection[int]) -> set[int]:
    """The ids of the groups between the page's title and its text that look like headings and are none.

    ``groups`` are in reading order, ``heads`` the ids of those taken for headings.
    """
    found = [index for index, group in enumerate(groups) if id(group) in heads]
    if not found or found[0] > 3 or numbering_depth(groups[found[0]].text):
        return set()
    title = groups[found[0]]
    if any(id(group) in heads and group.size_pt > 1.02 * title.size_pt for group in groups):
        return set()
    result: set[int] = set()
    below = [group for group in groups[found[0] + 1 :] if not group.pile]
    for index, group in enumerate(below[:_REACH]):
        if id(group) not in heads:
            if len(group.text) > _PROSE:
                break
            continue
        if title is groups[found[0]] and group.size_pt > 0.9 * title.size_pt and index < 4:
            title = group  # the first was the journal's or the conference's
            continue
        prose = index + 1 < len(below) and len(below[index + 1].text) > _PROSE
        if not _is_author(group, title, prose):
            break
        result.add(id(group))
    return result


def _is_author(group: Group, title: Group, before_prose: bool) -> bool:
    text = group.text.strip()
    if group.size_pt > 0.95 * title.size_pt or _SECTION.fullmatch(text):
        return False
    below = abs(group.box.cx - title.box.cx) < 2 * title.size_pt and group.box.x0 > group.left + group.size_pt
    initials = len(_INITIAL.findall(text))
    if not numbering_depth(text) and (_MARKED.search(text) or _raised(group) > 1):
        return True
    if _DATE.fullmatch(text) or _BY.match(text) or _MAIL.search(text) or initials > 1 or (initials and below):
        return True
    if numbering_depth(text):
        return False
    return below and not (before_prose and (group.bold or text.isupper()))


def _raised(group: Group) -> int:
    """How many short raised marks are in the group: those of places."""
    spans = [span for row in group.rows for span in row.spans]
    return sum(span.script > 0 and 0 < len(span.text.strip()) <= _MARK_CHARS for span in spans)
