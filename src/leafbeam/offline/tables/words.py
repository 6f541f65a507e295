"""Lines to words with boxes, words to fragments, fragments to visual rows."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Ruling, Span
from leafbeam.offline.tables.marks import with_marks
from leafbeam.offline.tables.records import Frag, Row, Token

_WORD = re.compile(r"\S+")
_LEADERS = re.compile(r"(?:[.·∙․…_]\s?){4,}")
_WIDE_GAP_EM = 1.0  # a gap inside a line that no justification makes
_MATH = re.compile(r"[=≤≥≈≡∝∼∑∫∏√∂∇∈∀∃→←⇒∞⎧⎨⎩⎛⎝⎞⎠]")


def fragments(lines: Sequence[Line], verticals: Sequence[Ruling]) -> list[Frag]:
    """The fragments of all lines, cut at wide gaps and where a vertical ruling passes between two words."""
    found = []
    for index, line in enumerate(lines):
        stated = _tokens(line, index)
        tokens = _without_leaders(stated)
        if not tokens:
            continue
        bars = [r.box.cx for r in verticals if r.box.y0 < line.box.cy < r.box.y1]
        whole = Frag(
            tuple(tokens),
            union(t.box for t in tokens),
            line.baseline_pt,
            line.size_pt,
            mathy=_mathy(line),
            mono=line.mono,
            leads=len(tokens) < len(stated) or bool(_LEADERS.search(line.text)),
        )
        found += [whole.part(part) for part in _parts(tokens, bars, _wide_gap(tokens, line.size_pt))]
    return with_marks(found)


def _wide_gap(tokens: Sequence[Token], size_pt: float) -> float:
    """The gap that parts cells, in points: clearly more than the other spaces of a line that is spaced out."""
    gaps = sorted(b.box.x0 - a.box.x1 for a, b in itertools.pairwise(tokens) if not b.glued)
    words = sum(not is_numeric(token.text) for token in tokens)
    if len(gaps) >= 3 and words > 0.5 * len(tokens):
        return max(_WIDE_GAP_EM * size_pt, 1.8 * gaps[len(gaps) // 2])
    return _WIDE_GAP_EM * size_pt


def _without_leaders(tokens: list[Token]) -> list[Token]:
    """The words without single dots that follow them, spaced."""
    while len(tokens) > 1 and not tokens[-1].glued and not tokens[-1].text.strip(".·∙…"):
        tokens = tokens[:-1]
    return tokens


def _parts(tokens: Sequence[Token], bars: Sequence[float], wide_pt: float) -> list[list[Token]]:
    parts = [[tokens[0]]]
    for before, token in itertools.pairwise(tokens):
        gap0, gap1 = before.box.x1, token.box.x0
        slack = 0.8 * (token.box.height or 1.0) if is_numeric(token.text) and is_numeric(before.text) else 1.0
        crossed = any(gap0 - slack <= bar <= gap1 + slack for bar in bars)
        if gap1 - gap0 > wide_pt or (crossed and not token.glued):
            parts.append([])
        parts[-1].append(token)
    return parts


def _mathy(line: Line) -> bool:
    """Whether the line is (a part of) a formula rather than text: signs of mathematics and hardly a word."""
    words = [w for w in re.findall(r"[^\W\d_]+", line.text) if len(w) >= 3]
    if len(words) > 2:
        return False
    if _MATH.search(line.text) and not words:
        return True
    symbols = sum(glyph.font.symbolic for glyph in line.glyphs)
    return symbols > 0.3 * max(1, len(line.glyphs)) or (bool(_MATH.search(line.text)) and symbols > 0)


def _tokens(line: Line, index: int) -> list[Token]:
    found: list[Token] = []
    space = True
    for span in line.spans:
        boxes = _char_boxes(span, line)
        text = span.text
        if span.latex is not None:
            if text.strip() or span.latex:
                found.append(
                    Token(text.strip() or span.latex, span.box, span, index, glued=not space and not text[:1].isspace())
                )
            space = text[-1:].isspace()
            continue
        for match in _WORD.finditer(_LEADERS.sub(lambda m: " " * len(m.group()), text)):
            box = union(boxes[match.start() : match.end()])
            glued = not space and match.start() == 0
            chars = tuple((b.x0, b.x1) for b in boxes[match.start() : match.end()]) if line.glyphs else ()
            found.append(Token(match.group(), box, span, index, glued, chars))
        space = text[-1:].isspace() if text else space
    return found


def _char_boxes(span: Span, line: Line) -> list[Rect]:
    """A box for each character of the span: its glyph's when they can be matched, else a share of the span's box."""
    boxes: list[Rect] = []
    solid = [char for char in span.text if not char.isspace()]
    glyphs = [
        (char, glyph)
        for glyph in line.glyphs
        if span.box.x0 - 0.5 <= glyph.box.cx <= span.box.x1 + 0.5
        for char in glyph.text
        if not char.isspace()
    ]
    if solid and len(glyphs) == len(solid):
        glyphs.sort(key=lambda item: item[1].x_origin_pt)
        at = 0
        for char in span.text:
            if char.isspace():
                x = boxes[-1].x1 if boxes else span.box.x0
                boxes.append(Rect(x, span.box.y0, x, span.box.y1))
            else:
                box = glyphs[at][1].box
                boxes.append(Rect(box.x0, span.box.y0, box.x1, span.box.y1))
                at += 1
        return boxes
    weights = [_weight(char) for char in span.text]
    total = sum(weights) or 1.0
    x = span.box.x0
    for weight in weights:
        step = span.box.width * weight / total
        boxes.append(Rect(x, span.box.y0, x + step, span.box.y1))
        x += step
    return boxes


def _weight(char: str) -> float:
    """A rough advance width in em."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in "ilj.,:;'|!() I[]ft":
        return 0.3
    return 0.65 if char.isupper() or char in "mw%" else 0.5


def visual_rows(frags: Iterable[Frag]) -> list[Row]:
    """Fragments grouped by baseline, rows from top to bottom, each from left to right."""
    rows: list[Row] = []
    for frag in sorted(frags, key=lambda f: f.baseline_pt):
        for row in reversed(rows[-4:]):
            near = abs(row.frags[-1].baseline_pt - frag.baseline_pt) <= 0.35 * max(frag.size_pt, 4.0)
            near = near and abs(row.frags[0].baseline_pt - frag.baseline_pt) <= 0.5 * max(frag.size_pt, 4.0)
            if near and not any(f.box.x_overlap(frag.box) > 0.3 * frag.size_pt for f in row.frags):
                row.frags.append(frag)
                break
        else:
            rows.append(Row([frag]))
    for row in rows:
        row.frags.sort(key=lambda f: f.box.x0)
    return sorted(rows, key=lambda row: row.baseline_pt)


def is_numeric(text: str) -> bool:
    """Whether a cell's text is a number, an amount, a percentage, a date, or a dash that stands for one."""
    text = text.strip().replace("\u2009", "").replace("\u00a0", "")
    if not text:
        return False
    if re.fullmatch(r"[-–—−*.‡†§/()]+|n\.?/?a\.?|N\.?/?A\.?|\([A-Z]\)|nan|NaN", text):
        return True
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    return digits > 0 and digits >= 2 * letters
