"""Every option, grouped and frozen, with complete defaults: one object for flags, option file and API.

No environment variable is read below this module. A value out of range raises ``UsageError`` when it is made.
"""

from __future__ import annotations

import difflib
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

from leafbeam.errors import UsageError

_MOST_SECONDS = 86_400.0  # the system's waiting calls take no infinity


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise UsageError(f"{name} is {value}, give {wanted}")


def _require_seconds(name: str, value: float) -> None:
    _require(0 < value <= _MOST_SECONDS, name, value, f"a number of seconds above 0, at most {_MOST_SECONDS:g} (a day)")


class Profile(StrEnum):
    """Which recognition models the offline reader runs."""

    FAST = "fast"  # PP-OCRv6 tiny
    ACCURATE = "accurate"  # PP-OCRv6 small


class Device(StrEnum):
    """Where the local model runs."""

    AUTO = "auto"  # CUDA, else MPS, else the CPU
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class NumberType(StrEnum):
    """The local model's numbers."""

    AUTO = "auto"  # bf16 where the chip has it
    BF16 = "bf16"
    FLOAT32 = "float32"


class Quantize(StrEnum):
    """In how many bits the local model's decoder keeps its matrices."""

    NONE = "none"
    INT8 = "int8"  # half the memory of bf16 and less time a step
    INT4 = "int4"  # a quarter, but for the head, which has eight bits; rounded much more coarsely


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


class ImageFormat(StrEnum):
    """How page pictures are sent to a server."""

    PNG = "png"
    JPEG = "jpeg"


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What is read. ``pages`` is a range list such as "1-3,7,-2:" (1-based, negative counts from the end)."""

    pages: str | None = None
    password: str | None = field(default=None, repr=False)
    max_megapixels: float = 40.0  # of one rendered or decoded page
    url_timeout_s: float = 60.0
    url_max_mb: float = 200.0

    def __post_init__(self) -> None:
        _require(self.max_megapixels > 0, "max_megapixels", self.max_megapixels, "a number above 0")
        _require_seconds("url_timeout_s", self.url_timeout_s)
        _require(self.url_max_mb > 0, "url_max_mb", self.url_max_mb, "a number above 0")


@dataclass(frozen=True, slots=True)
class OfflineOptions:
    """The offline reader. ``threads`` bounds the model threads of one worker process, while there are pages for all."""

    profile: Profile = Profile.ACCURATE
    text_layer: TextLayer = TextLayer.AUTO
    threads: int = 1
    figures: bool = True  # cut figures out as PNG files

    def __post_init__(self) -> None:
        _require(self.threads >= 1, "threads", self.threads, "1 or more")


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """The remote reader. ``server`` is the address of an OpenAI-compatible server ("http://127.0.0.1:8000/v1").

    ``model`` None takes the first that the server names; ``family`` None is told from the model's name. ``api_key_env``
    names the environment variable that the command line takes the key from. What is None follows the model's family.
    ``attempts`` bounds the requests for one page; ``patience_s`` is how long a server may be gone.
    ``drafts``: a server that verifies drafts gets the offline reader's text of each page; needs ``fallback``.
    ``locate``: words and blocks get their places for every format, at the offline reader's cost; needs ``fallback``.
    ``server_arguments`` go to vLLM as they are when ``server`` is "auto".
    """

    server: str | None = None
    server_arguments: tuple[str, ...] = ()
    model: str | None = None
    family: str | None = None
    api_key_env: str = "LEAFBEAM_API_KEY"
    api_key: str | None = field(default=None, repr=False)
    prompt: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    longest_edge_px: int | None = None
    image_format: ImageFormat = ImageFormat.PNG
    concurrency: int = 64
    attempts: int = 5
    fallback: bool = True  # the offline reader's page when every attempt fails
    locate: bool = False
    drafts: bool = True
    check_formulas: bool = True
    formula_rules_off: tuple[str, ...] = ()
    idle_timeout_s: float = 300.0
    answer_timeout_s: float = 900.0
    patience_s: float = 600.0

    def __post_init__(self) -> None:
        _require(self.concurrency >= 1, "concurrency", self.concurrency, "1 or more")
        _require(self.attempts >= 1, "attempts", self.attempts, "1 or more")
        _require(self.temperature is None or 0 <= self.temperature <= 2, "temperature", self.temperature, "0 to 2")
        _require(self.max_tokens is None or self.max_tokens >= 1, "max_tokens", self.max_tokens, "1 or more")
        for name in ("idle_timeout_s", "answer_timeout_s", "patience_s"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """The local reader: LightOnOCR in this process. ``model`` is a name that was pulled, or a checkpoint's folder.

    ``family`` None is told from the model's name. ``memory_gb`` None takes what is free; ``pages`` and ``threads`` 0
    are chosen for the machine. ``quantize``: fewer bits for the decoder's matrices, on a CPU with the compiled layers.
    ``kernels``: compile the fast layers where the processor has them. ``drafts``: verify the offline reader's text
    instead of writing every token; it never changes what is written. ``locate``: words and blocks get their places for
    every format, as they do with ``drafts``; both need ``fallback``.
    """

    model: str = "LightOnOCR-2-1B"
    family: str | None = None
    device: Device = Device.AUTO
    dtype: NumberType = NumberType.AUTO
    quantize: Quantize = Quantize.NONE
    memory_gb: float | None = None
    pages: int = 0
    threads: int = 0
    drafts: bool = True
    kernels: bool = True
    attempts: int = 5
    fallback: bool = True
    locate: bool = False
    check_formulas: bool = True

    def __post_init__(self) -> None:
        _require(self.memory_gb is None or self.memory_gb > 0, "memory_gb", self.memory_gb, "gigabytes above 0")
        _require(self.pages >= 0, "pages", self.pages, "0 (chosen) or more")
        _require(self.threads >= 0, "threads", self.threads, "0 (one per free core) or more")
        _require(self.attempts >= 1, "attempts", self.attempts, "1 or more")
        plain = self.quantize is Quantize.NONE or self.kernels
        _require(plain, "quantize", self.quantize, '"none" with kernels = false: the compiled layers read fewer bits')


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What is written."""

    to: tuple[OutputFormat, ...] = (OutputFormat.MD,)
    tables: TableFormat = TableFormat.AUTO
    furniture: Furniture = Furniture.DROP
    page_break: PageBreak = PageBreak.COMMENT

    def __post_init__(self) -> None:
        _require(bool(self.to), "to", "nothing", "at least one format")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes. ``jobs`` 0 means one worker per core; ``page_timeout_s`` bounds one page."""

    jobs: int = 0
    resume: bool = False
    page_timeout_s: float = 300.0

    def __post_init__(self) -> None:
        _require(self.jobs >= 0, "jobs", self.jobs, "0 (one per core) or more")
        _require_seconds("page_timeout_s", self.page_timeout_s)


@dataclass(frozen=True, slots=True)
class Options:
    """All options of a run. ``reader`` names the reader to open."""

    reader: str = "offline"
    input: InputOptions = InputOptions()
    offline: OfflineOptions = OfflineOptions()
    remote: RemoteOptions = RemoteOptions()
    local: LocalOptions = LocalOptions()
    write: WriteOptions = WriteOptions()
    run: RunOptions = RunOptions()

    @classmethod
    def from_toml(cls, path: Path) -> Options:
        """The options a TOML file sets, defaults for the rest: one table per group, the names as they are here.

        Raises UsageError for a file that cannot be read, an unknown key (naming the nearest valid one) or a value of
        the wrong type or range.
        """
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{path}: cannot read the option file: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: not a TOML file: {error}") from error
        try:
            return _group(cls, values, "")
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error


_G = TypeVar("_G")


def nearest(word: str, known: list[str]) -> str:
    """A hint for a message: the known word nearest to a mistyped one, or all of them."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def _group(group: type[_G], values: Mapping[str, object], prefix: str) -> _G:
    """One option record from the table of the same shape; ``prefix`` is the table's name and a dot, for messages."""
    assert is_dataclass(group)
    hints = get_type_hints(group)
    names = [item.name for item in fields(group)]
    known: dict[str, object] = {}
    for key, value in values.items():
        if key not in names:
            raise UsageError(f"unknown option {prefix + key!r}: {nearest(key, names)}")
        known[key] = _value(hints[key], value, prefix + key)
    return cast(_G, group(**known))


def _value(hint: object, value: object, name: str) -> object:
    """The TOML value as the option's type; raises UsageError where it does not fit."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (choice for choice in get_args(hint) if choice is not type(None))
    if get_origin(hint) is tuple:
        items = value if isinstance(value, list) else [value]
        return tuple(_value(get_args(hint)[0], item, name) for item in items)
    if isinstance(hint, type) and is_dataclass(hint):
        if not isinstance(value, dict):
            raise UsageError(f"{name} is a table of options: write [{name}]")
        return _group(hint, value, name + ".")
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        choices = [choice.value for choice in hint]
        if value not in choices:
            raise UsageError(f"{name} is {value!r}: {nearest(str(value), choices)}")
        return hint(str(value))
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        wanted = getattr(hint, "__name__", str(hint))
        raise UsageError(f"{name} is {value!r}, give a value of type {wanted}")
    return value
