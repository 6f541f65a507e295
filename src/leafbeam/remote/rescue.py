"""A page that a model could not finish: what it wrote soundly, and from the offline reader what it did not write."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leafbeam.frame import shown_box
from leafbeam.remote.located import Said, aligned, said_in
from leafbeam.types import Asset, Block, BlockKind, Box, Reading

_SEEN = 0.5  # of a block's words are in the other reading: both have it
_TRUSTED = 0.4  # of the model's words are on the page: less, and it wrote about something else
_DENSE = 0.5  # of the words between the first and the last that two blocks share: less, and they share common words
_RUN = 3  # words that stand together in both readings, however their blocks are ordered
_WORDLESS = (BlockKind.FORMULA, BlockKind.FIGURE)


@dataclass(frozen=True, slots=True)
class Joined:
    """The page's blocks; those at ``added`` are the offline reader's, their pictures are ``assets``."""

    blocks: tuple[Block, ...]
    added: tuple[int, ...]
    assets: tuple[Asset, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    """For each block of one reading: how many words it has, how many the other has too, and in which blocks; those
    whose last word the other has are ``ended``."""

    words: Counter[int]
    found: Counter[int]
    within: dict[int, Counter[int]]
    ended: set[int]

    def share(self, index: int) -> float:
        """0..1; 0 for a block without words."""
        return self.found[index] / self.words[index] if self.words[index] else 0.0


def join(
    written: Sequence[Block], witness: Reading, page_index: int, pictures: int, rotation: int = 0
) -> Joined | None:
    """The written blocks with those of the witness that they lack, each behind the one before it on the page.

    The last block written may be cut off or be what a loop repeated: the witness's own stand in for it. ``pictures``
    of this page have names already; ``rotation`` is how far, clockwise, the page was turned that the model read. None
    when too little of what was written is on the page, or the page cannot be compared.
    """
    seen = witness.blocks or ()
    mine, theirs = _matches(written, seen)
    if sum(mine.found.values()) < _TRUSTED * sum(mine.words.values()) or not mine.found:
        return None
    kept, lost = _without_cut(len(written), mine, theirs)
    behind = _places(seen, written[:kept], theirs, lost)
    result: list[Block] = []
    added: list[int] = []
    assets: list[Asset] = []
    by_name = {asset.name: asset for asset in witness.assets}
    for place in range(-1, kept):
        if place >= 0:
            result.append(written[place])
        for index in behind.get(place, ()):
            block = _shown(seen[index], witness, rotation)
            if block.asset in by_name and block.asset is not None:
                name = f"p{page_index + 1:03d}-{pictures + len(assets) + 1}.png"
                assets.append(_shown_asset(replace(by_name[block.asset], name=name), witness, rotation))
                block = replace(block, asset=name)
            added.append(len(result))
            result.append(block)
    return Joined(tuple(result), tuple(added), tuple(assets))


def _matches(written: Sequence[Block], seen: Sequence[Block]) -> tuple[_Match, _Match]:
    said, other = said_in(written), said_in(seen)
    pairs = _paired(said, other)
    mine = _Match(Counter(word.block for word in said), Counter(), {}, set())
    theirs = _Match(Counter(word.block for word in other), Counter(), {}, set())
    for index in pairs:
        mine.found[said[index].block] += 1
    for place in {place for places in pairs.values() for place in places}:
        theirs.found[other[place].block] += 1
        if place + 1 == len(other) or other[place + 1].block != other[place].block:
            theirs.ended.add(other[place].block)
    for index, places in pairs.items():
        for place in places:
            ours, its = said[index].block, other[place].block
            mine.within.setdefault(ours, Counter())[its] += 1
            theirs.within.setdefault(its, Counter())[ours] += 1
    return mine, theirs


def _paired(said: Sequence[Said], other: Sequence[Said]) -> dict[int, tuple[int, ...]]:
    """Which words of the other reading stand where each said word does, whatever the order of the blocks."""
    keys, others = [word.key for word in said], [word.key for word in other]
    pairs = _dense(aligned(keys, others), said, other)
    while True:
        taken = {place for places in pairs.values() for place in places}
        mine = [f"\0said {i}" if i in pairs else key for i, key in enumerate(keys)]
        theirs = [f"\0seen {j}" if j in taken else key for j, key in enumerate(others)]
        runs = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
        runs = [run for run in runs if run.size >= _RUN]
        if not runs:
            return _dense(pairs, said, other)
        pairs.update((run.a + k, (run.b + k,)) for run in runs for k in range(run.size))


def _dense(
    pairs: Mapping[int, tuple[int, ...]], said: Sequence[Said], other: Sequence[Said]
) -> dict[int, tuple[int, ...]]:
    """The pairs without those of two blocks that share but a few words here and there."""
    shared: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, places in pairs.items():
        for j in places:
            shared.setdefault((said[i].block, other[j].block), []).append((i, j))
    mine, its = Counter(word.block for word in said), Counter(word.block for word in other)
    sound: dict[int, list[int]] = {}
    for (one, another), found in shared.items():
        ours, theirs = {i for i, _ in found}, {j for _, j in found}
        enough = min(_RUN, _SEEN * min(mine[one], its[another]))
        if len(ours) >= enough and all(len(side) >= _DENSE * (max(side) - min(side) + 1) for side in (ours, theirs)):
            for i, j in found:
                sound.setdefault(i, []).append(j)
    return {i: tuple(sorted(places)) for i, places in sound.items()}


def _without_cut(count: int, mine: _Match, theirs: _Match) -> tuple[int, frozenset[int]]:
    """How many written blocks stay, and the witness's blocks that those which go had begun."""
    last = count - 1
    while last >= 0 and (mine.share(last) < _SEEN if mine.words[last] else last == count - 1):
        last -= 1  # what a loop repeated, or what is nowhere on the page
    kept, begun = last + 1, _begun(last, mine)
    if begun <= theirs.ended:
        return kept, frozenset()
    while kept and sum(mine.within.get(kept - 1, Counter())[index] for index in begun) > mine.found[kept - 1] / 2:
        begun |= _begun(kept - 1, mine)
        kept -= 1
    return kept, begun


def _begun(index: int, mine: _Match) -> frozenset[int]:
    """The witness's blocks that a written block has a good part of its words from."""
    shares = mine.within.get(index, Counter())
    return frozenset(its for its, words in shares.items() if words >= min(4, mine.found[index] / 2))


def _places(
    seen: Sequence[Block], written: Sequence[Block], theirs: _Match, lost: frozenset[int]
) -> dict[int, list[int]]:
    """The witness's blocks that are missing, by the written block that each follows; -1 for those before all."""
    within = [
        {ours: words for ours, words in theirs.within.get(index, Counter()).items() if ours < len(written)}
        for index in range(len(seen))
    ]
    covered = [
        index not in lost and bool(shares) and sum(shares.values()) >= _SEEN * theirs.words[index]
        for index, shares in enumerate(within)
    ]
    last = max((index for index, yes in enumerate(covered) if yes), default=-1)
    end = max(within[last].items(), key=lambda item: item[1])[0] if last >= 0 else -1
    after = [block.kind for block in written[end + 1 :]]
    said = Counter(after)  # figures and formulas behind the last words
    if all(kind in _WORDLESS for kind in after):
        end = len(written) - 1
    behind: dict[int, list[int]] = {}
    place = -1
    for index, block in enumerate(seen):
        if covered[index]:
            place = max(within[index].items(), key=lambda item: item[1])[0]
        elif theirs.words[index]:
            behind.setdefault(end if index > last else place, []).append(index)
        elif index > last and block.kind in _WORDLESS:
            said[block.kind] -= 1
            if said[block.kind] < 0:
                behind.setdefault(end, []).append(index)
    return behind


def _shown(block: Block, witness: Reading, rotation: int) -> Block:
    """With its box on the page that was read; without where the sheet was cut out of a photograph."""
    frame = witness.frame
    if block.box is None or frame is None or frame.corners:
        return replace(block, box=None)
    return replace(block, box=_turned(shown_box(block.box, frame), rotation))


def _shown_asset(asset: Asset, witness: Reading, rotation: int) -> Asset:
    frame = witness.frame
    if frame is None or frame.corners:
        return asset
    return replace(asset, box=_turned(shown_box(asset.box, frame), rotation))


def _turned(box: Box, rotation: int) -> Box:
    """The box after a clockwise turn of its page by 0, 90, 180 or 270 degrees."""
    for _ in range(rotation // 90):
        box = Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    return box
