"""A model's words and figures on their places: what it wrote, where a reader that sees places saw the same."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leafbeam.frame import shown_box
from leafbeam.types import Asset, Block, BlockKind, Box, Frame, Problem, Reading, Word

_MARKS = re.compile(r"\$\$?[^$]*\$\$?|<[^>]{1,80}>|!?\[([^\]]*)\]\([^)]*\)|[*`]+|(?<!\w)_+|_+(?!\w)")
_ALIKE = 0.5  # of two runs of words in the same place that are spelled differently
_ENOUGH = 0.5  # of a block's words, to say where the block is


@dataclass(frozen=True, slots=True)
class Said:
    """A word as a block says it, what it is compared by, and the block's index."""

    text: str
    key: str
    block: int


def located(blocks: Sequence[Block], seen: Sequence[Word]) -> tuple[tuple[Block, ...], tuple[Word, ...]]:
    """The blocks, with boxes where they had none and their words were seen; and the words of the page.

    ``seen`` are words with places, spelled as their reader read them: those the model wrote too take its spelling and
    the block's confidence; the others stay as they are, so that all that is on the page can be found.
    """
    said = said_in(blocks)
    pairs = aligned([word.key for word in said], [key_of(word.text) for word in seen])
    taken = {place for places in pairs.values() for place in places}
    words = [(place, word) for place, word in enumerate(seen) if place not in taken]
    boxes: dict[int, list[Box]] = {}
    sharing = Counter(places for places in pairs.values())
    used: Counter[tuple[int, ...]] = Counter()
    for index, places in sorted(pairs.items()):
        box = _share(_line([seen[place].box for place in places]), used[places], sharing[places])
        used[places] += 1
        boxes.setdefault(said[index].block, []).append(box)
        sure = blocks[said[index].block].confidence
        score = seen[places[0]].score if sure is None else sure
        words.append((places[0], Word(said[index].text, box, score, seen[places[0]].origin)))
    words.sort(key=lambda item: item[0])
    counts = Counter(word.block for word in said)
    placed = [
        replace(block, box=_around(boxes[index]))
        if block.box is None and index in boxes and len(boxes[index]) >= _ENOUGH * counts[index]
        else block
        for index, block in enumerate(blocks)
    ]
    return tuple(placed), tuple(word for _, word in words)


def shown_words(witness: Reading) -> tuple[Word, ...]:
    """The words of a reading on the page as shown; none where its sheet was cut out of a photograph."""
    frame = witness.frame
    if frame is None or frame.corners:
        return ()
    return tuple(replace(word, box=shown_box(word.box, frame)) for word in witness.words)


def with_figures(
    blocks: Sequence[Block], witness: Reading | None, page_index: int, cut: int = 0
) -> tuple[tuple[Block, ...], tuple[Asset, ...], tuple[Problem, ...]]:
    """The blocks with a picture for each figure that the model named without saying where it is.

    The witness's figures go to them in reading order, its largest where it sees more; where it sees fewer, none is
    given away, and a problem tells. ``cut`` pictures of this page have names already.
    """
    wanted = [
        i for i, block in enumerate(blocks) if block.kind is BlockKind.FIGURE and not block.asset and not block.box
    ]
    if not wanted:
        return tuple(blocks), (), ()
    frame = witness.frame if witness is not None else None
    found = _figures(witness, frame) if witness is not None and frame is not None and not frame.corners else []
    if len(found) < len(wanted):
        message = f"the model names {len(wanted)} figures, {len(found)} were found: they are not cut out, see the page"
        return tuple(blocks), (), (Problem("answer", "figures-not-found", message, page_index),)
    largest = sorted(range(len(found)), key=lambda i: _area(found[i].box), reverse=True)[: len(wanted)]
    names = (f"p{page_index + 1:03d}-{cut + number}.png" for number in range(1, len(wanted) + 1))
    assets = [replace(found[i], name=name) for i, name in zip(sorted(largest), names, strict=True)]
    result = list(blocks)
    for place, asset in zip(wanted, assets, strict=True):
        result[place] = replace(blocks[place], asset=asset.name, box=asset.box)
    return tuple(result), tuple(assets), ()


def _figures(witness: Reading, frame: Frame) -> list[Asset]:
    """The pictures of the witness's figures in reading order, on the page as shown."""
    assets = {asset.name: asset for asset in witness.assets}
    return [
        replace(assets[block.asset], box=shown_box(assets[block.asset].box, frame))
        for block in witness.blocks or ()
        if block.kind is BlockKind.FIGURE and block.asset in assets
    ]


def said_in(blocks: Sequence[Block]) -> list[Said]:
    """The words of all blocks but display formulas and figures, in their order."""
    return [word for index, block in enumerate(blocks) for word in _words_of(block, index)]


def _words_of(block: Block, index: int) -> Iterator[Said]:
    if block.kind in (BlockKind.FORMULA, BlockKind.FIGURE):
        return
    cells = [cell.text for row in block.table.rows for cell in row] if block.table is not None else []
    for text in cells or [block.text]:
        for word in _MARKS.sub(lambda found: f" {found.group(1)} " if found.group(1) else "", text).split():
            yield Said(word, key_of(word), index)


def key_of(word: str) -> str:
    """A word's letters and digits without case; a sign that has none is itself."""
    return "".join(char for char in word.casefold() if char.isalnum()) or word


def aligned(keys: Sequence[str], others: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """Which of the ``others`` stand where each word does; words not found are left out."""
    pairs: dict[int, tuple[int, ...]] = {}
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, keys, others, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs.update((i1 + k, (j1 + k,)) for k in range(i2 - i1))
        elif kind == "replace" and _alike("".join(keys[i1:i2]), "".join(others[j1:j2])):
            pairs.update(_spread(keys[i1:i2], others[j1:j2], i1, j1))
    taken = {place for places in pairs.values() for place in places}
    left = Counter(key for i, key in enumerate(keys) if i not in pairs)
    free = Counter(key for j, key in enumerate(others) if j not in taken)
    places = {key: j for j, key in enumerate(others) if j not in taken}
    for i, key in enumerate(keys):  # columns that one of them read in another order
        if i not in pairs and left[key] == free[key] == 1:
            pairs[i] = (places[key],)
    return pairs


def _alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _spread(keys: Sequence[str], others: Sequence[str], i1: int, j1: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Words parted differently: each said one has the seen ones whose middle it covers, else the one around its own."""
    spans, ends = _spans(keys), _spans(others)
    for i, (start, end) in enumerate(spans):
        inside = tuple(j1 + j for j, (a, b) in enumerate(ends) if start <= (a + b) / 2 < end)
        if not inside:
            middle = (start + end) / 2
            inside = (j1 + next((j for j, (_, b) in enumerate(ends) if middle < b), len(ends) - 1),)
        yield i1 + i, inside


def _spans(keys: Sequence[str]) -> list[tuple[float, float]]:
    """Where each word lies in the run of all, 0..1."""
    total, at = sum(map(len, keys)), 0
    spans = []
    for key in keys:
        spans.append((at / total, (at + len(key)) / total))
        at += len(key)
    return spans


def _line(boxes: Sequence[Box]) -> Box:
    """Around those boxes that stand on the line of the first."""
    first = boxes[0]
    return _around([box for box in boxes if min(box.bottom, first.bottom) > max(box.top, first.top)] or [first])


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _share(box: Box, number: int, of: int) -> Box:
    """One of several words' part of a box, from the left."""
    step = (box.right - box.left) / of
    return replace(box, left=box.left + number * step, right=min(box.right, box.left + (number + 1) * step))


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
