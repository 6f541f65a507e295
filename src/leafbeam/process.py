"""What the processes that leafbeam starts have in common: their environment, and how they end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import threading
import time

EXIT_OUT_OF_MEMORY = 77
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_LEAST_BYTES = 2 << 30  # below this the models do not start


def environment(threads: int) -> dict[str, str]:
    """The environment of a worker: this process' own, its import path, and model threads bounded to ``threads``."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads)), "PYTHONPATH": path}


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
