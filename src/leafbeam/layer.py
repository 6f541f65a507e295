"""What is on a page before it is structured: glyphs, lines, rulings, pictures. All in points, origin top left, y down.

Two sources fill the same records: the PDF's own content (textlayer/) and recognition on the page image
(offline/recognition/). Everything after them (tables, formulas, reading order, blocks) only sees these records.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from leafbeam.geometry import Rect
from leafbeam.types import OutlineEntry, WordOrigin


@dataclass(frozen=True, slots=True)
class Font:
    """A font as the PDF names it. ``name`` is the base name without subset prefix ("CMMI10",
    "TimesNewRomanPS-BoldMT")."""

    name: str
    bold: bool = False
    italic: bool = False
    mono: bool = False
    symbolic: bool = False  # a mathematical or symbol font, by name (CMSY, MSAM, Symbol, STIXMath, ...)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as drawn by the PDF, also spaces that the text layer states.

    ``text`` is its Unicode text, usually one character (more for ligatures already expanded, private-use for unmapped
    glyphs). ``box`` is the ink-independent loose box (advance width x font ascent/descent), ``ink`` the tight box of
    its outline. ``baseline_pt`` is the y of its origin, ``x_origin_pt`` the x; ``size_pt`` the type size as drawn.
    ``angle`` is the direction of writing in whole degrees counter-clockwise, 0 for upright text. ``order`` counts in
    content-stream order.
    """

    text: str
    box: Rect
    ink: Rect
    x_origin_pt: float
    baseline_pt: float
    size_pt: float
    font: Font
    order: int
    angle: int = 0
    code: int = 0  # PDFium's Unicode value before any repair
    color: int = 0x000000  # fill colour, 0xRRGGBB
    tag: str = ""  # what a tagged PDF says it belongs to: "H1" to "H6", "P", "LI", "TD", "Caption", ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line or thin filled bar, from the PDF's paths or found in the image. Horizontal or vertical only."""

    box: Rect  # its true extent; the short side is the thickness
    horizontal: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn path that is not a ruling (curve, polygon, filled area): figures are made of these. ``box`` is its
    extent. ``plain``: a level rectangle, its corners rounded or not, such as frames and grounds of text are."""

    box: Rect
    filled: bool
    color: int = 0x000000
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A raster image drawn on the page."""

    box: Rect


@dataclass(frozen=True, slots=True)
class AltText:
    """What a tagged PDF says that a figure shows, for readers who cannot see it. ``box`` is what is drawn for it."""

    box: Rect
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link annotation to a URL."""

    box: Rect
    uri: str


@dataclass(frozen=True, slots=True)
class FormField:
    """Something filled in over the page: ``text`` typed into it, or a check box or radio button when ``checked`` is
    not None. ``size_pt`` is the type size, 0 where the program that draws it chooses one."""

    box: Rect
    text: str = ""
    checked: bool | None = None
    size_pt: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one style inside a line, with the white space it begins with or ends with.

    ``script`` is +1 for superscript, -1 for subscript, 0 on the baseline. ``latex`` holds inline maths without
    delimiters; ``text`` is then its plain reading. ``score`` is 0..1 (1 for a sane text layer).
    """

    text: str
    box: Rect
    bold: bool = False
    italic: bool = False
    mono: bool = False
    script: int = 0
    latex: str | None = None
    link: str | None = None
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One visual line of one column: spans left to right, never across a column gap or a table cell.

    ``size_pt`` is the prevailing type size (for recognised lines: estimated from the box height), ``baseline_pt`` the
    prevailing baseline. ``glyphs`` are the line's glyphs when it comes from a text layer, for the formula code.
    ``angle`` is the direction of writing in whole degrees counter-clockwise; of a line that does not run upright
    ``baseline_pt`` is only the bottom of its box.
    """

    spans: tuple[Span, ...]
    box: Rect
    baseline_pt: float
    size_pt: float
    bold: bool = False
    italic: bool = False
    mono: bool = False
    origin: WordOrigin = WordOrigin.TEXT_LAYER
    score: float = 1.0
    glyphs: tuple[Glyph, ...] = ()
    angle: int = 0

    @property
    def tag(self) -> str:
        """What a tagged PDF says most of the line is: a standard structure type ("H1", "P", "LI", ...), else ""."""
        tags = Counter(glyph.tag for glyph in self.glyphs)
        return tags.most_common(1)[0][0] if tags else ""

    @property
    def text(self) -> str:
        """The plain text of the line."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class PageLayer:
    """The content of one PDF page, in the frame of the page as shown on screen (``/Rotate`` applied).

    ``hidden`` are glyphs the page states but does not show: invisible (the text layer of a scan), outside the page,
    painted over, white on white.
    """

    width_pt: float
    height_pt: float
    glyphs: tuple[Glyph, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    shapes: tuple[Shape, ...] = ()
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()
    outline: tuple[OutlineEntry, ...] = field(default=())
    hidden: tuple[Glyph, ...] = ()
    fields: tuple[FormField, ...] = ()
    alternatives: tuple[AltText, ...] = ()


class RegionKind(StrEnum):
    """What the layout model calls a region (CDLA classes)."""

    TEXT = "text"
    TITLE = "title"
    FIGURE = "figure"
    FIGURE_CAPTION = "figure-caption"
    TABLE = "table"
    TABLE_CAPTION = "table-caption"
    HEADER = "header"
    FOOTER = "footer"
    REFERENCE = "reference"
    EQUATION = "equation"


@dataclass(frozen=True, slots=True)
class Region:
    """A region proposed by the layout model. ``score`` is 0..1."""

    kind: RegionKind
    box: Rect
    score: float
