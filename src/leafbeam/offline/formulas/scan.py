"""Display formulas of scanned pages: where they are. What they say is left to a recogniser of formula images.

Recognition reads the symbols of a formula but not its structure: its text would be noise between the paragraphs. A
``Display`` found here has no LaTeX, so the reader shows a crop with the plain reading as its text. A formula recogniser
plugs in where the reader turns such a ``Display`` into a block: it gets the crop of ``Display.box``, fills ``latex``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Region, RegionKind
from leafbeam.offline.formulas.display import Display

_SYMBOL = re.compile(r"[=<>≤≥≈≡≠±×÷∂∇√∞∈∉⊂⊆∪∩→⇒↦∑∏∫∝·^_|∥⟨⟩{}′″Α-ωϑϕϵ]|(?<=\s)[-+−](?=\s)")
_RELATION = re.compile(r"[=≤≥≈≡≠∈→∑∏∫∝<>]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_FUNCTION = re.compile(r"^(?:sin|cos|tan|log|exp|lim|max|min|sup|inf|det|arg|mod|for|and|with|where|if)$")
_NUMBER = re.compile(r"^\s*[(（]\s*([A-Z]{0,2}\.?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?)\s*[)）]\s*$")
_NUMBER_TAIL = re.compile(r"\s[(（]\s*([A-Z]{0,2}\.?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?)\s*[)）]\s*$")
_BESIDE = 14.0  # of the type size: how far from its formula an equation number may stand
_QUAD = 8.0  # of the type size: two formulas in one row are at most this far apart
_REGION_SCORE = 0.6


def find_scan_displays(
    lines: Sequence[Line], regions: Sequence[Region], taken: Sequence[Rect]
) -> tuple[tuple[Display, ...], frozenset[int]]:
    """The display formulas among recognised lines, top to bottom, and the indexes of the lines they consume.

    Pieces that look like mathematics and stand alone between the paragraphs are gathered; the layout model's EQUATION
    regions help where they hold no prose. ``taken`` are tables and figures: nothing inside them is a formula.
    """
    free = [i for i, line in enumerate(lines) if not _inside(line.box, taken) and not line.angle]
    prose = [i for i in free if _is_prose(lines[i].text)]
    loose = [i for i in free if i not in set(prose) and not _beside_prose(lines[i], [lines[k] for k in prose])]
    proposed = [r.box for r in regions if r.kind is RegionKind.EQUATION and r.score >= _REGION_SCORE]
    displays: list[Display] = []
    used: set[int] = set()
    pieces = [i for i in loose if not _NUMBER.match(lines[i].text)]
    for group in _clusters(lines, pieces):
        if used.intersection(group) or not _is_formula([lines[i] for i in group], proposed):
            continue
        group += _strays(lines, group, [i for i in pieces if i not in used])
        number = _number_beside(lines, group, loose)
        members = group if number is None else [*group, number]
        displays.append(_display([lines[i] for i in group], None if number is None else lines[number]))
        used.update(members)
    order = sorted(range(len(displays)), key=lambda k: displays[k].box.y0)
    return tuple(displays[k] for k in order), frozenset(used)


def _is_prose(text: str) -> bool:
    """Whether a line holds words: two or more that no formula has, and more letters in them than in symbols."""
    words = [word for word in _WORD.findall(text) if not _FUNCTION.match(word)]
    letters = sum(map(len, words))
    if len(words) < (4 if _RELATION.search(text) else 3 if _SYMBOL.search(text) else 0):
        return _is_cjk(text)  # letters run together, as recognition reads indices
    mostly_words = len(words) >= 2 and letters > 0.5 * len(text.replace(" ", ""))
    return mostly_words or letters >= 12 or _is_cjk(text)


def _is_cjk(text: str) -> bool:
    return sum("\u3400" <= char <= "\u9fff" for char in text) >= 3


def _beside_prose(line: Line, prose: Sequence[Line]) -> bool:
    """Whether a piece stands in a row with prose close by: then it is inline, or a stray word of that line."""
    return any(
        line.box.y_overlap(other.box) > 0.5 * min(line.box.height, other.box.height)
        and -line.box.x_overlap(other.box) < 1.5 * line.size_pt
        for other in prose
    )


def _inside(box: Rect, areas: Sequence[Rect]) -> bool:
    return any(area.contains(box.cx, box.cy) for area in areas)


def _clusters(lines: Sequence[Line], indexes: Sequence[int]) -> list[list[int]]:
    """Pieces that nearly touch, grouped."""
    groups: list[list[int]] = []
    for i in indexes:
        dx, dy = 2.0 * lines[i].size_pt, 0.55 * lines[i].size_pt
        near = [group for group in groups if any(_close(lines[i].box, lines[k].box, dx, dy) for k in group)]
        merged = [i, *(k for group in near for k in group)]
        groups = [group for group in groups if group not in near]
        groups.append(merged)
    return groups


def _close(a: Rect, b: Rect, dx: float, dy: float) -> bool:
    return a.x_overlap(b) > -dx and a.y_overlap(b) > -dy


def _is_formula(group: Sequence[Line], proposed: Sequence[Rect]) -> bool:
    """Whether a group of pieces is a formula: a relation among symbols, or symbols where the layout model sees one."""
    text = " ".join(line.text for line in group)
    symbols = len(_SYMBOL.findall(text))
    words = [word for word in _WORD.findall(text) if not _FUNCTION.match(word)]
    if len(words) > max(2, symbols):
        return False
    box = union(line.box for line in group)
    seen = any(region.intersection(box) > 0.4 * min(region.area, box.area) for region in proposed)
    if seen:
        return symbols >= 1 or len(group) >= 2
    return bool(_RELATION.search(text)) and symbols >= 2 and len(text.replace(" ", "")) >= 4


def _strays(lines: Sequence[Line], group: Sequence[int], pieces: Sequence[int]) -> list[int]:
    """Pieces without words in the rows of a formula, further off: what stands behind a wide space, limits, indices."""
    box = union(lines[i].box for i in group)
    size = max(lines[i].size_pt for i in group)
    out = []
    for i in pieces:
        level = box.y_overlap(lines[i].box)
        far = _QUAD if level > 0 and _SYMBOL.search(lines[i].text) else 1.0
        worded = re.search(r"[^\W\d_]{4,}", lines[i].text) is not None
        if i not in group and not worded and level > -0.4 * size and -box.x_overlap(lines[i].box) < far * size:
            out.append(i)
    return out


def _number_beside(lines: Sequence[Line], group: Sequence[int], loose: Sequence[int]) -> int | None:
    """The equation number that stands right or left of a formula."""
    box = union(lines[i].box for i in group)
    for i in loose:
        other = lines[i].box
        if not _NUMBER.match(lines[i].text) or not box.y0 - 2 <= other.cy <= box.y1 + 2:
            continue
        if -box.x_overlap(other) < _BESIDE * lines[i].size_pt:
            return i
    return None


def _display(group: Sequence[Line], number: Line | None) -> Display:
    rows = sorted(group, key=lambda line: line.box.x0)
    text = " ".join(line.text.strip() for line in rows)
    found = _NUMBER.match(number.text) if number is not None else _NUMBER_TAIL.search(text)
    if number is None and found:
        text = text[: found.start()]
    return Display(union(line.box for line in group), None, found.group(1) if found else None, text.strip())
