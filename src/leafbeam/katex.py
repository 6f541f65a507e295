"""Does KaTeX render a formula? The packaged KaTeX itself, run in V8 (extra ``remote``)."""

from __future__ import annotations

from importlib.resources import files
from types import TracebackType
from typing import Self

from leafbeam.errors import MissingExtraError

_CHECK = """
function refusal(latex, display) {
  try {
    katex.renderToString(latex, {displayMode: display, throwOnError: true, strict: "ignore", trust: false});
    return "";
  } catch (error) {
    return String(error.message || error);
  }
}
"""
_TIMEOUT_MS = 2000


class Katex:
    """KaTeX in a JavaScript engine of its own: about 0.1 s to open, about a millisecond a formula.

    A context manager; belongs to one thread. Raises MissingExtraError when mini-racer is not installed.
    """

    def __init__(self) -> None:
        try:
            from py_mini_racer import MiniRacer
        except ImportError as error:
            raise MissingExtraError("checking formulas needs KaTeX's engine: pip install 'leafbeam[remote]'") from error
        self._engine = MiniRacer()
        self._engine.eval((files("leafbeam.write") / "katex" / "katex.min.js").read_text("utf-8"))
        self._engine.eval(_CHECK)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()

    def refusal(self, latex: str, display: bool) -> str:
        """What KaTeX says against the formula, "" when it renders it."""
        return str(self._engine.call("refusal", latex, display, timeout=_TIMEOUT_MS))
