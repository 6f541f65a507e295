"""Running text: lines that fill their column and go on in the next one. It is never a table by itself."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from leafbeam.offline.tables.records import Frag
from leafbeam.offline.tables.words import is_numeric

_LEAST_LINES = 3
_LEAST_WIDTH_EM = 9.0
_NEAR_EM = 2.2  # from a heading to the text above and below it


def prose_of(frags: Sequence[Frag]) -> set[int]:
    """The ids of the fragments that are lines of running text (paragraphs of three lines or more, long sentences), and
    of the headings among them."""
    found = {id(f) for f in frags if _is_sentence(f) and not _has_label(f, frags)}
    for chain in _chains(frags):
        if len(chain) < _LEAST_LINES or _is_described(chain, frags):
            continue
        left = min(f.box.x0 for f in chain)
        right = max(f.box.x1 for f in chain)
        em = chain[0].size_pt
        words = sum(len(f.tokens) for f in chain) / len(chain)
        numbers = sum(is_numeric(t.text) for f in chain for t in f.tokens)
        wide = right - left >= _LEAST_WIDTH_EM * em and (words >= 3.5 or _cjk_wide(chain, em))
        if not wide or numbers > 0.5 * words * len(chain):
            continue
        full = [f.box.x1 + b.tokens[0].box.width + 0.2 * em > right - 0.3 * em for f, b in itertools.pairwise(chain)]
        level = sum(abs(f.box.x1 - right) < 0.4 * em for f in chain)
        if sum(full) >= 0.7 * len(full) or (len(chain) >= 5 and max(level, sum(full)) >= 0.5 * len(chain)):
            found.update(id(f) for f in chain)
    return found | _headings(frags, found)


def _headings(frags: Sequence[Frag], prose: set[int]) -> set[int]:
    """Short lines alone between running text above and below them, within its edges: no cells of a table beside it."""
    running = [f for f in frags if id(f) in prose]
    return {
        id(frag)
        for frag in frags
        if id(frag) not in prose
        and any(_reaches(f, frag) and 0 < frag.baseline_pt - f.baseline_pt < _NEAR_EM * frag.size_pt for f in running)
        and any(_reaches(f, frag) and 0 < f.baseline_pt - frag.baseline_pt < _NEAR_EM * frag.size_pt for f in running)
    }


def _reaches(line: Frag, frag: Frag) -> bool:
    """Whether the line runs on over the whole of the fragment's width."""
    return line.box.x0 < frag.box.x0 + frag.size_pt and line.box.x1 > frag.box.x1 - frag.size_pt


def _is_sentence(frag: Frag) -> bool:
    """A line too long, and too wordy, to be a cell of a table without rulings."""
    numbers = sum(is_numeric(token.text) for token in frag.tokens)
    return (len(frag.tokens) >= 10 and numbers < 0.3 * len(frag.tokens)) or (
        len(frag.tokens) <= 3 and len(frag.text) > 24 and frag.box.width > 20 * frag.size_pt
    )


def _has_label(frag: Frag, frags: Sequence[Frag]) -> bool:
    """Whether a short text stands before it on the same line: the description in a table's last column."""
    return bool(_labels(frag, frags, 14 * frag.size_pt))


def _labels(frag: Frag, frags: Sequence[Frag], widest_pt: float) -> list[Frag]:
    em = frag.size_pt
    return [
        f
        for f in frags
        if abs(f.baseline_pt - frag.baseline_pt) < 0.3 * em
        and 0.8 * em < frag.box.x0 - f.box.x1 < 25 * em
        and f.box.width < widest_pt
        and len(f.tokens) <= 5
    ]


def _is_described(chain: Sequence[Frag], frags: Sequence[Frag]) -> bool:
    """Whether nearly every line has a label before it, much shorter and all on one left edge: a table's rows."""
    width = sum(f.box.width for f in chain) / len(chain)
    labels = [found[-1] for f in chain if (found := _labels(f, frags, 0.5 * width))]
    if len(labels) < 0.7 * len(chain) or len(labels) < _LEAST_LINES:
        return False
    edges = [label.box.x0 for label in labels]
    return max(sum(abs(e - o) < 0.5 * chain[0].size_pt for o in edges) for e in edges) >= 0.7 * len(labels)


def _cjk_wide(chain: Sequence[Frag], em: float) -> bool:
    return all(f.box.width > 9 * em for f in chain[:-1]) and sum(len(f.text) for f in chain) > 15 * len(chain)


def _chains(frags: Sequence[Frag]) -> list[list[Frag]]:
    """Runs of lines one below the other with about the same left edge and leading."""
    order = sorted(frags, key=lambda f: f.baseline_pt)
    taken: set[int] = set()
    chains = []
    for i, start in enumerate(order):
        if id(start) in taken:
            continue
        chain = [start]
        taken.add(id(start))
        for frag in order[i + 1 :]:
            last = chain[-1]
            step = frag.baseline_pt - last.baseline_pt
            em = max(last.size_pt, 1.0)
            if step > 1.75 * em:
                break
            if id(frag) in taken or step < 0.7 * em or abs(frag.size_pt - last.size_pt) > 0.15 * em:
                continue
            if abs(frag.box.x0 - last.box.x0) <= 2.2 * em and frag.box.x_overlap(last.box) > 0:
                chain.append(frag)
                taken.add(id(frag))
        chains.append(chain)
    return chains
