"""Every option, grouped and frozen, with complete defaults: one object for flags, option file and API.

No environment variable is read below this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum



class Profile(StrEnum):
    """Which recognition models the offline reader runs."""

    FAST = "fast"  # PP-OCRv6 tiny
    ACCURATE = "accurate"  # PP-OCRv6 small


class TextLayer(StrEnum):
    """How far a PDF's own text layer is trusted."""

    AUTO = "auto"  # checked per region against what is drawn
    NEVER = "never"  # every page is recognised from its image
    ALWAYS = "always"  # used as it is wherever there is one


class Furniture(StrEnum):
    """What happens to running headers, footers and page numbers."""

    DROP = "drop"
    KEEP = "keep"
    MARK = "mark"  # kept as HTML comments


class TableFormat(StrEnum):
    """How tables are written in Markdown."""

    AUTO = "auto"  # pipe when no cell spans or breaks lines, else HTML
    HTML = "html"
    PIPE = "pipe"


class PageBreak(StrEnum):
    """What stands between two pages in Markdown."""

    COMMENT = "comment"  # <!-- page 3 -->
    RULE = "rule"  # ---
    NONE = "none"


class OutputFormat(StrEnum):
    """The output formats."""

    MD = "md"
    HTML = "html"
    JSON = "json"
    TXT = "txt"
    PDF = "pdf"
    HOCR = "hocr"


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What is read. ``pages`` is a range list such as "1-3,7,-2:" (1-based, negative counts from the end)."""

    pages: str | None = None
    password: str | None = field(default=None, repr=False)
    max_megapixels: float = 40.0  # of one rendered or decoded page
    url_timeout_s: float = 60.0
    url_max_mb: float = 200.0


@dataclass(frozen=True, slots=True)
class OfflineOptions:
    """The offline reader. ``threads`` bounds the model threads of one worker process."""

    profile: Profile = Profile.ACCURATE
    text_layer: TextLayer = TextLayer.AUTO
    threads: int = 1
    figures: bool = True  # cut figures out as PNG files


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What is written."""

    to: tuple[OutputFormat, ...] = (OutputFormat.MD,)
    tables: TableFormat = TableFormat.AUTO
    furniture: Furniture = Furniture.DROP
    page_break: PageBreak = PageBreak.COMMENT


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes. ``jobs`` 0 means one worker per core; ``page_timeout_s`` bounds one page."""

    jobs: int = 0
    resume: bool = False
    page_timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Options:
    """All options of a run. ``reader`` names the reader to open."""

    reader: str = "offline"
    input: InputOptions = InputOptions()
    offline: OfflineOptions = OfflineOptions()
    write: WriteOptions = WriteOptions()
    run: RunOptions = RunOptions()
