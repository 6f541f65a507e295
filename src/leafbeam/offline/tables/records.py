"""The records of the table code: what it reads, what it finds, and the words and fragments it works on."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leafbeam.geometry import Rect, union
from leafbeam.layer import Line, Picture, Region, Ruling, Shape, Span
from leafbeam.types import PageImage, Table


@dataclass(frozen=True, slots=True)
class TablePage:
    """One upright page. ``lines`` are fragments: they should not cross cell borders; where they do they are cut."""

    lines: tuple[Line, ...]
    width_pt: float
    height_pt: float
    rulings: tuple[Ruling, ...] = ()
    shapes: tuple[Shape, ...] = ()
    regions: tuple[Region, ...] = ()
    pictures: tuple[Picture, ...] = ()
    image: PageImage | None = None
    scanned: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table of the page.

    ``used`` are the indexes of the lines whose text is in the table. ``confidence`` is 0..1.
    """

    box: Rect
    table: Table
    used: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or a part of one in its own style. ``glued`` says that no white space stands before it in its line.

    ``chars`` are the left and right end of each of its characters where they are known, else empty.
    """

    text: str
    box: Rect
    span: Span
    line: int
    glued: bool = False
    chars: tuple[tuple[float, float], ...] = ()

    def cut(self, at: int) -> tuple[Token, Token]:
        """Two words that do not overlap: the first ``at`` characters and the others. ``chars`` must be known."""
        assert 0 < at < len(self.text) == len(self.chars)
        left, right = self.chars[:at], self.chars[at:]
        y0, y1 = self.box.y0, self.box.y1
        head = replace(
            self, text=self.text[:at], box=Rect(left[0][0], y0, min(left[-1][1], right[0][0]), y1), chars=left
        )
        tail = replace(self, text=self.text[at:], box=Rect(right[0][0], y0, right[-1][1], y1), chars=right, glued=False)
        return head, tail


@dataclass(frozen=True, slots=True)
class Frag:
    """Words that stand together in one visual line: the content of a cell, or one line of it."""

    tokens: tuple[Token, ...]
    box: Rect
    baseline_pt: float
    size_pt: float
    bold: bool = False
    mathy: bool = False
    mono: bool = False
    leads: bool = False  # dots lead from its end to what stands at the right

    @property
    def text(self) -> str:
        """The plain text."""
        return "".join(("" if t.glued or i == 0 else " ") + t.text for i, t in enumerate(self.tokens))

    def part(self, tokens: Sequence[Token]) -> Frag:
        """The same fragment with only some of its words."""
        box = union(token.box for token in tokens)
        bold = all(token.span.bold for token in tokens if token.span.script == 0)
        leads = self.leads and tokens[-1] is self.tokens[-1]
        return Frag(tuple(tokens), box, self.baseline_pt, self.size_pt, bold, self.mathy, self.mono, leads)


@dataclass(slots=True)
class Row:
    """Fragments on one visual line, left to right (mutable while rows are built)."""

    frags: list[Frag] = field(default_factory=list)

    @property
    def box(self) -> Rect:
        return union(frag.box for frag in self.frags)

    @property
    def baseline_pt(self) -> float:
        return statistics.median(frag.baseline_pt for frag in self.frags)

    @property
    def size_pt(self) -> float:
        return statistics.median(frag.size_pt for frag in self.frags)
