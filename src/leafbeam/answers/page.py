"""An answer laid on its page: pieces become blocks with boxes, figures are cut out, faults become problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.answers.families import AnswerForm
from leafbeam.answers.formulas import FormulaRepair
from leafbeam.answers.grounding import is_grounded, pieces_of_blocks
from leafbeam.answers.markdown import pieces_of_markdown
from leafbeam.answers.pieces import Piece, RawBox
from leafbeam.types import Asset, Block, BlockKind, Box, Cell, Problem, Table

Pixels = npt.NDArray[np.uint8]

_SCALE = 1000
_SAME = 0.85  # intersection over union from which two boxes are one
_LEAST_SIDE = 0.008  # of the page: a thinner figure is none
_INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|[^$\\])+?)(?<!\s)\$(?![\d$])")


@dataclass(frozen=True, slots=True)
class Laid:
    """What an answer says of a page."""

    blocks: tuple[Block, ...]
    assets: tuple[Asset, ...]
    problems: tuple[Problem, ...]


def lay_out(
    text: str,
    form: AnswerForm,
    pixels_HWC: Callable[[], Pixels],
    page_index: int,
    repair: FormulaRepair | None = None,
) -> Laid:
    """The cleaned answer as blocks of a page; ``pixels_HWC`` gives its picture if one is needed.

    Boxes are relative to that picture and clamped to it; of two figures in one place the first stays; a box that
    cannot be is reported, and its block kept without it. Formulas that ``repair`` cannot mend stay, with a problem.
    """
    grounded = form is AnswerForm.BLOCKS and is_grounded(text)
    pieces = pieces_of_blocks(text) if grounded else pieces_of_markdown(text)
    layout = _Layout(pixels_HWC, page_index)
    blocks = [block for piece in pieces if (block := layout.block(piece)) is not None]
    if repair is not None:
        blocks = [_with_formulas(block, repair, layout.problems, page_index) for block in blocks]
    return Laid(tuple(blocks), tuple(layout.assets), tuple(layout.problems))


class _Layout:
    """Collects assets and problems while pieces become blocks."""

    def __init__(self, pixels_HWC: Callable[[], Pixels], page_index: int) -> None:
        self._picture = pixels_HWC
        self._pixels_HWC: Pixels | None = None
        self._page_index = page_index
        self._figures: list[Box] = []
        self.assets: list[Asset] = []
        self.problems: list[Problem] = []

    def block(self, piece: Piece) -> Block | None:
        """The piece's block; None for a figure that is there already."""
        box = self._box(piece.box) if piece.box else None
        asset = None
        if piece.kind is BlockKind.FIGURE and box is not None:
            if any(_overlap(box, other) > _SAME for other in self._figures):
                return None
            self._figures.append(box)
            asset = self._cut(box)
        return Block(
            kind=piece.kind,
            text=piece.text,
            level=piece.level,
            marker=piece.marker,
            table=piece.table,
            box=box,
            asset=asset,
            joins_previous=piece.continues,
        )

    def _box(self, raw: RawBox) -> Box | None:
        left, right = sorted((raw[0], raw[2]))
        top, bottom = sorted((raw[1], raw[3]))
        clamped = [min(max(value / _SCALE, 0.0), 1.0) for value in (left, top, right, bottom)]
        box = Box(*clamped)
        if box.right - box.left < _LEAST_SIDE or box.bottom - box.top < _LEAST_SIDE:
            self._problem("bad-box", f"the model gave a box that cannot be: {raw}; look for the block on the page")
            return None
        if max(raw) > _SCALE or min(raw) < 0:
            self._problem("clamped-box", f"the model gave a box that leaves the page: {raw}; it was cut at the edge")
        return box

    def _cut(self, box: Box) -> str:
        if self._pixels_HWC is None:
            self._pixels_HWC = self._picture()
        height, width = self._pixels_HWC.shape[:2]
        x0, x1 = int(box.left * width), max(int(np.ceil(box.right * width)), int(box.left * width) + 1)
        y0, y1 = int(box.top * height), max(int(np.ceil(box.bottom * height)), int(box.top * height) + 1)
        crop_HWC = np.ascontiguousarray(self._pixels_HWC[y0:y1, x0:x1, ::-1])
        fine, data = cv2.imencode(".png", crop_HWC)
        assert fine
        name = f"p{self._page_index + 1:03d}-{len(self.assets) + 1}.png"
        self.assets.append(Asset(name, box, data.tobytes()))
        return name

    def _problem(self, kind: str, message: str) -> None:
        self.problems.append(Problem("answer", kind, message, self._page_index))


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    areas = sum((box.right - box.left) * (box.bottom - box.top) for box in (a, b))
    return both / (areas - both)


def _with_formulas(block: Block, repair: FormulaRepair, problems: list[Problem], page_index: int) -> Block:
    """The block with its formulas checked and mended."""
    bad: list[str] = []

    def mended(latex: str, display: bool) -> str:
        fixed = repair.mend(latex, display)
        if fixed is None:
            bad.append(latex)
        return fixed if fixed is not None else latex

    def inline(text: str) -> str:
        return _INLINE.sub(lambda found: f"${mended(found.group(1), False)}$", text)

    if block.kind is BlockKind.FORMULA:
        block = replace(block, text=mended(block.text, True))
    elif block.table is not None:
        block = replace(block, table=Table(tuple(_cells(row, inline) for row in block.table.rows)))
    elif block.kind is not BlockKind.CODE and "$" in block.text:
        block = replace(block, text=inline(block.text))
    problems += [
        Problem(
            "answer", "formula", f"KaTeX cannot render a formula: {_short(latex)}; compare it with the page", page_index
        )
        for latex in bad
    ]
    return block


def _cells(row: Sequence[Cell], inline: Callable[[str], str]) -> tuple[Cell, ...]:
    return tuple(replace(cell, text=inline(cell.text)) if "$" in cell.text else cell for cell in row)


def _short(latex: str) -> str:
    line = " ".join(latex.split())
    return line if len(line) <= 60 else line[:57] + "..."
