"""Output files: the tree that mirrors the inputs, written so that nothing half-written is ever seen."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from leafbeam.errors import LeafbeamError, UsageError
from leafbeam.options import OutputFormat, WriteOptions
from leafbeam.types import Document, Page
from leafbeam.write.hocr import hocr_parts
from leafbeam.write.html import html_parts
from leafbeam.write.jsonio import json_parts
from leafbeam.write.markdown import to_markdown
from leafbeam.write.searchable import write_searchable_pdf
from leafbeam.write.text import to_text

_TEMPORARY = ".leafbeam-tmp-"
_ASSET_NAME = re.compile(r"\w[\w-]*\.png", re.ASCII)
_OUR_ASSET = re.compile(r"p\d{3,}-\d+\.png", re.ASCII)
_WITH_FIGURES = frozenset({OutputFormat.MD, OutputFormat.JSON})

_REMEDIES = {
    errno.EACCES: "no permission; choose another folder with -o or change its rights",
    errno.EPERM: "no permission; choose another folder with -o or change its rights",
    errno.EROFS: "the disk is read-only; choose another folder with -o",
    errno.ENOSPC: "the disk is full; free some space, then go on with --resume",
    errno.EDQUOT: "your disk quota is used up; free some space, then go on with --resume",
    errno.ENAMETOOLONG: "the name is too long for this disk; rename the input or choose a folder nearer to the root",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away or choose another folder with -o",
    errno.EEXIST: "a file stands where a folder is needed; move it away or choose another folder with -o",
    errno.EISDIR: "a folder stands where the file should be; move it away or choose another folder with -o",
}


Whole = Callable[[Iterable[Page]], Iterable[Page]]  # the pages, each with its words and pictures when its turn comes


def write_outputs(document: Document, out_dir: Path, options: WriteOptions, whole: Whole = iter) -> tuple[Path, ...]:
    """Write the document in every format of ``options.to`` below ``out_dir``; gives back the files, figures last.

    ``whole`` makes the document's pages whole again one after the other, where their heavy parts are kept elsewhere
    (spool.py): then one page's words and pictures are held at a time.

    ``source.relative`` "a/b" gives ``out_dir/a/b.md`` and so on, and ``out_dir/a/b.figures/`` when Markdown or JSON
    refers to figures. Everything is made under temporary names first: after an error or a kill the old files are still
    whole, and what was left behind is removed the next time the document is written.

    Raises:
        UsageError: an output would leave ``out_dir`` or overwrite the input.
        LeafbeamError: a file cannot be written; the message names it and the remedy.
    """
    base = _base(document, out_dir)
    targets = [base.parent / f"{base.name}.{form.value}" for form in dict.fromkeys(options.to)]
    figures = base.parent / f"{base.name}.figures"
    _check_targets([*targets, figures], document, out_dir)
    _check_asset_names(document)
    has_figures = bool(_WITH_FIGURES & set(options.to)) and any(page.assets for page in document.pages)
    with _errors_named(base):
        base.parent.mkdir(parents=True, exist_ok=True)
        staged = _Staged(base)
        staged.sweep()
        try:
            for form, target in zip(dict.fromkeys(options.to), targets, strict=True):
                staged.add(target, _writer(form, document, options, figures.name, whole))
            names = staged.add_figures(figures, whole(document.pages)) if has_figures else set()
            if names:
                figures.mkdir(exist_ok=True)
            written = staged.publish()
            if _alone(base, options):
                _remove_stale(figures, {asset.name for page in document.pages for asset in page.assets})
            return written
        finally:
            staged.sweep()


def check_out_dir(out_dir: Path) -> None:
    """Find out before hours of reading whether files can be made in ``out_dir``, or where it will be made.

    Raises UsageError when it is a file, LeafbeamError naming the remedy.
    """
    with _errors_named(out_dir):
        if out_dir.exists() and not out_dir.is_dir():
            raise UsageError(f"{out_dir} is a file: give an output folder")
        there = next(folder for folder in (out_dir, *out_dir.absolute().parents) if folder.exists())
        with tempfile.TemporaryFile(prefix=_TEMPORARY, dir=there):
            pass


def is_own_figure(path: Path) -> bool:
    """Whether ``path`` is a figure that ``write_outputs`` put beside a document."""
    folder = path.parent
    if not _OUR_ASSET.fullmatch(path.name) or folder.suffix != ".figures":
        return False
    return any((folder.parent / f"{folder.stem}.{form.value}").exists() for form in _WITH_FIGURES)


def _base(document: Document, out_dir: Path) -> Path:
    relative = PurePosixPath(document.source.relative)
    if not relative.name or relative.is_absolute() or ".." in relative.parts or "\0" in document.source.relative:
        raise UsageError(f"{document.source.name}: its output would leave the folder {out_dir}; rename the input")
    return out_dir.joinpath(*relative.parts)


def _check_targets(targets: list[Path], document: Document, out_dir: Path) -> None:
    root = out_dir.resolve()
    for target in targets:
        if not target.parent.resolve().is_relative_to(root):
            raise UsageError(f"{target.parent} leads out of {out_dir} through a link; remove the link")
        if target.exists() and document.source.path.exists() and target.samefile(document.source.path):
            raise UsageError(f"{target} is the input itself and would be overwritten; choose another folder with -o")
    if targets[-1].is_symlink():
        raise UsageError(f"{targets[-1]} is a link; remove it, figures are written into a folder of their own")


def _check_asset_names(document: Document) -> None:
    for name in (asset.name for page in document.pages for asset in page.assets):
        if not _ASSET_NAME.fullmatch(name):
            raise LeafbeamError(f"{document.source.name}: not a name for a figure: {name!r}; please report this defect")


def _alone(base: Path, options: WriteOptions) -> bool:
    """Whether what was written refers to figures and no file of an earlier run beside it does."""
    written = _WITH_FIGURES & set(options.to)
    others = [base.parent / f"{base.name}.{form.value}" for form in _WITH_FIGURES - written]
    return bool(written) and not any(other.exists() for other in others)


def _remove_stale(figures: Path, wanted: set[str]) -> None:
    """Remove figures of an earlier run that the document has no more; files of other names are not ours."""
    if not figures.is_dir():
        return
    for old in figures.iterdir():
        if _OUR_ASSET.fullmatch(old.name) and old.name not in wanted:
            old.unlink()


def _writer(
    form: OutputFormat, document: Document, options: WriteOptions, figures: str, whole: Whole
) -> Callable[[Path], None]:
    if form is OutputFormat.PDF:
        return lambda path: write_searchable_pdf(document, path, whole(document.pages))
    texts: dict[OutputFormat, Callable[[], Iterable[str]]] = {
        OutputFormat.MD: lambda: [to_markdown(document, options, figures)],
        OutputFormat.HTML: lambda: html_parts(document, options, whole(document.pages)),
        OutputFormat.JSON: lambda: json_parts(document, whole(document.pages)),
        OutputFormat.TXT: lambda: [to_text(document, options)],
        OutputFormat.HOCR: lambda: hocr_parts(document, whole(document.pages)),
    }

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", errors="replace", newline="") as handle:
            handle.writelines(texts[form]())

    return write


@dataclass(slots=True)
class _Staged:
    """Files of one document written under temporary names beside their places, to be renamed all together."""

    base: Path
    waiting: list[tuple[Path, Path]] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """How this document's temporary names begin: two documents in one folder do not sweep each other's."""
        return _TEMPORARY + hashlib.sha256(self.base.name.encode("utf-8", "surrogatepass")).hexdigest()[:12] + "-"

    def add(self, target: Path, write: Callable[[Path], None]) -> None:
        temporary = self.base.parent / f"{self.prefix}{secrets.token_hex(4)}"
        write(temporary)
        self.waiting.append((temporary, target))

    def add_figures(self, figures: Path, pages: Iterable[Page]) -> set[str]:
        """The pictures, by name; those of a document read back from JSON have no data and stay as they are on disk."""
        names: set[str] = set()
        for asset in (asset for page in pages for asset in page.assets if asset.data):
            if asset.name not in names:
                names.add(asset.name)
                self.add(figures / asset.name, functools.partial(_write_bytes, asset.data))
        return names

    def publish(self) -> tuple[Path, ...]:
        for temporary, target in self.waiting:
            os.replace(temporary, target)
        done = tuple(target for _, target in self.waiting)
        self.waiting.clear()
        return done

    def sweep(self) -> None:
        """Remove this document's temporary files, also those of a run that was killed."""
        if not self.base.parent.is_dir():
            return
        for path in self.base.parent.iterdir():
            if path.name.startswith(self.prefix):
                path.unlink(missing_ok=True)


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


@contextmanager
def _errors_named(base: Path) -> Iterator[None]:
    """Turn the system's errors into ones that name the file and the next step."""
    try:
        yield
    except OSError as error:
        made = base if _TEMPORARY in str(error.filename) else error.filename  # a temporary name tells nobody anything
        name = error.filename2 or made or base
        reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}; check the output folder")
        raise LeafbeamError(f"cannot write {name}: {reason}") from error
