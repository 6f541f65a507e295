"""Tables of contents: rows that lead over dots to a page number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from leafbeam.layer import Span
from leafbeam.offline.blocks.content import Row
from leafbeam.offline.blocks.inline import tidy

_DOTS = r"(?:\s*[.·…․‥]){4,}|(?:\s+[.·…]){3,}"
_PAGE = r"(?:[A-Z]{1,2}[-–.])?(?:\d{1,4}|[ivxlc]{1,7})(?:[-–.]\d{1,4})?"
_LEADER = re.compile(rf"(?:{_DOTS})\s*({_PAGE})\s*$")
_TRAIL = re.compile(r"(?<=[^\s.·∙․•])\s*(?:(?:\s+[·∙․•]){2,}|\s+[·∙․•]|(?:\s+\.){4,})\s*$")
_FILL = re.compile(_DOTS)
_LAST_PAGE = re.compile(_PAGE)
_LEAST = 2  # rows with leaders


def is_led(text: str) -> bool:
    """True for "Title . . . . . 12"."""
    found = _LEADER.search(text)
    return found is not None and any(c.isalpha() for c in text[: found.start()])


def without_trail(spans: Sequence[Span]) -> list[Span]:
    """The spans of a row without the dots at its end that lead to nothing in the text, such as a box to tick."""
    text = "".join(span.text for span in spans)
    found = _TRAIL.search(text)
    if found is None or not any(c.isalpha() for c in text[: found.start()]):
        return list(spans)
    left, result = found.start(), []
    for span in spans:
        if left <= 0:
            break
        result.append(span if len(span.text) <= left else replace(span, text=span.text[:left]))
        left -= len(span.text)
    return result


def entry_rows(rows: Sequence[Row]) -> set[int]:
    """Indexes of the rows that end entries of a table of contents: led over dots, or with a number at the same edge."""
    led = [index for index, row in enumerate(rows) if is_led(row.text)]
    if len(led) < _LEAST:
        return set()
    edge = max(rows[index].box.x1 for index in led)
    found = set(led)
    for index in range(max(0, led[0] - 2), min(len(rows), led[-1] + 3)):
        row = rows[index]
        apart = len(row.lines) > 1 and row.lines[-1].box.x0 - row.lines[-2].box.x1 > row.size_pt
        if apart and _LAST_PAGE.fullmatch(row.lines[-1].text.strip()) and abs(row.box.x1 - edge) < row.size_pt:
            found.add(index)
    return found


def entry_text(rows: Sequence[Row]) -> str:
    """One entry as plain text, three dots for its leader: "1.2 Title ... 7"."""
    text = tidy(" ".join(row.text for row in rows)).strip()
    if (found := _LEADER.search(text)) is not None:
        page = found.group(1)
        return f"{_FILL.sub(' ', text[: found.start()]).strip()} ... {page}"
    head, _, page = text.rpartition(" ")
    return f"{head} ... {page}"
