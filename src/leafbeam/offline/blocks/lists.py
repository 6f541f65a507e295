"""List items: their marks, their nesting, and which marks are to be believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leafbeam.types import Block, BlockKind

_BULLETS = "•‣▪▫◦●○■□–—*·➢➤►▶✓✔❖◆◇♦⁃∙➔→»¶⚫-"
_BULLET = re.compile(rf"([{re.escape(_BULLETS)}])\s+(?=\S)")
_BOX = re.compile(r"([☐☑☒□■✓✔]|\[[ xX]\])\s*(?=\S)")
_FURTHER_BOX = re.compile(r"\s*([☐☑☒])\s*")
_NUMBER = re.compile(r"(\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,5})([.):])\s+(?=\S)|\((\d{1,3}|[a-zA-Z]|[ivxl]{1,5})\)\s*(?=\S)")
_SURE_BULLETS = frozenset("•‣▪▫◦●○■➢➤►▶❖◆◇♦⁃∙⚫")


@dataclass(frozen=True, slots=True)
class Mark:
    """A list mark at the start of a line. ``length`` is how many characters of the text it takes.

    ``value`` is its place in the sequence (1 for "1", "a", "i"), None for bullets; ``sure`` marks are never prose.
    """

    written: str
    length: int
    family: str
    value: int | None = None
    sure: bool = False
    roman: int | None = None  # of a letter that may also be a Roman number: 1 for "i"


def list_mark(text: str) -> Mark | None:
    """The mark that the text begins with, if any."""
    stripped = text.lstrip()
    offset = len(text) - len(stripped)
    if (found := _BOX.match(stripped)) and found.group(1)[0] in "☐☑☒[":
        checked = found.group(1) in ("☑", "☒", "[x]", "[X]")
        return Mark("- [x]" if checked else "- [ ]", offset + found.end(), "box", sure=True)
    if found := _BULLET.match(stripped):
        bullet = found.group(1)
        return Mark("-", offset + found.end(), bullet, sure=bullet in _SURE_BULLETS)
    if found := _NUMBER.match(stripped):
        core = found.group(1) or found.group(3)
        closing = found.group(2) or "()"
        if core.isdigit():
            written = f"{int(core)}{closing}" if found.group(1) else f"({core})"
            return Mark(written, offset + found.end(), f"1{closing}", int(core))
        kind = "a" if core.islower() else "A"
        written = f"{core}{closing}" if found.group(1) else f"({core})"
        value = ord(core.lower()) - 96 if len(core) == 1 else _roman(core)
        roman = _roman(core) if set(core.lower()) <= set("ivxl") else None
        return Mark(written, offset + found.end(), f"{kind}{closing}", value, roman=roman)
    return None


def box_items(block: Block) -> list[Block]:
    """A check-box item with more boxes in its row ("☐ yes ☒ no") as one item a box; any other block as it is."""
    if block.kind is not BlockKind.LIST_ITEM or not block.marker.startswith("- ["):
        return [block]
    first, *rest = _FURTHER_BOX.split(block.text)
    items = [replace(block, text=first.rstrip())]
    for box, text in zip(rest[::2], rest[1::2], strict=True):
        items.append(replace(block, marker="- [ ]" if box == "☐" else "- [x]", text=text.rstrip()))
    return items


def has_box(text: str) -> bool:
    """True for text with a check box in it."""
    return _FURTHER_BOX.search(text) is not None


def _roman(text: str) -> int:
    values = {"i": 1, "v": 5, "x": 10, "l": 50}
    numbers = [values[c] for c in text.lower()]
    return sum(-n if n < m else n for n, m in zip(numbers, [*numbers[1:], 0], strict=True))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group that begins with a mark: where it stands, and what stands before it."""

    mark: Mark
    x0: float
    hangs: bool  # its further lines are set in under its text
    indent: float = 0.0  # where its text begins


def believed(candidates: Sequence[Candidate | None], size: float) -> list[bool]:
    """Which candidates are list items: sure bullets, hanging ones, and marks with a neighbour of their family."""
    result = []
    for index, item in enumerate(candidates):
        if item is None:
            result.append(False)
            continue
        result.append(item.mark.sure or item.hangs or _has_neighbour(candidates, index, size))
    return result


def _has_neighbour(candidates: Sequence[Candidate | None], index: int, size: float) -> bool:
    item = candidates[index]
    assert item is not None
    for step in (-1, 1):
        for distance in (1, 2, 3, 4, 5, 6):
            place = index + step * distance
            if not 0 <= place < len(candidates):
                break
            other = candidates[place]
            if other is None or other.mark.family != item.mark.family or abs(other.x0 - item.x0) > 1.5 * size:
                continue
            if item.mark.value is None or other.mark.value is None:
                return distance <= 2
            if other.mark.value - item.mark.value == step:
                return True
            if item.mark.roman and other.mark.roman and other.mark.roman - item.mark.roman == step:
                return True
    return False


class Nesting:
    """Levels from indents: a stack of the left edges of the open lists (mutable while a page is read)."""

    def __init__(self, size: float) -> None:
        self._edges: list[float] = []
        self._least = 0.8 * size

    def level(self, x0: float) -> int:
        while self._edges and x0 < self._edges[-1] - 0.6 * self._least:
            self._edges.pop()
        if not self._edges or x0 > self._edges[-1] + self._least:
            self._edges.append(x0)
        return len(self._edges) - 1

    def reset(self) -> None:
        self._edges.clear()
