"""Single calls in a process aside: a library that crashes or never returns on a hostile file costs that file only.

``Aside`` and ``call_here`` are called alike: with a function and its arguments. The function must be importable by its
name; arguments, result and errors travel as pickles.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar, cast

from leafbeam import machine
from leafbeam.errors import LeafbeamError
from leafbeam.process import EXIT_OUT_OF_MEMORY, be_the_first_victim, ended, environment, leave_with

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LEAVE_S = 2.0


class CallLost(Exception):  # noqa: N818 - an event of the machine's, not a branch of leafbeam's errors
    """The call did not come back. The text says why, in words that follow "it": "took longer than 60 s"."""

    def __init__(self, cause: str, timed_out: bool = False) -> None:
        super().__init__(cause)
        self.timed_out = timed_out


class Caller(Protocol):
    """Calls a function, here or elsewhere. Raises what the function raises, and CallLost."""

    def __call__(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T: ...


def call_here(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The plain call, for callers that trust their files."""
    return function(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class _Returned:
    value: object


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


class Aside:
    """A process that runs one call after the other and is replaced when one does not come back. A context manager."""

    def __init__(self, timeout_s: float) -> None:
        """``timeout_s`` bounds one call, with the start of the process. The first call starts it."""
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(0.0 if kind is KeyboardInterrupt else _LEAVE_S)

    def __call__(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        connection = self._connection or self._start()
        try:
            connection.send((function, args, kwargs))
            if not connection.poll(self._timeout_s):
                self._end(0.0)
                raise CallLost(f"took longer than {self._timeout_s:g} s", timed_out=True)
            answer: _Returned | _Raised = connection.recv()
        except (EOFError, ConnectionError):
            raise CallLost(ended(self._end(_LEAVE_S))) from None
        if isinstance(answer, _Raised):
            raise answer.error
        return cast(_T, answer.value)

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [str(theirs.fileno()), str(os.getpid()), str(machine.available_memory() or 0)]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", "from leafbeam.aside import main; main()", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment(1),
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C reaches us alone
            )
        self._connection = Connection(ours.detach())
        return self._connection

    def _end(self, patience_s: float) -> int:
        """Close the socket, on which the process ends by itself, else kill it; its exit code."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is None or connection is None:
            return 0
        connection.close()
        try:
            return process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def main() -> None:
    """The life of the process. Its arguments: the socket's descriptor, the parent's process id, most bytes."""
    descriptor, parent, memory_bytes = (int(argument) for argument in sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_with(parent)
    be_the_first_victim(memory_bytes)
    status = 0
    with Connection(descriptor) as connection:
        try:
            while True:
                function, args, kwargs = connection.recv()
                connection.send(_answer(function, args, kwargs))
        except (EOFError, ConnectionError):
            pass
        except MemoryError:
            status = EXIT_OUT_OF_MEMORY
    os._exit(status)


def _answer(
    function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> _Returned | _Raised:
    try:
        return _Returned(function(*args, **kwargs))
    except (LeafbeamError, OSError) as error:
        return _Raised(error)
    except MemoryError:
        raise
    except Exception as error:  # a worker border: other files are still to come
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno}"
        return _Raised(CallLost(f"failed with {type(error).__name__} in {where}: {error}"))
