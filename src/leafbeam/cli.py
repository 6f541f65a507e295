"""The command line: the only place that prints results, reads environment variables or exits."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from leafbeam import __version__
from leafbeam.errors import LeafbeamError, ReaderError, UsageError
from leafbeam.flags import taking_flags, with_flags
from leafbeam.model.commands import app as models
from leafbeam.options import Options, OutputFormat

if TYPE_CHECKING:
    from leafbeam.report import RunSummary

EXIT_INTERRUPTED = 130
_BETWEEN = {OutputFormat.MD: b"\n", OutputFormat.TXT: b"\f"}  # documents that follow each other on standard output

app = typer.Typer(
    name="leafbeam",
    help="Documents (PDF, scans, photos) to clean, structured Markdown on your own machine.",
    epilog="Exit codes: 0 all good, 10 some pages or files failed; for the only input 1 not written, 3 unreadable, "
    "4 password, 5 nothing to do; 2 wrong usage, 6 an optional part is missing, 7 the reader does not start, "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models, name="models")


def main() -> NoReturn:
    """The installed command."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)  # the terminal was closed
    try:
        app()
    except LeafbeamError as error:
        print(f"leafbeam: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    sys.exit(0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"leafbeam {__version__}")
        raise typer.Exit


@app.callback()
def _leafbeam(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command("read")
@taking_flags
def read_command(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders, http(s) URLs, or - for standard input.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output folder. Without it: standard output.")] = None,
    reader: Annotated[
        str | None, typer.Option(help="offline, local, or remote (told by --server). Default: offline.")
    ] = None,
    options_file: Annotated[
        Path | None, typer.Option("--options", help="Option file (TOML); the flags override it.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")] = False,
    **given: object,
) -> None:
    """Read documents into Markdown and other formats."""
    options = with_flags(Options.from_toml(options_file) if options_file else Options(), given)
    remote = options.remote
    options = dataclasses.replace(
        options,
        reader=reader or ("remote" if given["server"] else options.reader),
        remote=dataclasses.replace(remote, api_key=remote.api_key or os.environ.get(remote.api_key_env)),
    )
    try:
        with _served(options, quiet) as options:
            summary = _convert(inputs, out, options, quiet) if out else _to_stdout(inputs, options, quiet)
    except KeyboardInterrupt:
        hint = "; --resume goes on from here" if out else ""
        print(f"leafbeam: interrupted{hint}", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    raise typer.Exit(summary.exit_code)


@app.command("serve-model")
def serve_model(
    model: Annotated[str, typer.Argument(help="A published name or a folder.")] = "lightonai/LightOnOCR-2-1B",
    revision: Annotated[
        str | None, typer.Option(help="The model's revision, a commit. Default: the one on this disk, else the newest.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8000,
    context: Annotated[int, typer.Option(help="Tokens of one page and its answer.")] = 8192,
    check_versions: Annotated[
        bool, typer.Option("--check-versions/--no-check-versions", help="Refuse versions known to break the models.")
    ] = True,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Verify drafts of the pages; needs the plug-in of plugins/vllm_drafts.")
    ] = False,
    extra: Annotated[list[str] | None, typer.Argument(help="After --: more arguments for vLLM.")] = None,
) -> None:
    """Start vLLM for LightOnOCR as its authors advise, until Ctrl-C."""
    from leafbeam.remote.launch import LaunchOptions, ModelServer

    options = LaunchOptions(
        model,
        revision or _revision(model),
        host,
        port,
        context,
        extra=tuple(extra or ()),
        check_versions=check_versions,
        drafts=drafts,
    )
    try:
        with ModelServer(options, _waiting) as running:
            print(f"{model} answers at {running.url}: leafbeam read FILE --server {running.url}", flush=True)
            status = running.wait()
            raise ReaderError(f"vLLM ended with status {status}")
    except KeyboardInterrupt:
        print("leafbeam: stopped", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _revision(model: str, quiet: bool = False) -> str | None:
    """The commit to start a published model at, told; None for a folder, or for the newest."""
    from leafbeam.remote.launch import stored_revision

    revision = stored_revision(model, os.environ)
    if revision is not None:
        told = f"at revision {revision}, which is on this disk; --revision takes another"
    elif Path(model).exists():
        return None
    else:
        told = "at its newest revision: name a commit with --revision where answers must stay the same"
    if not quiet:
        print(f"leafbeam: {model} {told}", file=sys.stderr)
    return revision


def _waiting(seconds: float) -> None:
    if round(seconds) % 30 == 0 and seconds > 1:
        print(f"leafbeam: vLLM is starting, {seconds:.0f} s", file=sys.stderr)


@contextlib.contextmanager
def _served(options: Options, quiet: bool) -> Iterator[Options]:
    """The options with the address of a server of our own where they ask for one, stopped in the end."""
    if options.reader == "local" and not quiet:
        _tell_plan(options)
    if options.reader != "remote" or options.remote.server != "auto":
        yield options
        return
    from leafbeam.remote.launch import LaunchOptions, ModelServer

    model = options.remote.model or LaunchOptions().model
    launch = LaunchOptions(model, _revision(model, quiet), extra=options.remote.server_arguments)
    with ModelServer(launch, (lambda seconds: None) if quiet else _waiting) as running:
        remote = dataclasses.replace(options.remote, server=running.url, model=launch.model)
        yield dataclasses.replace(options, remote=remote)


def _tell_plan(options: Options) -> None:
    from leafbeam.model.store import require_local

    require_local()
    from leafbeam.local.reader import planned

    print(f"leafbeam: {planned(options.local)}", file=sys.stderr)


@app.command()
def doctor() -> None:
    """Tell what this machine can run."""
    from leafbeam.doctor import examine

    findings = examine()
    print("\n".join(findings.lines()))
    raise typer.Exit(findings.exit_code)


def _convert(inputs: Sequence[str], out: Path, options: Options, quiet: bool, places: bool = True) -> RunSummary:
    """Convert and show how it goes; ``places``: say also where the results are."""
    from leafbeam.console import choose_display
    from leafbeam.pipeline import convert

    with choose_display(quiet, "NO_COLOR" not in os.environ, places) as display:
        summary = convert(inputs, out, options, display.on_event)
    display.summarise(summary)
    return summary


def _to_stdout(inputs: Sequence[str], options: Options, quiet: bool) -> RunSummary:
    """Convert into a temporary folder, then copy the documents to standard output in the order of the inputs."""
    if len(options.write.to) != 1:
        raise UsageError("several formats need an output folder: add -o FOLDER")
    (wanted,) = options.write.to
    if wanted not in _BETWEEN and (len(inputs) > 1 or Path(inputs[0]).is_dir()):
        raise UsageError(f"several documents as {wanted} need an output folder: add -o FOLDER")
    if wanted is OutputFormat.PDF and sys.stdout.isatty():
        raise UsageError("a PDF is not for a terminal: add -o FOLDER or redirect standard output")
    if options.run.resume:
        raise UsageError("--resume needs an output folder: add -o FOLDER")
    if wanted in _BETWEEN:  # there is no folder that the pictures could lie in
        options = dataclasses.replace(options, offline=dataclasses.replace(options.offline, figures=False))
    with tempfile.TemporaryDirectory(prefix="leafbeam-") as folder:
        summary = _convert(inputs, Path(folder), options, quiet, places=False)
        outputs = [path for report in summary.files for path in report.outputs if path.suffix == f".{wanted}"]
        try:
            for number, path in enumerate(outputs):
                if number:
                    sys.stdout.buffer.write(_BETWEEN[wanted])
                with path.open("rb") as handle:
                    shutil.copyfileobj(handle, sys.stdout.buffer)
            sys.stdout.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):  # which only says that the reader of our output has seen enough
                raise LeafbeamError(f"cannot write to standard output: {error.strerror}; add -o FOLDER") from error
    return summary
