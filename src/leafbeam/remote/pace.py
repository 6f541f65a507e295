"""How many requests are in flight: more while that brings more, fewer when the server asks for it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_START = 4
_GAIN = 1.05  # a wider window has to bring this much more, or it is not kept
_GROWTH = 1.5
_PROBE_AFTER = 8  # windows at one width before a wider one is tried again
_LEAST_PAUSE_S = 0.5
_MOST_PAUSE_S = 60.0


@dataclass(slots=True)
class _Window:
    """What one width of the window brought: work done since ``start`` (monotonic seconds)."""

    start: float
    done: int = 0
    tokens: int = 0

    def rate(self, now: float) -> float:
        return self.tokens / max(1e-6, now - self.start)


class Pace:
    """The slots of one server. ``async with pace:`` holds one; ``went`` and ``trouble`` say how it was.

    The width climbs by half while the tokens per second climb with it, goes back when they do not, and tries again
    later; it halves when the server says that it is busy, and everybody waits as long as it asked for.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._width = min(most, _START)
        self._kept = self._width  # the best width known
        self._kept_rate = 0.0
        self._windows = 0
        self._in_flight = 0
        self._turn = asyncio.Condition()
        self._window = _Window(time.monotonic())
        self._quiet_until = 0.0
        self._pause_s = _LEAST_PAUSE_S

    @property
    def width(self) -> int:
        """Requests that may be in flight."""
        return self._width

    async def __aenter__(self) -> Self:
        async with self._turn:
            await self._turn.wait_for(lambda: self._in_flight < self._width)
            self._in_flight += 1
        while (wait_s := self._quiet_until - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._turn:
            self._in_flight -= 1
            self._turn.notify_all()

    def went(self, tokens: int) -> None:
        """A request was answered."""
        self._pause_s = _LEAST_PAUSE_S
        self._window.done += 1
        self._window.tokens += tokens + 1
        if self._window.done >= 2 * self._width:
            self._judge()

    def trouble(self, busy: bool, wait_s: float | None) -> None:
        """A request failed: no new one for a while, which grows from failure to failure."""
        now = time.monotonic()
        if now < self._quiet_until:
            return  # the others of the same moment have said so already
        if busy:
            self._width = self._kept = max(1, self._width // 2)
            self._kept_rate = 0.0
            self._windows = 0
        self._quiet_until = now + (wait_s if wait_s is not None else self._pause_s)
        self._pause_s = min(_MOST_PAUSE_S, 2 * self._pause_s)
        self._window = _Window(self._quiet_until)

    def _judge(self) -> None:
        now = time.monotonic()
        rate = self._window.rate(now)
        if self._width > self._kept and rate < _GAIN * self._kept_rate:
            self._width, self._windows = self._kept, 0
        else:
            self._kept, self._kept_rate = self._width, rate
            self._windows += 1
            climbing = self._windows == 1 or self._windows % _PROBE_AFTER == 0
            if climbing or rate == 0:
                self._width = min(self._most, max(self._width + 1, int(self._width * _GROWTH)))
                self._windows = 0
        self._window = _Window(now)
