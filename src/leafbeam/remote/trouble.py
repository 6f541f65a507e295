"""What can go wrong between us and a server, by what to do about it."""

from __future__ import annotations


class TroubleError(Exception):
    """The request may succeed later: the connection broke, the server is overloaded, or its answer was no answer.

    ``busy`` when the server asked for fewer requests; ``wait_s`` when it said for how long.
    """

    def __init__(self, message: str, busy: bool = False, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.busy = busy
        self.wait_s = wait_s


class RefusedError(Exception):
    """The server will not take this request, now or later: it names the page's picture or its settings."""
