"""Whether a page's text layer can be trusted, as a whole and region by region, against what is drawn.

Four independent witnesses: what the text reads like (letters.py), whether each glyph's outline fits the character it
claims to be (letters.py), whether glyphs lie on ink, and whether ink has glyphs (ink.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect, union
from leafbeam.layer import Glyph, Line, PageLayer
from leafbeam.textlayer.drawn import drawn_lines
from leafbeam.textlayer.ink import Ink
from leafbeam.textlayer.letters import wrong_fonts
from leafbeam.textlayer.repair import UNKNOWN
from leafbeam.types import PageImage

_UNREADABLE_PAGE = 0.3  # of the glyphs: more without a trustworthy reading make the whole layer unsound
_UNREADABLE_LINE = 0.34
_BARE_PAGE = 0.25  # of the glyphs: more without ink below them, and the layer is in the wrong place
_BARE_LINE = 0.5
_ASLANT_PAGE = 0.5  # of the glyphs: more, and the whole page lies askew
_SCAN_SHARE = 0.5  # of the page: a picture this large is a scanned page


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The verdict on a text layer.

    ``sound``: the layer may be used outside the ``untrusted`` regions (points, the layer's frame), where recognition
    must be used instead. ``gaps`` are lines outside those regions whose only fault is some unknown characters;
    ``drawn`` are rows of type outside them that only outlines show, for recognition to add. When it is not, the page
    must be recognised as a whole and ``reason`` says why. ``ocr_layer``: the page is a scan with the text of some other
    recognition, usually invisible.
    """

    sound: bool
    reason: str = ""
    untrusted: tuple[Rect, ...] = ()
    ocr_layer: bool = False
    gaps: tuple[Line, ...] = ()
    drawn: tuple[Rect, ...] = ()


def check_layer(layer: PageLayer, lines: Sequence[Line], image: PageImage) -> LayerCheck:
    """Judge ``layer`` and the ``lines`` made from it by the page as rendered, ``image``, in the same frame."""
    page = Rect(0.0, 0.0, layer.width_pt, layer.height_pt)
    visible = [g for g in layer.glyphs if not g.text.isspace()]
    scan = any(_share(p.box, page) >= _SCAN_SHARE for p in layer.pictures)
    ocr_layer = scan and len(layer.hidden) > len(visible)
    if ocr_layer:
        return LayerCheck(False, "the text belongs to a recognised scan", (page,), ocr_layer=True)
    ink = Ink.of(image, layer)
    if not visible:
        return LayerCheck(False, "no text layer", (page,)) if ink.any else LayerCheck(True, "blank page")
    bare = ink.bare(visible)
    if bare.mean() > _BARE_PAGE:
        return LayerCheck(False, "the text does not lie on what is drawn", (page,))
    if sum(g.angle % 90 != 0 for g in visible) > _ASLANT_PAGE * len(visible):
        return LayerCheck(False, "the text runs aslant", (page,))  # a page fed askew: recognition straightens it
    unreadable = _unreadable(visible)
    if len(unreadable) > _UNREADABLE_PAGE * len(visible):
        return LayerCheck(False, "the characters are not mapped to readable text", (page,))
    suspects = unreadable | {id(g) for g, is_bare in zip(visible, bare, strict=True) if is_bare}
    gaps = [line for line in lines if _is_gapped(line) and not _is_untrusted(line, unreadable, suspects)]
    untrusted = [line.box for line in lines if _is_untrusted(line, unreadable, suspects)]
    untrusted += ink.unread_text(layer, visible)
    merged = _merged(untrusted)
    if sum(_share(box, page) for box in merged) >= _SCAN_SHARE:
        return LayerCheck(False, "most of the text is drawn as a picture", (page,))
    gaps = [line for line in gaps if not any(box.contains(line.box.cx, line.box.cy) for box in merged)]
    drawn = [row for row in drawn_lines(ink, layer, visible) if not any(box.contains(row.cx, row.cy) for box in merged)]
    return LayerCheck(True, untrusted=merged, gaps=tuple(gaps), drawn=tuple(drawn))


def _share(box: Rect, page: Rect) -> float:
    return box.intersection(page) / max(page.area, 1.0)


def _unreadable(glyphs: Sequence[Glyph]) -> set[int]:
    """Ids of the glyphs without a trustworthy reading."""
    wrong = wrong_fonts(glyphs)
    return {id(g) for g in glyphs if g.font in wrong or _is_unknown(g)}


def _is_unknown(glyph: Glyph) -> bool:
    return glyph.text == UNKNOWN or "\ue000" <= glyph.text[0] <= "\uf8ff"


def _is_untrusted(line: Line, unreadable: set[int], suspects: set[int]) -> bool:
    letters = [g for g in line.glyphs if not g.text.isspace()]
    if not letters:
        return False
    lost = sum(id(g) in unreadable and not g.font.symbolic for g in letters)
    doubtful = sum(id(g) in suspects for g in letters)
    return lost > _UNREADABLE_LINE * len(letters) or doubtful > _BARE_LINE * len(letters)


def _is_gapped(line: Line) -> bool:
    """Whether a line holds unknown characters; a formula's odd glyph is left to the formula code."""
    return any(g.text == UNKNOWN and not g.font.symbolic for g in line.glyphs)


def _merged(boxes: Sequence[Rect]) -> tuple[Rect, ...]:
    """The boxes, those that overlap joined."""
    merged: list[Rect] = []
    for box in sorted(boxes):
        current = box
        while True:
            hits = [m for m in merged if m.intersection(current) > 0]
            if not hits:
                break
            merged = [m for m in merged if m not in hits]
            current = union([current, *hits])
        merged.append(current)
    return tuple(merged)
