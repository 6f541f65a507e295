"""Inputs (files, folders, standard input, URLs) -> Sources. One bad input becomes a LoadFailure and stops no other."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from leafbeam.aside import Caller, CallLost, call_here
from leafbeam.errors import InputError, LeafbeamError, NothingToDoError, UnsupportedError, defect
from leafbeam.fetch import is_url, shown_url, spool_stream, spool_url, url_file_name
from leafbeam.images import inspect_image
from leafbeam.names import display_name, has_document_suffix, relative_names
from leafbeam.options import InputOptions
from leafbeam.pdffile import PdfFacts, inspect_pdf
from leafbeam.ranges import check_pages, pages_left_out, parse_pages
from leafbeam.sniff import FileType, describe, read_head, sniff
from leafbeam.types import Problem, Source, SourceKind, sha256_file


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """An input that could not be loaded. ``name`` is for people."""

    name: str
    error: LeafbeamError


class _Origin(Enum):
    FILE = auto()
    STDIN = auto()
    URL = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One thing to load. ``location`` is a path or URL, ``below`` its path for mirroring ("a/b.pdf")."""

    origin: _Origin
    name: str
    location: str
    below: str
    error: LeafbeamError | None = None


def find_sources(
    inputs: Sequence[str | Path],
    options: InputOptions,
    spool: Path,
    call: Caller = call_here,
    is_result: Callable[[str], bool] = lambda path: False,
) -> Iterator[Source | LoadFailure]:
    """Every document among ``inputs``, in order.

    Folders are sorted and recursive; hidden and non-document files in them are left out, and what ``is_result`` says an
    earlier run has written (a file given by its own name is always read). ``-`` is standard input;
    http and https URLs are downloaded. Both, and repaired copies of damaged PDFs, are put into the folder ``spool``,
    which has to outlive the sources. Names are settled first; then each document is opened (and downloaded) only when
    the iterator is asked for it; ``call`` says in which process.

    Raises:
        UsageError: ``options.pages`` is not a range list (a page that a document lacks is that document's LoadFailure).
    """
    check_pages(options.pages)
    candidates = list(_candidates(inputs, is_result))
    names = relative_names([candidate.below for candidate in candidates])
    return _load_each(candidates, names, options, spool, call)


def _load_each(
    candidates: Sequence[_Candidate], names: Sequence[str], options: InputOptions, spool: Path, call: Caller
) -> Iterator[Source | LoadFailure]:
    for candidate, relative in zip(candidates, names, strict=True):
        try:
            if candidate.error is not None:
                raise candidate.error
            path = _local_path(candidate, options, spool)
            yield load_file(path, candidate.name, relative, options, spool, call)
        except LeafbeamError as error:
            yield LoadFailure(candidate.name, error)
        except OSError as error:
            reason = error.strerror or str(error)
            yield LoadFailure(candidate.name, InputError(f"{candidate.name}: cannot be read ({reason})"))
        except Exception as unforeseen:  # a document border: the other inputs are still to come
            yield LoadFailure(candidate.name, defect(candidate.name, unforeseen))


def load_file(
    path: Path, name: str, relative: str, options: InputOptions, spool: Path, call: Caller = call_here
) -> Source:
    """One local file as a Source. ``name`` is what messages call it.

    Raises:
        InputError: and its kinds, for a file that cannot be read.
        UsageError: ``options.pages`` selects only pages that it does not have.
        OSError: the file system says no.
    """
    head = read_head(path)
    if not head:
        raise InputError(f"{name}: the file is empty (0 bytes); fetch or export it again")
    kind = sniff(head)
    if kind is None:
        what, remedy = describe(head)
        raise UnsupportedError(f"{name}: not a document we read but {what}; {remedy}")
    sha256 = sha256_file(path)
    repaired = False
    password = None
    problems: tuple[Problem, ...] = ()
    if kind is FileType.PDF:
        facts = _pdf_facts(path, name, options.password, spool, call)
        path, page_count, repaired, problems = facts.path, facts.page_count, facts.repaired, facts.problems
        password = None if repaired else options.password
    else:
        try:
            page_count = len(call(inspect_image, path, name, options.max_megapixels).frames)
        except CallLost as lost:
            raise InputError(f"{name}: opening it {lost}; save it again in an image program") from lost
    if left_out := pages_left_out(options.pages, page_count):
        problems = (*problems, Problem("page", "not-there", left_out))
    return Source(
        name=name,
        kind=SourceKind.PDF if kind is FileType.PDF else SourceKind.IMAGE,
        path=path,
        sha256=sha256,
        page_count=page_count,
        pages=parse_pages(options.pages, page_count, name),
        relative=relative,
        password=password,
        repaired=repaired,
        problems=problems,
    )


def _pdf_facts(path: Path, name: str, password: str | None, spool: Path, call: Caller) -> PdfFacts:
    """What opening the PDF tells; where PDFium crashes on it, what opening a copy made by qpdf tells."""
    try:
        try:
            return call(inspect_pdf, path, name, password, spool)
        except CallLost as lost:
            if lost.timed_out:
                raise
            return call(inspect_pdf, path, name, password, spool, rewrite=True)
    except CallLost as lost:
        more_time = "raise --page-timeout, or " if lost.timed_out else ""
        raise InputError(f"{name}: opening it {lost}; {more_time}print it to a new PDF and give that") from lost


def _local_path(candidate: _Candidate, options: InputOptions, spool: Path) -> Path:
    match candidate.origin:
        case _Origin.STDIN:
            return spool_stream(sys.stdin.buffer, spool)
        case _Origin.URL:
            return spool_url(candidate.location, options, spool)
        case _:
            path = Path(candidate.location)
            if stat.S_ISFIFO(path.stat().st_mode):
                with path.open("rb") as pipe:
                    return spool_stream(pipe, spool)
            return path


def _candidates(inputs: Sequence[str | Path], is_result: Callable[[str], bool]) -> Iterator[_Candidate]:
    """What the inputs stand for, each file once."""
    seen: set[str] = set()
    for item in inputs:
        for candidate in _expand(item, is_result):
            key = os.path.abspath(candidate.location) if candidate.origin is _Origin.FILE else candidate.location
            if key not in seen:
                seen.add(key)
                yield candidate


def _expand(item: str | Path, is_result: Callable[[str], bool]) -> Iterator[_Candidate]:
    text = os.fspath(item)
    if text == "-":
        yield _Candidate(_Origin.STDIN, "standard input", "-", "stdin")
        return
    if isinstance(item, str) and is_url(text):
        yield _Candidate(_Origin.URL, shown_url(text), text, url_file_name(text).replace("/", "_"))
        return
    name = display_name(text) or "''"
    try:
        mode = os.stat(text).st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        yield _failed(name, text, InputError(f"{name}: {reason}; check the path"))
        return
    if stat.S_ISDIR(mode):
        yield from _expand_folder(text, name, is_result)
    elif stat.S_ISREG(mode) or stat.S_ISFIFO(mode):
        yield _Candidate(_Origin.FILE, name, text, os.path.basename(os.path.abspath(text)))
    else:
        yield _failed(name, text, UnsupportedError(f"{name}: a device or socket, not a file; give a file or '-'"))


def _expand_folder(folder: str, name: str, is_result: Callable[[str], bool]) -> Iterator[_Candidate]:
    found = False
    for path, below in _walk(folder, "", set()):
        if is_result(path):
            continue
        shown = display_name(path)
        try:
            wanted = sniff(read_head(Path(path))) is not None or has_document_suffix(path)
        except OSError as error:
            if not has_document_suffix(path):
                continue
            yield _failed(shown, path, InputError(f"{shown}: cannot be read ({error.strerror}); check its permissions"))
            found = True
            continue
        if wanted:
            found = True
            yield _Candidate(_Origin.FILE, shown, path, below)
    if not found:
        message = f"{name}: no document in this folder; give one with PDF or image files in it"
        yield _failed(name, folder, NothingToDoError(message))


def _walk(folder: str, below: str, visited: set[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """(path, path below the top folder) of each regular file, sorted; each real folder once, so symlink loops end."""
    try:
        state = os.stat(folder)
        if (state.st_dev, state.st_ino) in visited:
            return
        visited.add((state.st_dev, state.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        inner = f"{below}/{entry.name}" if below else entry.name
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:
            continue
        if is_folder:
            yield from _walk(entry.path, inner, visited)
        elif is_file:
            yield entry.path, inner


def _failed(name: str, location: str, error: LeafbeamError) -> _Candidate:
    return _Candidate(_Origin.FAILED, name, location, os.path.basename(location.rstrip("/")) or "input", error)
