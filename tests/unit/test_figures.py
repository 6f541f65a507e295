from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Line, PageLayer, Picture, Region, RegionKind, Ruling, Shape, Span
from leafbeam.offline import figures_layer, figures_scan
from leafbeam.offline.figures import crop_png, with_labels
from leafbeam.types import PageImage, PageRef, Source, SourceKind, WordOrigin


def _line(text: str, x: float, y: float, size: float = 10.0) -> Line:
    box = Rect(x, y - 0.8 * size, x + 0.5 * size * len(text), y + 0.2 * size)
    return Line((Span(text, box),), box, y, size)


def figures_of_layer(layer: PageLayer, lines: Sequence[Line], taken: Sequence[Rect]) -> tuple[Rect, ...]:
    return tuple(figure.box for figure in figures_layer.figures_of_layer(layer, lines, taken))


def figures_of_scan(
    image: PageImage, regions: Sequence[Region], lines: Sequence[Line], taken: Sequence[Rect]
) -> tuple[Rect, ...]:
    return tuple(figure.box for figure in figures_scan.figures_of_scan(image, regions, lines, taken))


def _prose(x: float, y: float, count: int) -> list[Line]:
    return [_line("and the scaffolding stood until the autumn", x, y + 12 * k) for k in range(count)]


def _image(pixels_HWC: np.ndarray) -> PageImage:
    source = Source("page.png", SourceKind.IMAGE, Path("page.png"), "0" * 64, 1, (0,), "page")
    return PageImage(PageRef(source, 0), pixels_HWC, dpi=100.0)


def test_a_drawing_takes_its_axis_labels_but_not_its_caption() -> None:
    curve = [Shape(Rect(100 + 10 * k, 150, 112 + 10 * k, 190), filled=False) for k in range(18)]
    axis = Ruling(Rect(95, 199, 290, 200), horizontal=True)
    label, caption = _line("day", 293, 203), _line("Figure 3. Level of the water.", 110, 222)
    layer = PageLayer(400, 600, shapes=tuple(curve), rulings=(axis,))
    (box,) = figures_of_layer(layer, [label, caption, *_prose(60, 260, 20)], ())
    assert box.x1 >= label.box.x1
    assert box.y1 < caption.box.y0


def test_page_backgrounds_icons_and_column_rules_are_no_figures() -> None:
    layer = PageLayer(
        400,
        600,
        shapes=(Shape(Rect(0, 0, 400, 600), filled=True), Shape(Rect(50, 50, 60, 60), filled=True)),
        rulings=(Ruling(Rect(200, 40, 200.5, 560), horizontal=False),),
    )
    assert figures_of_layer(layer, _prose(60, 80, 30), ()) == ()


def test_a_picture_beside_a_column_rule_keeps_its_own_extent() -> None:
    picture = Rect(60, 100, 190, 200)
    layer = PageLayer(400, 600, pictures=(Picture(picture),), rulings=(Ruling(Rect(195, 40, 195.5, 560), False),))
    assert figures_of_layer(layer, _prose(60, 240, 20), ()) == (picture,)


def test_the_shading_behind_text_is_no_figure_and_a_taken_table_is_none() -> None:
    lines = _prose(60, 100, 8)
    layer = PageLayer(400, 600, shapes=(Shape(Rect(55, 88, 280, 190), filled=True),), pictures=())
    assert figures_of_layer(layer, lines, ()) == ()
    other = PageLayer(400, 600, shapes=(Shape(Rect(55, 300, 280, 390), filled=True),))
    assert figures_of_layer(other, lines, (Rect(50, 295, 285, 395),)) == ()


def test_the_ink_of_a_scan_shows_its_figure_and_text_does_not() -> None:
    pixels = np.full((800, 600, 3), 255, np.uint8)
    cv2.circle(pixels, (300, 300), 90, (20, 20, 20), 3)
    cv2.line(pixels, (230, 300), (370, 300), (20, 20, 20), 2)
    lines = []
    for k in range(6):
        y = 520 + 30 * k
        cv2.putText(pixels, "the lamp was lit again", (80, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
        lines.append(_line("the lamp was lit again", 80 * 0.72, y * 0.72, 20))
    (box,) = figures_of_scan(_image(pixels), (), lines, ())
    for value, expected in zip(box, (210 * 0.72, 210 * 0.72, 390 * 0.72, 390 * 0.72), strict=True):
        assert abs(value - expected) < 6


def test_a_page_of_metres_is_looked_at_in_no_more_pixels_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    whiten = figures_scan.whiten
    monkeypatch.setattr(figures_scan, "whiten", lambda pixels: (seen.append(pixels.size // 3), whiten(pixels))[1])
    pixels = np.full((500, 500, 3), 255, np.uint8)
    cv2.circle(pixels, (250, 250), 60, (20, 20, 20), 3)
    (box,) = figures_of_scan(replace(_image(pixels), dpi=10.0), (), (), ())
    assert abs(box.x0 - 190 * 7.2) < 24
    assert max(seen) <= 12_100_000


def test_a_proposal_over_the_whole_page_or_full_of_text_is_no_figure() -> None:
    image = _image(np.full((800, 600, 3), 255, np.uint8))
    whole = Region(RegionKind.FIGURE, Rect(5, 5, 425, 570), 0.95)
    texty = Region(RegionKind.FIGURE, Rect(55, 85, 280, 190), 0.95)
    faint = Region(RegionKind.FIGURE, Rect(60, 300, 200, 400), 0.95)
    assert figures_of_scan(image, (whole, texty, faint), _prose(60, 100, 8), ()) == (faint.box,)


def test_a_crop_is_the_pixels_inside_the_box() -> None:
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[100:120, 50:90] = (200, 30, 30)
    data = crop_png(_image(pixels), Rect(50 * 0.72, 100 * 0.72, 90 * 0.72, 120 * 0.72), margin_pt=0.0)
    crop = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert abs(crop.shape[0] - 20) <= 1
    assert abs(crop.shape[1] - 40) <= 1
    assert tuple(crop[10, 20]) == (200, 30, 30)


def test_a_frame_a_ground_and_the_fields_of_a_form_are_no_figures() -> None:
    frame = Shape(Rect(50, 100, 250, 300), filled=False, plain=True)
    ground = Shape(Rect(50, 320, 350, 360), filled=True, color=0xA62C2D, plain=True)
    fields = [Shape(Rect(120, 400 + 30 * k, 220, 416 + 30 * k), filled=True, plain=True) for k in range(4)]
    lines = [_line("Allergies", 60, 130), _line("Medicine", 60, 210), _line("Peter and the wolf", 60, 350, 24)]
    lines += [_line("Surname", 60, 412 + 30 * k) for k in range(4)]
    assert figures_of_layer(PageLayer(400, 600, shapes=(frame, ground, *fields)), lines, ()) == ()


def test_bars_on_an_axis_are_a_chart_whose_labels_are_told() -> None:
    heights = (40, 70, 25, 90)
    bars = [
        Shape(Rect(100 + 40 * k, 300 - h, 125 + 40 * k, 300), filled=True, color=0x336699, plain=True)
        for k, h in enumerate(heights)
    ]
    axis = Ruling(Rect(90, 299.5, 260, 300.5), horizontal=True)
    labels = [_line(name, 100 + 40 * k, 311) for k, name in enumerate(("Nord", "Ost", "Sud", "West"))]
    lines = [*labels, *_prose(60, 400, 10)]
    (chart,) = figures_layer.figures_of_layer(PageLayer(400, 600, shapes=tuple(bars), rulings=(axis,)), lines, ())
    assert chart.box.y0 == 210
    assert chart.labels == "Nord Ost Sud West"
    assert chart.used == {0, 1, 2, 3}


def test_a_line_that_only_crosses_a_picture_and_its_caption_stay_text() -> None:
    picture = Rect(100, 100, 250, 200)
    title = _line("A title that is longer than the picture is", 40, 108, 14)
    caption = _line("(b) Brown bear", 140, 213)
    figures = figures_layer.figures_of_layer(
        PageLayer(400, 600, pictures=(Picture(picture),)), [title, caption, *_prose(60, 300, 12)], ()
    )
    assert [figure.used for figure in figures] == [frozenset()]
    assert figures[0].box.y1 == 200


def test_the_corners_of_a_frame_add_nothing_to_the_picture_in_it() -> None:
    picture = Rect(70, 110, 330, 240)
    corners = [Shape(Rect(x, y, x + 5, y + 5), filled=True) for x in (50, 345) for y in (100, 295)]
    sides = [Ruling(Rect(55, y, 345, y + 1), True) for y in (100, 299)]
    sides += [Ruling(Rect(x, 105, x + 1, 295), False) for x in (50, 349)]
    caption = [_line("Fig. 3 The level of the water in the basin by day", 70, 260, 8)]
    layer = PageLayer(400, 600, pictures=(Picture(picture),), shapes=tuple(corners), rulings=tuple(sides))
    assert figures_of_layer(layer, [*caption, *_prose(60, 330, 12)], ()) == (picture,)


def test_bars_with_their_values_in_them_are_a_chart() -> None:
    grounds = [Rect(150, 100 + 30 * k, 330, 116 + 30 * k) for k in range(4)]
    bars = [Rect(150, 100, 222, 116), Rect(150, 160, 270, 176)]
    shapes = [Shape(box, filled=True, color=0xE0EEFF, plain=True) for box in grounds]
    shapes += [Shape(box, filled=True, color=0x0022AA, plain=True) for box in bars]
    values = [_line("40%", 200, 111, 8), _line("0%", 152, 141, 8), _line("66%", 248, 171, 8), _line("0%", 152, 201, 8)]
    axis = [_line(text, x, 215, 8) for text, x in (("0%", 146), ("50%", 233), ("100%", 322))]
    layer = PageLayer(600, 800, shapes=tuple(shapes))
    lines = [*values, *axis, *_prose(60, 300, 20)]
    (figure,) = figures_layer.figures_of_layer(layer, lines, ())
    assert figure.used == frozenset(range(7))


def test_tick_marks_with_powers_that_a_scan_makes_too_large_belong_to_their_plot() -> None:
    ticks = [_line(text, 78, 130 + 40 * k, 16) for k, text in enumerate(("100", "10-1", "10^2"))]
    ticks = [replace(tick, box=tick.box._replace(x0=82, x1=98), origin=WordOrigin.DETECTOR) for tick in ticks]
    title = replace(_line("Two", 150, 96, 16), origin=WordOrigin.DETECTOR)
    grown = with_labels(Rect(100, 100, 300, 250), [*ticks, title, *_prose(60, 300, 20)], 10.0)
    assert grown == Rect(82, 100, 300, 250)


def _molecule(x: float, y: float) -> list[Shape]:
    sizes = ((6, 3), (8, 5), (8, 5), (7, 4), (5, 3))
    return [Shape(Rect(x + 6 * k, y, x + 6 * k + w, y + h), filled=True) for k, (w, h) in enumerate(sizes)]


def test_formulas_drawn_of_small_strokes_with_letters_between_are_one_figure() -> None:
    labels = [_line("OTBS", 90, 97), _line("Ph", 90, 117), _line("OTBS", 180, 97), _line("Ph", 180, 117)]
    labels += [_line("base, -78 °C", 116, 118)]
    lines = [*labels, *_prose(60, 200, 20)]
    layer = PageLayer(400, 600, shapes=(*_molecule(90, 100), *_molecule(170, 100)))
    (figure,) = figures_layer.figures_of_layer(layer, lines, ())
    assert figure.used == frozenset(range(5))


def test_icons_beside_short_texts_are_no_figure() -> None:
    icons = [*_molecule(60, 100), *_molecule(60, 120)]
    lines = [_line("+49 30 1234567", 96, 107), _line("mail@example.org", 96, 127), *_prose(60, 200, 20)]
    assert figures_of_layer(PageLayer(400, 600, shapes=tuple(icons)), lines, ()) == ()
