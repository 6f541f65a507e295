"""Formulas on scans, read from pixels: drawn here from shapes and lines, without any font file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leafbeam.geometry import Rect
from leafbeam.layer import Line, Span
from leafbeam.offline.formulas.classify import SIDE, classify, symbol_classes, symbol_input
from leafbeam.offline.formulas.components import Piece, finer, halves, ink_of, joined, pieces_of, stacks_of
from leafbeam.offline.formulas.display import Display
from leafbeam.offline.formulas.pixels import ScanFormula, read_within
from leafbeam.offline.formulas.placed import Placed, aligned
from leafbeam.offline.formulas.scanned import is_sure, read_displays
from leafbeam.offline.models import Models
from leafbeam.options import OfflineOptions
from leafbeam.types import PageImage, PageRef, Source, SourceKind

EM = 60.0


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(OfflineOptions())


def paper(height: int = 120, width: int = 240) -> np.ndarray:
    return np.full((height, width), 235, np.uint8)


def test_a_bar_a_ring_and_a_speck_are_told_apart() -> None:
    gray = paper()
    gray[60:64, 20:80] = 30
    cv2.circle(gray, (150, 60), 14, 30, 4)
    gray[10, 10] = 30
    pieces = pieces_of(ink_of(gray, EM), EM)
    assert [p.bar for p in pieces] == [True, False]
    assert pieces[0].box == Rect(20, 60, 80, 64)


def test_ink_does_not_depend_on_the_paper() -> None:
    gray = paper()
    gray[40:80, 100:106] = 30
    dark = (gray * 0.6).astype(np.uint8)
    assert np.abs(ink_of(gray, EM) - ink_of(dark, EM)).max() < 0.05


def test_a_hat_is_no_bar() -> None:
    gray = paper()
    cv2.polylines(gray, [np.array([[20, 50], [35, 42], [50, 50]])], False, 30, 3)
    assert [p.bar for p in pieces_of(ink_of(gray, EM), EM)] == [False]


def test_a_radical_joined_to_its_bar_comes_apart() -> None:
    gray = paper()
    cv2.polylines(gray, [np.array([[20, 70], [28, 66], [40, 100], [60, 20], [160, 20]])], False, 30, 3)
    pieces = pieces_of(ink_of(gray, EM), EM)
    assert [p.bar for p in pieces] == [False, True]
    assert pieces[1].box.width > 90
    assert pieces[0].box.height > 75


def test_symbols_joined_by_faint_ink_fall_apart_at_a_darker_level() -> None:
    ink = np.zeros((30, 60), np.float32)
    ink[5:25, 5:20] = ink[5:25, 40:55] = 1.0
    ink[14:16, 20:40] = 0.45
    piece = Piece(Rect(10, 10, 70, 40), ink)
    assert len(finer(piece, EM, 0.4)) == 1
    assert [p.box.x0 for p in finer(piece, EM, 0.6)] == [15, 50]


def test_touching_symbols_are_cut_where_they_are_thinnest() -> None:
    ink = np.zeros((40, 60), np.float32)
    cv2.circle(ink, (14, 20), 8, 1.0, 4)
    cv2.circle(ink, (46, 20), 8, 1.0, 4)
    ink[19:22, 24:36] = np.hypot(np.arange(12) - 5, 2.0) / 8  # thinnest in the middle
    ways = halves(Piece(Rect(0, 0, 60, 40), ink), EM)
    assert any(abs(right.box.x0 - 29) <= 3 for _, right in ways)


def test_two_bars_over_each_other_may_be_one_sign() -> None:
    upper = Piece(Rect(0, 0, 40, 3), np.ones((3, 40), np.float32), bar=True)
    lower = Piece(Rect(0, 12, 40, 15), np.ones((3, 40), np.float32), bar=True)
    assert stacks_of([upper, lower], EM) == [(0, 1)]
    assert joined([upper, lower]).ink_HW.sum() == 240


def test_the_network_knows_its_classes_and_sees_a_plus(models: Models) -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[18:22] = ink[:, 18:22] = 1.0
    assert symbol_input(ink).shape == (2, SIDE, SIDE)
    (guesses,) = classify([ink], models)
    assert guesses[0].kind.char == "+"
    assert {"iα", "r0", "s=", "e∑"} <= {kind.style + kind.char for kind in symbol_classes()}


def test_baselines_that_nearly_agree_are_made_one() -> None:
    kind = next(k for k in symbol_classes() if k.style + k.char == "ix")
    piece = Piece(Rect(0, 0, 20, 20), np.ones((20, 20), np.float32))
    found = aligned([Placed(piece, kind, 1.0, EM, base) for base in (100.0, 102.0, 103.0, 160.0)])
    assert sorted(p.base for p in found) == [102.0, 102.0, 102.0, 160.0]


def draw_one_plus_one(gray: np.ndarray, x: int, y: int, unit: int) -> None:
    """1 + 1 = 1 + 1, in strokes: ``unit`` is the height of a digit in pixels; ``y`` the baseline."""
    line = max(2, unit // 9)
    for k in range(4):
        left = x + round(k * 1.85 * unit)
        cv2.line(gray, (left, y), (left, y - unit), 20, line)
        cv2.line(gray, (left, y - unit), (left - unit // 4, y - unit + unit // 7), 20, line // 2)
        cv2.line(gray, (left - unit // 4, y), (left + unit // 4, y), 20, line // 2)
        middle, far = left + round(0.92 * unit), round(0.45 * unit)
        if k in (0, 2):
            cv2.line(gray, (middle - far, y - unit // 3), (middle + far, y - unit // 3), 20, line // 2)
            cv2.line(gray, (middle, y - unit // 3 - far), (middle, y - unit // 3 + far), 20, line // 2)
        elif k == 1:
            for shift in (-unit // 6, unit // 6):
                cv2.line(
                    gray, (middle - far, y - unit // 3 + shift), (middle + far, y - unit // 3 + shift), 20, line // 2
                )


def test_a_formula_is_read_from_strokes(models: Models) -> None:
    gray = paper(80, 240)
    draw_one_plus_one(gray, 30, 50, 26)
    found = read_within(gray, 200 / 72, 14.0, models, list)
    assert found.latex is not None
    assert found.latex.replace(" ", "") == "1+1=1+1"


def test_noise_is_no_formula(models: Models) -> None:
    dice = np.random.default_rng(3)
    gray = np.where(dice.random((80, 240)) < 0.2, 30, 235).astype(np.uint8)
    assert not is_sure(read_within(cv2.GaussianBlur(gray, (0, 0), 1.0), 200 / 72, 10.0, models, list))


@pytest.mark.parametrize("latex", [r"a_{=}b", r"x = {}^{.}y", r"a \surd b"])
def test_what_wrong_readings_look_like_is_not_published(latex: str) -> None:
    assert not is_sure(ScanFormula(latex, 0.99, 0.99, 5))
    assert is_sure(ScanFormula("x_{k + 1} = f'(x)", 0.99, 0.99, 9))
    assert not is_sure(ScanFormula("x_{k + 1} = f'(x)", 0.2, 0.99, 9))


def test_a_display_keeps_its_crop_when_nothing_is_there(models: Models) -> None:
    pixels = np.full((400, 600, 3), 235, np.uint8)
    source = Source("a.png", SourceKind.IMAGE, Path("a.png"), "0" * 64, 1, (0,), "a")
    box = Rect(20, 40, 120, 60)
    display = Display(box, None, "1", "x = y")
    line = Line((Span("x = y", box),), box, 58.0, 10.0)
    image = PageImage(PageRef(source, 0), pixels, 200.0)
    assert read_displays([display], [line], frozenset([0]), image, models) == (display,)
