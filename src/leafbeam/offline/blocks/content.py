"""What the block builder is given, and its own units: rows of text and zones of one column. Points, y down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Region, Ruling, Shape, Span
from leafbeam.types import Block


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A finished block (table, figure, display formula) and where it stands."""

    block: Block
    box: Rect


@dataclass(frozen=True, slots=True)
class PageContent:
    """Everything seen on one page. ``lines`` are in no order; those inside ``objects`` are already taken out.

    ``shapes`` are what a text layer's page draws besides rules: list bullets are among them.
    """

    width_pt: float
    height_pt: float
    lines: tuple[Line, ...]
    objects: tuple[PlacedBlock, ...] = ()
    regions: tuple[Region, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    scanned: bool = False
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One visual line of a zone: the fragments on one baseline, left to right."""

    lines: tuple[Line, ...]
    box: Rect
    baseline_pt: float
    size_pt: float
    bold: bool
    italic: bool
    mono: bool
    text: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of all fragments, a space between two fragments."""
        result: list[Span] = []
        for line in self.lines:
            if result and not result[-1].text.endswith(" "):
                result.append(Span(" ", Rect(result[-1].box.x1, line.box.y0, line.box.x0, line.box.y1)))
            result.extend(line.spans)
        return tuple(result)


Item = Line | PlacedBlock


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of one column in reading order: rows and objects from top to bottom."""

    items: tuple[Row | PlacedBlock, ...]
    box: Rect


def make_row(lines: Iterable[Line]) -> Row:
    """A row of the fragments, ordered left to right. Of recognised lines only the line as a whole has a weight."""
    ordered = tuple(sorted(lines, key=lambda line: line.box.x0))
    if len(ordered) > 1 and _is_mark(ordered[0], ordered[1]):
        raised = tuple(replace(span, script=1) for span in ordered[0].spans)
        ordered = (replace(ordered[0], spans=raised), *ordered[1:])
    main = max(ordered, key=lambda line: len(line.text))
    spans = [span for line in ordered for span in line.spans]
    bold = [span.bold or (line.bold and not _any_bold(line)) for line in ordered for span in line.spans]
    return Row(
        lines=ordered,
        box=union(line.box for line in ordered),
        baseline_pt=main.baseline_pt,
        size_pt=main.size_pt,
        bold=_nearly_all(spans, bold, 0.9),
        italic=_nearly_all(spans, [span.italic for span in spans], 0.9),
        mono=_nearly_all(spans, [span.mono for span in spans], 0.96),
        text=" ".join(line.text.strip() for line in ordered if line.text.strip()),
    )


def _any_bold(line: Line) -> bool:
    return any(span.bold for span in line.spans)


def _nearly_all(spans: Sequence[Span], flags: Sequence[bool], share: float) -> bool:
    """True when that share of the characters is so set: a bold label before plain text makes no bold row."""
    counts = [(sum(not c.isspace() for c in span.text), flag) for span, flag in zip(spans, flags, strict=True)]
    total = sum(count for count, _ in counts)
    return total > 0 and sum(count for count, flag in counts if flag) >= share * total


def make_rows(lines: Sequence[Line]) -> list[Row]:
    """Fragments that share a baseline (within half a type size) and do not overlap, as rows from top to bottom."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: (item.box.cy, item.box.x0)):
        target = next((row for row in reversed(rows[-4:]) if _same_row(row, line)), None)
        if target is None:
            rows.append([line])
        else:
            target.append(line)
    return sorted((make_row(row) for row in rows), key=lambda row: (row.box.cy, row.box.x0))


def _same_row(row: Sequence[Line], line: Line) -> bool:
    for other in row:
        height = min(other.box.height, line.box.height)
        if other.box.y_overlap(line.box) < 0.5 * height:
            return False
        apart = abs(other.baseline_pt - line.baseline_pt) > 0.45 * min(other.size_pt, line.size_pt)
        if apart and not _is_mark(other, line) and not _is_mark(line, other):
            return False
        if other.box.x_overlap(line.box) > 0.5 * min(other.size_pt, line.size_pt):
            return False
    return True


def _is_mark(mark: Line, text: Line) -> bool:
    """True for a raised sign right before a text: a note's mark, set apart from it."""
    raised = 0 < text.baseline_pt - mark.baseline_pt < 0.6 * text.size_pt
    gap = text.box.x0 - mark.box.x1
    return raised and len(mark.text.strip()) < 3 and mark.size_pt < 0.9 * text.size_pt and 0 <= gap < 1.2 * text.size_pt


def body_size(lines: Sequence[Line], default: float = 10.0) -> float:
    """The type size that most characters are set in (the median over characters)."""
    sizes = [line.size_pt for line in lines for _ in range(max(1, len(line.text) // 4))]
    return median(sizes) if sizes else default
