"""Single calls in a process aside: a library that crashes or never returns on a hostile file costs that file only.

``Aside`` and ``call_here`` are called alike: with a function and its arguments. The function must be importable by its
name; arguments, result and errors travel as pickles.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar, cast

from leafbeam import machine
from leafbeam.errors import LeafbeamError
from leafbeam.process import LEAVE_S, Child, ended, serve, spawn

_P = ParamSpec("_P")
_T = TypeVar("_T")


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
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(0.0 if kind is KeyboardInterrupt else LEAVE_S)

    def __call__(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        if self._child is None:
            self._child = spawn("leafbeam.aside", 1, machine.available_memory())
        connection = self._child.connection
        try:
            connection.send((function, args, kwargs))
            if not connection.poll(self._timeout_s):
                self._end(0.0)
                raise CallLost(f"took longer than {self._timeout_s:g} s", timed_out=True)
            answer: _Returned | _Raised = connection.recv()
        except (EOFError, ConnectionError):
            raise CallLost(ended(self._end(LEAVE_S))) from None
        if isinstance(answer, _Raised):
            raise answer.error
        return cast(_T, answer.value)

    def _end(self, patience_s: float) -> int:
        """The exit code of the process, which is ended; 0 when there is none."""
        child, self._child = self._child, None
        return child.end(patience_s) if child else 0


def main() -> None:
    """The life of the process."""
    serve(_answer_all)


def _answer_all(connection: Connection, threads: int) -> None:
    while True:
        function, args, kwargs = connection.recv()
        connection.send(_answer(function, args, kwargs))


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
