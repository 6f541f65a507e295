"""Images of symbols as scans show them: drawn from fonts, then worn, blurred and thresholded at random.

Dimension suffixes: H height, W width, C channel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from charts import JUNK, Chart
from PIL import Image, ImageDraw, ImageFont

from leafbeam.offline.formulas.classify import symbol_input

Floats = npt.NDArray[np.float32]
_EM_PX = 96
_STRETCH = "()[]{}|⟨⟩⌊⌋⌈⌉√"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One glyph at 96 px an em, cut at its ink (0..1). ``top`` and ``bottom`` are over the baseline, in ems."""

    ink_HW: Floats
    top: float
    bottom: float
    modern: bool


def draw(charts: Iterable[Chart]) -> dict[str, list[Drawing]]:
    """Every glyph of every font, by class."""
    found: dict[str, list[Drawing]] = defaultdict(list)
    for chart in charts:
        font = ImageFont.truetype(str(chart.path), _EM_PX, 0, chart.encoding, ImageFont.Layout.BASIC)
        for name, text in chart.texts.items():
            image = Image.new("L", (5 * _EM_PX, 8 * _EM_PX))
            ImageDraw.Draw(image).text((_EM_PX, 3 * _EM_PX), text, font=font, fill=255, anchor="ls")
            box = image.getbbox()
            if box is not None:
                ink_HW = np.asarray(image.crop(box), np.float32) / 255
                top, bottom = (3 * _EM_PX - box[1]) / _EM_PX, (3 * _EM_PX - box[3]) / _EM_PX
                found[name].append(Drawing(ink_HW, top, bottom, chart.models_metrics))
    bar = np.ones((2 * _EM_PX, 5), np.float32)
    found["e|"] = [Drawing(bar, 1.0, -1.0, True)]
    found["s|"].append(Drawing(bar[: int(1.0 * _EM_PX), :4], 0.75, -0.25, True))
    return dict(found)


def metrics(drawings: list[Drawing]) -> tuple[float, float, float]:
    """(top, bottom, width) of a class in ems over the baseline, as Computer Modern has it where it has it."""
    best = [d for d in drawings if d.modern] or drawings
    first = best[0]
    return first.top, first.bottom, first.ink_HW.shape[1] / _EM_PX


def sample(drawings: dict[str, list[Drawing]], name: str, dice: np.random.Generator) -> Floats:
    """The network's input for one random image of the class: (2, 32, 32)."""
    for _ in range(20):
        grey_HW = _worn(_joined(drawings, dice) if name == JUNK else _glyph(drawings[name], name, dice), dice)
        ink_HW = _cut(grey_HW, dice)
        if ink_HW is not None:
            return symbol_input(ink_HW)
    return np.zeros((2, 32, 32), np.float32)


def _glyph(choices: list[Drawing], name: str, dice: np.random.Generator) -> Floats:
    ink_HW = choices[dice.integers(len(choices))].ink_HW
    if name[0] == "e" and name[1] in _STRETCH and dice.random() < 0.6:
        height, width = ink_HW.shape
        ink_HW = cv2.resize(ink_HW, (width, round(height * dice.uniform(1.0, 2.2))))
    return ink_HW


def _joined(drawings: dict[str, list[Drawing]], dice: np.random.Generator) -> Floats:
    """Two symbols that touch, or a piece of one: nothing that has a name."""
    names = [n for n in drawings if n[0] in "irs" and n not in ("s.", "s−", "s|")]
    one, two = (_glyph(drawings[n], n, dice) for n in (names[k] for k in dice.integers(len(names), size=2)))
    if dice.random() < 0.25:
        height, width = one.shape
        cut = one[:, : int(width * dice.uniform(0.35, 0.65))] if dice.random() < 0.5 else one[int(height * 0.45) :]
        return np.ascontiguousarray(cut)
    lap = round(0.04 * _EM_PX)
    drop = int(dice.uniform(-0.4, 0.4) * _EM_PX)
    height = max(one.shape[0], two.shape[0]) + abs(drop)
    page_HW = np.zeros((height, one.shape[1] + two.shape[1] - lap), np.float32)
    low_one, low_two = height - max(0, -drop), height - max(0, drop)
    page_HW[low_one - one.shape[0] : low_one, : one.shape[1]] = one
    place = page_HW[low_two - two.shape[0] : low_two, one.shape[1] - lap :]
    np.maximum(place, two, out=place)
    return page_HW


def _worn(ink_HW: Floats, dice: np.random.Generator) -> Floats:
    """The glyph at a size that scans have, slightly turned, with ink spread or lost, blur and noise."""
    pixels = float(np.exp(dice.uniform(np.log(18), np.log(64)))) / _EM_PX
    thicker = dice.uniform(-0.013, 0.04)
    radius = round(abs(thicker) * _EM_PX)
    margin = 12
    big_HW = cv2.copyMakeBorder(ink_HW, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    if radius:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (radius + 1, radius + 1))
        big_HW = cv2.dilate(big_HW, kernel) if thicker > 0 else cv2.erode(big_HW, kernel)
    height, width = big_HW.shape
    if pixels < 0.7:
        big_HW = cv2.GaussianBlur(big_HW, (0, 0), 0.35 / pixels)
    across, down = pixels * dice.uniform(0.9, 1.1), pixels
    turn, slant = np.radians(dice.normal(0, 0.7)), dice.normal(0, 0.03)
    size = (round(width * across) + 6, round(height * down) + 6)
    matrix = np.array(
        [[across * np.cos(turn), -across * (np.sin(turn) + slant), 3 + dice.random()],
         [down * np.sin(turn), down * np.cos(turn), 3 + dice.random()]]
    )  # fmt: skip
    grey_HW = cv2.warpAffine(big_HW, matrix, size, flags=cv2.INTER_LINEAR)
    grey_HW = cv2.GaussianBlur(grey_HW, (0, 0), dice.uniform(0.008, 0.038) * pixels * _EM_PX + 0.15)
    noise_HW = dice.normal(0, 1, grey_HW.shape).astype(np.float32)
    if dice.random() < 0.5:
        noise_HW = 2 * cv2.GaussianBlur(noise_HW, (0, 0), 0.8)
    grey_HW = grey_HW / max(0.2, float(grey_HW.max())) + dice.uniform(0, 0.12) * noise_HW
    if dice.random() < 0.2:
        grey_HW = (grey_HW > dice.uniform(0.35, 0.6)).astype(np.float32)
    return np.clip(grey_HW, 0, 1).astype(np.float32)


def _cut(grey_HW: Floats, dice: np.random.Generator) -> Floats | None:
    """The ink over a random threshold with what fringes it, without specks; None when nothing is left."""
    mask_HW = (grey_HW > dice.uniform(0.3, 0.55)).astype(np.uint8)
    count, labels_HW, stats, _ = cv2.connectedComponentsWithStats(mask_HW, None, None, 8)
    if count < 2:
        return None
    largest = stats[1:, cv2.CC_STAT_AREA].max()
    keep = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > 0.06 * largest]
    mask_HW = np.isin(labels_HW, keep).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(mask_HW)
    fringe_HW = cv2.dilate(mask_HW, np.ones((3, 3), np.uint8))
    return np.ascontiguousarray((grey_HW * fringe_HW)[y : y + height, x : x + width])
