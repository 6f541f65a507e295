"""The names below a letter's closing line. They stand apart, often in bold, and are no headings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from leafbeam.offline.blocks.paragraphs import Group

_WORDS, _CHARS = 7, 50  # of a closing line or of a name, at most
_PROSE = 60  # characters of a text that a heading has below it: "Dear Sirs," stands over a subject and a text
_LARGE = 1.6  # of the closing line's type: no name is set so
_NAME = re.compile(r"(?:[^\W\d_]\.[ -]?){1,4}(?:(?:de|van|von|der|den|da|di|la|le) )*[^\W\d_][\w’'-]+(?:,? [JS]r\.)?")


def signature_groups(groups: Sequence[Group]) -> set[int]:
    """The ids of short texts below a short line that ends in a comma, and of a name alone at the text's end.

    ``groups`` are the page's, in reading order.
    """
    found: set[int] = set()
    for index, (above, group) in enumerate(itertools.pairwise(groups), 1):
        last = index + 1 == len(groups)
        if not _is_short(group) or (not last and len(groups[index + 1].text) > _PROSE):
            continue
        if (last and _is_name(group.text)) or (
            _is_short(above) and above.text.rstrip()[-1:] in ",，" and group.size_pt < _LARGE * above.size_pt
        ):
            found.add(id(group))
    return found


def _is_short(group: Group) -> bool:
    text = group.rows[0].text
    return len(group.rows) < 4 and len(text) <= _CHARS and len(text.split()) <= _WORDS


def _is_name(text: str) -> bool:
    """True for initials and a surname, such as "J. R. van Dyke"."""
    text = text.strip()
    return _NAME.fullmatch(text) is not None and text[:1].isupper()
