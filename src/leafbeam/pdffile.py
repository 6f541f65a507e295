"""Open PDF files with PDFium: passwords, repair, guards against content that explodes, one open document per process.

PDFium is not thread-safe: everything here belongs to one thread of one process.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from leafbeam.errors import InputError, LeafbeamError, PasswordError, UnsupportedError
from leafbeam.explosion import check_page_content
from leafbeam.names import display_name
from leafbeam.salvage import rebuild_index
from leafbeam.sniff import pdf_header_offset, read_head
from leafbeam.types import PageRef, Problem

# PDFium keeps every object it has parsed until the document is closed: reopening now and then bounds the memory.
_PAGES_BEFORE_REOPENING = 200
_MAX_UNIT = 100.0
_MOST_STAND_IN_PAGES = 3
_OBJECT_ERRORS = (pikepdf.PdfError, IndexError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What opening a PDF told: ``path`` is the file to read from now on (another one when it was ``repaired``)."""

    path: Path
    page_count: int
    repaired: bool = False
    problems: tuple[Problem, ...] = ()


def inspect_pdf(path: Path, name: str, password: str | None, spool: Path, rewrite: bool = False) -> PdfFacts:
    """Open the PDF, repairing it into ``spool`` when PDFium cannot read it, and count its pages.

    ``rewrite`` keeps PDFium away from the file as it is: it is known to crash on it.

    Raises:
        PasswordError: it is encrypted and the password is missing or wrong.
        UnsupportedError: it is encrypted in a way PDFium does not know.
        InputError: it is damaged beyond repair, or has no pages.
    """
    try:
        if rewrite:
            raise _damaged(name)
        count = _count_pages(path, name, password)
    except (PasswordError, UnsupportedError):
        raise
    except InputError as first:
        repaired = _repair(path, name, password, spool)
        if repaired is None:
            raise first from None
        try:
            return PdfFacts(repaired, _count_pages(repaired, name, None), repaired=True)
        except InputError:
            repaired.unlink(missing_ok=True)
            raise
    return PdfFacts(path, count, problems=_stand_in(path, password, count))


def _stand_in(path: Path, password: str | None, page_count: int) -> tuple[Problem, ...]:
    """What to say of a file whose page only stands for the real content, which is in a form or in attached files."""
    if page_count > _MOST_STAND_IN_PAGES:
        return ()
    pdf = _as_objects(path, password or "")
    if pdf is None:
        return ()
    with pdf:
        try:
            form = pdf.Root.get("/AcroForm")
            if isinstance(form, pikepdf.Dictionary) and "/XFA" in form and pdf.Root.get("/NeedsRendering") is True:
                message = "an XFA form, whose fields no program but Adobe's draws: what was read is only the page that "
                message += "stands for it; open it in Adobe Reader, print it to a PDF and give that"
                return (Problem("load", "xfa", message, 0),)
            names = sorted(display_name(name) for name in pdf.attachments) if "/Collection" in pdf.Root else []
        except _OBJECT_ERRORS:
            return ()
    if not names:
        return ()
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    files = "1 attached file is" if len(names) == 1 else f"{len(names)} attached files are"
    message = f"a PDF portfolio: what was read is only its cover page, its {files} not ({shown}); "
    return (Problem("load", "portfolio", message + "save them with `pdfdetach -saveall` and give those", 0),)


def _count_pages(path: Path, name: str, password: str | None) -> int:
    with _open(path, name, password) as document:
        count = len(document)
        if count < 1:
            raise InputError(f"{name}: the PDF has no pages; export it again")
        try:
            for index in {0, count - 1}:
                document.get_page_size(index)
        except pdfium.PdfiumError as error:
            raise _damaged(name) from error
    return count


def _open(path: Path, name: str, password: str | None) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise _password_error(name, password) from error
        if error.err_code == pdfium_c.FPDF_ERR_SECURITY:
            raise UnsupportedError(
                f"{name}: encrypted by an unknown method; save it without encryption in the program that made it"
            ) from error
        raise _damaged(name) from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error})") from error
    with _quiet("pypdfium2"):  # says that XFA is not supported, which no reader of pages can act on
        document.init_forms()
    return document


def _password_error(name: str, password: str | None) -> PasswordError:
    if password is None:
        return PasswordError(f"{name}: encrypted; give its password with --password")
    return PasswordError(f"{name}: encrypted, and the password given does not open it; check --password")


def _damaged(name: str) -> InputError:
    return InputError(f"{name}: the PDF is damaged beyond repair or incomplete; fetch or export it again")


def _repair(path: Path, name: str, password: str | None, spool: Path) -> Path | None:
    """A rebuilt copy without encryption, or None when nothing can be saved.

    Tried in turn: qpdf, qpdf on a new index of the objects, and qpdf on a new page tree of the pages that are left.
    """
    spool.mkdir(parents=True, exist_ok=True)
    source = _without_prefix(path, spool)
    target = _new_file(spool)
    try:
        for own_tree in (None, False, True):
            rebuilt = source
            if own_tree is not None:
                rebuilt = _new_file(spool)
                if not rebuild_index(source, rebuilt, own_tree):
                    continue
            if _rewrite(rebuilt, target, password):
                return target
    except pikepdf.PasswordError as error:
        raise _password_error(name, password) from error
    except _NoPagesError as error:
        raise InputError(f"{name}: the PDF has no pages; export it again") from error
    return None


class _NoPagesError(Exception):
    """A well-formed PDF without a page."""


def _rewrite(source: Path, target: Path, password: str | None) -> bool:
    """Let qpdf write ``source`` anew; False when it finds no page or too much damage."""
    try:
        with _quiet("pikepdf"), pikepdf.open(source, password=password or "") as pdf:
            if len(pdf.pages) == 0:
                if not pdf.get_warnings():
                    raise _NoPagesError
                return False
            pdf.save(target)
    except pikepdf.PasswordError:
        raise
    except (pikepdf.PdfError, OSError, ValueError, RuntimeError, KeyError, TypeError):
        return False
    return True


def _new_file(spool: Path) -> Path:
    number, name = tempfile.mkstemp(prefix="repaired-", suffix=".pdf", dir=spool)
    os.close(number)
    return Path(name)


def _without_prefix(path: Path, spool: Path) -> Path:
    """``path``, or a copy that begins with the PDF header when there is more before it than readers accept."""
    offset = pdf_header_offset(read_head(path))
    if offset == 0:
        return path
    cut = _new_file(spool)
    with cut.open("wb") as handle, path.open("rb") as source:
        source.seek(offset)
        shutil.copyfileobj(source, handle)
    return cut


@contextmanager
def _quiet(logger: str) -> Iterator[None]:
    """Keep a library's warnings off the terminal; what matters comes back as an error."""
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


@dataclass(slots=True)
class _OpenDocument:
    """An open document. ``users`` counts the pages in use; ``retired`` ones close when the last page is given back."""

    key: tuple[int, Path, str]
    document: pdfium.PdfDocument
    structure: pikepdf.Pdf | None
    users: int = 0
    served: int = 0
    retired: bool = False

    def close_if_unused(self) -> None:
        if self.retired and self.users == 0:
            self.document.close()
            if self.structure is not None:
                self.structure.close()


@dataclass(slots=True)
class _Cache:
    """The last document opened by this process."""

    current: _OpenDocument | None = field(default=None)

    def get(self, ref: PageRef) -> _OpenDocument:
        key = (os.getpid(), ref.source.path, ref.source.sha256)
        entry = self.current
        if entry is not None and entry.key == key and (entry.users or entry.served < _PAGES_BEFORE_REOPENING):
            return entry
        self.clear()
        document = _open(ref.source.path, ref.source.name, ref.source.password)
        self.current = _OpenDocument(key, document, _structure(ref))
        return self.current

    def clear(self) -> None:
        """Close what is open. A document inherited by fork belongs to the parent: it is left alone."""
        entry, self.current = self.current, None
        if entry is not None and entry.key[0] == os.getpid():
            entry.retired = True
            entry.close_if_unused()


_cache = _Cache()


def _structure(ref: PageRef) -> pikepdf.Pdf | None:
    """The document as objects, for the guards; None when qpdf cannot open what PDFium could."""
    return _as_objects(ref.source.path, ref.source.password or "")


def _as_objects(path: Path, password: str) -> pikepdf.Pdf | None:
    for candidate in (password, password.encode("latin-1", "replace")):  # old encryption knows no UTF-8
        try:
            with _quiet("pikepdf"):
                return pikepdf.open(path, password=candidate)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, OSError, ValueError, RuntimeError, TypeError):  # TypeError: a name that is no Unicode
            return None
    return None


@contextmanager
def open_pdf_page(ref: PageRef) -> Iterator[pdfium.PdfPage]:
    """The page, open for reading; closed on leaving, while its document stays open for the next page.

    Not thread-safe. Objects got from the page (text pages, page objects) must not be used after leaving.

    Raises:
        InputError: the document cannot be opened, or the page is damaged.
        LimitError: the page's content would need far more time and memory than a page can.
    """
    entry = _cache.get(ref)
    entry.users += 1
    entry.served += 1
    try:
        _check_content(entry, ref)
        try:
            page = entry.document.get_page(ref.index)
        except pdfium.PdfiumError as error:
            where = f"{ref.source.name}, page {ref.index + 1}"
            raise InputError(f"{where}: the page is damaged; repair the file with qpdf or export it again") from error
        try:
            yield page
        finally:
            page.close()
    finally:
        entry.users -= 1
        entry.close_if_unused()


def close_documents() -> None:
    """Close the document that is kept open, for example before its file is removed."""
    _cache.clear()


def _check_content(entry: _OpenDocument, ref: PageRef) -> None:
    if entry.structure is None:
        return
    try:
        page = entry.structure.pages[ref.index]
        check_page_content(page, f"{ref.source.name}, page {ref.index + 1}")
    except LeafbeamError:
        raise
    except _OBJECT_ERRORS:
        return  # qpdf sees the file otherwise than PDFium does: no opinion


def user_unit(ref: PageRef) -> float:
    """Points per unit of the page's coordinates (``/UserUnit``), 1 nearly always. PDFium does not apply it."""
    entry = _cache.get(ref)
    if entry.structure is None:
        return 1.0
    try:
        unit = float(entry.structure.pages[ref.index].obj.get("/UserUnit", 1.0))
    except (pikepdf.PdfError, IndexError, ValueError, TypeError, AttributeError, RuntimeError):
        return 1.0
    return min(unit, _MAX_UNIT) if math.isfinite(unit) and unit > 0 else 1.0
