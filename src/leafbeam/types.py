"""The records that travel through the pipeline. Standard library and numpy only.

Frames and units
    Every box is relative, 0..1, origin top left, in the *straightened page*: the page as shown on screen (PDF /Rotate
    and EXIF applied), then turned by ``Page.rotation`` and ``Page.skew_deg`` so that its text runs upright and level.
    Page numbers are 0-based ``index`` here and 1-based only in text for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from leafbeam.serial import JsonValue


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle relative to the straightened page: 0 <= left <= right <= 1, 0 <= top <= bottom <= 1."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.left <= self.right <= 1.0 and 0.0 <= self.top <= self.bottom <= 1.0):
            raise ValueError(f"not a box inside the page: {self.left}, {self.top}, {self.right}, {self.bottom}")


class SourceKind(StrEnum):
    """What a source is, decided by its content, never by its name."""

    PDF = "pdf"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Source:
    """One input document.

    ``path`` always names a readable local file: standard input and downloads are spooled to a temporary file first.
    ``name`` is for people and messages. ``relative`` is where its output belongs below the output folder, without
    suffix ("a/b" for in/a/b.pdf). ``sha256`` is of the content and keys resume and caches. ``pages`` are the selected
    0-based page indexes, in the order asked for; ``page_count`` is the number of pages the file has. ``repaired`` says
    that the file was damaged and ``path`` names a rebuilt copy of it, which may lack pages. ``problems`` are what
    opening it showed; they go to the pages they name.
    """

    name: str
    kind: SourceKind
    path: Path
    sha256: str
    page_count: int
    pages: tuple[int, ...]
    relative: str
    password: str | None = field(default=None, repr=False)
    repaired: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page of one source: small and picklable, what workers receive."""

    source: Source
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as pixels: RGB, uint8, shape (height, width, 3), read-only.

    ``dpi`` is pixels per point x 72, so a point rectangle times ``dpi / 72`` is in pixels. ``rotation`` and
    ``skew_deg`` are what was applied to the page as shown on screen to make these pixels (see ``Page``): 0 as rendered.
    ``corners`` are set when a photographed sheet was cut out and flattened before that.
    """

    ref: PageRef
    pixels_HWC: npt.NDArray[np.uint8]
    dpi: float
    rotation: int = 0
    skew_deg: float = 0.0
    corners: tuple[tuple[float, float], ...] | None = None
    problems: tuple[Problem, ...] = ()  # of making the pixels


class WordOrigin(StrEnum):
    """Where a word was seen."""

    TEXT_LAYER = "text-layer"
    DETECTOR = "detector"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as seen on the page, the unit of evidence. ``score`` is 0..1."""

    text: str
    box: Box
    score: float
    origin: WordOrigin


class StopReason(StrEnum):
    """Why a reader stopped writing."""

    END = "end"  # it finished the page
    LENGTH = "length"  # it ran into its token limit: the page is cut off
    LOOP = "loop"  # it repeated itself and was stopped
    CANCELLED = "cancelled"  # the caller stopped it


@dataclass(frozen=True, slots=True)
class Usage:
    """What reading one page cost. Speculation statistics are data: ``drafted`` and ``accepted`` count tokens,
    ``steps`` the passes of the decoder that settled tokens, where the engine tells."""

    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    attempts: int = 1
    drafted: int = 0
    accepted: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with a page, kept as data. ``kind`` is a stable identifier, ``message`` names the
    remedy."""

    stage: str
    kind: str
    message: str
    page_index: int | None = None


class BlockKind(StrEnum):
    """The kinds of block, in the order they are usually met."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list-item"
    CODE = "code"
    TABLE = "table"
    FORMULA = "formula"  # display formula; text is LaTeX without delimiters, or "" when only the crop is known
    FIGURE = "figure"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    HEADER = "header"  # running head: furniture
    FOOTER = "footer"  # running foot: furniture
    PAGE_NUMBER = "page-number"  # furniture


FURNITURE = frozenset({BlockKind.HEADER, BlockKind.FOOTER, BlockKind.PAGE_NUMBER})


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; stored once, at its top left grid position. ``text`` is Markdown inline text, lines split by
    \\n."""

    text: str
    row_span: int = 1
    col_span: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One grid for Markdown, HTML and CSV. ``rows[i]`` holds, left to right, the cells that start in row i (as in
    HTML)."""

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How a block's text is set: what decides heading levels over the whole document. ``size_pt`` is the type size.

    ``stated`` is the level, 1..6, that a tagged PDF states of a heading; 0 for none.
    """

    size_pt: float
    bold: bool = False
    italic: bool = False
    mono: bool = False
    centred: bool = False
    stated: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the page, in a flat list in reading order.

    ``text`` is Markdown inline text (emphasis, links, ``$...$``, ``[^1]``) without block marks; for CODE the raw lines.
    ``level`` is 1..6 for headings and the nesting depth, from 0, for list items. ``marker`` is the list mark as it is
    to be written ("-", "3.", "- [x]") or a footnote's label ("1"). ``asset`` names the figure's or formula's crop in
    ``Page.assets``. ``confidence`` is 0..1; ``support`` is the share of the text that independent evidence confirms,
    0..1. ``joins_previous`` says that the text continues the previous block of the same kind (over a column or page
    break); the text was joined without a space when ``joins_tight`` (a hyphenated word or a CJK line).
    """

    kind: BlockKind
    text: str = ""
    level: int = 0
    marker: str = ""
    table: Table | None = None
    box: Box | None = None
    asset: str | None = None
    confidence: float | None = None
    support: float | None = None
    style: Style | None = None
    joins_previous: bool = False
    joins_tight: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture cut out of a page: PNG bytes under a name such as ``p003-1.png`` (no folder; 1-based page).

    ``data`` does not take part in comparison or in ``to_dict``: it lives in the figures folder.
    """

    name: str
    box: Box
    data: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """The straightened page a reader worked on: its size in points and how it was made from the page as shown.

    ``corners`` (of a photographed sheet, see ``Page``) come first, then ``rotation`` (0, 90, 180, 270, clockwise), then
    ``skew_deg`` (clockwise, about the centre, same canvas).
    """

    width_pt: float
    height_pt: float
    rotation: int = 0
    skew_deg: float = 0.0
    corners: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one page image: ``text`` is its raw Markdown, untouched.

    Readers that see structure themselves (the offline reader) also give ``blocks``, ``words`` and ``assets``; for the
    others ``blocks`` is None and structure.py makes them from the text. ``token_logprobs`` belong to ``text``'s tokens,
    ``line_confidences`` (0..1, None for a line without words) to its lines, parted by \\n; None when nothing tells.
    ``repairs`` names each rule that mended a formula, as often as it did.
    ``frame`` is None when the reader took the image as it came; ``blank`` says that the page was found empty.
    """

    ref: PageRef
    text: str
    stop: StopReason
    usage: Usage
    reader: str
    token_logprobs: tuple[float, ...] | None = None
    line_confidences: tuple[float | None, ...] | None = None
    repairs: tuple[str, ...] = ()
    blocks: tuple[Block, ...] | None = None
    words: tuple[Word, ...] = ()
    assets: tuple[Asset, ...] = ()
    problems: tuple[Problem, ...] = ()
    frame: Frame | None = None
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One finished page. ``width_pt`` and ``height_pt`` are of the straightened page (1/72 inch).

    ``rotation`` (0, 90, 180, 270, clockwise) and ``skew_deg`` (then, clockwise, about the centre, canvas unchanged) are
    what was applied to the page as shown on screen to straighten it. ``corners``, when set, came first: four points (x,
    y, relative to the page as shown, clockwise from the sheet's top left) that a perspective map laid on the corners of
    a new canvas: a photographed sheet, flattened, as large as the mean of its opposite sides. ``blank`` pages have no
    blocks and no words.
    """

    ref: PageRef
    blocks: tuple[Block, ...] = ()
    words: tuple[Word, ...] = ()
    assets: tuple[Asset, ...] = ()
    reading: Reading | None = None
    problems: tuple[Problem, ...] = ()
    width_pt: float = 0.0
    height_pt: float = 0.0
    rotation: int = 0
    skew_deg: float = 0.0
    corners: tuple[tuple[float, float], ...] | None = None
    blank: bool = False

    @property
    def ok(self) -> bool:
        """False while there are problems."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One entry of a PDF's outline (bookmarks); ``level`` from 1."""

    title: str
    level: int
    page_index: int | None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: the pages that were read, in the order asked for."""

    source: Source
    pages: tuple[Page, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    outline: tuple[OutlineEntry, ...] = ()

    def to_dict(self) -> dict[str, JsonValue]:
        """All records as JSON values; pictures' bytes and the password are left out. See leafbeam.serial."""
        from leafbeam.serial import document_to_dict  # it needs the records above

        return document_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, JsonValue]) -> Document:
        """The inverse of ``to_dict``. Raises InputError naming the place that is wrong."""
        from leafbeam.serial import document_from_dict

        return document_from_dict(values)


def sha256_file(path: Path) -> str:
    """The hex SHA-256 of a file's content, read in chunks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
