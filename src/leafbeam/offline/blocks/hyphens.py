"""How two lines of running text are joined: with a space, without one, or without the hyphen that divided a word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_HYPHENS = "-\u2010\u00ad\u2e17\u00ac"
_END = re.compile(rf"([^\W_]+(?:['’][^\W_]+)?)([{_HYPHENS}=])$")
_START = re.compile(r"[\"'(“„«]*([^\W_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# First parts that English and its neighbours write with a hyphen, and the little words inside compounds.
_KEEP_AFTER = frozenset(("self", "well", "half", "quasi", "cross", "zero"))
_EITHER = frozenset(("non", "pre", "post", "multi", "anti", "co"))  # as the page writes other such words
# English second parts that only compounds end in, and prefixes that such words are written together with.
_KEEP_BEFORE = frozenset(
    (
        "based",
        "driven",
        "encoded",
        "generated",
        "shaped",
        "sized",
        "specific",
        "dependent",
        "related",
        "free",
        "aware",
        "oriented",
        "level",
        "grained",
        "trained",
        "mode",
    )
)
_PREFIXES = frozenset(("over", "under", "inter", "super", "hyper", "counter", "trans", "auto", "multi", "inde"))
_LEAST_NAME = 4  # letters of each part of a name in capitals: "TROIS-RIVIÈRES" keeps what "RE-LATED" loses
_LITTLE = frozenset(
    (
        "of",
        "the",
        "to",
        "in",
        "and",
        "by",
        "on",
        "up",
        "out",
        "off",
        "at",
        "for",
        "or",
        "a",
        "de",
        "la",
        "le",
        "du",
        "et",
    )
)
# "Haupt- und Nebensatz": the hyphen stands for a part left out.
_SUSPENDED = frozenset(["und", "oder", "bzw", "sowie", "and"])
_MAYBE_SUSPENDED = frozenset(["or", "en", "et", "ou", "of"])  # also common endings: the first part must be a known word


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words seen inside lines of the page, lower case: what settles whether a hyphen belongs to a word."""

    words: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Vocabulary:
        found: set[str] = set()
        for line in lines:
            words = [match.group(0).lower() for match in _WORD.finditer(line)]
            found.update(words[:-1] if line.rstrip()[-1:] in _HYPHENS else words)
        return cls(frozenset(found))


@dataclass(frozen=True, slots=True)
class Joint:
    """How to join two lines: ``drop`` characters off the first one's end, then ``glue`` between."""

    drop: int
    glue: str


_SPACE = Joint(0, " ")
_TIGHT = Joint(0, "")


def is_wide(char: str) -> bool:
    """True for scripts written without spaces between words, and their punctuation."""
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uff65"
        or char >= "\U00020000"
    )


def _is_unspaced(char: str) -> bool:
    """True for the letters of Thai, Lao, Burmese and Khmer, which part sentences by spaces, not words."""
    return "\u0e00" <= char <= "\u0eff" or "\u1000" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff"


def joint(first: str, second: str, vocabulary: Vocabulary) -> Joint:
    """How ``second`` follows ``first``, the text of the line above."""
    first, second = first.rstrip(), second.lstrip()
    if not first or not second:
        return _TIGHT
    if (is_wide(first[-1]) and is_wide(second[0])) or (_is_unspaced(first[-1]) and _is_unspaced(second[0])):
        return _TIGHT
    if first[-1] in _HYPHENS or first[-1] == "=":
        return _hyphen_joint(first, second, vocabulary)
    if first[-1] == "—" and first[-2:-1] not in ("", " ") and not second.startswith("—"):
        return _TIGHT
    last = first.rsplit(None, 1)[-1]
    if first[-1] in "/_" and len(last) > 1 and ("/" in last[:-1] or (first[-1] == "/" and second[0].isalpha())):
        return _TIGHT
    return _SPACE


def _hyphen_joint(first: str, second: str, vocabulary: Vocabulary) -> Joint:
    end = _END.search(first)
    start = _START.match(second)
    if end is None or start is None:
        return _SPACE if first[-2:-1] in ("", " ", "-") or first[-1] == "=" else _TIGHT
    head, mark, tail = end.group(1), end.group(2), start.group(1)
    if mark == "=" and not (tail[0].islower() and head.isalpha() and len(head) > 1):
        return _SPACE
    last = first.rsplit(None, 1)[-1]
    if "://" in last or last.startswith("www.") or "@" in last:
        return _TIGHT
    if mark != "\u00ad" and _is_suspended(head, tail, vocabulary):
        return _SPACE
    if mark in "\u00ad\u00ac\u2e17":
        return Joint(1, "")
    if not tail[0].islower() or not head[-1].isalpha():
        known = (head + tail).lower() in vocabulary.words
        if head.isupper() and tail.isupper() and (known or min(len(head), len(tail)) < _LEAST_NAME):
            return Joint(1, "")
        return _TIGHT
    whole, compound = (head + tail).lower(), f"{head}-{tail}".lower()
    if whole in vocabulary.words:
        return Joint(1, "")
    if compound in vocabulary.words or head.lower() in _KEEP_AFTER:
        return _TIGHT
    if "-" in last[:-1] and head.lower() in _LITTLE:
        return _TIGHT
    if len(head) > 6 and head.endswith("ing") and len(tail) > 5:  # "alternating-projection"
        return _TIGHT
    if head.lower() in _EITHER and any(word.startswith(f"{head.lower()}-") for word in vocabulary.words):
        return _TIGHT
    return _TIGHT if _is_compound(head, tail) else Joint(1, "")


def _is_compound(head: str, tail: str) -> bool:
    """True for two words that English joins with a hyphen: "data-driven", "closely-related"."""
    if len(head) > 5 and head.endswith("ly") and tail.endswith("ed") and len(tail) > 4:
        return True
    return tail in _KEEP_BEFORE and len(head) > 3 and head.lower() not in _PREFIXES


def _is_suspended(head: str, tail: str, vocabulary: Vocabulary) -> bool:
    """ "Haupt- und ...": a whole word before the hyphen; "govern-" + "or" is not one."""
    if (head + tail).lower() in vocabulary.words:
        return False
    return tail in _SUSPENDED or (tail in _MAYBE_SUSPENDED and head.lower() in vocabulary.words)
