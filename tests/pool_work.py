"""What the workers of test_pool.py do: the page index says how the page goes. Imported in worker processes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from leafbeam.errors import InputError, ReaderError
from leafbeam.types import Block, BlockKind, Page, PageRef
from leafbeam.worker import PageFunction


@contextlib.contextmanager
def open_work(log: Path) -> Iterator[PageFunction]:
    """Pages named by their file: "exit", "segv", "hang", "memory", "defect", "input", "once" (dies once), else fine."""
    with (log / "opened").open("a") as handle:
        handle.write(f"{os.getpid()}\n")

    def work(ref: PageRef) -> Page:
        with (log / "tried").open("a") as handle:
            handle.write(f"{ref.source.name} {ref.index}\n")
        print("noise on standard output")
        match ref.source.name:
            case "exit":
                os._exit(3)
            case "segv":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "hang":
                time.sleep(600)
            case "memory":
                raise MemoryError
            case "defect":
                raise KeyError("lost")
            case "input":
                raise InputError("page is damaged; export it again")
            case "once" if not (log / "once").exists():
                (log / "once").touch()
                os._exit(3)
            case "slow":
                time.sleep(0.3)
        text = f"{ref.source.name} {ref.index} {os.environ['OMP_NUM_THREADS']}"
        return Page(ref, blocks=(Block(BlockKind.PARAGRAPH, text),))

    yield work


@contextlib.contextmanager
def refuse() -> Iterator[PageFunction]:
    """A reader that cannot be opened."""
    raise ReaderError("no models")
    yield


@contextlib.contextmanager
def die_opening() -> Iterator[PageFunction]:
    """A reader that takes its process down when it is opened."""
    sys.stdout.flush()
    os._exit(5)
    yield
