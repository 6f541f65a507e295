"""Check boxes and filled form fields as text: "☐", "☑" or "☒" in the line they stand beside, values as lines.

Boxes are squares seen on the page image beside a line of text. On a page with a text layer only its drawn squares and
its form fields are looked at; the image then tells what a square holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect, union
from leafbeam.layer import FormField, Glyph, Line, PageLayer, Ruling, Span
from leafbeam.offline.boxes import boxes_of_layer, boxes_of_scan
from leafbeam.offline.squares import CheckBox, Mark, is_tick
from leafbeam.types import PageImage, WordOrigin

_FIELD_LEADING = 1.25  # type sizes, of the lines typed into a field
_NEAR = 2.5  # type sizes between a box and its word
_WALL = 0.9  # of the height between a box and a word is inked: a rule of a table stands there
_LOOKALIKES = "□☐☑☒⊠⊡⊞■▢☓口囗日田回区図网冈図图"  # what a recogniser makes of a box
_LETTERS = "OX0xo×"
_MARKS = frozenset(mark.value for mark in Mark if mark.value)
_CROSS_SIGN = re.compile("[⊠☒]")


def with_checkboxes(lines: tuple[Line, ...], image: PageImage | None, layer: PageLayer | None) -> tuple[Line, ...]:
    """The lines with each box as a span in its line, and with the values of the layer's form fields as lines.

    A box alone in a table cell becomes a line of its own. Boxes are looked for only where ``image`` is given, which
    lies in the frame of the lines.
    """
    fields = layer.fields if layer is not None else ()
    result = _with_values(list(lines), fields)
    stated = [_of_field(field, image) for field in fields if field.checked is not None]
    boxes = list(stated)
    if image is not None:
        seen = boxes_of_scan(image, result) if layer is None else boxes_of_layer(image, layer, result)
        boxes += [box for box in seen if not any(box.box.intersection(other.box) > 0 for other in stated)]
    placing = _Placing(boxes, len(stated), image, layer)
    for index, box in enumerate(boxes):
        result = placing.placed(index, box, result)
    result = _with_stated(result)
    return tuple(sorted(result, key=lambda line: (line.box.y0, line.box.x0))) if layer is None else tuple(result)


def without_box_sides(rulings: Sequence[Ruling], lines: Sequence[Line]) -> tuple[Ruling, ...]:
    """The rulings without the sides and marks of the boxes in these lines: they divide no table cell."""
    boxes = [span.box.grown(1.5, 1.5) for line in lines for span in line.spans if span.text.strip() in _MARKS]
    if not boxes:
        return tuple(rulings)

    def is_side(rule: Rect) -> bool:
        return any(
            box.contains(rule.cx, rule.cy) and rule.width <= box.width and rule.height <= box.height for box in boxes
        )

    return tuple(ruling for ruling in rulings if not is_side(ruling.box))


def _with_stated(lines: list[Line]) -> list[Line]:
    """Boxes that a text layer states by other signs: where crossed ones are, the empty squares are boxes too."""
    if not any(_CROSS_SIGN.search(line.text) for line in lines):
        return lines
    return [_retold(line) if re.search("[⊠□]", line.text) else line for line in lines]


def _retold(line: Line) -> Line:
    spans = (replace(s, text=s.text.replace("⊠", "☒").replace("□", "☐"), latex=None) for s in line.spans)
    return replace(line, spans=tuple(spans), glyphs=())  # the glyphs would tell the old signs again


def _with_values(lines: list[Line], fields: Iterable[FormField]) -> list[Line]:
    """The values typed into fields as lines; what was recognised in a field's place is left out for its value."""
    for field in fields:
        if not field.text:
            continue
        rows = field.text.split("\n")
        lines = [x for x in lines if x.origin is not WordOrigin.DETECTOR or not field.box.contains(x.box.cx, x.box.cy)]
        height = field.box.height / len(rows)
        size = min(field.size_pt or 12.0, max(4.0, 0.8 * height))
        height = min(height, _FIELD_LEADING * size) if len(rows) > 1 else height  # viewers begin at the top
        for index, row in enumerate(rows):
            if not row.strip():
                continue
            middle = field.box.y0 + (index + 0.5) * height
            right = min(field.box.x1, field.box.x0 + 0.5 * size * (len(row) + 1))
            box = Rect(field.box.x0, middle - 0.6 * size, right, middle + 0.6 * size)
            lines.append(Line((Span(row.strip(), box),), box, middle + 0.35 * size, size))
    return sorted(lines, key=lambda line: (line.baseline_pt, line.box.x0))


def _of_field(field: FormField, image: PageImage | None) -> CheckBox:
    mark = Mark.CROSSED if field.checked else Mark.EMPTY
    if field.checked and image is not None:
        ink_HW = _ink(image, field.box)
        inset = max(1, round(0.18 * min(ink_HW.shape)))
        inside_HW = ink_HW[inset:-inset, inset:-inset]
        if inside_HW.size and is_tick(inside_HW):
            mark = Mark.TICKED
    return CheckBox(field.box, mark)


def _ink(image: PageImage, box: Rect) -> npt.NDArray[np.bool_]:
    scale = image.dpi / 72.0
    x0, y0 = max(0, round(box.x0 * scale)), max(0, round(box.y0 * scale))
    piece_HWC = image.pixels_HWC[y0 : max(y0 + 3, round(box.y1 * scale)), x0 : max(x0 + 3, round(box.x1 * scale))]
    if not piece_HWC.size:
        return np.zeros((3, 3), dtype=np.bool_)
    gray_HW = cv2.cvtColor(np.ascontiguousarray(piece_HWC), cv2.COLOR_RGB2GRAY)
    return np.asarray(gray_HW < 140, dtype=np.bool_)


class _Placing:
    """Puts the boxes of one page into its lines. The first ``sure`` boxes are form fields: they are never left out."""

    def __init__(self, boxes: Sequence[CheckBox], sure: int, image: PageImage | None, layer: PageLayer | None) -> None:
        self._boxes = boxes
        self._sure = sure
        self._image = image
        self._layer = layer
        self._walls = None if layer is None else [r.box for r in layer.rulings if not r.horizontal]

    def placed(self, index: int, box: CheckBox, lines: list[Line]) -> list[Line]:
        """The lines with the box in the one it stands in, before or behind, or on a line of its own in its cell."""
        level = [i for i, line in enumerate(lines) if not line.angle and line.box.y0 <= box.box.cy <= line.box.y1]
        free = [i for i in level if not self._is_walled(box.box, lines[i].box)]
        best = min(free, key=lambda i: _distance(box.box, lines[i]), default=None)
        if best is not None and _distance(box.box, lines[best]) <= _NEAR * lines[best].size_pt:
            if self._layer is None and not self._has_kin(box) and not _opens(lines[best], box):
                return lines  # a dark letter is met more often
            line = _with_box(lines[best], box)
            return lines if line is None else [*lines[:best], line, *lines[best + 1 :]]
        if index >= self._sure and not (level and (len(free) < len(level) or self._has_kin(box))):
            return lines
        nearest = min(level, key=lambda i: _distance(box.box, lines[i]), default=None)
        size, origin = (
            (lines[nearest].size_pt, lines[nearest].origin)
            if nearest is not None
            else (box.box.height, WordOrigin.TEXT_LAYER)
        )
        alone = Line((Span(box.mark.value, box.box),), box.box, box.box.y1 - 0.1 * size, size, origin=origin)
        return [*lines, alone]

    def _has_kin(self, box: CheckBox) -> bool:
        """Whether another box of the same size stands in the same row or column."""
        near = 0.4 * box.box.width
        return any(
            other is not box
            and abs(other.box.width - box.box.width) < near
            and (abs(other.box.cy - box.box.cy) < near or abs(other.box.cx - box.box.cx) < near)
            for other in self._boxes
        )

    def _is_walled(self, box: Rect, text: Rect) -> bool:
        """Whether a vertical rule stands between a box and a piece of text on its level."""
        x0, x1 = (box.x1, text.x0) if box.cx < text.cx else (text.x1, box.x0)
        if x1 - x0 < 1.0:
            return False
        y0, y1 = box.y0 - 0.25 * box.height, box.y1 + 0.25 * box.height
        if self._walls is not None:
            return any(x0 < wall.cx < x1 and wall.y0 <= y0 + 1 and wall.y1 >= y1 - 1 for wall in self._walls)
        if self._image is None:
            return False
        scale = self._image.dpi / 72.0
        rows, columns = slice(max(0, round(y0 * scale)), round(y1 * scale)), slice(round(x0 * scale), round(x1 * scale))
        piece_HWC = self._image.pixels_HWC[rows, columns]
        if not piece_HWC.size:
            return False
        gray_HW = cv2.cvtColor(np.ascontiguousarray(piece_HWC), cv2.COLOR_RGB2GRAY)
        inked_HW = gray_HW < 0.8 * float(np.percentile(gray_HW, 90))
        return bool((inked_HW | np.roll(inked_HW, 1, axis=1)).mean(axis=0).max() >= _WALL)


def _opens(line: Line, box: CheckBox) -> bool:
    """Whether a box stands before all words of a line, the first of which begins with a letter."""
    if any(span.box.x1 < box.box.cx for span in line.spans if span.text.strip()):
        return False
    words = line.text.lstrip(_LOOKALIKES + "[] ")
    return words[:1].isalpha()


def _distance(box: Rect, line: Line) -> float:
    """The gap in points; a box before its text is nearer than one behind it."""
    gap = -box.x_overlap(line.box)
    return max(0.0, gap if box.cx < line.box.cx else gap + 0.6 * line.size_pt)


def _with_box(line: Line, box: CheckBox) -> Line | None:
    """The line with the box in its place; None when the text there says that it is a letter."""
    if line.glyphs and (told := _between_glyphs(line, box)) is not None:
        return replace(line, spans=told, box=union((line.box, box.box)), glyphs=_with_sign(line, box))
    spans = list(line.spans)
    place = len(spans)
    for index, span in enumerate(spans):
        if box.box.x_overlap(span.box) > 0.5 * box.box.width:
            parts = _around_box(span, box)
            if parts is None:
                return None
            spans[index : index + 1] = [part for part in parts if part.text]
            place = index + bool(parts[0].text)
            break
        if span.box.cx > box.box.cx:
            place = index
            break
    if place and not spans[place - 1].text.endswith(" "):
        spans[place - 1] = replace(spans[place - 1], text=spans[place - 1].text + " ")
    spans.insert(place, Span(box.mark.value + (" " if place < len(spans) else ""), box.box))
    return replace(line, spans=tuple(spans), box=union((line.box, box.box)), glyphs=())  # they no longer tell the text


def _between_glyphs(line: Line, box: CheckBox) -> tuple[Span, ...] | None:
    """The spans of a text layer's line with the box between its glyphs; None where they do not tell the same text.

    A cross or tick that is set as a letter inside the box gives way to it.
    """
    glyphs = [glyph for glyph in line.glyphs if glyph.text.strip()]
    letters = [len(re.sub(r"\s", "", glyph.text)) for glyph in glyphs]
    if sum(letters) != sum(len(re.sub(r"\s", "", span.text)) for span in line.spans):
        return None
    before = sum(n for glyph, n in zip(glyphs, letters, strict=True) if glyph.ink.cx < box.box.x0)
    inside = sum(n for glyph, n in zip(glyphs, letters, strict=True) if box.box.contains(glyph.ink.cx, glyph.ink.cy))
    spans: list[Span] = []
    todo = before
    for index, span in enumerate(line.spans):
        count = len(re.sub(r"\s", "", span.text))
        if count < todo or (count == todo and index + 1 < len(line.spans)):
            spans.append(span)
            todo -= count
            continue
        head, tail = _cut(span.text, todo)
        tail = _cut(tail, inside)[1].lstrip()
        if head:
            right = max(span.box.x0, min(span.box.x1, box.box.x0))
            spans.append(replace(span, text=head.rstrip() + " ", box=span.box._replace(x1=right)))
        elif spans:
            spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip() + " ")
        rest = line.spans[index + 1 :]
        spans.append(Span(box.mark.value + (" " if tail or rest else ""), box.box))
        if tail:
            left = min(span.box.x1, max(span.box.x0, box.box.x1))
            spans.append(replace(span, text=tail, box=span.box._replace(x0=left)))
        return (*spans, *rest)
    return None


def _with_sign(line: Line, box: CheckBox) -> tuple[Glyph, ...]:
    """The line's glyphs with the box as one of them: formulas are told by the glyphs that the spans spell."""
    kept = [glyph for glyph in line.glyphs if not box.box.contains(glyph.ink.cx, glyph.ink.cy)]
    at = sum(glyph.ink.cx < box.box.x0 for glyph in kept)
    model = line.glyphs[0]
    sign = Glyph(
        box.mark.value,
        box.box,
        box.box,
        box.box.x0,
        line.baseline_pt,
        line.size_pt,
        model.font,
        model.order,
        tag=line.tag,
    )
    return (*kept[:at], sign, *kept[at:])


def _cut(text: str, letters: int) -> tuple[str, str]:
    """The text up to that many characters that are no spaces, and the rest."""
    for index, char in enumerate(text):
        if letters == 0:
            return text[:index], text[index:]
        letters -= not char.isspace()
    return text, ""


def _around_box(span: Span, box: CheckBox) -> tuple[Span, Span] | None:
    """What a span holds before and behind a box, without what the box was read as; None when the box is a letter."""
    text = span.text.rstrip()
    if not text:
        return None
    at = (box.box.cx - span.box.x0) / max(1.0, span.box.width) * len(text)
    near = [i for i, char in enumerate(text) if char in _LOOKALIKES and abs(i + 0.5 - at) < 2.0]
    if near:
        index = min(near, key=lambda i: abs(i + 0.5 - at))
        if not _is_han_word(text, index, box):
            return _parted(span, box, text[:index], text[index + 1 :])
        return None
    if text in ("[]", "[x]", "[X]", "[ ]"):
        return _parted(span, box, "", "")
    if _is_han_word(text, 0 if at < 0.5 * len(text) else len(text) - 1, box):
        return None
    if box.box.cx < span.box.x0 + 1.2 * box.box.width:
        rest = text[1:]
        if text[:1] in _LETTERS and (not rest or rest[0].isupper()):
            return _parted(span, box, "", rest)
        return None if len(text) == 1 else _parted(span, box, "", text)
    if box.box.cx > span.box.x1 - 1.2 * box.box.width and not box.round:
        read_as_letter = text[-1:] in _LETTERS and text[-2:-1].islower()
        return _parted(span, box, text[:-1] if read_as_letter else text, "")
    return None


def _is_han_word(text: str, index: int, box: CheckBox) -> bool:
    """Whether the sign is one ideograph among others: a box before Chinese text is told only by its tick."""
    others = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
    return text[index] > "⿿" and box.mark is not Mark.TICKED and any(char > "⿿" for char in others)


def _parted(span: Span, box: CheckBox, before: str, behind: str) -> tuple[Span, Span]:
    left = max(span.box.x0, min(span.box.x1, box.box.x0))
    right = min(span.box.x1, max(span.box.x0, box.box.x1))
    head = replace(span, text=before.rstrip() + " " if before.strip() else "", box=span.box._replace(x1=left))
    end = " " if span.text.endswith(" ") else ""
    tail = replace(span, text=behind.lstrip() + end if behind.strip() else "", box=span.box._replace(x0=right))
    return head, tail
