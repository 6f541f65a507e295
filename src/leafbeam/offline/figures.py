"""Where the figures of a born-digital page are, from the PDF's pictures and drawings; and the crop of any figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, PageLayer
from leafbeam.offline.blocks.captions import starts_caption
from leafbeam.offline.blocks.escape import escape
from leafbeam.types import PageImage

_MIN_SIDE_PT = 24.0  # smaller graphics are icons, bullets and ornaments
_JOIN_PT = 10.0  # parts of one drawing lie closer than this
_TOLD_SHARE = 0.4  # of a figure that a description has to be about
_PAGE_SHARE = 0.85  # a graphic over more of the page than this is its background or a scan


@dataclass(frozen=True, slots=True)
class _Atom:
    """A graphic: a picture, a shape or a ruling. Rulings alone make no figure: they frame tables and text."""

    box: Rect
    weight: float  # 1 for pictures and drawings, 0 for rulings


def figures_of_layer(layer: PageLayer, lines: Sequence[Line], taken: Sequence[Rect]) -> tuple[Rect, ...]:
    """The figures of a born-digital page, top to bottom.

    ``taken`` are the tables and formulas: their rulings and shadings make no figure. Text labels beside a drawing (axis
    labels, legends) belong to it; running text, headings and captions do not.
    """
    body_pt = body_size(lines)
    atoms = _atoms(layer, taken)
    rulings = [atom.box for atom in atoms if not atom.weight]
    boxes = []
    # the frames and shadings of text would tie the text and the pictures beside it together
    drawn = [atom for atom in atoms if atom.weight and not _is_text_box(atom.box, lines, body_pt)]
    for cluster in _clusters(drawn):
        box = _with_rulings(union(atom.box for atom in cluster), rulings)
        if min(box.width, box.height) < _MIN_SIDE_PT or _is_text_box(box, lines, body_pt):
            continue
        boxes.append(with_labels(box, lines, body_pt))
    return tuple(sorted(merged(boxes), key=lambda r: (r.y0, r.x0)))


def described(box: Rect, layer: PageLayer) -> str:
    """What a tagged PDF says that the figure in ``box`` shows, as Markdown inline text; "" for nothing."""
    inside = [alt for alt in layer.alternatives if alt.box.intersection(box) > 0.7 * max(1.0, alt.box.area)]
    if not inside or union(alt.box for alt in inside).intersection(box) < _TOLD_SHARE * box.area:
        return ""
    inside.sort(key=lambda alt: (alt.box.y0, alt.box.x0))
    return escape(" ".join(dict.fromkeys(alt.text for alt in inside)))


def crop_png(image: PageImage, box: Rect, margin_pt: float = 2.0) -> bytes:
    """The part of the page image inside ``box`` (points), as PNG; at least one pixel."""
    scale = image.dpi / 72.0
    height, width = image.pixels_HWC.shape[:2]
    grown = box.grown(margin_pt, margin_pt)
    x0, y0 = max(0, int(grown.x0 * scale)), max(0, int(grown.y0 * scale))
    x1, y1 = min(width, int(grown.x1 * scale) + 1), min(height, int(grown.y1 * scale) + 1)
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    crop: npt.NDArray[np.uint8] = image.pixels_HWC[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    ok, encoded = cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
    assert ok, "PNG encoding of an RGB array does not fail"
    return bytes(encoded.tobytes())


def body_size(lines: Sequence[Line]) -> float:
    """The type size most of the text is set in; 10 pt when there is none."""
    weights: dict[float, int] = {}
    for line in lines:
        size = round(line.size_pt * 2) / 2
        weights[size] = weights.get(size, 0) + len(line.text)
    return max(weights, key=lambda size: weights[size]) if weights else 10.0


def _atoms(layer: PageLayer, taken: Sequence[Rect]) -> list[_Atom]:
    page = Rect(0, 0, layer.width_pt, layer.height_pt)
    page_area = max(1.0, page.area)
    atoms = [_Atom(picture.box, 1.0) for picture in layer.pictures]
    atoms += [_Atom(shape.box, 1.0) for shape in layer.shapes]
    atoms += [_Atom(ruling.box, 0.0) for ruling in layer.rulings]
    kept = []
    for atom in atoms:
        visible = atom.box.intersection(page) if atom.weight else 1.0
        if visible <= 0 or visible > _PAGE_SHARE * page_area:
            continue
        inside = any(other.grown(3, 3).contains(atom.box.cx, atom.box.cy) for other in taken)
        if not inside:
            kept.append(atom)
    return kept


def _clusters(atoms: Sequence[_Atom]) -> list[list[_Atom]]:
    """Atoms that touch or nearly touch, grouped: connected components on a coarse grid of half the joining distance."""
    if not atoms:
        return []
    cell = _JOIN_PT / 2
    right = max(a.box.x1 for a in atoms) + 2 * cell
    bottom = max(a.box.y1 for a in atoms) + 2 * cell
    grid = np.zeros((int(bottom / cell) + 2, int(right / cell) + 2), np.uint8)
    for atom in atoms:
        x0, y0 = max(0, int((atom.box.x0 - cell / 2) / cell)), max(0, int((atom.box.y0 - cell / 2) / cell))
        x1, y1 = int((atom.box.x1 + cell / 2) / cell), int((atom.box.y1 + cell / 2) / cell)
        grid[y0 : y1 + 1, x0 : x1 + 1] = 1
    _, labels = cv2.connectedComponents(grid, connectivity=8)
    groups: dict[int, list[_Atom]] = {}
    for atom in atoms:
        row = min(grid.shape[0] - 1, max(0, int(atom.box.cy / cell)))
        col = min(grid.shape[1] - 1, max(0, int(atom.box.cx / cell)))
        groups.setdefault(int(labels[row, col]), []).append(atom)
    return list(groups.values())


def _with_rulings(box: Rect, rulings: Sequence[Rect]) -> Rect:
    """The box grown over the rulings that belong to the drawing: axes and grid lines, never a page's column rules."""
    for _ in range(3):
        near = box.grown(_JOIN_PT, _JOIN_PT)
        axes = [
            ruling
            for ruling in rulings
            if ruling.width <= 1.5 * box.width
            and ruling.height <= 1.5 * box.height
            and near.contains(ruling.cx, ruling.cy)
        ]
        grown = union((box, *axes))
        if grown == box:
            break
        box = grown
    return box


def _is_text_box(box: Rect, lines: Sequence[Line], body_pt: float) -> bool:
    """Whether a graphic only frames text: sentences, a list of lines set flush, or text over much of its area."""
    inside = [line for line in lines if box.contains(line.box.cx, line.box.cy) and line.size_pt >= 0.7 * body_pt]
    if not inside:
        return False
    share = sum(box.intersection(line.box) for line in inside) / max(1.0, box.area)
    sentences = sum(len(line.text.split()) >= 5 for line in inside)
    flush = max(sum(abs(line.box.x0 - other.box.x0) < 2 for other in inside) for line in inside)
    return share > 0.25 or sentences >= 2 or (sentences == 1 and share > 0.15) or (flush >= 4 and share > 0.12)


def with_labels(box: Rect, lines: Sequence[Line], body_pt: float) -> Rect:
    """The box grown over the short text lines that touch it: axis labels, tick marks, legends; never over a caption."""
    grown = box
    for _ in range(2):
        for line in lines:
            short = line.box.width < 0.6 * box.width and len(line.text) < 40 and line.size_pt <= 1.05 * body_pt
            reach = (1.8 if _is_tick(line, grown, lines) else 0.9) * body_pt
            if short and _touches(grown, line.box, reach) and not starts_caption(line.text):
                grown = union((grown, line.box))
    return grown


def _is_tick(line: Line, box: Rect, lines: Sequence[Line]) -> bool:
    """Whether a short line is one of a row or a stack along the box: tick marks, which may stand further off."""
    size = line.size_pt
    row = [other for other in lines if abs(other.baseline_pt - line.baseline_pt) < 0.2 * size]
    stack = [other for other in lines if box.y_overlap(other.box) > 0 and abs(other.box.x1 - line.box.x1) < 0.8 * size]
    along = [other for other in row if box.x_overlap(other.box) > 0]
    return any(
        len(group) >= 3 and all(len(other.text.strip()) <= 8 for other in group)
        for group in ((row if len(along) == len(row) else []), stack)
    )


def _touches(box: Rect, label: Rect, reach: float) -> bool:
    """Whether a label lies mostly on a drawing's edge, or beside its end, or under or over its middle, within reach."""
    if box.grown(reach, reach).intersection(label) > 0.6 * label.area:
        return True
    beside = box.y_overlap(label) > 0.4 * label.height and box.x_overlap(label) > -reach
    stacked = box.x_overlap(label) > 0.9 * label.width and box.y_overlap(label) > -0.5 * reach
    return beside or stacked


def merged(boxes: Sequence[Rect]) -> list[Rect]:
    """Boxes that overlap, as one."""
    out: list[Rect] = []
    for box in sorted(boxes, key=lambda r: -r.area):
        for i, other in enumerate(out):
            if box.intersection(other) > 0.1 * box.area:
                out[i] = union((box, other))
                break
        else:
            out.append(box)
    return out
