"""Marks that are no cells of their own: dots that lead to a number, list marks, signs of a currency or a percentage."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from leafbeam.geometry import union
from leafbeam.offline.tables.records import Frag

CAPTION = re.compile(
    r"(table|tab\.|figure|fig\.|exhibit|chart|tabelle|abbildung|tableau|tabla|cuadro|quadro|tabella|algorithm)\s*"
    r"([A-Z]?[\d.–-]+|[IVX]+\b)|[表图圖]\s*[\d.–-]+",
    re.I,
)
_BULLETS = frozenset("•●▪◦■□☐☒☑✓⊠○◆►➢❖\uf0b7\uf0a7")
_DOTS = ".·∙․…_ "
_BEFORE = re.compile(r"(US|C|A|NZ|HK|R|S)?\$|[€£¥₹₩]|USD|EUR|GBP|CHF|Rs\.?|-|\(")
_AFTER = re.compile(r"%|\)|\)%|%\)|€")
_AMOUNT = re.compile(r"[-–—−+(]*\s?[\d,.' ]*\d[\d,.' ]*\)?|[-–—−]+")
_LEAST_DOTS = 4
_LEAST_DRAWN = 6
_DOT_GAP_EM = 3.0  # between two dots that lead
_FAR_EM = 9.0  # from a currency sign at the left of its column to the number at its right


def with_marks(frags: Sequence[Frag]) -> list[Frag]:
    """The fragments of the page with every mark joined to the text it belongs to, and leading dots left out."""
    return _joined(_without_dots(frags))


def is_dots(text: str) -> bool:
    """Whether nothing stands there but dots or low lines, or a ruling made of characters."""
    return not text.strip(_DOTS) or _is_drawn(text)


def _is_drawn(text: str) -> bool:
    return len(text) >= _LEAST_DRAWN and not text.strip("-–—=*~ ")


def _without_dots(frags: Sequence[Frag]) -> list[Frag]:
    """Runs of four dots, or three set one by one, are left out; the text they begin at is marked."""
    dropped: set[int] = set()
    leading: set[int] = set()
    for level in _levels(frags):
        for i, first in enumerate(level):
            if id(first) in dropped or not is_dots(first.text):
                continue
            run = [first]
            for frag in level[i + 1 :]:
                if not is_dots(frag.text) or frag.box.x0 - run[-1].box.x1 > _DOT_GAP_EM * frag.size_pt:
                    break
                run.append(frag)
            before = level[i - 1] if i else None
            near = before is not None and first.box.x0 - before.box.x1 < 1.5 * first.size_pt
            dots = sum(3 if char == "…" else 1 for frag in run for char in frag.text if not char.isspace())
            wordy = before is not None and len(before.tokens[-1].text) > 3 and not any(map(str.isdigit, before.text))
            if dots >= _LEAST_DOTS or len(run) >= 3 or (near and wordy) or _is_drawn(first.text):
                dropped.update(id(frag) for frag in run)
                if before is not None:
                    leading.add(id(before))
    return [replace(f, leads=f.leads or id(f) in leading) for f in frags if id(f) not in dropped]


def _joined(frags: Sequence[Frag]) -> list[Frag]:
    """List marks, currency signs and signs of percentage joined with their neighbour on the same line."""
    gone: set[int] = set()
    changed: dict[int, Frag] = {}
    for level in _levels(frags):
        for before, frag in itertools.pairwise(level):
            left = changed.get(id(before), before)
            gap = frag.box.x0 - before.box.x1
            if not _belongs(before, frag, gap):
                continue
            tokens = (*left.tokens, *frag.tokens)
            whole = left if _AMOUNT.fullmatch(left.text) else frag
            changed[id(frag)] = replace(whole, tokens=tokens, box=union(t.box for t in tokens))
            gone.add(id(before))
    return [changed.get(id(f), f) for f in frags if id(f) not in gone]


def _belongs(before: Frag, frag: Frag, gap: float) -> bool:
    em = frag.size_pt
    if before.text in _BULLETS:
        return 0 <= gap < 3 * em
    if _BEFORE.fullmatch(before.text) and _AMOUNT.fullmatch(frag.text) and any(map(str.isdigit, frag.text)):
        return 0 <= gap < (_FAR_EM if before.text not in "-(" else 1.5) * em
    return bool(_AFTER.fullmatch(frag.text) and _AMOUNT.fullmatch(before.text)) and 0 <= gap < 1.2 * em


def _levels(frags: Sequence[Frag]) -> Iterator[list[Frag]]:
    """The fragments of each line of the page, from left to right."""
    level: list[Frag] = []
    for frag in sorted(frags, key=lambda f: f.baseline_pt):
        if level and frag.baseline_pt - level[0].baseline_pt > 0.3 * max(frag.size_pt, level[0].size_pt):
            yield sorted(level, key=lambda f: f.box.x0)
            level = []
        level.append(frag)
    if level:
        yield sorted(level, key=lambda f: f.box.x0)
