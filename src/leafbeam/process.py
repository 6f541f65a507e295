"""Processes beside this one: how they are started, talked to over a socket, bounded in memory and threads, and end.

``spawn`` starts the ``main`` of a module in a fresh interpreter, not by a fork or multiprocessing's spawn: nothing of
the caller's threads and libraries is copied, and the caller's script is not imported again. That ``main`` calls
``serve``.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

EXIT_OUT_OF_MEMORY = 77
LEAVE_S = 2.0  # for a process to end by itself
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_LEAST_BYTES = 2 << 30  # below this the models do not start

# prctl(PR_SET_PDEATHSIG, SIGTERM) holds over exec; a parent that was gone before is told by its number
_END_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours and the socket to its ``main``. It ends by itself when the socket is closed."""

    process: subprocess.Popen[bytes]
    connection: Connection

    def end(self, patience_s: float) -> int:
        """Close the socket, wait for the process that long, then kill it. Its exit code."""
        self.connection.close()
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def spawn(module: str, threads: int, memory_bytes: int | None) -> Child:
    """Start ``main`` of the module, with ``threads`` model threads and at most so much memory (None: no bound)."""
    ours, theirs = socket.socketpair()
    with theirs:
        arguments = (theirs.fileno(), os.getpid(), memory_bytes or 0, threads)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {module} import main; main()", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # standard output belongs to the documents
            env={**environment(threads), "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
            pass_fds=[theirs.fileno()],
            process_group=0,  # Ctrl-C reaches us alone
        )
    return Child(process, Connection(ours.detach()))


def ending_with_us(command: Sequence[str]) -> list[str]:
    """The command so that it is asked to end (SIGTERM) when this process is gone, however it went; on Linux only.

    Its thread must be the one that lives as long as this process: the system takes the thread's end for ours.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()), *command]


def serve(answer: Callable[[Connection, int], None]) -> NoReturn:
    """The life of a process that ``spawn`` started: ``answer`` gets the socket and the number of model threads.

    ``answer`` runs until the parent closes the socket (EOFError). Leaves without the interpreter's shutdown: native
    libraries take their time there.
    """
    descriptor, parent, memory_bytes, threads = (int(argument) for argument in sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    leave_with(parent)
    be_the_first_victim(memory_bytes)
    status = 0
    with Connection(descriptor) as connection:
        try:
            answer(connection, threads)
        except (EOFError, ConnectionError):
            pass  # the parent has closed the socket: the work is over
        except MemoryError:
            status = EXIT_OUT_OF_MEMORY
    os._exit(status)


def environment(threads: int) -> dict[str, str]:
    """This process' environment with the threads of numeric libraries and of OpenMP programs bounded."""
    bounds = dict.fromkeys((*_THREAD_VARIABLES, "OMP_THREAD_LIMIT"), str(threads))
    return {**os.environ, **bounds}


def leave_with(parent: int) -> None:
    """End this process soon after its parent has ended, also in the middle of its work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def be_the_first_victim(memory_bytes: int) -> None:
    """Fail an allocation over the limit, and let the kernel pick this process, not the parent, when memory runs out."""
    if memory_bytes:
        memory_bytes = max(memory_bytes, _LEAST_BYTES)
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as handle:
        handle.write("900")


def ended(code: int) -> str:
    """How a process with this exit code ended, in words that follow "it": "crashed (SIGSEGV)"."""
    if code in (EXIT_OUT_OF_MEMORY, -signal.SIGKILL):
        return "ran out of memory"
    return f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended (exit code {code})"
