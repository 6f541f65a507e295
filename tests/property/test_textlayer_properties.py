"""What holds for any arrangement of glyphs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, PageLayer, Ruling
from leafbeam.textlayer import text_lines, upright
from leafbeam.textlayer.repair import repair_glyphs
from leafbeam.textlayer.turn import turn_layer

_WIDTH, _HEIGHT = 300.0, 400.0
_FONTS = [Font("Times-Roman"), Font("CMEX10", symbolic=True), Font("Courier", mono=True), Font("CMMI10", symbolic=True)]


@st.composite
def glyphs(draw: st.DrawFn) -> Glyph:
    size = draw(st.sampled_from([6.0, 8.0, 10.0, 24.0]))
    x = draw(st.integers(0, 60)) * 4.7
    y = 20 + draw(st.integers(0, 60)) * 6.0
    text = draw(st.sampled_from("aMf1.´•中 ∑-"))
    width = size * draw(st.sampled_from([0.25, 0.5, 1.0]))
    return Glyph(
        text=text,
        box=Rect(x, y - 0.8 * size, x + width, y + 0.2 * size),
        ink=Rect(x, y, x, y) if text == " " else Rect(x + 0.1, y - 0.6 * size, x + width - 0.1, y),
        x_origin_pt=x,
        baseline_pt=y,
        size_pt=size,
        font=draw(st.sampled_from(_FONTS)),
        order=0,
        angle=draw(st.sampled_from([0, 0, 0, 90, 180, 270])),
        code=ord(text),
    )


@st.composite
def layers(draw: st.DrawFn) -> PageLayer:
    found = draw(st.lists(glyphs(), max_size=40))
    walls = [
        Ruling(Rect(x, 0, x + 1, _HEIGHT), horizontal=False) for x in draw(st.lists(st.floats(0, 300), max_size=3))
    ]
    return PageLayer(_WIDTH, _HEIGHT, tuple(found), tuple(walls))


@settings(max_examples=150, deadline=None)
@given(layers())
def test_every_visible_glyph_is_in_exactly_one_line(layer: PageLayer) -> None:
    lines = text_lines(layer)
    placed = sorted((g.text, round(g.x_origin_pt, 3), round(g.baseline_pt, 3)) for line in lines for g in line.glyphs)
    visible = sorted(
        (g.text, round(g.x_origin_pt, 3), round(g.baseline_pt, 3)) for g in layer.glyphs if not g.text.isspace()
    )
    assert placed == visible


@settings(max_examples=150, deadline=None)
@given(layers())
def test_lines_are_well_formed(layer: PageLayer) -> None:
    for line in text_lines(layer):
        assert line.text
        assert line.text == line.text.strip()
        assert "  " not in line.text
        assert line.text.replace(" ", "") == "".join(g.text for g in line.glyphs)
        assert all(span.text for span in line.spans)
        assert line.size_pt > 0


@settings(max_examples=60, deadline=None)
@given(layers(), st.sampled_from([0, 90, 180, 270]))
def test_turning_a_page_back_restores_it(layer: PageLayer, rotation: int) -> None:
    back = turn_layer(turn_layer(layer, rotation), (360 - rotation) % 360)
    assert (back.width_pt, back.height_pt) == (layer.width_pt, layer.height_pt)
    for a, b in zip(layer.glyphs, back.glyphs, strict=True):
        assert (a.text, a.angle) == (b.text, b.angle)
        assert all(abs(p - q) < 1e-6 for p, q in zip(a.ink, b.ink, strict=True))
    turned, angle = upright(layer)
    assert angle in (0, 90, 180, 270)
    assert len(turned.glyphs) == len(layer.glyphs)


@settings(max_examples=60, deadline=None)
@given(st.lists(glyphs(), max_size=40))
def test_repairing_twice_changes_nothing_more(found: list[Glyph]) -> None:
    once = repair_glyphs(found)
    assert repair_glyphs(once) == once
