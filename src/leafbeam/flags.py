"""The flags of ``leafbeam read`` as data: each sets one field of the options and takes its type and default from there.

A flag that is not given is None, so that the option file counts; ``with_flags`` lays what was given over that file's.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from enum import StrEnum
from typing import Annotated, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.models import OptionInfo

from leafbeam.errors import UsageError
from leafbeam.options import Options, OutputFormat, nearest

_PANELS = {
    "input": "What is read",
    "offline": "How it is read",
    "write": "What is written",
    "run": "How the run goes",
    "remote": "LightOnOCR behind a server",
    "local": "LightOnOCR in this process",
}
_SHOWN_DEFAULTS = (str, int, float)  # a switch tells its default by its name


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag for ``field`` of the record that ``Options`` holds as ``group``; ``names`` are as on the command line."""

    group: str
    field: str
    about: str
    names: tuple[str, ...]


FLAGS = (
    Flag("input", "pages", 'Pages such as "1-3,7,-2:"; negative counts from the end.', ("--pages",)),
    Flag("input", "password", "Password of encrypted PDFs.", ("--password",)),
    Flag("input", "max_megapixels", "Most pixels of one page, in millions.", ("--max-megapixels",)),
    Flag("input", "url_timeout_s", "Seconds for one download.", ("--url-timeout",)),
    Flag("input", "url_max_mb", "Largest download in megabytes.", ("--url-max-mb",)),
    Flag("offline", "profile", "Recognition models: fewer errors, or less time.", ("--profile",)),
    Flag("offline", "text_layer", "How far a PDF's own text is trusted.", ("--text-layer",)),
    Flag("offline", "figures", "Cut figures out as PNG, or leave them out.", ("--figures/--no-figures",)),
    Flag("write", "to", "Formats, comma separated: md, html, json, txt, pdf, hocr.", ("--to",)),
    Flag("write", "tables", "How tables are written in Markdown.", ("--tables",)),
    Flag("write", "furniture", "Running headers, footers and page numbers.", ("--furniture",)),
    Flag("write", "page_break", "What stands between pages in Markdown.", ("--page-break",)),
    Flag("run", "jobs", "Worker processes; 0 is one per core.", ("--jobs", "-j")),
    Flag("run", "resume", "Skip what an earlier run into the same folder finished.", ("--resume",)),
    Flag("run", "page_timeout_s", "Seconds for one page.", ("--page-timeout",)),
    Flag("remote", "server", "Address of an OpenAI-compatible server; auto starts vLLM.", ("--server",)),
    Flag("remote", "model", "The server's model, or the local one: a name or a folder.", ("--model",)),
    Flag("remote", "family", "v1, v2, v2-bbox, v3, v3-large or generic.", ("--family",)),
    Flag("remote", "api_key_env", "Environment variable with the server's key.", ("--api-key-env",)),
    Flag("remote", "image_format", "How pages are sent to a server.", ("--image-format",)),
    Flag("remote", "concurrency", "Most requests in flight.", ("--concurrency",)),
    Flag(
        "remote", "drafts", "Have the offline reader's text verified, where that is faster.", ("--drafts/--no-drafts",)
    ),
    Flag("local", "device", "Where the model runs.", ("--device",)),
    Flag("local", "dtype", "Its numbers; auto is bf16 where the chip has it.", ("--dtype",)),
    Flag("local", "quantize", "Fewer bits for the decoder's weights.", ("--quantize",)),
    Flag("local", "memory_gb", "Most memory in gigabytes. Default: what is free.", ("--memory",)),
)

_C = TypeVar("_C", bound=Callable[..., None])
_E = TypeVar("_E", bound=StrEnum)


def taking_flags(command: _C) -> _C:
    """The command, whose ``**given`` Typer fills with the values of ``FLAGS`` by field; None for those not given."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    added = [
        inspect.Parameter(flag.field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(flag))
        for flag in FLAGS
    ]
    command.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in [*own, *added]}
    return command


def with_flags(base: Options, given: Mapping[str, object]) -> Options:
    """The options with the given values (by field) in place of their own. Raises UsageError for one out of range.

    What is said about a model counts for the remote and the local reader alike.
    """
    for group in _PANELS:
        own = {item.name for item in fields_of(getattr(base, group))}
        groups = {group, "remote"} if group == "local" else {group}
        fields = [flag.field for flag in FLAGS if flag.group in groups and flag.field in own]
        values = {name: given[name] for name in fields if given.get(name) is not None}
        try:
            base = replace(base, **{group: replace(getattr(base, group), **values)})
        except UsageError as error:
            raise UsageError(_with_flag_named(str(error))) from error
    return base


def _with_flag_named(message: str) -> str:
    """The message about an option's value, which begins with its field, with the flag in the field's place."""
    field, space, rest = message.partition(" ")
    return next((flag.names[0] for flag in FLAGS if flag.field == field), field) + space + rest


def parse_formats(text: str) -> tuple[OutputFormat, ...]:
    """The formats of a comma-separated list, each once. Raises UsageError for an unknown one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [choice.value for choice in OutputFormat]
    for name in names:
        if name not in known:
            raise UsageError(f"--to: unknown format {name!r}: {nearest(name, known)}")
    return tuple(OutputFormat(name) for name in dict.fromkeys(names))


def _annotation(flag: Flag) -> object:
    """What Typer makes the flag of: its type, or None, and how it is shown."""
    record = getattr(Options(), flag.group)
    kind, default = get_type_hints(type(record))[flag.field], getattr(record, flag.field)
    if isinstance(kind, types.UnionType):
        (kind,) = (choice for choice in get_args(kind) if choice is not type(None))
    taken = str if get_origin(kind) is tuple else kind
    return Annotated[taken | None, _option(flag, kind, default)]


def _option(flag: Flag, kind: type, default: object) -> OptionInfo:
    about, panel = flag.about, _PANELS[flag.group]
    if isinstance(default, tuple):
        about += f" Default: {', '.join(default)}."
    elif isinstance(default, _SHOWN_DEFAULTS) and not isinstance(default, bool):
        about += f" Default: {default:g}." if isinstance(default, float) else f" Default: {default}."
    option: OptionInfo
    if get_origin(kind) is tuple:
        option = typer.Option(*flag.names, parser=parse_formats, metavar="LIST", help=about, rich_help_panel=panel)
    elif issubclass(kind, StrEnum):
        choices = f"<{'|'.join(choice.value for choice in kind)}>"
        option = typer.Option(*flag.names, parser=_parser(kind), metavar=choices, help=about, rich_help_panel=panel)
    else:
        option = typer.Option(*flag.names, help=about, rich_help_panel=panel)
    return option


def _parser(kind: type[_E]) -> Callable[[str], _E]:
    """What reads one of an enumeration's values, with our message for any other."""
    values = [choice.value for choice in kind]

    def parse(text: str) -> _E:
        if text not in values:
            raise typer.BadParameter(f"{text!r}: {nearest(text, values)}")
        return kind(text)

    return parse
