"""What the process of test_aside.py is asked to do: the name says how it goes. Imported in that process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from leafbeam.errors import PasswordError
from leafbeam.pdffile import PdfFacts, inspect_pdf


def act(name: str) -> tuple[str, int]:
    """(name, process id), unless the name says otherwise."""
    match name:
        case "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(600)
        case "memory":
            raise MemoryError
        case "password":
            raise PasswordError("a.pdf: encrypted; give its password with --password")
        case "defect":
            raise KeyError("lost")
    return name, os.getpid()


def inspect_troubled(path: Path, name: str, password: str | None, spool: Path, rewrite: bool = False) -> PdfFacts:
    """``inspect_pdf``, killed by "segv", by "fragile" unless rewritten, and kept for ever by "hang"."""
    if path.stem == "segv" or (path.stem == "fragile" and not rewrite):
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.stem == "hang":
        time.sleep(600)
    return inspect_pdf(path, name, password, spool, rewrite)
