"""Every error leafbeam raises on purpose. Branches by what the caller can do; the exit code sits on the class.

    LeafbeamError                 1
    ├── UsageError                2   the command or the options are wrong: correct them
    ├── InputError                3   the file cannot be read as it is: repair or convert it
    │   ├── UnsupportedError      3   not a document we read
    │   ├── LimitError            3   over a limit: raise the named limit
    │   └── PasswordError         4   encrypted: give the password
    ├── NothingToDoError          5   no document found, or no page selected
    ├── MissingExtraError         6   an optional part is not installed: the command that installs it
    └── ReaderError               7   the reader could not be opened or died

Exit code 0 is all good; 10 is ``EXIT_SOME_PAGES_FAILED``: everything possible was written, some pages or files failed.
Each message names the thing, what is wrong with it, and the next step.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import ClassVar

EXIT_SOME_PAGES_FAILED = 10


class LeafbeamError(Exception):
    """The root: a clear message for people, with the remedy in it."""

    exit_code: ClassVar[int] = 1


class UsageError(LeafbeamError):
    """The command line or an option value is wrong."""

    exit_code = 2


class InputError(LeafbeamError):
    """A file cannot be read as it is."""

    exit_code = 3


class UnsupportedError(InputError):
    """The content is not of a kind we read."""


class LimitError(InputError):
    """The input goes over a limit that the user can raise."""


class PasswordError(InputError):
    """The document is encrypted and the password is missing or wrong."""

    exit_code = 4


class NothingToDoError(LeafbeamError):
    """No document was found, or no page is selected."""

    exit_code = 5


class MissingExtraError(LeafbeamError):
    """An optional part is not installed."""

    exit_code = 6


class ReaderError(LeafbeamError):
    """A reader could not be opened, or it died."""

    exit_code = 7


def defect(name: str, error: Exception) -> LeafbeamError:
    """The error of a document called ``name`` that met a defect of ours: it says where, so that it can be reported."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return LeafbeamError(f"{name}: {type(error).__name__} in {place}: {error}. Please report this defect")
