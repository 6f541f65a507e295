"""Turning a page's frame so that its text runs upright."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from leafbeam.geometry import Rect
from leafbeam.layer import Glyph, PageLayer

_MAJORITY = 0.6  # of the visible glyphs: the whole page is turned when this share runs one way


def upright(layer: PageLayer) -> tuple[PageLayer, int]:
    """The layer in a frame in which most of its text runs upright, and the clockwise turn in degrees that leads there.

    The turn is 0, 90, 180 or 270; a page without a clear majority stays as it is. Hidden text does not vote.
    """
    votes = Counter(g.angle for g in layer.glyphs if not g.text.isspace())
    if not votes:
        return layer, 0
    angle, count = votes.most_common(1)[0]
    if angle not in (90, 180, 270) or count < _MAJORITY * votes.total():
        return layer, 0
    return turn_layer(layer, angle), angle


def turn_layer(layer: PageLayer, rotation: int) -> PageLayer:
    """The layer with its page turned clockwise by 0, 90, 180 or 270 degrees."""
    width, height = layer.width_pt, layer.height_pt
    sideways = rotation in (90, 270)

    def rect(box: Rect) -> Rect:
        return turn_rect(box, rotation, width, height)

    return PageLayer(
        width_pt=height if sideways else width,
        height_pt=width if sideways else height,
        glyphs=tuple(turn_glyph(g, rotation, width, height) for g in layer.glyphs),
        rulings=tuple(replace(r, box=rect(r.box), horizontal=r.horizontal != sideways) for r in layer.rulings),
        shapes=tuple(replace(s, box=rect(s.box)) for s in layer.shapes),
        pictures=tuple(replace(p, box=rect(p.box)) for p in layer.pictures),
        links=tuple(replace(link, box=rect(link.box)) for link in layer.links),
        outline=layer.outline,
        hidden=tuple(turn_glyph(g, rotation, width, height) for g in layer.hidden),
        fields=tuple(replace(f, box=rect(f.box)) for f in layer.fields),
        alternatives=tuple(replace(a, box=rect(a.box)) for a in layer.alternatives),
    )


def turn_point(x: float, y: float, rotation: int, width: float, height: float) -> tuple[float, float]:
    """Where a point of a width x height page lies after the page was turned clockwise."""
    match rotation:
        case 90:
            return height - y, x
        case 180:
            return width - x, height - y
        case 270:
            return y, width - x
        case _:
            return x, y


def turn_rect(box: Rect, rotation: int, width: float, height: float) -> Rect:
    """A rectangle after its width x height page was turned clockwise."""
    ax, ay = turn_point(box.x0, box.y0, rotation, width, height)
    bx, by = turn_point(box.x1, box.y1, rotation, width, height)
    return Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def turn_glyph(glyph: Glyph, rotation: int, width: float, height: float) -> Glyph:
    """A glyph after its width x height page was turned clockwise."""
    x, y = turn_point(glyph.x_origin_pt, glyph.baseline_pt, rotation, width, height)
    return replace(
        glyph,
        box=turn_rect(glyph.box, rotation, width, height),
        ink=turn_rect(glyph.ink, rotation, width, height),
        x_origin_pt=x,
        baseline_pt=y,
        angle=(glyph.angle - rotation) % 360,
    )
