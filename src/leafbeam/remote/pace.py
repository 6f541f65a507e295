"""How many requests are in flight: more while that brings more, fewer when the server asks for it."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_START = 4
_GROWTH = 1.5
_GAIN = 1.05  # a wider window has to bring this much more, or it is not kept
_SAME = 0.97  # a narrower one may bring this much less, and is kept for its shorter answers' sake
_QUEUED = 1.5  # times the least time for a token seen: requests wait for each other
_REST = 5  # windows before another width is tried again
_LEAST_PAUSE_S = 0.5
_MOST_PAUSE_S = 60.0


@dataclass(slots=True)
class _Window:
    """What one width of the window brought: work done since ``start`` (the loop's seconds)."""

    start: float
    done: int = 0
    tokens: int = 0
    seconds: float = 0.0  # of all answers together

    def rate(self, now: float) -> float:
        return self.tokens / max(1e-6, now - self.start)


class Pace:
    """The slots of one server. ``async with pace:`` holds one; ``went`` and ``trouble`` say how it was.

    The width climbs by half while the tokens per second climb with it, and goes back when they do not. It narrows by a
    third when tokens take longer than they once did and a narrower window brings as many: then requests only waited
    for each other. It halves when the server says that it is busy, and everybody waits as long as it asked for.
    Made on the event loop whose time it takes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._width = min(most, _START)
        self._kept = self._width  # the best width known
        self._kept_rate = 0.0
        self._least_s = math.inf  # for a token, of all windows
        self._rest = 0
        self._up = True  # where the next trial goes
        self._in_flight = 0
        self._turn = asyncio.Condition()
        self._time = asyncio.get_running_loop().time
        self._window = _Window(self._time())
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
        while (wait_s := self._quiet_until - self._time()) > 0:
            await asyncio.sleep(wait_s)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._turn:
            self._in_flight -= 1
            self._turn.notify_all()

    def went(self, tokens: int, seconds: float) -> None:
        """A request was answered, with so many tokens, in so many seconds."""
        self._pause_s = _LEAST_PAUSE_S
        self._window.done += 1
        self._window.tokens += tokens + 1
        self._window.seconds += seconds
        if self._window.done >= 2 * self._width:
            self._judge()

    def trouble(self, busy: bool, wait_s: float | None) -> None:
        """A request failed: no new one for a while, which grows from failure to failure."""
        now = self._time()
        if now < self._quiet_until:
            return  # the others of the same moment have said so already
        if busy:
            self._width = self._kept = max(1, self._width // 2)
            self._kept_rate = 0.0
            self._rest = _REST
        self._quiet_until = now + (wait_s if wait_s is not None else self._pause_s)
        self._pause_s = min(_MOST_PAUSE_S, 2 * self._pause_s)
        self._window = _Window(self._quiet_until)

    def _judge(self) -> None:
        now = self._time()
        rate = self._window.rate(now)
        token_s = self._window.seconds / self._window.tokens
        self._least_s = min(self._least_s, token_s)
        wanted = self._kept_rate * (_GAIN if self._width > self._kept else _SAME)
        if self._width != self._kept and rate < wanted:
            self._width, self._rest = self._kept, _REST
            self._up = not self._up
        else:
            self._kept, self._kept_rate = self._width, rate
            self._rest -= 1
            if self._rest <= 0:
                self._try(self._up or token_s < _QUEUED * self._least_s)
        self._window = _Window(now)

    def _try(self, up: bool) -> None:
        """Another width for one window; ``_judge`` says whether it stays."""
        self._up = up
        if up:
            wider = max(self._width + 1, int(self._width * _GROWTH))
            self._width = self._most if wider * _GAIN > self._most else wider  # too small a step would show no gain
        else:
            self._width = max(1, int(self._width / _GROWTH))
        if self._width == self._kept:  # there is no other
            self._up, self._rest = not up, _REST
